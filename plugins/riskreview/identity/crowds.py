"""Owns naming what too many accounts share for all of them to be compared, so that nobody is left out silently."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql
from riskreview.identity.candidates import part_number, whole_words
from riskreview.identity.evidence import AccountFacts, account_facts
from riskreview.identity.lexicon import Lexicon
from riskreview.identity.results import Crowd

NAMED = 10
"""Crowds that are named, the largest; all are counted."""


class Member(NamedTuple):
    """One account of a crowd: how many share the part, the part, the account."""

    accounts: int
    part: int
    account_key: int


def name_crowds(connection: Connection, crowds: Sequence[Member], lexicon: Lexicon) -> tuple[Crowd, ...]:
    """Return the largest crowds by what their accounts share."""
    largest = sorted(crowds, key=lambda member: (-member.accounts, member.part))[:NAMED]
    wanted = {"account_keys": [member.account_key for member in largest]}
    rows = {
        int(row["account_key"]): dict(row)
        for row in connection.execute(text(sql("identity", "read_accounts")), wanted).mappings()
    }
    named = []
    for member in largest:
        row = rows[member.account_key]
        shared, words = _shared(account_facts(row, lexicon), member.part)
        named.append(Crowd(shared, words, member.accounts, str(row["system"]), str(row["account_id"])))
    return tuple(named)


def _shared(facts: AccountFacts, part: int) -> tuple[str, str | None]:
    kind = facts.evidence_parts().get(part)
    if kind is not None:
        return kind, None
    shared = (words for words in sorted(whole_words(facts.name)) if part_number(words) == part)
    return "words", next(shared, "").replace("+", " ") or None
