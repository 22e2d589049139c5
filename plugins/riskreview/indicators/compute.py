"""Owns computing all indicators from pinned facts: DuckDB per block of customers, numpy for what has no set form."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.reading import open_facts
from riskreview.facts.results import Customers, Pins
from riskreview.foundation.services import Services
from riskreview.indicators.across import Across, Learned
from riskreview.indicators.assemble import assemble
from riskreview.indicators.blocks import Columns, Population, blocks_of
from riskreview.indicators.compliance import SCREENED
from riskreview.indicators.frame import IndicatorFrame
from riskreview.indicators.gathered import Gathered
from riskreview.indicators.gathering import Gathering, Windows
from riskreview.indicators.outside import told_kinds
from riskreview.indicators.population import read_population
from riskreview.indicators.profiles import load_master, read_profiles
from riskreview.indicators.unheard import mark_unheard
from riskreview.policy.risk_lines import Materiality
from riskreview.screening.use_cases import match_states

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy
    from riskreview.screening.results import MatchStates

ORDER_DAYS = 1096
"""Three years of orders: gaps and P(alive) of today's behavior, and a bound on the work."""
FOREVER = 36_500
PROMISE_GRACE_DAYS = 3
AGED = ("M1", "M2", "M4", "C2", "C4", "C6", "E1", "E2", "E3", "E6")
"""Indicators whose facts grow too old by the policy; their statements name the first day that is too old ``<id>_since``."""


@dataclass(frozen=True, slots=True)
class Some:
    """Customers computed without the others, and what the last run over everybody learned."""

    customers: NDArray[np.int64]
    learned: Learned


def compute_indicators(
    services: Services, *, pins: Pins, as_of: date, policy: "Policy", some: Some | None = None,
    screening: "MatchStates | None" = None,
) -> IndicatorFrame:  # fmt: skip
    """Compute the indicators of every customer, or of some, from what was known under ``pins`` and had happened by ``as_of``.

    The figures of some are exactly those that a run over everybody would give them, but for what all share: that is given.

    :param screening: where customers stand in screening; None reads where they stand now.
    :raises NotLearned: when what some customers share with all was never learned.
    """
    gathered = gather(services, pins=pins, as_of=as_of, policy=policy, customers=None if some is None else some.customers,
                      screening=screening)  # fmt: skip
    return assemble(gathered, as_of=as_of, policy=policy, across=Across(None if some is None else some.learned))


def gather(
    services: Services, *, pins: Pins, as_of: date, policy: "Policy", customers: Customers | None = None,
    screening: "MatchStates | None" = None,
) -> Gathered:  # fmt: skip
    """Gather from the facts what the indicators are computed from, of every customer or of some.

    :param screening: where customers stand in screening; None reads where they stand now.
    """
    population = read_population(services, pins=pins, customers=customers)
    columns = Columns(len(population))
    windows = _windows(as_of, policy)
    with open_facts(services, pins=pins, as_of=as_of, customers=customers) as facts:
        load_master(facts)
        gathering = Gathering(facts, population, columns, windows)
        rows = max(source.rows for source in facts.sources.values())
        blocks = list(blocks_of(population, rows=rows))
        gathering.fill_blocks(blocks, services.progress, threads=services.instance.settings.duckdb_threads)
        gathering.fill_few()
        gathering.fill_moved()
        gathering.fill_marks(services, pins)
        mark_unheard(services, pins, population, columns, customers)
        profiles = read_profiles(facts, population, columns, windows)
        found = match_states(services, as_of=as_of) if screening is None else screening
        delivered = facts.delivered | told_kinds(facts) | _fill_screening(found, population, columns)
    return Gathered(population, columns, profiles, delivered)


def _fill_screening(found: "MatchStates", population: Population, columns: Columns) -> frozenset[str]:
    """Put where each customer stands in screening; return the mark that lists are used at all."""
    place, known = population.positions(found.customer_key)
    columns.put(place[known], {"screening.state": found.state[known]})
    return frozenset({SCREENED}) if found.is_screened else frozenset()


def _windows(as_of: date, policy: "Policy") -> Windows:
    def before(days: int) -> date:
        return as_of - timedelta(days=days)

    listed = {item.id: item for item in policy.indicators}
    oldest, rolled = (listed[name].materiality if name in listed else Materiality() for name in ("P1", "P6"))
    ages = {name: listed[name].max_age_days or FOREVER if name in listed else FOREVER for name in AGED}
    flags = sorted(set(listed["E6"].meanings) - {"none"}) if "E6" in listed else []
    return Windows({
        "as_of": as_of, "day_3m": before(91), "day_6m": before(183), "day_12m": before(365), "day_15m": before(91 + 365),
        "day_24m": before(730), "oldest": before(ORDER_DAYS), "late_after": listed["P5"].grace_days if "P5" in listed else 0,
        "item_amount": float(oldest.item_amount), "item_share_pct": float(oldest.item_share_pct),
        "rolled_amount": float(rolled.item_amount), "rolled_share_pct": float(rolled.item_share_pct),
        "grace": PROMISE_GRACE_DAYS, "flags": flags, "preferred_scope": policy.ratio_models.preferred_scope,
        **{f"{name.lower()}_since": before(days) for name, days in ages.items()},
    })  # fmt: skip
