"""Owns what a pack says of those a customer stands with: its group's exposure, limit and members, its relations; and what changed there."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql

MOST_MEMBERS = 50
"""Members of a group that a pack names, the largest exposures first; the group's sums are of all."""
ALONE: Mapping[str, Any] = {"group": None, "relations": []}
SUMS = {"group_id": "group_id", "group_customers": "customers", "group_exposure": "exposure", "group_limit": "limit_amount",
        "group_worst_class": "worst_class"}  # fmt: skip

Document = Mapping[str, Any]  # JSON has any shape


def ties_of(connection: Connection, customer_keys: Sequence[int], *, as_of: date) -> dict[int, Document]:
    """Return the ties of the customers that have any."""
    values = {"customer_keys": list(customer_keys), "as_of": as_of, "most": MOST_MEMBERS}
    rows = connection.execute(text(sql("reviews", "pack_ties")), values)
    return {row.customer_key: {"group": row.own_group, "relations": row.relations} for row in rows}


def tie_changes(old: Document | None, new: Document) -> dict[str, list[object]]:
    """Return what changed between two states of a customer's ties as [before, after]; empty where no earlier state is known.

    Of members and relations only those that came, went or changed are named.
    """
    if old is None:
        return {}
    before, after = (ties["group"] or {} for ties in (old, new))
    pairs: dict[str, list[object]] = {
        name: [_figure(before.get(part)), _figure(after.get(part))] for name, part in SUMS.items()
    }
    pairs["group_members"] = _apart(_members(before), _members(after))
    pairs["relations"] = _apart(*({_told(relation) for relation in ties["relations"]} for ties in (old, new)))
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _members(group: Document) -> set[str]:
    return {f"{item['customer_id']}: {item['risk_class']}" for item in group.get("members", ())}


def _told(relation: Document) -> str:
    party = relation["party_id"] or f"relation {relation['relation']}"
    size = f"{relation['share_pct']:g} %" if relation["share_pct"] is not None else ""
    amount = f"{relation['amount']} {relation['currency']}" if relation["amount"] is not None else ""
    return " ".join(part for part in (relation["kind"], relation["customer_id"], party, size, amount) if part)


def _apart(before: set[str], after: set[str]) -> list[object]:
    return [sorted(before - after), sorted(after - before)]


def _figure(value: object) -> object:
    return round(value, 2) if isinstance(value, float) else value
