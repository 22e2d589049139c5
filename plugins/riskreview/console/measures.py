"""Owns the pages of measures: what waits or is in force, one of them with its terms and effect, and acting on it by the room's use cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from riskreview.console import expected
from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.paging import Order, sorted_list, sorted_table
from riskreview.console.tables import Column, Rows, Table
from riskreview.console.visit import Row, Visit, check_may_see, rows
from riskreview.console.words import words
from riskreview.foundation.errors import NotFound
from riskreview.measures import carrying_out, deciding, ending
from riskreview.measures.reading import list_measures, show_measure
from riskreview.policy.measure_policy import load_measure_policy

DEFAULT = "-newest"
"""The newest first, of a page those that wait for somebody."""
MOST_EVENTS = 50
OVERSEERS = frozenset({"credit_manager", "cfo", "executive"})
COLUMNS = (Column("kind_name", link="measures/{measure_id}", sorts=True), Column("terms"), Column("state", "word:measure_state", sorts=True), Column("starts_on", "day", sorts=True),
           Column("expires_on", "day", sorts=True), Column("waits_for", "person", sorts=True), Column("proposed_by", "person", sorts=True), Column("approved_by", "person", sorts=True))  # fmt: skip
BOARD = (COLUMNS[0], Column("name", link="customers/{customer_key}", sorts=True), *COLUMNS[1:])
EXPORTED = ("measure_id", "customer_id", "name", "kind", "kind_name", "state", "amount", "currency", "days", "share_pct", "stage", "starts_on", "expires_on", "review_id", "owner",
            "waits_for", "proposed_by", "approved_by", "implemented_by", "reason")  # fmt: skip
STEPS = (
    Column("step"),
    Column("state", "word:step_of_approval"),
    Column("decided_by", "person"),
    Column("reason"),
)
EFFECTS = (Column("measured_on"), Column("after_days", "count"), Column("exposure", "amount"), Column("overdue", "amount"),
           Column("risk_class", "class"), Column("peer_exposure_pct", "percent"), Column("peer_overdue_pct", "percent"))  # fmt: skip
HISTORY = (Column("recorded_at", "moment"), Column("action", "word:action"), Column("actor", "person"), Column("seq"))


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done: the use case, the field it wants said, and whether it is bound to what was read."""

    do: Callable[..., object]  # the use cases share services, measure_id, version and actor, and differ in the rest
    says: str
    is_bound: bool = False


ACTS: Mapping[str, Act] = {
    "approve": Act(deciding.approve, "reason", is_bound=True), "refuse": Act(deciding.refuse, "reason", is_bound=True),
    "implement": Act(carrying_out.implement, "evidence"), "withdraw": Act(ending.withdraw, "reason"),
    "reverse": Act(ending.reverse, "reason"), "keep": Act(ending.keep, "reason"), "undo": Act(carrying_out.undo, "evidence"),
}  # fmt: skip


def measures(visit: Visit) -> Page:
    """Show a page of the measures that wait or are in force, the newest first, of them those that wait for somebody."""
    table = sorted_table(visit, "measures", BOARD, DEFAULT, _find)
    told = measures_told(table.rows, visit)
    if table.order == DEFAULT:
        told = sorted(told, key=lambda row: row["waits_for"] is None)
    return Page("measures", {"table": replace(table, rows=told)})


def measures_csv(visit: Visit) -> CsvFile:
    """Hand over the measures that wait or are in force."""
    return CsvFile("measures.csv", EXPORTED, measures_told(sorted_list(visit, BOARD, DEFAULT, _find), visit))


