"""Owns the page of one customer: who it is, its class and why, how its figures moved, and everything done about it."""

from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection

from riskreview.assessment import store as assessments
from riskreview.assessment.explain import explain
from riskreview.assessment.explanation import Explanation
from riskreview.assessment.history import read_course
from riskreview.assessment.scale import scale_of
from riskreview.console import charts
from riskreview.console.answers import Page, Redirect
from riskreview.console.tables import Column, Table
from riskreview.console.visit import LARGEST_NUMBER, Row, Visit, check_may_see, rows
from riskreview.console.words import words
from riskreview.foundation.errors import NotFound
from riskreview.opinions import use_cases as opinions
from riskreview.opinions.store import list_opinions, read_opinion
from riskreview.policy.risk_policy import Policy

TREND_DAYS = 730
TIMELINE_ROWS = 50
ACCOUNTS = (Column("system"), Column("account_id"), Column("name"), Column("tax_id"), Column("country"), Column("status"),
            Column("payment_terms_days", "count"), Column("owner_user", "person"), Column("as_of", "day"))  # fmt: skip
MERGES = (
    Column("customer_id"),
    Column("basis", "word:basis"),
    Column("merged_by", "person"),
    Column("merged_at", "moment"),
)
SIGNALS = (Column("rule_id", "title", "signals/{signal_id}"), Column("severity", "word:severitys"), Column("state", "word:signal_state"),
           Column("opened_on", "day"), Column("last_seen_on", "day"), Column("handler", "person"))  # fmt: skip
REVIEWS = (Column("review_id", link="reviews/{review_id}"), Column("kind", "word:review_kind"), Column("period_key"), Column("state", "word:review_state"),
           Column("owner", "person"), Column("due_on", "day"), Column("decided_by", "person"))  # fmt: skip
PLANS = (Column("playbook_id", "title", "playbooks/{activation_id}"), Column("state", "word:activation_state"), Column("owner", "person"),
         Column("started_on", "day"), Column("steps_ended", "count"), Column("steps", "count"))  # fmt: skip
MESSAGES = (Column("ref", link="messages/{message_id}"), Column("kind", "word:kinds"), Column("recipient", "person"), Column("channel"),
            Column("state", "word:message_state"), Column("created_at", "moment"), Column("acknowledged_at", "moment"))  # fmt: skip
OPINIONS = (Column("opinion_id", link="opinions/{opinion_id}"), Column("kind", "word:opinion_kinds"), Column("state", "word:opinion_state"),
            Column("risk_class", "class"), Column("author", "person"), Column("proposed_on", "day"), Column("valid_until", "day"))  # fmt: skip
CHANGES = (Column("as_of", "day"), Column("old_class", "class"), Column("new_class", "class"))
EVENTS = (Column("seq"), Column("recorded_at", "moment"), Column("action", "word:action"), Column("subject_type", "word:subjects"),
          Column("subject_id"), Column("actor", "person"))  # fmt: skip


def customer(visit: Visit) -> Page | Redirect:
    """Show a customer, found by its key or by its number as messages name it."""
    with visit.reading() as connection:
        key = _find(connection, visit.path["customer_key"])
        check_may_see(connection, visit.visitor, key)
        if str(key) != visit.path["customer_key"]:
            return Redirect(f"/customers/{key}")
        who = rows(connection, "customer", customer_key=key, on_day=visit.today)[0]
        policy = _policy(connection)
        tables = _tables(connection, key)
    explained = _explained(visit, key, who)
    return Page("customer", {"who": who, "explained": explained, "tables": tables, **_figures(visit, key, explained, policy)},
                ("customer", str(key)))  # fmt: skip


def timeline(visit: Visit) -> Page:
    """Show what happened to a customer, newest first, page by page."""
    before = visit.query.get("after", "")
    place = int(before) if before.isdecimal() and int(before) <= LARGEST_NUMBER else None
    with visit.reading() as connection:
        key = _find(connection, visit.path["customer_key"])
        check_may_see(connection, visit.visitor, key)
        who = rows(connection, "customer", customer_key=key, on_day=visit.today)[0]
        found = rows(connection, "customer_timeline", customer_key=key, before_seq=place, how_many=TIMELINE_ROWS + 1)
    shown = found[:TIMELINE_ROWS]
    table = Table("timeline", EVENTS, shown, base=f"{visit.root}/customers/{key}/timeline",
                  next_after=str(shown[-1]["seq"]) if len(found) > TIMELINE_ROWS else "")  # fmt: skip
    return Page("timeline", {"who": who, "table": table}, ("customer", str(key)))


