"""Owns deciding what must be written: what we want against what the CRM shows and what we wrote there before. Pure."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from riskreview.policy.crm_policy import Fact, FieldRule

Values = Mapping[Fact, str | None]
MEASURED: tuple[Fact, ...] = ("credit_limit", "terms_days", "order_hold")
"""Facts that a measure sets and its end takes back."""


@dataclass(frozen=True, slots=True)
class Ours:
    """What we last wrote into a field and saw there, and what stood there before the first time."""

    value: str | None
    original: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One field: from what the CRM shows to what we want."""

    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What one record needs.

    :param edited: facts that a person wrote since we did. :param needs_person: whether somebody has to agree.
    """

    changes: Mapping[Fact, Change]
    edited: tuple[Fact, ...] = ()
    needs_person: bool = False
    digest: str = field(default="")


def as_text(fact: Fact, value: object) -> str | None:
    """Return a value as it is compared, whichever way a CRM writes it; what cannot be read stays as it is."""
    if value is None or value == "":
        return None
    said = str(value)
    try:
        return READ[fact](said) if fact in READ else said.replace("\r\n", "\n").strip()
    except (InvalidOperation, ValueError):
        return said


READ: Mapping[Fact, Callable[[str], str]] = {
    "index": lambda said: f"{Decimal(said):.1f}", "credit_limit": lambda said: f"{Decimal(said):.2f}",
    "terms_days": lambda said: str(int(Decimal(said))), "order_hold": str.lower, "next_review": lambda said: said[:10],
}  # fmt: skip
"""How a fact is compared where it is no plain text."""


def wanted_now(wanted: Values, ours: Mapping[Fact, Ours]) -> dict[Fact, str | None]:
    """Return what a record should say: a fact whose measure has ended goes back to what stood there before us."""
    back: dict[Fact, str | None] = {
        fact: ours[fact].original for fact in MEASURED if fact in ours and fact not in wanted
    }
    if "order_hold" in back:
        back["order_hold"] = back["order_hold"] or "false"
    return {**back, **wanted}


def differ(present: Values, wanted: Values, ours: Mapping[Fact, Ours], rules: Mapping[Fact, FieldRule]) -> Difference:
    """Return what must be written into one record, and whether a person has to agree."""
    changes: dict[Fact, Change] = {}
    edited: list[Fact] = []
    for fact, target in wanted_now(wanted, ours).items():
        if fact not in rules or present.get(fact) == target:
            continue
        changes[fact] = Change(present.get(fact), target)
        if fact in ours and present.get(fact) != ours[fact].value:
            edited.append(fact)
    needs_person = bool(edited) or any(rules[fact].owner == "shared" for fact in changes)
    return Difference(changes, tuple(edited), needs_person, digest_of(changes))


def digest_of(changes: Mapping[Fact, Change]) -> str:
    """Return the hash of what would be changed from what: an approval is of exactly that."""
    body = {fact: [change.before, change.after] for fact, change in changes.items()}
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
