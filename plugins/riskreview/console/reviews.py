"""Owns the pages of reviews: the list by deadline, one review with its frozen pack, and deciding it by the room's use cases."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from riskreview.assessment import store as assessments
from riskreview.assessment.scale import MICRO
from riskreview.console import charts, expected
from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.measures import COLUMNS as MEASURE_COLUMNS
from riskreview.console.measures import measures_told, terms_told
from riskreview.console.paging import Order, rows_in_order, sorted_list, sorted_table
from riskreview.console.review_acts import ACTS, OUTCOMES, arguments, may_remark, offered, to_ask, to_have
from riskreview.console.review_ties import Acquainted
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, check_may_see, rows
from riskreview.console.words import words
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import NotFound
from riskreview.measures.reading import list_measures
from riskreview.notifications.titles import titles
from riskreview.policy.review_approval import MEASURES
from riskreview.policy.risk_text import sentence
from riskreview.reviews.lifecycle import REVIEW
from riskreview.reviews.pack import thaw
from riskreview.reviews.standing import standing_of

COLUMNS = (
    Column("review_id", link="reviews/{review_id}", sorts=True), Column("name", link="customers/{customer_key}", sorts=True), Column("risk_class", "class", sorts=True),
    Column("kind", "word:review_kind", sorts=True), Column("period_key", sorts=True), Column("state", "word:review_state", sorts=True), Column("owner", "person", sorts=True),
    Column("due_on", "day", sorts=True), Column("exposure", "amount", sorts=True),
)  # fmt: skip
EXPORTED = ("review_id", "customer_id", "name", "kind", "policy_line", "period_key", "state", "owner", "deputy", "due_on", "opened_on", "proposed_by", "decided_by")  # fmt: skip
DEFAULT = "due_on"
HISTORY = (Column("recorded_at", "moment"), Column("action", "word:action"), Column("actor", "person"), Column("seq"))
SIGNALS = (Column("rule_id", "title", "signals/{signal_id}"), Column("severity", "word:severitys"), Column("opened_on"))
PLACES = {"answer": "#checklist", "remark": "#discussion"}
"""Where on the page one goes on after a verb."""
MOST_EVENTS = 50
SHOWN = tuple(state for state in REVIEW.states if state not in {"planned", "closed", "cancelled"})
"""States of the list when none is asked for: what somebody works on."""


def reviews(visit: Visit) -> Page:
    """Show the reviews that are not finished, or those of one state, the earliest due first unless another order is asked for."""
    table = sorted_table(visit, "reviews", COLUMNS, DEFAULT, _find)
    return Page("reviews", {"table": table, "states": REVIEW.states, "query": visit.query})


def reviews_csv(visit: Visit) -> CsvFile:
    """Hand over the reviews that were asked for."""
    return CsvFile("reviews.csv", EXPORTED, sorted_list(visit, COLUMNS, DEFAULT, _find))


def review(visit: Visit) -> Page:
    """Show a review: the pack it rests on, what changed since, checklist, proposal, steps, and what the visitor may do."""
    number, language = visit.number("review_id"), visit.visitor.language
    with visit.reading() as connection:
        found = _seen(connection, visit, number)
        frozen = found.pop("pack")
        pack = thaw(bytes(frozen)) if frozen else {}
        parts = _parts(connection, pack, language)
        taken = list_measures(connection, on_day=visit.today, review_id=number)
        history = rows(
            connection, "subject_history", subject_type="review", subject_id=str(number), how_many=MOST_EVENTS
        )
    with transaction(visit.services.engine) as connection:  # how it stands is read under the review's lock
        standing = standing_of(connection, number, as_of=visit.today)
        known = Acquainted(connection, visit, pack, standing.later_changes)
    pack, standing = known.pack(pack), replace(standing, later_changes=known.changes(standing.later_changes))
    person, roles = visit.visitor.person, visit.team.roles_of(visit.visitor.person)
    shown = {
        "review": found, "pack": pack, "parts": parts, "standing": standing, "measures": MEASURES, "outcomes": OUTCOMES,
        "can": offered(person, roles, found, standing), "people": {"of": to_ask(visit.team), "to": to_have(visit.team, found, visit.today)}, "may_remark": may_remark(roles, standing.state),
        "ways": [way["sentence"][language] for way in pack.get("ways_back") or ()],
        "chart": charts.waterfall([(part["name"], part["points"], part["severity"]) for part in parts], words(language)["column"]["points"]) if parts else None,
        "changes": _changes(pack.get("changes"), visit), "later": _changes(standing.later_changes, visit),
        "signals": Table("signals", SIGNALS, pack.get("signals") or ()), "history": Table("history", HISTORY, history),
        "suggested": _suggested(pack, language),
        "taken": Table("measures", MEASURE_COLUMNS, measures_told(taken, visit)), "expected": expected.of_review(pack, taken, visit),
        "waits_for_other": standing.state == "in_approval" and found["proposed_by"] == person,
    }  # fmt: skip
    return Page("review", shown, ("review", str(number)))


def act(visit: Visit) -> Redirect:
    """Do one thing to a review; who may and when is the room's to say."""
    number, found = visit.number("review_id"), ACTS.get(visit.path["verb"])
    if found is None:
        raise NotFound("there is no such page")
    with visit.reading() as connection:
        _seen(connection, visit, number)
    found.do(visit.services, review_id=number, actor=visit.visitor.person, **arguments(found, visit))
    return Redirect(f"/reviews/{number}{PLACES.get(visit.path['verb'], '')}", "saved")


