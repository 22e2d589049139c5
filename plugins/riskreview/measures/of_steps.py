"""Owns the measures of a playbook's steps: proposed when the plan starts, granted by policy where hours count, done with the step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures import store
from riskreview.measures.carrying_out import carry_out, put_in_force
from riskreview.measures.desk import ACTOR, Desk, message
from riskreview.measures.ending import ask_reversal
from riskreview.measures.figures import read_figures
from riskreview.measures.lifecycle import IMPLEMENTER, MEASURE, OVERSEER, WAITING
from riskreview.measures.proposing import Draft, write
from riskreview.measures.staffing import ask_first, steps_of
from riskreview.measures.strategy import Figures, changes_something, credit_limit, default_terms
from riskreview.measures.terms import parse_wanted
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue

PROPOSER = "system:playbooks"


@dataclass(frozen=True, slots=True)
class StepMeasure:
    """A step that names a measure, when its plan starts.

    :param measure: kind with or without parameters. :param owner: who does the step, and so carries the measure out.
    """

    step_key: int
    customer_key: int
    measure: str
    owner: str
    lead: str
    playbook_id: str


def propose_of_steps(services: Services, connection: Connection, steps: Sequence[StepMeasure], *, as_of: date) -> int:
    """Propose the measures of steps in the caller's transaction; those the policy grants beforehand wait only to be carried out.

    A step whose customer has such a measure already, or where it would change nothing, gets none; nor does one whose measure the team has not
    got the people to approve, of which the final duty role hears: the plan starts all the same. Returns how many were proposed.
    """
    if not steps:
        return 0
    desk = Desk.of(services)
    drafts, orphans = _parted(desk, _drafts(services, connection, desk, steps, as_of))
    enqueue(connection, [_incident(desk, draft) for _, draft in orphans], at=desk.staff.now)
    links = [{"step_key": step.step_key, "implementer": step.owner, "pre_approved": draft.kind.id in desk.policy.preapproved, "owner": step.lead,
              "approval_steps": 0 if draft.kind.id in desk.policy.preapproved else len(steps_of(desk, draft.kind, draft.stand))}
             for step, draft in drafts]  # fmt: skip
    found = write(
        connection, desk, [draft for _, draft in drafts], PROPOSER, origin="playbook", owner=PROPOSER, links=links
    )
    granted = [row.measure_id for row in found if row.kind in desk.policy.preapproved]
    apply_many(connection, MEASURE, "grant", granted, actor=PROPOSER, roles=(SYSTEM,), at=desk.staff.now,
               changes={"decision_reason": f"approved beforehand by policy {desk.policy.version}"})  # fmt: skip
    by_step = {step.step_key: (step, draft) for step, draft in drafts}
    for row in found:
        if row.measure_id not in granted:
            _ask(connection, desk, row.measure_id, *by_step[row.step_key])
    return len(found)


def carry_out_of_step(services: Services, connection: Connection, step_key: int, *, actor: str, evidence: str) -> None:
    """Carry the measure of a step out with the step's evidence, in the transaction that ends the step.

    :raises RuleViolation: while the measure waits for approval, or when the actor approved it.
    """
    rows = store.chosen(connection, "of_steps", step_keys=[step_key], states=["proposed", "approved"])
    for row in rows:
        if row.state == "proposed":
            raise RuleViolation(f"the step waits for the approval of its measure {row.measure_id} ({row.kind})")
        desk = Desk.of(services)
        carry_out(
            connection, desk, store.read_measure(connection, row.measure_id), actor, evidence, roles=(IMPLEMENTER,)
        )
        put_in_force(connection, desk, [row.measure_id])


def drop_of_steps(connection: Connection, step_keys: Sequence[int], *, why: str, at: datetime) -> int:
    """Withdraw the measures of steps that will not be done; what is in force stays. Returns how many."""
    rows = store.chosen(connection, "of_steps", step_keys=list(step_keys), states=list(WAITING[:2]))
    if not rows:
        return 0
    changes = {"ended_by": ACTOR, "ended_on": at.date(), "end_reason": why}
    moved = apply_many(
        connection,
        MEASURE,
        "withdraw",
        [row.measure_id for row in rows],
        actor=ACTOR,
        roles=(SYSTEM,),
        at=at,
        changes=changes,
    )
    close_duties(connection, None, "measure", [str(key) for key in moved], at=at, state="cancelled")
    return len(moved)


def hand_to(connection: Connection, step_keys: Sequence[int], *, implementer: str) -> None:
    """Let whoever does steps from now on carry out their measures."""
    store.write(connection, "hand_to_of_steps", step_keys=list(step_keys), implementer=implementer)


def ask_reversal_of_steps(
    services: Services, connection: Connection, step_keys: Sequence[int], *, actor: str, why: str
) -> int:
    """Ask, of each measure of these steps that constrains and is in force, whether it is reversed; returns how many.

    The actor leads the plan, and the answer is another person's.
    """
    rows = store.chosen(connection, "of_steps", step_keys=list(step_keys), states=["in_force"])
    found = [row for row in rows if row.effect == "constrains"]
    for row in found:
        desk = Desk.of(services)
        ask_reversal(connection, desk, store.read_measure(connection, row.measure_id), actor, why, roles=(OVERSEER,))
    return len(found)


Drafted = tuple[StepMeasure, Draft]


def _parted(desk: Desk, drafts: Sequence[Drafted]) -> tuple[list[Drafted], list[Drafted]]:
    """Return the measures somebody may approve, or the policy grants beforehand, and those the team has not got the people for."""
    able = [
        draft.kind.id in desk.policy.preapproved or desk.staff.are_enough(steps_of(desk, draft.kind, draft.stand), but=(step.owner,))
        for step, draft in drafts
    ]  # fmt: skip
    both = list(zip(drafts, able, strict=True))
    return [item for item, is_able in both if is_able], [item for item, is_able in both if not is_able]


def _incident(desk: Desk, draft: Draft) -> OutboxEvent:
    role = steps_of(desk, draft.kind, draft.stand)[0][0]
    last = desk.staff.team.on_duty(desk.staff.team.final_duty_role, desk.today)
    return OutboxEvent(f"nobody_available:{role}:{desk.today}", "nobody_available", "role", role, "critical", (last.owner,),
                       {"role": role, "day": desk.today, "deputy": last.deputy})  # fmt: skip


def _drafts(
    services: Services, connection: Connection, desk: Desk, steps: Sequence[StepMeasure], as_of: date
) -> list[Drafted]:
    keys = sorted({step.customer_key for step in steps})
    stands, standing, total = (
        store.read_stands(connection, keys, on_day=desk.today),
        store.standing(connection, keys),
        store.receivables(connection),
    )
    wanted = {step.step_key: parse_wanted(step.measure, desk.policy) for step in steps}
    with_amount = {step.customer_key for step in steps if desk.policy.kind(wanted[step.step_key].kind).amount_from}
    figures = read_figures(services, sorted(with_amount), as_of=as_of) if with_amount else {}
    found = []
    for step in steps:
        stand, item = stands.get(step.customer_key), wanted[step.step_key]
        kind = desk.policy.kind(item.kind)
        taken = any(other.field == kind.field for other in standing.get(step.customer_key, []))
        if stand is None or taken or kind.relaxes:  # an emergency is no moment for relief
            continue
        known = figures.get(step.customer_key, Figures())
        terms = item.terms.over(
            default_terms(kind, stand, known, credit_limit(stand, known, desk.policy.limit, receivables=total))
        )
        if changes_something(kind, terms, stand):
            reason = f"step of emergency plan {step.playbook_id}"
            found.append(
                (step, Draft(stand, kind, terms, desk.today, desk.until(kind, desk.today, None), reason, reason))
            )
    return found


def _ask(connection: Connection, desk: Desk, measure_id: int, step: StepMeasure, draft: Draft) -> None:
    row = store.read_measure(connection, measure_id)
    asked, duty = ask_first(connection, desk, row, steps_of(desk, draft.kind, draft.stand), but=(step.owner,))
    open_duties(connection, [duty], at=desk.staff.now)
    enqueue(
        connection,
        [message(row, "measure_proposed", asked, due_at=duty.due_at, proposed_by=PROPOSER)],
        at=desk.staff.now,
    )
