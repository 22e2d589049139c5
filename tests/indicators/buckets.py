"""Computing indicators in buckets, as tasks of their own would."""

import random
from datetime import date

import numpy as np

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.array_file import shared_folder
from riskreview.foundation.services import Services
from riskreview.indicators.across import Across, Learned
from riskreview.indicators.assemble import assemble
from riskreview.indicators.blocks import spans_of
from riskreview.indicators.compute import gather
from riskreview.indicators.financial import note_read
from riskreview.indicators.frame import IndicatorFrame
from riskreview.indicators.gathered import read_gathered, write_gathered
from riskreview.indicators.learning import learn
from riskreview.indicators.population import read_population
from riskreview.policy.risk_policy import load_policy


def in_buckets(
    services: Services, day: date, buckets: int, chance: random.Random
) -> tuple[Learned, list[IndicatorFrame]]:
    """What is learned and the frames of the buckets, which are gathered and computed in an order left to chance."""
    pins, policy = current_pins(services), load_policy(services.instance)
    folder = shared_folder(services.instance, f"test_{buckets}")
    names = {}
    for number, span in enumerate(spans_of(read_population(services, pins=pins).customer_key, buckets)):
        names[f"bucket_{number}"] = span
    for name in chance.sample(list(names), len(names)):
        found = gather(services, pins=pins, as_of=day, policy=policy, customers=names[name])
        note_read(found.columns, day, policy.ratio_models)
        write_gathered(folder, name, found)
    learned = learn(read_gathered(folder, list(names)), as_of=day, policy=policy)
    frames = {
        name: assemble(read_gathered(folder, [name]), as_of=day, policy=policy, across=Across(learned))
        for name in chance.sample(list(names), len(names))
    }
    return learned, [frames[name] for name in names]


def assert_same(whole: IndicatorFrame, found: tuple[Learned, list[IndicatorFrame]]) -> None:
    """Every array of the frames, one after the other, has the bytes of the whole, and as much was learned."""
    learned, frames = found
    assert learned == whole.learned
    for name in ("customer_key", "exposure", "overdue", "disputed", "limit_amount", "last_activity"):
        assert np.concatenate([getattr(frame, name) for frame in frames]).tobytes() == getattr(whole, name).tobytes(), (
            name
        )
    for kind in ("values", "flags"):
        for name, column in getattr(whole, kind).items():
            assert np.concatenate([getattr(frame, kind)[name] for frame in frames]).tobytes() == column.tobytes(), name