def opinion(visit: Visit) -> Page:
    """Show an opinion, with what may be done to it."""
    number = visit.number("opinion_id")
    with visit.reading() as connection:
        row = read_opinion(connection, number)
        check_may_see(connection, visit.visitor, row.customer_key)
        listed = list_opinions(connection, customer_key=row.customer_key, state=None, how_many=LARGEST_NUMBER)
        who = rows(connection, "customer", customer_key=row.customer_key, on_day=visit.today)[0]
    found = next(item for item in listed if item["opinion_id"] == number)
    return Page("opinion", {"opinion": found, "who": who}, ("opinion", str(number)))


def decide_opinion(visit: Visit) -> Redirect:
    """Grant, refuse or take back an opinion."""
    number, verb = visit.number("opinion_id"), visit.path["verb"]
    with visit.reading() as connection:
        check_may_see(connection, visit.visitor, read_opinion(connection, number).customer_key)
    reason, actor = visit.said("reason"), visit.visitor.person
    if verb == "approve":
        opinions.approve(visit.services, opinion_id=number, actor=actor, reason=reason, digest=visit.said("digest"))
    elif verb == "refuse":
        opinions.refuse(visit.services, opinion_id=number, actor=actor, reason=reason)
    elif verb == "revoke":
        opinions.revoke(visit.services, opinion_id=number, actor=actor, reason=reason)
    else:
        raise NotFound("there is no such page")
    return Redirect(f"/opinions/{number}", "saved")


def _find(connection: Connection, wanted: str) -> int:
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() and int(wanted) <= LARGEST_NUMBER else None
    found = rows(connection, "find_customer", wanted=wanted, number=number)
    if not found:
        raise NotFound("there is nothing here, or it is not yours to see")
    return int(found[0]["customer_key"])


def _policy(connection: Connection) -> Policy | None:
    head = assessments.read_head(connection)
    return None if head is None else assessments.used_policy(connection, head.policy_version)


def _explained(visit: Visit, key: int, who: Row) -> Explanation | None:
    if who["as_of"] is None:
        return None
    return explain(visit.services, customer_key=key, language=visit.visitor.language, on_day=visit.today)


def _tables(connection: Connection, key: int) -> dict[str, Table]:
    named = (("reviews", "customer_reviews", REVIEWS), ("activations", "customer_activations", PLANS), ("signals", "customer_signals", SIGNALS),
             ("accounts", "customer_accounts", ACCOUNTS), ("merges", "customer_merges", MERGES), ("messages", "customer_messages", MESSAGES))  # fmt: skip
    found = {name: Table(name, columns, rows(connection, read, customer_key=key)) for name, read, columns in named}
    found["class_changes"] = Table("class_changes", CHANGES, rows(connection, "class_changes", customer_key=key))
    found["opinions"] = Table(
        "opinions", OPINIONS, list_opinions(connection, customer_key=key, state=None, how_many=50)
    )
    return found


def _figures(
    visit: Visit, key: int, explained: Explanation | None, policy: Policy | None
) -> dict[str, Any]:  # charts are JSON
    """Return the charts: what makes up the index, and the course of one indicator, of the visitor's choice or the one that counts most."""
    if explained is None or policy is None:
        return {"waterfall": None, "trend": None, "indicators": [], "chosen": ""}
    language = visit.visitor.language
    chosen = visit.query.get("indicator", "")
    if chosen not in policy.indicator_ids:
        chosen = next(
            (part.id for part in explained.contributions if part.id in policy.indicator_ids), policy.indicator_ids[0]
        )
    choices = [(item.id, item.name.of(language)) for item in policy.indicators]
    return {"waterfall": _waterfall(explained), "trend": _trend(visit, key, explained.as_of, policy, chosen),
            "indicators": choices, "chosen": chosen}  # fmt: skip


def _waterfall(explained: Explanation) -> charts.Chart | None:
    parts = [(part.name, part.points, part.severity) for part in explained.contributions if part.micro]
    return charts.waterfall(parts) if parts else None


def _trend(visit: Visit, key: int, as_of: date, policy: Policy, chosen: str) -> charts.Chart | None:
    item, column = policy.indicator(chosen), chosen.lower()
    table = read_course(visit.services.instance, since=as_of - timedelta(days=TREND_DAYS), until=as_of, customer_keys=[key],
                        columns=[column, "line_set"])  # fmt: skip
    if table is None or table.num_rows < 2 or column not in table.column_names:
        return None
    rows = sorted(table.to_pylist(), key=lambda row: row["as_of"])
    points = [(row["as_of"].isoformat(), row[column]) for row in rows]
    own = scale_of(policy.content).indicator(chosen).lines(np.asarray(rows[-1].get("line_set") or 0))
    lines = dict(zip(("warning", "alarm"), map(float, own), strict=True))
    language = visit.visitor.language
    return charts.trend([day for day, _ in points], [value for _, value in points], lines, item.name.of(language), words(language)["line"])  # fmt: skip
