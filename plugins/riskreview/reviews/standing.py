"""Owns showing how a review stands: checklist with answers, questions, discussion, steps of approval, what changed since the facts were frozen."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql
from riskreview.reviews import records
from riskreview.reviews.acting import read_review
from riskreview.reviews.decisions import proposal_digest
from riskreview.reviews.discussion import remarks_on
from riskreview.reviews.lifecycle import REVIEW
from riskreview.reviews.snapshots import later_changes


@dataclass(frozen=True, slots=True)
class Standing:
    """How a review stands.

    :param digest: what a decision on it is bound to.
    :param verbs: what its state allows; who may, is the roles' and the owner's matter.
    :param later_changes: what moved since the facts were last frozen, as [frozen, now].
    :param asked: who owes the answer to the open question.
    """

    review_id: int
    state: str
    version: int
    digest: str
    verbs: tuple[str, ...]
    checklist: tuple[dict[str, Any], ...]
    questions: tuple[dict[str, Any], ...]
    remarks: tuple[dict[str, Any], ...]
    steps: tuple[dict[str, Any], ...]
    later_changes: dict[str, list[object]]
    asked: str | None = None


def standing_of(connection: Connection, review_id: int, *, as_of: date) -> Standing:
    """Return how a review stands on a day.

    :raises NotFound: when there is none.
    """
    row = read_review(connection, review_id)
    given = {item["item_id"]: item for item in _rows(connection, "answers", review_id)}
    asked = [{**item, "given": given.get(item["id"])} for item in records.checklist(connection, row.checklist_digest)]
    steps = [dict(step._mapping) for step in records.approval_steps(connection, review_id, row.approval_round)]  # noqa: SLF001  its public name
    verbs = tuple(item.verb for item in REVIEW.transitions if row.state in item.sources)
    return Standing(
        review_id, row.state, row.version, proposal_digest(row.snapshot_sha256 or "", row.measures, row.recommendation, row.terms_sha256), verbs,
        tuple(asked), tuple(_rows(connection, "questions", review_id)), tuple(remarks_on(connection, review_id)), tuple(steps),
        later_changes(connection, review_id, as_of=as_of), row.asked if row.state == "info_requested" else None,
    )  # fmt: skip


def _rows(connection: Connection, name: str, review_id: int) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(sql("reviews", name)), {"review_id": review_id}).mappings()]
