"""Owns who approves and who carries out a measure: the approval matrix of the reviews, each step another person."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from riskreview.foundation.errors import RuleViolation
from riskreview.measures import store
from riskreview.measures.desk import SEPARATED, Desk
from riskreview.measures.rules import Stand
from riskreview.measures.store import Found
from riskreview.mechanisms.duty import NewDuty
from riskreview.mechanisms.staffing import Steps
from riskreview.policy.measure_policy import MeasureKind


def steps_of(desk: Desk, kind: MeasureKind, stand: Stand) -> tuple[tuple[str, ...], ...]:
    """Return the roles of each step the matrix asks for."""
    return desk.staff.policy.approval.steps_for(stand.risk_class.name, stand.exposure, [kind.id])


def ask_first(
    connection: Connection, desk: Desk, row: Found, steps: Steps, *, but: Collection[str]
) -> tuple[str, NewDuty]:
    """Lay out the steps of an approval and return who is asked first, with the duty to decide.

    :param but: people who may take no step.
    :raises RuleViolation: when the team has not as many different people as there are steps.
    """
    if not desk.staff.are_enough(steps, but=but):
        raise RuleViolation(
            f"the matrix asks for {len(steps)} different approvers beside {', '.join(sorted(but))}, and the team has not got them:"
            f" {'; '.join(' or '.join(roles) for roles in steps)}"
        )
    asked, barred = desk.staff.step_decider(steps, but=but)
    duty = approval_duty(desk, row, 1, asked, steps[0], but=barred)
    store.open_steps(connection, [
        {"measure_id": row.measure_id, "step": place, "roles": list(roles), "digest": row.digest,
         "asked": asked if place == 1 else None, "duty_kind": duty.kind if place == 1 else None}
        for place, roles in enumerate(steps, start=1)
    ])  # fmt: skip
    return asked, duty


def approval_duty(  # noqa: PLR0913, PLR0917, RUF100  the parts of one duty
    desk: Desk, row: Found, step: int, asked: str, roles: Sequence[str], *, but: Collection[str]
) -> NewDuty:  # fmt: skip
    """Return the duty to decide a step, which may never be that of ``but``; its kind carries the step."""
    return desk.duty(f"measure_approval_{step}", row, asked, roles, but=but)


def implementer_of(desk: Desk, row: Found, approvers: Collection[str]) -> str:
    """Return who is asked to carry a measure out.

    :raises RuleViolation: when the team has nobody else.
    """
    return desk.staff.decider(desk.kind_of(row).implement, but=barred_from(row, approvers), what="implement")


def barred_from(row: Found, approvers: Collection[str]) -> set[str]:
    """Return who may not carry a measure out: its approvers and, where the risk is high, its proposer."""
    return {*approvers, *([row.proposed_by] if row.risk_class in set(map(int, SEPARATED)) else [])}
