"""Owns the page of one customer: who it is, its class and why, its group, and everything done about it; also as it was known then."""

from datetime import timedelta

from sqlalchemy import Connection

from riskreview.assessment import store as assessments
from riskreview.assessment.explain import explain
from riskreview.assessment.held import held_sentences
from riskreview.assessment.history import read_course
from riskreview.console import crm_writes, customer_then, rhythms
from riskreview.console.answers import CsvFile, Page, Redirect
from riskreview.console.customer_parts import (
    ACCOUNTS,
    EVENTS,
    Who,
    choice,
    heaviest,
    led,
    messages_of,
    trend_page,
    waterfall_of,
    who_of,
)
from riskreview.console.known import known_of
from riskreview.console.measures import COLUMNS as MEASURES
from riskreview.console.measures import measures_told
from riskreview.console.paging import EXPORT_ROWS, whole_list
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Visit, number_of, rows
from riskreview.measures.reading import list_measures
from riskreview.opinions.store import list_opinions
from riskreview.policy.portfolio_policy import load_portfolio_policy
from riskreview.policy.risk_policy import Policy
from riskreview.portfolio.in_part import RATE_MISSING, as_known

TREND_DAYS = 730
TIMELINE_ROWS = 50
HAPPENED = ("seq", "recorded_at", "action", "subject_type", "subject_id", "actor")
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
OPINIONS = (Column("opinion_id", link="opinions/{opinion_id}"), Column("kind", "word:opinion_kinds"), Column("state", "word:opinion_state"),
            Column("risk_class", "class"), Column("author", "person"), Column("proposed_on", "day"), Column("valid_until", "day"))  # fmt: skip
CHANGES = (Column("as_of", "day"), Column("old_class", "class"), Column("new_class", "class"))
RELATIONS = (Column("kind", "word:relation"), Column("party", link="{party_page}"), Column("about", link="{about_page}"), Column("share_pct", "percent"),
             Column("reporting_amount", "amount"), Column("starts_on", "day"), Column("ends_on", "day"))  # fmt: skip


def customer(visit: Visit) -> Page | Redirect:
    """Show a customer, found by its key or by its number as messages name it."""
    known = known_of(visit)
    if known is not None:
        return customer_then.customer(visit, known)
    with visit.reading() as connection:
        who = who_of(connection, visit)
        if str(who.key) != visit.path["customer_key"]:
            return Redirect(f"/customers/{who.key}")
        tables = _tables(connection, visit, who.key)
        group = rows(connection, "group_of", customer_key=who.key, on_day=visit.today, rate_missing=RATE_MISSING)
    explained, held = None, tuple[str, ...]()
    if who.row["as_of"] is not None:
        explained = explain(
            visit.services, customer_key=who.key, language=visit.visitor.language, on_day=visit.today, brief=True
        )
        held = held_sentences(visit.services, customer_key=who.key, on_day=visit.today, language=visit.visitor.language)
    limit = load_portfolio_policy(visit.services.instance).group_limit if group else None
    shown = {"who": who.row, "explained": explained, "known": None, "waterfall": waterfall_of(explained, visit.visitor.language), "tables": tables,
             "held": held, "group": as_known(group)[0] if group else None, "group_limit": limit}  # fmt: skip
    return Page("customer", shown, ("customer", str(who.key)))


def ways(visit: Visit) -> Page:
    """Show what changed since the assessment before, and what would lead back to a better class; today's only."""
    with visit.reading() as connection:
        who = who_of(connection, visit)
    explained = None
    if who.row["as_of"] is not None:
        explained = explain(visit.services, customer_key=who.key, language=visit.visitor.language, on_day=visit.today)
    return Page("ways", {"who": who.row, "explained": explained}, ("customer", str(who.key)))


