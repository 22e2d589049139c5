"""Owns the pages of emergency plans: the board, one activation with its steps and clocks, and working it off by the room's use cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import Order, rows_in_order, sorted_list, sorted_table
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, check_may_see, rows
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.services import Services
from riskreview.playbooks import response
from riskreview.playbooks.lifecycle import ACTIVATION, STEP
from riskreview.playbooks.response import AfterAction
from riskreview.playbooks.store import read_activation

DEFAULT = "next_due_at"
MOST_EVENTS = 50
COLUMNS = (
    Column("playbook_id", "title", "playbooks/{activation_id}", sorts=True), Column("is_drill", "word:drill", sorts=True), Column("name", link="customers/{customer_key}", sorts=True),
    Column("state", "word:activation_state", sorts=True), Column("owner", "person", sorts=True), Column("started_on", "day", sorts=True), Column("steps_ended", "count", sorts=True),
    Column("steps", "count", sorts=True), Column("steps_late", "count", sorts=True), Column("next_due_at", "moment", sorts=True), Column("exposure", "amount", sorts=True),
)  # fmt: skip
EXPORTED = ("activation_id", "playbook_id", "is_drill", "customer_id", "name", "state", "owner", "started_on", "steps_ended", "steps", "steps_late", "next_due_at", "exposure")  # fmt: skip
HISTORY = (Column("recorded_at", "moment"), Column("action", "word:action"), Column("actor", "person"), Column("seq"))


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done: the use case, the field it wants said, and what may be said besides."""

    do: Callable[..., int]  # the use cases share services, version and actor, and differ in the rest
    says: str = ""
    besides: tuple[str, ...] = ()

    def given(self, visit: Visit) -> dict[str, str]:
        """Return what the form says of them."""
        return {name: visit.said(name) for name in (self.says, *self.besides) if name}


def _look_back(  # noqa: PLR0913, RUF100  the fields of one form
    services: Services,
    *,
    activation_id: int,
    version: int,
    actor: str,
    lessons: str,
    loss_avoided: str,
    policy_change: str,
) -> int:
    record = AfterAction(lessons, _amount(loss_avoided), policy_change or None)
    return response.look_back(services, activation_id=activation_id, version=version, actor=actor, record=record)


def _amount(said: str) -> Decimal | None:
    try:
        found = Decimal(said.replace(",", "")) if said else None
    except InvalidOperation:
        found = Decimal("NaN")
    if found is not None and not found.is_finite():
        raise BadInput("E-FORM", f"{said} is no amount", "Write it as 250000 or 250000.50")
    return found


ACTS: Mapping[str, Act] = {
    "acknowledge": Act(response.acknowledge_activation), "contain": Act(response.contain), "recover": Act(response.recover),
    "resolve": Act(response.resolve), "look_back": Act(_look_back, "lessons", ("loss_avoided", "policy_change")), "close": Act(response.close),
    "stand_down": Act(response.stand_down, "reason"),
}  # fmt: skip
STEP_ACTS: Mapping[str, Act] = {
    "acknowledge": Act(response.acknowledge), "start": Act(response.start), "finish": Act(response.finish, "evidence"),
    "refuse": Act(response.not_doing, "reason"),
}  # fmt: skip


def board(visit: Visit) -> Page:
    """Show a page of the plans at work, or of those of one state, by the next deadline."""
    table = sorted_table(visit, "playbooks", COLUMNS, DEFAULT, _find)
    return Page("playbooks", {"table": table, "states": ACTIVATION.states, "query": visit.query})


def board_csv(visit: Visit) -> CsvFile:
    """Hand over the plans that were asked for."""
    return CsvFile("plans.csv", EXPORTED, sorted_list(visit, COLUMNS, DEFAULT, _find))


def activation(visit: Visit) -> Page:
    """Show an activation: who leads it, every step with owner, clock and evidence, and what the visitor may do."""
    return _show(visit, visit.number("activation_id"))


