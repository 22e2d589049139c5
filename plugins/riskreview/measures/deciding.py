"""Owns deciding measures that people or playbooks proposed: step by step, each by another person, on exactly what was proposed."""

from sqlalchemy import Connection

from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures import store
from riskreview.measures.desk import Desk, act_on, message, read_seen, said
from riskreview.measures.lifecycle import APPROVER, MEASURE
from riskreview.measures.rules import check_calm
from riskreview.measures.staffing import approval_duty, barred_from, implementer_of
from riskreview.measures.store import Found
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.freeze import check_may_relax


def approve(services: Services, *, measure_id: int, version: int, actor: str, reason: str, digest: str) -> int:
    """Grant a measure, or a step of it; the last step hands it to who carries it out. Returns the new version.

    :raises Conflict: when somebody changed it meanwhile, or the digest is another one than what was read.
    :raises RuleViolation: when the person may not, or it is a relief and a review is overdue or something alarming stands.
    """
    desk = Desk.of(services)
    with transaction(services.engine) as connection:
        row = read_seen(connection, measure_id, version)
        who, step, steps = _check_can_decide(connection, desk, row, actor, digest)
        _check_may_relax(connection, desk, row)
        _sign(connection, desk, row, step, "approved", who, reason)
        if step.step < row.approval_steps:
            return _pass_on(connection, desk, row, steps, step, who)
        return _grant(connection, desk, row, steps, who, reason)


def refuse(services: Services, *, measure_id: int, version: int, actor: str, reason: str, digest: str) -> int:
    """Refuse a measure, with the reason. Returns the new version."""
    desk = Desk.of(services)
    with transaction(services.engine) as connection:
        row = read_seen(connection, measure_id, version)
        who, step, _ = _check_can_decide(connection, desk, row, actor, digest)
        _sign(connection, desk, row, step, "refused", who, reason)
        changes = {"decision_reason": reason, "ended_by": who, "ended_on": desk.today, "end_reason": "refused"}
        return act_on(connection, desk, "refuse", row, who, roles=(APPROVER,), changes=changes, cause={"step": step.step},
                      events=[message(row, "measure_decided", row.owner, row.proposed_by, measure_end="refused")])  # fmt: skip


def _check_can_decide(
    connection: Connection, desk: Desk, row: Found, actor: str, digest: str
) -> tuple[str, Found, list[Found]]:
    who = desk.person(actor)
    MEASURE.check_can("approve", state=row.state, roles=(APPROVER,))
    if row.review_id is not None:
        raise RuleViolation(f"measure {row.measure_id} is decided with review {row.review_id}")
    steps = list(store.approval_steps(connection, row.measure_id))
    step = next((item for item in steps if item.state == "open"), None)
    if step is None:
        raise Conflict(f"no step of measure {row.measure_id} waits for a decision")
    if who == row.proposed_by:
        raise RuleViolation(f"{who} proposed this and cannot decide it; another person must")
    if any(item.decided_by == who for item in steps):
        raise RuleViolation(f"{who} approved a step of this already; another person must decide the next one")
    if not set(step.roles) & set(desk.staff.roles_of(who)):
        raise RuleViolation(f"step {step.step} is decided by {' or '.join(step.roles)}; {who} is none of them")
    if digest != row.digest:
        raise Conflict("the measure says something else than what you read; read it again")
    return who, step, steps


def _check_may_relax(connection: Connection, desk: Desk, row: Found) -> None:
    kind = desk.kind_of(row)
    if kind.relaxes:
        check_may_relax(connection, row.customer_key, on_day=desk.today, what=f"{kind.id} {row.measure_id}")
        check_calm(kind, store.read_stand(connection, row.customer_key, on_day=desk.today))


def _sign(connection: Connection, desk: Desk, row: Found, step: Found, state: str, who: str, reason: str) -> None:
    store.write(connection, "decide_step", measure_id=row.measure_id, step=step.step, state=state, person=who, at=desk.staff.now,
                reason=said(reason, "reason"))  # fmt: skip
    close_duties(connection, step.duty_kind, "measure", [str(row.measure_id)], at=desk.staff.now)


def _pass_on(connection: Connection, desk: Desk, row: Found, steps: list[Found], step: Found, who: str) -> int:
    following = next(item for item in steps if item.step == step.step + 1)
    decided = [item.decided_by for item in steps if item.decided_by]
    implementer = [row.implementer] if row.implementer else []
    but = (row.proposed_by, *decided, *implementer)
    later = [item.roles for item in steps if item.step > step.step]
    desk.staff.check_spared(who, [step.roles, *later], but=but)
    asked, barred = desk.staff.step_decider(later, but=(*but, who))
    duty = approval_duty(desk, row, following.step, asked, following.roles, but=barred)
    store.write(
        connection, "open_step", measure_id=row.measure_id, step=following.step, asked=asked, duty_kind=duty.kind
    )
    open_duties(connection, [duty], at=desk.staff.now)
    return act_on(connection, desk, "approve_step", row, who, roles=(APPROVER,), cause={"step": step.step, "digest": row.digest},
                  events=[message(row, "measure_proposed", asked, due_at=duty.due_at, proposed_by=row.proposed_by)])  # fmt: skip


def _grant(connection: Connection, desk: Desk, row: Found, steps: list[Found], who: str, reason: str) -> int:
    kind = desk.kind_of(row)
    approvers = {who, *(item.decided_by for item in steps if item.decided_by)}
    person = row.implementer or implementer_of(desk, row, approvers)
    duty = desk.duty(
        "measure_implementation", row, person, kind.implement, kind.implement_within, barred_from(row, approvers)
    )
    changes = {"approved_by": who, "approved_at": desk.staff.now, "decision_reason": reason, "implementer": person,
               "implement_by": duty.due_at}  # fmt: skip
    if row.step_key is None:  # a step of a playbook is a duty of its own
        open_duties(connection, [duty], at=desk.staff.now)
    return act_on(connection, desk, "approve", row, who, roles=(APPROVER,), changes=changes, cause={"digest": row.digest}, events=[
        message(row, "measure_decided", row.owner, row.proposed_by, measure_end="approved"),
        message(row, "measure_to_implement", person, due_at=duty.due_at),
    ])  # fmt: skip
