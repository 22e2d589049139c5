"""Owns what the page of a review tells of the group in its pack: members the visitor may see by name, those of other owners in the sums alone."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from riskreview.console.visit import Visit, rows
from riskreview.notifications.words import CLASS_CODES, labels

Pack = Mapping[str, Any]  # JSON has any shape
Changes = Mapping[str, Any]  # figure → [before, now]
MEMBERS = "group_members"
"""The change that names members, each as its number, a colon and its class."""


class Acquainted:
    """Knows which of the customers that a pack and what changed since name its reader may see."""

    def __init__(self, connection: Connection, visit: Visit, pack: Pack, later: Changes) -> None:
        self._classes = labels(visit.visitor.language)["classes"]
        members = [row["customer_id"] for row in _group(pack).get("members") or ()]
        asked = sorted({*members, *_named(pack.get("changes") or {}), *_named(later)})
        found = rows(connection, "known_customers", customer_ids=asked, owner_users=visit.visitor.owner_users) if asked else []  # fmt: skip
        self._known = {row["customer_id"]: row for row in found}

    def pack(self, pack: Pack) -> dict[str, Any]:
        """Return a pack with the members of its group by name, and how many belong to other owners."""
        seen, group = {**pack, "changes": self.changes(pack.get("changes") or {})}, _group(pack)
        if not group:
            return seen
        members = [
            {**self._known[row["customer_id"]], **row}
            for row in group.get("members") or ()
            if row["customer_id"] in self._known
        ]
        others = len(group.get("members") or ()) - len(members)
        return {**seen, "ties": {**pack["ties"], "group": {**group, "members": members, "others": others}}}

    def changes(self, changes: Changes) -> dict[str, Any]:
        """Return changes that name members by name and class, as far as they may be seen."""
        kept = {name: pair for name, pair in changes.items() if name != MEMBERS}
        sides = [
            [self._told(*item) for item in _parted(side) if item[0] in self._known]
            for side in changes.get(MEMBERS) or ()
        ]
        return {**kept, MEMBERS: sides} if any(sides) else kept

    def _told(self, number: str, worst: str) -> str:
        word = self._classes[CLASS_CODES[int(worst)]] if worst.isdecimal() else worst
        return f"{self._known[number]['name']}: {word}"


def _group(pack: Pack) -> Mapping[str, Any]:
    return (pack.get("ties") or {}).get("group") or {}


def _named(changes: Changes) -> Iterator[str]:
    return (number for side in changes.get(MEMBERS) or () for number, _ in _parted(side))


def _parted(side: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((number, worst) for number, _, worst in (item.rpartition(": ") for item in side))
