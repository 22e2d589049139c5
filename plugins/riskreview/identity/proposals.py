"""Owns the search for customers that are one: only accounts that changed are compared again, and nobody is merged by it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, RowMapping, text

from riskreview.audit.log import AuditEvent, append
from riskreview.facts.publishing_lock import one_publisher
from riskreview.foundation.binary_copy import column_of_values, copy_in
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.identity.candidates import NameParts, candidate_pairs, name_parts
from riskreview.identity.crowds import Member, name_crowds
from riskreview.identity.evidence import AccountFacts, Likeness, account_facts, compare, evidence_digest
from riskreview.identity.lexicon import Lexicon, load_lexicon
from riskreview.identity.lifecycle import PROPOSAL
from riskreview.identity.results import IdentityCounts
from riskreview.identity.strangers import doubt_strangers
from riskreview.mechanisms.lifecycle import SYSTEM, apply, apply_many
from riskreview.policy.identity_policy import IdentityPolicy, load_identity_policy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ACTOR = "system:identity"
WORTH_COMPARING = 50.0
"""Percent of letters two names, words sorted, must share to be compared with care."""
PORTION = 50_000
"""Accounts whose parts are held in memory at once; pairs that are weighed with accounts read together."""
HELD = 500_000
"""Accounts whose facts are kept for later pairs, about 1.5 kB each."""
HALF = 32
"""Bits of a place in the list of accounts; two of them name a pair."""


@dataclass(frozen=True, slots=True)
class Found:
    """Two accounts, the oldest of their customers, that may be one customer, and why."""

    first: int
    second: int
    likeness: Likeness
    digest: str


def propose(services: Services) -> IdentityCounts:
    """Compare every account that is new or changed with those it may be one customer with, and keep the proposals up to date.

    Accounts that share a number without check digit but have strangers' names are kept apart first. Repeating it changes nothing.
    """
    policy, lexicon = load_identity_policy(services.instance), load_lexicon(services.instance)
    at = services.clock.now()
    with one_publisher(services), transaction(services.engine) as connection:
        changed = connection.execute(text(sql("identity", "uncompared"))).mappings().all()
        if not changed:
            return IdentityCounts()
        keys = [int(row["account_key"]) for row in changed]
        doubted = doubt_strangers(connection, keys, policy, lexicon, at=at)
        if doubted:
            changed = connection.execute(text(sql("identity", "uncompared"))).mappings().all()
            keys = [int(row["account_key"]) for row in changed]
        _keep(connection, changed, lexicon)
        retold = connection.execute(text(sql("identity", "retold_proposals")), {"account_keys": keys}).all()
        again = [(int(row.one_account), int(row.other_account)) for row in retold if not row.is_one]
        pairs, crowds = _search(connection, frozenset(keys))
        found = _weigh(connection, _also(pairs, again), policy, lexicon)
        gone = _gone(retold, found)
        proposed, back, withdrawn = _settle(connection, found, gone, at=at)
        largest = name_crowds(connection, crowds, lexicon)
        return IdentityCounts(len(keys), proposed, back, withdrawn, doubted, len(crowds), largest)


def _keep(connection: Connection, rows: Sequence[RowMapping], lexicon: Lexicon) -> None:
    import numpy as np

    connection.execute(text(sql("identity", "create_compared")))
    for start in range(0, len(rows), PORTION):
        portion = rows[start : start + PORTION]
        facts = [account_facts(dict(row), lexicon) for row in portion]
        copy_in(connection, "compared_account", [
            column_of_values("account_key", "int8", [item.account_key for item in facts]),
            column_of_values("compared_as", "text", [row["compared_as"] for row in portion]),
            column_of_values("sorted_words", "text", [name_parts(item.name).sorted_words for item in facts]),
            column_of_values("parts", "bytea", [np.array(item.parts(), dtype="<u4").tobytes() for item in facts]),
        ])  # fmt: skip
    connection.execute(text(sql("identity", "keep_compared")))


def _search(connection: Connection, changed: frozenset[int]) -> tuple["NDArray[np.int64]", list[Member]]:
    """Return the pairs of accounts of two customers that share a part, one of them changed; a row per pair, its older account first.

    Pairs whose names are neighbours in the alphabet follow one another. And the crowds, one of their members each.
    """
    import numpy as np

    rows = connection.execute(text(sql("identity", "all_parts"))).all()
    accounts = np.array([row.account_key for row in rows], dtype=np.int64)
    customers = np.array([row.customer_key for row in rows], dtype=np.int64)
    has_number = np.array([row.has_number for row in rows], dtype=bool)
    kinds: dict[str, int] = {}
    kind = np.array([kinds.setdefault(row.joining_kind, len(kinds) + 1) if row.joining_kind else 0 for row in rows])
    number = np.array([row.joining_number for row in rows], dtype=np.int64)
    is_changed = np.isin(accounts, np.fromiter(changed, dtype=np.int64))
    parts = (NameParts(tuple(np.frombuffer(row.parts, "<u4").tolist()), row.sorted_words) for row in rows)
    words = [row.sorted_words for row in rows]
    found, met_crowds = [np.empty(0, dtype=np.int64)], []
    for one, other, crowds in candidate_pairs(parts, changed=is_changed):
        met_crowds += [Member(*row) for row in zip(
            crowds.sizes.tolist(), crowds.numbers.tolist(), accounts[crowds.members].tolist(), strict=True)]  # fmt: skip
        strangers = (kind[one] > 0) & (kind[one] == kind[other]) & (number[one] != number[other])
        apart = (customers[one] != customers[other]) & ~strangers
        left, right = one[apart], other[apart]
        worth = _worth(words, left, right) | (has_number[left] & has_number[right])
        met = left[worth], right[worth]
        found.append(np.minimum(*met) << HALF | np.maximum(*met))
    pairs = np.unique(np.concatenate(found))
    older, newer = pairs >> HALF, pairs & ((1 << HALF) - 1)
    together = np.argsort(_places(words)[older], kind="stable")
    return np.stack((accounts[older], accounts[newer]), axis=1)[together], met_crowds


def _places(words: Sequence[str]) -> "NDArray[np.int64]":
    """Return the place of each in the alphabet."""
    import numpy as np

    places = np.empty(len(words), dtype=np.int64)
    places[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return places


def _also(pairs: "NDArray[np.int64]", more: Sequence[tuple[int, int]]) -> "NDArray[np.int64]":
    import numpy as np

    return np.concatenate((pairs, np.array(more, dtype=np.int64).reshape(-1, 2)))


def _worth(words: Sequence[str], one: "NDArray[np.intp]", other: "NDArray[np.intp]") -> "NDArray[np.bool_]":
    import numpy as np
    from rapidfuzz import fuzz, process

    if not len(one):
        return np.zeros(0, dtype=bool)
    alike = process.cpdist([words[n] for n in one.tolist()], [words[n] for n in other.tolist()], scorer=fuzz.ratio)
    return np.asarray(alike >= WORTH_COMPARING)


def _weigh(connection: Connection, pairs: "NDArray[np.int64]", policy: IdentityPolicy, lexicon: Lexicon) -> list[Found]:
    """Return the best pair of accounts for each pair of customers that may be one; of equals the oldest."""
    best: dict[tuple[int, int], tuple[tuple[float, int, int], Found]] = {}
    facts: dict[int, AccountFacts] = {}
    oldest: dict[int, int] = {}
    for start in range(0, len(pairs), PORTION):
        portion = pairs[start : start + PORTION].tolist()
        if len(facts) > HELD:
            facts.clear()
        wanted = sorted({key for pair in portion for key in pair} - facts.keys())
        for row in connection.execute(text(sql("identity", "read_accounts")), {"account_keys": wanted}).mappings():
            facts[int(row["account_key"])] = account_facts(dict(row), lexicon)
            oldest[int(row["account_key"])] = int(row["oldest_account"])
        for one, other in portion:
            likeness = compare(facts[one], facts[other], policy)
            if likeness is None:
                continue
            first, second = sorted((oldest[one], oldest[other]))
            rank, known = (-likeness.score, one, other), best.get((first, second))
            if known is None or rank < known[0]:
                digest = evidence_digest(facts[one], facts[other], likeness)
                best[first, second] = rank, Found(first, second, likeness, digest)
    return [best[pair][1] for pair in sorted(best)]


def _gone(retold: Sequence[Row[Any]], found: Sequence[Found]) -> list[int]:
    """Return the open proposals that the facts no longer support."""
    standing = {(item.first, item.second) for item in found}
    return sorted({int(row.proposal_id) for row in retold
                   if row.is_one or (int(row.first_account), int(row.second_account)) not in standing})  # fmt: skip


def _settle(
    connection: Connection, found: Sequence[Found], gone: Sequence[int], *, at: datetime
) -> tuple[int, int, int]:
    """Make the stored proposals match what was found; returns how many are new, back again, and withdrawn."""
    touched = sorted({key for item in found for key in (item.first, item.second)})
    rows = connection.execute(text(sql("identity", "read_proposals")), {"account_keys": touched}).all()
    known = {(int(row.first_account), int(row.second_account)): row for row in rows}
    fresh = [item for item in found if (item.first, item.second) not in known]
    back = [(known[item.first, item.second], item) for item in found if _comes_back(known, item)]
    withdrawn = apply_many(connection, PROPOSAL, "withdraw", gone, actor=ACTOR, roles=(SYSTEM,), at=at,
                           cause={"reason": "the facts it rested on changed"})  # fmt: skip
    events = [_proposed(number, item) for number, item in _insert(connection, fresh, at)]
    append(connection, events, at=at)
    for row, item in back:
        apply(connection, PROPOSAL, "propose_again", int(row.proposal_id), version=int(row.version), actor=ACTOR, roles=(SYSTEM,), at=at,
              changes={"score": item.likeness.score, "evidence_digest": item.digest})  # fmt: skip
    return len(events), len(back), len(withdrawn)


def _comes_back(known: dict[tuple[int, int], Row[Any]], item: Found) -> bool:
    row = known.get((item.first, item.second))
    if row is None or row.is_one or row.state not in PROPOSAL.transition("propose_again").sources:
        return False
    return bool(row.state == "withdrawn" or row.evidence_digest != item.digest)


def _insert(connection: Connection, fresh: Sequence[Found], at: datetime) -> Iterator[tuple[int, Found]]:
    for item in fresh:
        values = {"first": item.first, "second": item.second, "score": item.likeness.score, "digest": item.digest,
                  "evidence": json.dumps(item.likeness.as_evidence()), "at": at}  # fmt: skip
        number = connection.execute(text(sql("identity", "insert_proposal")), values).scalar_one_or_none()
        if number is not None:
            yield int(number), item


def _proposed(number: int, item: Found) -> AuditEvent:
    return AuditEvent("identity_proposal:proposed", "identity proposal", str(number), ACTOR,
                      new={"accounts": [item.first, item.second], "score": item.likeness.score, **item.likeness.as_evidence()})  # fmt: skip
