"""Owns compliance training: assigned by policy, recorded by another person with evidence, renewed and chased before it lapses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import retry_transaction
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import NewDuty, Rung, close_duties, open_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.fiscal import add_months
from riskreview.policy.ladder import climb
from riskreview.policy.training_policy import Course, TrainingPolicy, load_training_policy
from riskreview.team.lifecycle import TRAINING

ACTOR = "system:training"
DUTY = "training"
KEEPER = "compliance"
"""The role that keeps the records and hears of what lapsed."""

LONGEST_EVIDENCE = 1000
Found = Row[Any]  # a result row has the columns of its statement


@dataclass(frozen=True, slots=True)
class TrainingCounts:
    """What one pass changed."""

    assigned: int = 0
    lapsed: int = 0
    ended: int = 0


def assign_trainings(services: Services) -> TrainingCounts:
    """Assign what policy asks of people and is not assigned yet, note what lapsed, end what waits and nobody asks for any more.

    A course that is valid is assigned again ``renew_before_days`` before it lapses. A second pass changes nothing.

    :raises BadInput: when the policy, the team or a calendar is wrong.
    """
    staff, policy = Staff.of(services), load_training_policy(services.instance)
    return retry_transaction(services.engine, lambda connection: _assign(connection, staff, policy))


def record_training(
    services: Services, *, person: str, course_id: str, completed_on: date, evidence: str, actor: str
) -> date:
    """Record that a person took a course, and return the last day it is valid.

    :param evidence: where the proof is: certificate number, file, attendance list.
    :raises RuleViolation: when the actor may not record it, the day is not over, or the evidence is empty.
    :raises NotFound: when there is no such person or course.
    :raises Conflict: when a training of that day or a later one is recorded already.
    """
    staff, policy = Staff.of(services), load_training_policy(services.instance)
    course = policy.course(course_id)
    learner = staff.team.person(person)
    if course is None or learner is None:
        raise NotFound(
            f"{person} is no person of the team" if learner is None else f"{course_id} is no course of training.yaml"
        )
    if actor == learner.id:
        raise RuleViolation(f"{actor} took this training and cannot record it; another person must")
    if completed_on > staff.today:
        raise RuleViolation(f"a training is recorded when it is over, not on {completed_on}")
    if not 0 < len(evidence.strip()) <= LONGEST_EVIDENCE:
        raise RuleViolation(f"say where the evidence is, in up to {LONGEST_EVIDENCE} characters")
    roles = staff.roles_of(actor)
    TRAINING.check_can("record", state=TRAINING.initial, roles=roles)
    last_day = add_months(completed_on, course.valid_months)
    values = {"completed_on": completed_on, "last_day": last_day, "lapses_at": _end_of(staff, learner.id, last_day),
              "evidence": evidence.strip(), "recorded_by": actor, "recorded_at": staff.now}  # fmt: skip

    def work(connection: Connection) -> None:
        row = _open_round(connection, staff, policy, course, learner.id, completed_on)
        apply(connection, TRAINING, "record", row.training_id, version=row.version, actor=actor, roles=roles, at=staff.now,
              changes=values, cause={"course": course.id, "person": learner.id})  # fmt: skip
        close_duties(connection, DUTY, "training", [str(row.training_id)], at=staff.now)

    retry_transaction(services.engine, work)
    return last_day


def list_trainings(connection: Connection, *, person: str | None = None) -> list[dict[str, Any]]:
    """Return the newest round of every course of every person."""
    return [
        dict(row) for row in connection.execute(text(sql("team", "newest_trainings")), {"person": person}).mappings()
    ]


def _assign(connection: Connection, staff: Staff, policy: TrainingPolicy) -> TrainingCounts:
    connection.execute(text(sql("team", "lock_trainings")))
    newest = {(row["person"], row["course_id"]): row for row in list_trainings(connection)}
    wanted = {(person.id, course.id): course for person in staff.team.persons for course in policy.courses if course.is_for(person)}  # fmt: skip
    ended = _end(
        connection, staff, [row for key, row in newest.items() if key not in wanted and _weighs(row, staff.now)]
    )
    new = []
    for key, course in wanted.items():
        due_on = _next_due(newest.get(key), course, policy, staff.today)
        if due_on is not None:
            new.append(_values(staff, course, key[0], due_on))
    rows = _insert(connection, staff, policy, new)
    return TrainingCounts(len(rows), _lapse(connection, staff), ended)


def _weighs(row: dict[str, Any], now: datetime) -> bool:
    """Tell whether a round is still asked for; one that is valid stays, in case its person must take the course again."""
    return row["state"] in {"assigned", "lapsed"} or (row["state"] == "done" and row["lapses_at"] < now)


def _next_due(row: dict[str, Any] | None, course: Course, policy: TrainingPolicy, today: date) -> date | None:
    """Return until when a course must be taken that has to be assigned now, None while it need not be."""
    if row is None or row["state"] == "ended":
        return today + timedelta(days=course.first_within_days)
    if row["state"] != "done" or row["last_day"] - timedelta(days=policy.renew_before_days) > today:
        return None
    last: date = row["last_day"]
    return last


def _values(staff: Staff, course: Course, person: str, due_on: date) -> dict[str, object]:
    return {"person": person, "course_id": course.id, "last_day": due_on, "lapses_at": _end_of(staff, person, due_on),
            "is_mandatory": course.mandatory}  # fmt: skip


def _insert(
    connection: Connection, staff: Staff, policy: TrainingPolicy, new: Iterable[dict[str, object]]
) -> list[Found]:
    rows = [
        connection.execute(text(sql("team", "insert_training")), {**values, "at": staff.now}).one() for values in new
    ]
    append(connection, [
        AuditEvent("training:assigned", "training", str(row.training_id), ACTOR, cause={"policy": policy.version},
                   new={"state": "assigned", "version": 1, "person": row.person, "course": row.course_id, "last_day": row.last_day})
        for row in rows
    ], at=staff.now)  # fmt: skip
    open_duties(connection, [_duty(staff, policy, row) for row in rows], at=staff.now)
    enqueue(connection, [
        OutboxEvent(f"training_assigned:{row.training_id}", "training_assigned", "training", str(row.training_id), "normal",
                    (row.person,), _facts(row)) for row in rows
    ], at=staff.now)  # fmt: skip
    return rows


def _lapse(connection: Connection, staff: Staff) -> int:
    rows = connection.execute(text(sql("team", "overdue_trainings")), {"at": staff.now}).all()
    keeper = staff.team.on_duty(KEEPER, staff.today).owner
    told = [
        OutboxEvent(f"training_lapsed:{row.training_id}", "training_lapsed", "training", str(row.training_id), "high",
                    tuple(dict.fromkeys((row.person, keeper))), _facts(row)) for row in rows
    ]  # fmt: skip
    ids = [row.training_id for row in rows]
    return len(apply_many(connection, TRAINING, "lapse", ids, actor=ACTOR, roles=(SYSTEM,), at=staff.now, events=told))


def _end(connection: Connection, staff: Staff, rows: Iterable[dict[str, Any]]) -> int:
    ids = [int(row["training_id"]) for row in rows]
    ended = apply_many(connection, TRAINING, "end", ids, actor=ACTOR, roles=(SYSTEM,), at=staff.now)
    close_duties(connection, DUTY, "training", [str(number) for number in ended], at=staff.now, state="cancelled")
    return len(ended)


def _open_round(  # noqa: PLR0913, PLR0917, RUF100  the parts of one record
    connection: Connection, staff: Staff, policy: TrainingPolicy, course: Course, person: str, completed_on: date
) -> Found:  # fmt: skip
    """Return the round a record belongs to, opened now where none waits."""
    connection.execute(text(sql("team", "lock_trainings")))
    newest = next((row for row in list_trainings(connection, person=person) if row["course_id"] == course.id), None)
    if newest is not None and newest["taken_on"] is not None and newest["taken_on"] >= completed_on:
        raise Conflict(f"{person} has {course.id} of {newest['taken_on']} recorded already")
    if newest is None or newest["state"] in {"done", "ended"}:
        _insert(connection, staff, policy, [_values(staff, course, person, completed_on)])
    key = {"person": person, "course_id": course.id}
    return connection.execute(text(sql("team", "open_training")), key).one()


def _duty(staff: Staff, policy: TrainingPolicy, row: Found) -> NewDuty:
    calendar, zone = staff.clock_of(row.person)
    due_at: datetime = row.lapses_at
    rungs = climb(policy.ladder, start=staff.now, due_at=due_at, calendar=calendar, zone=zone,
                  people_of=lambda role: (staff.team.on_duty(role, row.last_day).owner,))  # fmt: skip
    ladder = tuple(Rung(0, rung.audience, rung.level, rung.at) for rung in rungs)
    return NewDuty(DUTY, "training", str(row.training_id), KEEPER, row.person, None, due_at, ladder, _facts(row))


def _facts(row: Found) -> dict[str, object]:
    return {"training_id": row.training_id, "course_id": row.course_id, "person": row.person, "due_on": row.last_day}


def _end_of(staff: Staff, person: str, day: date) -> datetime:
    calendar, zone = staff.clock_of(person)
    return calendar.end_of(day, zone)
