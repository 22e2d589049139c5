"""An assessment in parts has the bytes of one that a single task made, in whatever order the tasks come and however often."""

import random
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text
from tests.assessment.trading import DAY, event, happen

from riskreview.assessment import history, part_files, parts, store
from riskreview.assessment.relations import tied_across
from riskreview.assessment.task import begin
from riskreview.assessment.use_cases import assess_portfolio
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.errors import Conflict
from riskreview.groups.ties import Ties
from riskreview.validation import feeds
from riskreview.validation.results import FeedState

NOBODY = np.zeros(0, dtype=np.int64)


def begin_in(services, day, run_id, buckets):
    return parts.begin_parts(services, begin(services, day, run_id, current_pins(services)), buckets=buckets)


def in_parts(services, day, run_id, buckets, chance, *, again=0):
    """Assess in parts, the tasks of a kind in any order and some of them twice; returns the counts."""
    begun = begin_in(services, day, run_id, buckets)
    for bucket in chance.sample(begun, len(begun)) + list(begun[:again]):
        parts.compute_bucket(services, run_id=run_id, bucket=bucket)
    found = parts.learn_across(services, run_id=run_id)
    for part in chance.sample(found, len(found)) + list(found[:again]):
        parts.assess_part(services, run_id=run_id, part=part)
    return parts.publish_parts(services, run_id=run_id)


def digest(services):
    with services.engine.connect() as connection:
        return store.read_head(connection).result_digest


def everything(services):
    """What is current, what changed, what was learned, and what the log says of it but for the run."""
    with services.engine.connect() as connection:
        rows = [
            dict(row)
            for row in connection.execute(text("SELECT * FROM current_assessment ORDER BY customer_key")).mappings()
        ]
        changes = connection.execute(
            text("SELECT customer_key, as_of, old_class, new_class FROM class_change ORDER BY 1, 2")
        ).all()
        return [{**row, "run_id": 0} for row in rows], [tuple(row) for row in changes], store.read_learned(connection)


@pytest.mark.deep
@pytest.mark.database
def test_any_number_of_buckets_gives_what_one_task_gives(trading):
    chance = random.Random(8)  # noqa: S311  a fixed sequence for a test
    counts = assess_portfolio(trading, as_of=DAY, run_id=1)
    wanted = digest(trading), everything(trading)

    for run_id, buckets in enumerate((2, 7), start=2):
        assert in_parts(trading, DAY, run_id, buckets, chance, again=1) == counts
        assert (digest(trading), everything(trading)) == wanted


@pytest.mark.deep
@pytest.mark.database
def test_a_first_assessment_in_parts_is_current_and_a_single_task_adds_nothing_to_it(trading, monkeypatch):
    chance = random.Random(8)  # noqa: S311  a fixed sequence for a test
    in_parts(trading, DAY, 1, 2, chance)
    tomorrow = DAY + timedelta(days=1)
    late = [FeedState("erp_feed", "erp", "finance", ("invoices", "orders"), DAY, "stale")]
    monkeypatch.setattr(feeds, "feed_states", lambda *_args, **_given: late)

    in_parts(trading, tomorrow, 2, 3, chance)
    found = digest(trading), everything(trading)
    assess_portfolio(trading, as_of=tomorrow, run_id=3)

    assert (digest(trading), everything(trading)) == found
    assert history.stored_runs(trading.instance) == [(DAY, 1), (tomorrow, 2)]


@pytest.mark.deep
@pytest.mark.database
def test_what_events_say_meanwhile_stands_and_a_publication_that_failed_is_made_up(assessed, clock, monkeypatch):
    chance = random.Random(8)  # noqa: S311  a fixed sequence for a test
    run_id = 2
    begun = begin_in(assessed, DAY, run_id, 3)
    parts.compute_bucket(assessed, run_id=run_id, bucket=0)
    judged = happen(assessed, clock, event(chance, 1, DAY), 1, DAY, is_beside=True).customers.tolist()
    said = {row["customer_key"]: row for row in everything(assessed)[0]}
    for bucket in begun[1:]:
        parts.compute_bucket(assessed, run_id=run_id, bucket=bucket)
    for part in parts.learn_across(assessed, run_id=run_id):
        parts.assess_part(assessed, run_id=run_id, part=part)
    with monkeypatch.context() as broken:
        broken.setattr(store, "write_learned", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            parts.publish_parts(assessed, run_id=run_id)

    parts.publish_parts(assessed, run_id=run_id)

    after = {row["customer_key"]: row for row in everything(assessed)[0]}
    assert {key: after[key] for key in judged} == {key: said[key] for key in judged}


@pytest.mark.deep
@pytest.mark.database
def test_parts_of_a_run_that_was_overtaken_are_not_published_and_a_run_that_is_over_is_said_to_be(trading):
    begun = begin_in(trading, DAY, 1, 2)
    for bucket in begun:
        parts.compute_bucket(trading, run_id=1, bucket=bucket)
    for part in parts.learn_across(trading, run_id=1):
        parts.assess_part(trading, run_id=1, part=part)
    assess_portfolio(trading, as_of=DAY + timedelta(days=1), run_id=2)
    with pytest.raises(Conflict, match="became current meanwhile"):
        parts.publish_parts(trading, run_id=1)

    part_files.forget(trading.instance, 1)

    with pytest.raises(Conflict, match="run 1 is over"):
        parts.compute_bucket(trading, run_id=1, bucket=0)


def test_who_is_tied_beyond_a_bucket_is_judged_once_and_with_everybody_tied_to_it():
    keys = np.arange(100, 112, dtype=np.int64)
    ties = Ties(np.array([100, 101, 110, 103]), np.array([1, 1, 2, 2]), np.array([104, 105]), np.array([103, 104]),
                np.array([106, 111]), np.array([107, 108]))  # fmt: skip

    found = tied_across(keys, [100, 104, 108], ties)
    alone = tied_across(keys, [100], ties)
    nobody = tied_across(keys, [100, 104], Ties(NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, NOBODY))

    assert found.customer_key.tolist() == [
        103,
        104,
        105,
        110,
    ]  # 100 with 101, 106 with 107 and 108 with 111 each lie in one bucket
    assert (found.part.tolist(), found.parts) == ([0, 0, 0, 0], 1)
    assert (alone.parts, nobody.parts) == (0, 0)


def test_those_tied_across_are_shared_out_without_parting_anybody():
    keys = np.arange(0, 1000, dtype=np.int64)
    member = np.concatenate([keys[:400], keys[500:900]])
    ties = Ties(member, member % 100, NOBODY, NOBODY, NOBODY, NOBODY)

    found = tied_across(keys, [0, 250, 500, 750], ties)
    of_group = {}
    for key, part in zip(found.customer_key.tolist(), found.part.tolist(), strict=True):
        of_group.setdefault(key % 100, set()).add(part)

    assert found.customer_key.tolist() == sorted(member.tolist())
    assert all(len(found_in) == 1 for found_in in of_group.values())
    assert found.parts == 4
    assert np.bincount(found.part).max() <= 250 + 8  # the last group of a part may reach beyond it
