"""Owns measuring the rules: the shipped invoice rules through this room against one hand-written DuckDB pass over the same rows.

The import of Great Expectations is left out, failing rows are included.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from riskreview.foundation.errors import NotFound
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.datasets import INVOICES
from riskreview.validation import conditions, contract
from riskreview.validation.expectations import frame_of, great_expectations, run_rules
from riskreview.validation.rules import ValidationPolicy, load_validation_policy
from riskreview.validation.staged import StagedBatch, open_staged


@dataclass(frozen=True, slots=True)
class RuleCost:
    """Medians in seconds; ``ratio`` is ``rules_seconds / hand_seconds``, the target is at most 5."""

    rules: int
    rows: int
    hand_seconds: float
    rules_seconds: float
    ratio: float


def measure(services: Services, *, paths: Path | None = None, rounds: int = 5) -> RuleCost:
    """Measure on the invoices in the Parquet file ``paths``, else on the largest staged invoices of the instance.

    :raises NotFound: when there are no staged invoices.
    """
    policy = load_validation_policy(services.instance)
    path = paths or _largest(services.instance)
    nobody = pa.table({"account_id": pa.array([], pa.string())})
    great_expectations()
    with open_staged(
        services.instance, batch_id=0, policy=policy, known_accounts=nobody, paths={"invoices": path}
    ) as staged:
        staged.look_at(INVOICES)
        rows = int(staged.connection.table(conditions.ROWS).aggregate("count(*)").fetchall()[0][0])
        by_hand = sql("validation", "bench_hand_pass")
        hand: list[float] = []
        ours: list[float] = []
        for _ in range(rounds):
            hand.append(_seconds(lambda: staged.connection.execute(by_hand).fetchall()))
            ours.append(_seconds(lambda: _pass(staged, policy)))
    first, second = statistics.median(hand), statistics.median(ours)
    return RuleCost(len(policy.rules["invoices"]), rows, first, second, second / first)


def _pass(staged: StagedBatch, policy: ValidationPolicy) -> None:
    staged.connection.execute("DELETE FROM problem")
    frame = frame_of(staged, INVOICES, policy)
    outcomes = run_rules([frame] if frame else [])
    refused = [item.rule for item in outcomes if not item.passed and item.rule.severity == "quarantine"]
    found = [conditions.rule_condition(rule, number) for number, rule in enumerate(refused)]
    staged.keep_failures(INVOICES, found, step=contract.RULES)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _largest(instance: Instance) -> Path:
    found = sorted(instance.staging.glob("*/invoices.parquet"), key=lambda path: path.stat().st_size)
    if not found:
        raise NotFound("the instance has no staged invoices to measure with")
    return found[-1]
