"""What the validation room hands out: verdicts, feed states, quarantined rows. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

BatchState = Literal["validated", "held"]
FeedCondition = Literal["fresh", "stale", "held", "never"]
QuarantineState = Literal["quarantined", "released", "redriven", "discarded"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What validation decided about one batch; counts are rows per dataset.

    :param accepted: rows that facts may publish (of a held batch: that would be published by an override).
    :param quarantined: rows refused by intake or failed here.
    :param duplicates: exact repetitions of an earlier row of the batch, dropped.
    :param warnings: rows that broke a rule of severity ``warn``, by rule id.
    :param problems: sentences, each beginning with its code; not empty for a held batch.
    :param late: older than what is already published; fills history, never the current view.
    :param reopened: batches that were held until the customers of this one came, to be looked at again once it is published.
    """

    batch_id: int
    state: BatchState
    accepted: Mapping[str, int]
    quarantined: Mapping[str, int]
    duplicates: Mapping[str, int]
    problems: tuple[str, ...]
    warnings: Mapping[str, int] = field(default_factory=dict)
    late: bool = False
    reopened: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedState:
    """How fresh a feed is on a day: held = its newest delivery was refused by the breaker, the last good facts stay."""

    source_id: str
    system: str
    stage: str
    datasets: tuple[str, ...]
    last_good_as_of: date | None
    state: FeedCondition
    due_on: date | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A refused row with everything needed to repair it; ``record`` is the JSON text of its cells."""

    quarantine_id: int
    batch_id: int
    source_id: str
    dataset: str
    source_row: int
    line: int | None
    column_name: str | None
    code: str
    rule: str | None
    found: str | None
    repair: str | None
    record: str | None
    state: QuarantineState
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Redriven:
    """What a release or redrive did; batches in ``batch_ids`` have rows waiting to be published again.

    :param passed: rows written to ``<dataset>.redriven.parquet``, per dataset.
    :param failed: rows that still fail and stay in quarantine.
    """

    batch_ids: tuple[int, ...]
    passed: Mapping[str, int]
    failed: int
