"""Owns which accounts are compared: the parts of each are kept, and two that share a rare one meet if one of them changed."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from riskreview.foundation.binary_copy import column_of_values, copy_in
from riskreview.foundation.progress import Progress
from riskreview.foundation.sql import sql
from riskreview.identity.candidates import NameParts, candidate_pairs
from riskreview.identity.crowds import Member
from riskreview.identity.evidence import account_facts
from riskreview.identity.lexicon import Lexicon

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORTH_COMPARING = 60.0
"""Percent of letters two names must share to be compared with care, in order of the words as written or as sorted.

Of 37,000 pairs that are alike (0.93) none shares fewer, of 61,000 that are somewhat alike (0.75) 4 do.
"""
PORTION = 50_000
"""Accounts that are read from the database at once."""
HALF = 32
"""Bits of a place in the alphabet; two of them name a pair."""


@dataclass(frozen=True, slots=True)
class Meetings:
    """Pairs of accounts of two customers that share a part, and the crowds, one of their members each.

    :param pairs: two places in the alphabet each, in its order: names that are neighbours meet soon after one another.
    :param accounts: keys of all accounts, the oldest first. :param order: which of them has a place in the alphabet.
    """

    pairs: "NDArray[np.int64]"
    accounts: "NDArray[np.int64]"
    order: "NDArray[np.int64]"
    crowds: list[Member]

    def portion(self, start: int, size: int) -> list[tuple[int, int]]:
        """Return the keys of some pairs, the older account first."""
        import numpy as np

        codes = self.pairs[start : start + size]
        one, other = self.order[codes >> HALF], self.order[codes & ((1 << HALF) - 1)]
        older, newer = self.accounts[np.minimum(one, other)], self.accounts[np.maximum(one, other)]
        return list(zip(older.tolist(), newer.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Kept:
    """All accounts by columns, of each its parts, and which number joins it to others: its kind, 0 for none, and its hash."""

    account: "array[int]" = field(default_factory=lambda: array("q"))
    customer: "array[int]" = field(default_factory=lambda: array("q"))
    kind: "array[int]" = field(default_factory=lambda: array("q"))
    number: "array[int]" = field(default_factory=lambda: array("q"))
    has_number: "array[int]" = field(default_factory=lambda: array("b"))
    words: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)

    def names(self) -> Iterator[NameParts]:
        """Yield the parts of each."""
        for parts, words in zip(self.parts, self.words, strict=True):
            yield NameParts(tuple(array("I", parts)), words)


def keep_parts(connection: Connection, lexicon: Lexicon, progress: Progress) -> list[int]:
    """Keep the parts of the accounts that are new or changed, and return which they are."""
    import numpy as np

    connection.execute(text(sql("identity", "create_compared")))
    keys: list[int] = []
    streamed = connection.execute(text(sql("identity", "uncompared")), execution_options={"yield_per": PORTION})
    for portion in streamed.mappings().partitions(PORTION):
        facts = [account_facts(dict(row), lexicon) for row in portion]
        parts = [item.parts() for item in facts]
        copy_in(connection, "compared_account", [
            column_of_values("account_key", "int8", [item.account_key for item in facts]),
            column_of_values("compared_as", "text", [row["compared_as"] for row in portion]),
            column_of_values("sorted_words", "text", [item.sorted_words for item in parts]),
            column_of_values("letters", "text", ["".join(item.name.sort_key) for item in facts]),
            column_of_values("parts", "bytea", [np.array(item.numbers, dtype="<u4").tobytes() for item in parts]),
        ])  # fmt: skip
        keys += [item.account_key for item in facts]
        progress.advance("read_names", len(keys))
    connection.execute(text(sql("identity", "keep_compared")))
    return keys


def accounts_that_meet(connection: Connection, changed: Sequence[int]) -> Meetings:
    """Return the pairs worth weighing, one of each changed; two whose joining numbers of one kind differ are two customers."""
    import numpy as np

    kept = _read(connection)
    accounts, customers, kind, number = (
        np.array(column, dtype=np.int64) for column in (kept.account, kept.customer, kept.kind, kept.number)
    )
    has_number = np.array(kept.has_number, dtype=bool)
    order = np.array(sorted(range(len(accounts)), key=kept.words.__getitem__), dtype=np.int64)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    found, met_crowds = [np.empty(0, dtype=np.int64)], []
    for one, other, crowds in candidate_pairs(
        kept.names(), changed=np.isin(accounts, np.array(changed, dtype=np.int64))
    ):
        met_crowds += [Member(*row) for row in zip(
            crowds.sizes.tolist(), crowds.numbers.tolist(), accounts[crowds.members].tolist(), strict=True)]  # fmt: skip
        strangers = (kind[one] > 0) & (kind[one] == kind[other]) & (number[one] != number[other])
        apart = (customers[one] != customers[other]) & ~strangers
        left, right = one[apart], other[apart]
        worth = (
            _worth(kept.words, left, right) | _worth(kept.letters, left, right) | (has_number[left] & has_number[right])
        )
        met = place[left[worth]], place[right[worth]]
        found.append(np.minimum(*met) << HALF | np.maximum(*met))
    return Meetings(np.unique(np.concatenate(found)), accounts, order, met_crowds)


def _read(connection: Connection) -> _Kept:
    kept, kinds = _Kept(), dict[str | None, int]({None: 0})
    streamed = connection.execute(text(sql("identity", "all_parts")), execution_options={"yield_per": PORTION})
    for row in streamed:
        kept.account.append(row.account_key)
        kept.customer.append(row.customer_key)
        kept.kind.append(kinds.setdefault(row.joining_kind, len(kinds)))
        kept.number.append(row.joining_number)
        kept.has_number.append(row.has_number)
        kept.words.append(row.sorted_words)
        kept.letters.append(row.letters)
        kept.parts.append(bytes(row.parts))
    return kept


def _worth(spelled: Sequence[str], one: "NDArray[np.intp]", other: "NDArray[np.intp]") -> "NDArray[np.bool_]":
    import numpy as np
    from rapidfuzz import fuzz, process

    if not len(one):
        return np.zeros(0, dtype=bool)
    alike = process.cpdist(
        [spelled[n] for n in one.tolist()],
        [spelled[n] for n in other.tolist()],
        scorer=fuzz.ratio,
        score_cutoff=WORTH_COMPARING,
    )
    return np.asarray(alike >= WORTH_COMPARING)
