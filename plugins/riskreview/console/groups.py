"""Owns the page of one group: what its members together owe, against the limit, who they are, how that moved."""

import re
from collections.abc import Sequence

from sqlalchemy import Connection

from riskreview.console import charts
from riskreview.console.answers import Page
from riskreview.console.tables import Column, Table
from riskreview.console.visit import LARGEST_NUMBER, Visit, rows
from riskreview.foundation.errors import NotFound
from riskreview.policy.portfolio_policy import load_portfolio_policy
from riskreview.portfolio.in_part import RATE_MISSING, as_known

MEMBERS = (Column("name", link="customers/{customer_key}"), Column("customer_id"), Column("risk_class", "class"), Column("exposure", "amount"),
           Column("share_pct", "percent"), Column("overdue", "amount"), Column("limit_amount", "amount"), Column("owner_user", "person"))  # fmt: skip
RELATIONS = (Column("kind", "word:relation"), Column("party"), Column("about"), Column("share_pct", "percent"), Column("reporting_amount", "amount"),
             Column("starts_on", "day"), Column("ends_on", "day"))  # fmt: skip
SUMMARIES = (Column("as_of", "day"), Column("customers", "count"), Column("exposure", "amount"), Column("overdue", "amount"),
             Column("expected_loss", "amount"))  # fmt: skip
MOST_MEMBERS, SUMMARY_DAYS = 500, 24


def group(visit: Visit) -> Page:
    """Show a group to whoever may see one of its members; of the members of others only the sums.

    :raises NotFound: when there is none, or none of it is theirs.
    """
    number = _number(visit.path["group_id"])
    names = visit.visitor.owner_users
    with visit.reading() as connection:
        found = rows(connection, "group_members", group_id=number, on_day=visit.today, rate_missing=RATE_MISSING)
        own = [row for row in found if names is None or row["owner_user"] in names]
        if not own:
            raise NotFound("there is nothing here, or it is not yours to see")
        history = rows(connection, "group_history", group_id=number, how_many=SUMMARY_DAYS)
        relations = rows(connection, "group_relations", customer_keys=[row["customer_key"] for row in own])
    limit = load_portfolio_policy(visit.services.instance).group_limit
    whole = {name: sum(row[name] or 0.0 for row in found) for name in ("exposure", "overdue")}
    shown = {
        "number": number, "name": own[0]["name"] or own[0]["customer_id"], "whole": whole, "count": len(found), "lacking": sum(row["in_part"] for row in found), "others": len(found) - len(own), "limit": limit,
        "worst": max((row["acting_class"] or 0 for row in found), default=0), "chart": _chart(own, visit.services.instance.settings.reporting_currency),
        "tables": (Table("members", MEMBERS, as_known(own[:MOST_MEMBERS])), Table("relations", RELATIONS, relations), Table("summaries", SUMMARIES, as_known(history))),
    }  # fmt: skip
    return Page("group", shown, ("group", str(number)))


def group_names(connection: Connection, group_ids: Sequence[int], owner_users: list[str] | None) -> dict[int, str]:
    """Return the name of the largest member of each group that somebody may see, by which people know it."""
    found = rows(connection, "group_names", group_ids=list(group_ids), owner_users=owner_users)
    return {row["group_id"]: row["name"] for row in found}


def _number(typed: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", typed) or abs(int(typed)) > LARGEST_NUMBER:
        raise NotFound("there is nothing of that number")
    return int(typed)


def _chart(own: list[dict[str, object]], currency: str) -> charts.Chart | None:
    known = [row for row in own if isinstance(row["exposure"], float) and row["exposure"] > 0][:15]
    kinds = ("unknown", "low", "medium", "high", "critical", "default")
    if len(known) < 2:
        return None
    return charts.bars([str(row["name"] or row["customer_id"]) for row in known], [float(str(row["exposure"])) for row in known], currency,
                       [kinds[int(str(row["risk_class"] or 0))] for row in known])  # fmt: skip