def measure(visit: Visit) -> Page:
    """Show one measure: its terms and what they rest on, who decided and carries it out, what came of it."""
    number = visit.number("measure_id")
    with visit.reading() as connection:
        found = _seen(connection, visit, number)
        who = rows(connection, "customer", customer_key=found["customer_key"], on_day=visit.today)[0]
        history = rows(
            connection, "subject_history", subject_type="measure", subject_id=str(number), how_many=MOST_EVENTS
        )
    told = measures_told([found], visit)[0]
    can = [(verb, ACTS[verb].says) for verb in ACTS if _may(verb, found, visit)]
    tables = (
        Table("expected", expected.COLUMNS, expected.told(found["kind"], found["expected"], visit)),
        Table("steps_of_approval", STEPS, found["steps"]),
        Table("effects", EFFECTS, found["effects"]),
        Table("history", HISTORY, history),
    )
    return Page("measure", {"measure": told, "who": who, "can": can, "tables": tables}, ("measure", str(number)))


def act(visit: Visit) -> Redirect:
    """Decide a measure, say that it was carried out, or end it; who may and when is the room's to say."""
    number, found = visit.number("measure_id"), ACTS.get(visit.path["verb"])
    if found is None:
        raise NotFound("there is no such page")
    with visit.reading() as connection:
        _seen(connection, visit, number)
    said: dict[str, Any] = {found.says: visit.said(found.says)}  # arguments of any type
    if found.is_bound:
        said["digest"] = visit.said("digest")
    found.do(visit.services, measure_id=number, version=visit.version(), actor=visit.visitor.person, **said)
    return Redirect(f"/measures/{number}", "saved")


def measures_told(found: Rows, visit: Visit) -> list[Row]:
    """Return measures with the name of their kind, their terms in words, and whom they wait for."""
    policy, language = load_measure_policy(visit.services.instance), visit.visitor.language
    return [
        {
            **row,
            "kind_name": policy.kind(row["kind"]).name.of(language),
            "terms": terms_told(row, words(language)["measures"]),
            "waits_for": _waits_for(row),
        }
        for row in found
    ]


def terms_told(row: Mapping[str, Any], said: Mapping[str, str]) -> str:  # a result row, or what a pack holds
    """Return the terms of a measure in words; those it has not are left out."""
    amount, days, share, stage = (row.get(name) for name in ("amount", "days", "share_pct", "stage"))
    parts = (
        "" if amount is None else f"{Decimal(amount):,.0f} {row.get('currency') or ''}".strip(),
        "" if days is None else said["days"].format(count=days),
        "" if share is None else f"{float(share):g} %",
        "" if stage is None else said["stage"].format(number=stage),
    )
    return ", ".join(part for part in parts if part)


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    return list_measures(connection, on_day=visit.today, how_many=how_many, is_open=True, owner_users=visit.visitor.owner_users,
                         seen_by=visit.visitor.person, **order.values)  # fmt: skip


def _waits_for(row: Mapping[str, Any]) -> str | None:  # a result row
    if row["state"] == "proposed":
        return str(row["decider"]) if row["decider"] else None
    return str(row["implementer"]) if row["state"] == "approved" and row["implementer"] else None


def _named(row: Row) -> set[str | None]:
    return {row["owner"], row["implementer"], row["decider"]}


def _may(verb: str, row: Row, visit: Visit) -> bool:
    """Tell whether somebody is shown a verb: of the state, and of those whom it is about; the room decides."""
    person, roles = visit.visitor.person, set(visit.team.roles_of(visit.visitor.person))
    if verb not in row["verbs"] or (row["review_id"] is not None and verb in {"approve", "refuse", "withdraw"}):
        return False
    if verb in {"approve", "refuse"}:
        return bool(person == row["decider"])
    if verb in {"implement", "undo"}:
        return row["undone_by"] is None and person in {row["implementer"], row["implemented_by"]}
    return person in {row["owner"], row["proposed_by"]} or bool(OVERSEERS & roles)


def _seen(connection: Connection, visit: Visit, number: int) -> Row:
    found = show_measure(connection, number, on_day=visit.today)
    if visit.visitor.person not in _named(found):
        check_may_see(connection, visit.visitor, found["customer_key"])
    return found
