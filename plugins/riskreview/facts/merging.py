"""Owns bringing customers together that are one legal entity, and taking that back.

Both ways to find them go through ``merge_customers``: the same registration number, and a proposal that a person accepted. The
oldest customer lives on; the others are retired and their accounts move. What hangs on a retired customer (signals, reviews,
activations) is followed up by the rooms that own it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from riskreview.audit.log import AuditEvent, append
from riskreview.facts.register import next_version, show_changes
from riskreview.facts.spelling import spell_customers
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.sql import sql

FOLLOWED = {
    "account": "moves here",
    "customer": "is retired here",
    "signal": "riskreview.monitoring.following",
    "review": "riskreview.reviews.following",
    "review_cadence": "riskreview.reviews: counts for the customer that lives on where it is oftener",
    "activation": "riskreview.playbooks.following",
    "opinion": "riskreview.opinions.ending",
    "measure": "riskreview.measures.passing",
    "crm_write": "riskreview.crm: what a record is to say is asked anew of the customer its account belongs to",
    "screening_match": "riskreview.screening: read for the customer that lives on",
    "current_assessment": "riskreview.assessment: the worst standing counts",
    "current_relation": "riskreview.groups: derived by every assessment",
    "group_member": "riskreview.groups: derived by every assessment",
    "customer_loss": "riskreview.portfolio: derived by every summary",
    "customer_spelling": "riskreview.facts.spelling: of the name of the customer that lives on",
    "legal_hold": "riskreview.privacy: what stands over a customer that was merged stands over the one that lives on",
    "screened_customer": "riskreview.screening: derived by every comparison",
}
"""Tables that say something of customers as they are, each with who carries it over to the customer that lives on."""
KEPT = frozenset(
    {"account_history", "customer_history", "customer_merge", "class_change", "completeness_case", "erasure"}
)
"""Tables that tell what was: they speak of the customers of their time and never change."""

Basis = Literal["registration_number", "accepted_proposal"]
SYSTEM = "system:facts"


@dataclass(frozen=True, slots=True)
class Merge:
    """One customer that another one took over."""

    merge_id: int
    retired: int
    survivor: int


@dataclass(frozen=True, slots=True)
class Separation:
    """One account that left a customer which still has others."""

    account_key: int
    old_customer: int
    new_customer: int


def merge_customers(
    connection: Connection, pairs: Sequence[tuple[int, int]], *, basis: Basis, reference: str, actor: str, at: datetime
) -> tuple[Merge, ...]:
    """Make each pair of customers one, with audit events, in the caller's transaction; the caller holds ``one_publisher``.

    Keys of customers that were retired before stand for those that took them over; a pair that is one customer already is left
    alone, so repeating changes nothing. What people put together stays together when registration numbers change later.

    :param reference: what the merge rests on, such as ``batch:7`` or ``proposal:12``.
    :raises NotFound: when a key is not that of a customer.
    """
    living = _living(connection, {key for pair in pairs for key in pair})
    taken = survivors((living[one], living[other]) for one, other in pairs)
    if not taken:
        return ()
    keys = {"retired": list(taken), "survivors": list(taken.values())}
    values = {**keys, "basis": basis, "reference": reference, "merged_by": actor, "at": at}
    merges = tuple(Merge(*row) for row in connection.execute(text(sql("facts", "record_merges")), values))
    if basis == "accepted_proposal":
        connection.execute(text(sql("facts", "bond_accounts")), {"merge_ids": [merge.merge_id for merge in merges]})
    connection.execute(text(sql("facts", "move_accounts")), keys)
    connection.execute(text(sql("facts", "retire_customers")), keys)
    if basis == "accepted_proposal":
        connection.execute(text(sql("facts", "list_survivors")), {"customer_keys": sorted(set(taken.values()))})
        refresh_customers(connection, known_at=at)
        show_changes(connection, at=at)
    append(connection, [_merged(merge, basis, reference, actor) for merge in merges], at=at)
    return merges


def undo_merge(
    connection: Connection, merge_id: int, *, actor: str, reason: str, at: datetime
) -> tuple[Separation, ...]:
    """Take back a merge that people decided: its accounts get a customer of their own again, where nothing else holds them.

    The caller holds ``one_publisher``. The retired customer stays retired; the accounts get a new one.

    :raises NotFound: when there is no such merge.
    :raises RuleViolation: when it rests on a registration number, or was taken back before.
    """
    merge = connection.execute(text(sql("facts", "read_merge")), {"merge_id": merge_id}).one_or_none()
    if merge is None:
        raise NotFound(f"there is no merge {merge_id}")
    if merge.basis != "accepted_proposal":
        raise RuleViolation(f"merge {merge_id} rests on a registration number; correct the number in its source system")
    if merge.undone_at is not None:
        raise RuleViolation(f"merge {merge_id} was taken back before")
    connection.execute(text(sql("facts", "undo_merge")), {"merge_id": merge_id, "undone_by": actor, "at": at})
    connection.execute(text(sql("facts", "list_unbound")), {"merge_id": merge_id})
    separated = regroup_changed(connection, reference=f"merge:{merge_id}", at=at)
    connection.execute(text(sql("facts", "list_changed_customers")))
    refresh_customers(connection, known_at=at)
    show_changes(connection, at=at)
    event = AuditEvent("customer:merge_undone", "customer", str(merge.retired), actor, old={"merged_into": merge.survivor},
                       new={"accounts": {item.account_key: item.new_customer for item in separated}},
                       cause={"merge": merge_id, "reason": reason})  # fmt: skip
    append(connection, [event], at=at)
    return separated


def regroup_changed(connection: Connection, *, reference: str, at: datetime) -> tuple[Separation, ...]:
    """Let the accounts of ``changed_account`` go where their registration numbers now put them, and say which left a customer."""
    connection.execute(text(sql("facts", "detach_accounts")))
    pairs = [(int(row.oldest), int(row.other)) for row in connection.execute(text(sql("facts", "find_joins")))]
    merge_customers(connection, pairs, basis="registration_number", reference=reference, actor=SYSTEM, at=at)
    separated = tuple(Separation(*row) for row in connection.execute(text(sql("facts", "separated_accounts"))))
    append(connection, [_separated(item, reference) for item in separated], at=at)
    return separated


def refresh_customers(connection: Connection, *, known_at: datetime) -> None:
    """Derive the customers of ``touched_customer`` from their accounts, and spell the names that are new."""
    values = {"known_at": known_at, "version": next_version(connection)}
    connection.execute(text(sql("facts", "refresh_customers")), values)
    spell_customers(connection)


def survivors(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Return, ascending, every customer that another takes over, with the smallest key it is connected to."""
    root: dict[int, int] = {}

    def find(key: int) -> int:
        while (above := root.setdefault(key, key)) != key:
            root[key] = key = root[above]
        return key

    for one, other in pairs:
        low, high = sorted((find(one), find(other)))
        root[high] = low
    return {key: find(key) for key in sorted(root) if find(key) != key}


def _living(connection: Connection, keys: set[int]) -> dict[int, int]:
    rows = connection.execute(text(sql("facts", "living_customers")), {"customer_keys": sorted(keys)})
    living = {int(row.customer_key): int(row.living) for row in rows}
    if missing := sorted(keys - set(living)):
        raise NotFound(f"there is no customer {missing[0]}")
    return living


def _merged(merge: Merge, basis: Basis, reference: str, actor: str) -> AuditEvent:
    return AuditEvent("customer:merged", "customer", str(merge.retired), actor, new={"merged_into": merge.survivor},
                      cause={"merge": merge.merge_id, "basis": basis, "reference": reference})  # fmt: skip


def _separated(item: Separation, reference: str) -> AuditEvent:
    return AuditEvent("account:separated", "account", str(item.account_key), SYSTEM, old={"customer": item.old_customer},
                      new={"customer": item.new_customer}, cause={"reference": reference})  # fmt: skip
