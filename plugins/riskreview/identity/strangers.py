"""Owns keeping accounts apart that carry one number, no check digit proves it, and their names are those of strangers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from riskreview.facts.doubts import doubt_numbers
from riskreview.foundation.sql import sql
from riskreview.identity.lexicon import Lexicon
from riskreview.identity.names import NormalName, normalize, similarity
from riskreview.identity.spelling import is_unspaced
from riskreview.policy.identity_policy import IdentityPolicy

ACTOR = "system:identity"
REASON = "another account carries this number under a stranger's name, and no check digit proves it"


def doubt_strangers(
    connection: Connection, changed: Sequence[int], policy: IdentityPolicy, lexicon: Lexicon, *, at: datetime
) -> int:
    """Doubt the number of every account whose name is a stranger's to the oldest account with that number; returns how many.

    People see such a pair as a proposal: the same number, different names.
    """
    rows = connection.execute(text(sql("identity", "shared_numbers")), {"account_keys": list(changed)}).all()
    by_number: dict[str, list[tuple[int, NormalName]]] = {}
    for row in rows:
        if row.name:
            by_number.setdefault(row.tax_key, []).append((int(row.account_key), normalize(row.name, lexicon)))
    doubted = [key for accounts in by_number.values() for key in strangers(accounts, policy.strangers_below)]
    doubt_numbers(connection, doubted, actor=ACTOR, reason=REASON, at=at)
    return len(doubted)


def strangers(accounts: Sequence[tuple[int, NormalName]], below: float) -> list[int]:
    """Return the accounts whose names are strangers to the first one's and to all that are not; names in two scripts never are."""
    family: list[NormalName] = []
    found = []
    for key, name in accounts:
        if family and all(comparable(name, other) and similarity(name, other) < below for other in family):
            found.append(key)
        else:
            family.append(name)
    return found


def comparable(first: NormalName, other: NormalName) -> bool:
    """Tell whether two names are written in one kind of script, so that their unlikeness says something."""
    return has_unspaced(first) == has_unspaced(other)


def has_unspaced(name: NormalName) -> bool:
    """Tell whether a name has words of an unspaced script."""
    return any(is_unspaced(word.damaged) for word in name.words)