def trend(visit: Visit) -> Page:
    """Show how one indicator moved between its lines: that of the visitor's choice, else the one that counts most."""
    known = known_of(visit)
    if known is not None:
        return customer_then.trend(visit, known)
    with visit.reading() as connection:
        who, policy = who_of(connection, visit), _policy(connection)
    if who.row["as_of"] is None or policy is None:
        return trend_page(visit, who, None, "", (), None)
    chosen = choice(visit, policy) or _heaviest(visit, who, policy)
    column, as_of = chosen.lower(), who.row["as_of"]
    table = read_course(visit.services.instance, since=as_of - timedelta(days=TREND_DAYS), until=as_of, customer_keys=[who.key],
                        columns=[column, "line_set"])  # fmt: skip
    found = table.to_pylist() if table is not None and column in table.column_names else []
    line_set = max(found, key=lambda row: row["as_of"]).get("line_set") or 0 if found else 0
    return trend_page(visit, who, policy, chosen, ((row["as_of"], row[column]) for row in found), None, line_set)


def timeline_csv(visit: Visit) -> CsvFile:
    """Hand over what happened to a customer, as far as it was known then where a moment is asked for."""
    known = known_of(visit)
    with visit.reading() as connection:
        who = who_of(connection, visit)
        found = rows(connection, "customer_timeline", customer_key=who.key, before_seq=None, how_many=EXPORT_ROWS + 1,
                     until=None if known is None else known.moment)  # fmt: skip
    return CsvFile("timeline.csv", HAPPENED, whole_list(found))


def timeline(visit: Visit) -> Page:
    """Show what happened to a customer, newest first, page by page."""
    before, known = visit.query.get("after", ""), known_of(visit)
    place = number_of(before)
    with visit.reading() as connection:
        who = who_of(connection, visit)
        found = rows(connection, "customer_timeline", customer_key=who.key, before_seq=place, how_many=TIMELINE_ROWS + 1,
                     until=None if known is None else known.moment)  # fmt: skip
    shown = found[:TIMELINE_ROWS]
    table = Table("timeline", EVENTS, led(shown, visit.visitor), base=f"{visit.root}/customers/{who.key}/timeline", query=visit.query,
                  next_after=str(shown[-1]["seq"]) if len(found) > TIMELINE_ROWS else "", csv=f"{visit.root}/customers/{who.key}/timeline.csv")  # fmt: skip
    if known is not None:
        who = customer_then.who_then(visit, who, known)
    return Page("timeline", {"who": who.row, "table": table, "known": known}, ("customer", str(who.key)))


def _heaviest(visit: Visit, who: Who, policy: Policy) -> str:
    found = explain(
        visit.services, customer_key=who.key, language=visit.visitor.language, on_day=visit.today, brief=True
    )
    return heaviest(found, policy)


def _policy(connection: Connection) -> Policy | None:
    head = assessments.read_head(connection)
    return None if head is None else assessments.used_policy(connection, head.policy_version)


def _tables(connection: Connection, visit: Visit, key: int) -> dict[str, Table]:
    named = (("reviews", "customer_reviews", REVIEWS), ("activations", "customer_activations", PLANS), ("signals", "customer_signals", SIGNALS),
             ("accounts", "customer_accounts", ACCOUNTS), ("merges", "customer_merges", MERGES), ("class_changes", "class_changes", CHANGES))  # fmt: skip
    found = {name: Table(name, columns, rows(connection, read, customer_key=key)) for name, read, columns in named}
    measures = list_measures(connection, on_day=visit.today, customer_key=key, how_many=50)
    opinions = list_opinions(connection, customer_key=key, state=None, how_many=50)
    relations = rows(connection, "customer_relations", customer_key=key, names=visit.visitor.owner_users)
    found["measures"] = Table("measures", MEASURES, measures_told(measures, visit))
    return {**found, "relations": Table("relations", RELATIONS, relations), "opinions": Table("opinions", OPINIONS, opinions),
            "rhythms": rhythms.table_of(connection, key), "crm_writes": crm_writes.of_customer(connection, visit, key), "messages": messages_of(connection, visit.visitor, key, None)}  # fmt: skip