def _seen(connection: Connection, visit: Visit, number: int) -> Row:
    found = rows(connection, "review", review_id=number, on_day=visit.today)
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    check_may_see(connection, visit.visitor, found[0]["customer_key"])
    return found[0]


def _find(connection: Connection, visit: Visit, order: Order, how_many: int) -> list[Row]:
    state = visit.query.get("state", "")
    return rows_in_order(
        connection, "list_reviews", order, states=[state] if state in REVIEW.states else list(SHOWN),
        mine=visit.visitor.person if visit.query.get("mine") else None, person=visit.visitor.person,
        owner_users=visit.visitor.owner_users, how_many=how_many,
    )  # fmt: skip


def _parts(connection: Connection, pack: Mapping[str, Any], language: str) -> list[Row]:
    """Return what made up the index when the review opened, in the words of the policy that was used."""
    version = (pack.get("assessed") or {}).get("policy_version")
    policy = assessments.used_policy(connection, version) if version else None
    breaches = {item["indicator_id"]: item for item in pack.get("breaches") or ()}
    found = []
    for part in pack.get("contributions") or ():
        if policy is None or not part["micro"]:
            continue
        known, breach = part["id"] in policy.indicator_ids, breaches.get(part["id"])
        name = policy.indicator(part["id"]).name.of(language) if known else words(language)["word"]["missing_data"]
        told = (
            sentence(policy.indicator(part["id"]), breach["value"], breach["line"], policy, language)
            if known and breach
            else name
        )
        found.append(
            {
                "name": name,
                "sentence": told,
                "points": part["micro"] / MICRO,
                "severity": breach["severity"] if breach else 0,
            }
        )
    return found


def _suggested(pack: Mapping[str, Any], language: str) -> list[Row]:
    """Return the measures that the strategy of the class suggests, with the terms they would have."""
    strategy, said = pack.get("strategy") or {}, words(language)
    return [
        {"kind": item["kind"], "name": said["measure"][item["kind"]], "terms": terms_told({**item, "currency": strategy.get("currency")}, said["measures"])}
        for item in strategy.get("measures") or ()
    ]  # fmt: skip


def _changes(changes: Mapping[str, Any] | None, visit: Visit) -> list[Row]:
    """Return what changed, each figure by its name; rules by their titles."""
    named, titled = words(visit.visitor.language)["column"], titles(visit.services.instance)[visit.visitor.language]
    return [{"key": key, "name": named.get(key, key.replace("_", " ")), "before": _listed(pair[0], titled), "now": _listed(pair[1], titled)}
            for key, pair in (changes or {}).items()]  # fmt: skip


def _listed(value: object, titled: Mapping[str, str]) -> object:
    return (", ".join(titled.get(str(item), str(item)) for item in value) or "–") if isinstance(value, list) else value