def find_step(visit: Visit) -> Redirect:
    """Lead from a step, as messages name it, to its activation."""
    with visit.reading() as connection:
        found = _step(connection, visit)
    return Redirect(f"/playbooks/{found['activation_id']}#step-{found['step_id']}")


def activation_of_step(visit: Visit) -> Page:
    """Show the activation of a step again."""
    with visit.reading() as connection:
        found = _step(connection, visit)
    return _show(visit, int(found["activation_id"]))


def act(visit: Visit) -> Redirect:
    """Do one thing to an activation; who may and when is the room's to say."""
    number, found = visit.number("activation_id"), ACTS.get(visit.path["verb"])
    if found is None:
        raise NotFound("there is no such page")
    with visit.reading() as connection:
        _seen(connection, visit, number)
    found.do(
        visit.services, activation_id=number, version=visit.version(), actor=visit.visitor.person, **found.given(visit)
    )
    return Redirect(f"/playbooks/{number}", "saved")


def act_on_step(visit: Visit) -> Redirect:
    """Do one thing to a step."""
    found = STEP_ACTS.get(visit.path["verb"])
    if found is None:
        raise NotFound("there is no such page")
    with visit.reading() as connection:
        step = _step(connection, visit)
    found.do(visit.services, activation_id=step["activation_id"], step_id=step["step_id"], version=visit.version(),
             actor=visit.visitor.person, **found.given(visit))  # fmt: skip
    return Redirect(f"/playbooks/{step['activation_id']}", "saved")


def _show(visit: Visit, number: int) -> Page:
    with visit.reading() as connection:
        found = _seen(connection, visit, number)
        towards = response.roles_towards(visit.team, read_activation(connection, number), visit.visitor.person)
        steps = rows(connection, "activation_steps", activation_id=number, now=visit.services.clock.now())
        history = rows(
            connection, "subject_history", subject_type="activation", subject_id=str(number), how_many=MOST_EVENTS
        )
    person, language = visit.visitor.person, visit.visitor.language
    is_leader = person in {found["owner"], found["deputy"]}
    can = [
        (verb, item.says) for verb, item in ACTS.items() if ACTIVATION.can(verb, state=found["state"], roles=towards)
    ]
    shown = [_told(row, language, is_worker=is_leader or person in {row["owner"], row["deputy"]}) for row in steps]
    return Page("activation", {"plan": found, "document": found["document"], "steps": shown, "can": can,
                               "history": Table("history", HISTORY, history)}, ("activation", str(number)))  # fmt: skip


def _told(row: Row, language: str, *, is_worker: bool) -> Row:
    roles = ("owner",) if is_worker else ()
    verbs = [(verb, item.says) for verb, item in STEP_ACTS.items() if STEP.can(verb, state=row["state"], roles=roles)]
    return {**row, "title": row[f"title_{language}"], "needed": row[f"evidence_needed_{language}"], "can": verbs}


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    state = visit.query.get("state", "")
    return rows_in_order(
        connection, "list_activations", order, states=[state] if state in ACTIVATION.states else list(ACTIVATION.open_states),
        owner_users=visit.visitor.owner_users, person=visit.visitor.person, now=visit.services.clock.now(), how_many=how_many,
    )  # fmt: skip


def _seen(connection: Connection, visit: Visit, number: int) -> Row:
    found = rows(connection, "activation", activation_id=number)
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    _check_may_see(connection, visit, found[0])
    return found[0]


def _step(connection: Connection, visit: Visit) -> Row:
    found = rows(connection, "find_step", step_key=visit.number("step_key"))
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    _check_may_see(connection, visit, found[0])
    return found[0]


def _check_may_see(connection: Connection, visit: Visit, plan: Row) -> None:
    """Let a plan be seen by whoever may see its customer; a drill has none and is seen by those who are named in it.

    :raises NotFound: to anybody else.
    """
    if plan["customer_key"] is None:
        named = rows(connection, "is_named_in_plan", activation_id=plan["activation_id"], person=visit.visitor.person)
        if visit.visitor.sees_all or named[0]["is_named"]:
            return
    check_may_see(connection, visit.visitor, plan["customer_key"])
