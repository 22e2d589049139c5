"""Rules of the pack: the facts a review rests on, as canonical JSON bytes that anybody can hash again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskreview.foundation.canonical import canonical

PACK_VERSION = 3
COMPARED = (
    "risk_class", "index_points", "payment_points", "financial_points", "transaction_points", "industry_points",
    "compliance_points", "relationship_points", "exposure", "overdue", "unapplied", "limit_amount",
)  # fmt: skip

Document = Mapping[str, Any]  # JSON has any shape


@dataclass(frozen=True, slots=True)
class Pack:
    """The frozen bytes and their SHA-256 in hexadecimal."""

    body: bytes
    sha256: str


def freeze(content: Document) -> Pack:
    """Return the pack of a document."""
    body = canonical(content)
    return Pack(body, hashlib.sha256(body).hexdigest())


def numbers(assessment: Document) -> Document:
    """Return an assessment in which what is not a number is null, as PostgreSQL's JSON writes it as the text NaN."""
    return {name: None if value == "NaN" else value for name, value in assessment.items()}


def thaw(body: bytes) -> Document:
    """Return the document of a pack."""
    document: Document = json.loads(body)
    return document


def changes_since(old: Document | None, new: Document) -> dict[str, list[object]]:
    """Return what changed between two assessments as [before, after]; empty without an earlier one.

    What an earlier one did not keep yet did not change.
    """
    if old is None:
        return {}
    pairs = {name: [_number(old[name]), _number(new.get(name))] for name in COMPARED if name in old}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _number(value: object) -> object:
    return None if value == "NaN" else value
