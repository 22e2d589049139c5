"""Owns the search for customers that are one: only accounts that changed are compared again, and nobody is merged by it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from riskreview.audit.log import AuditEvent, append
from riskreview.facts.publishing_lock import one_publisher
from riskreview.foundation.database import transaction
from riskreview.foundation.progress import Progress
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.identity.crowds import name_crowds
from riskreview.identity.evidence import AccountFacts, Likeness, account_facts, compare, evidence_digest
from riskreview.identity.lexicon import Lexicon, load_lexicon
from riskreview.identity.lifecycle import PROPOSAL
from riskreview.identity.meeting import Meetings, accounts_that_meet, keep_parts
from riskreview.identity.results import IdentityCounts
from riskreview.identity.strangers import doubt_strangers
from riskreview.mechanisms.lifecycle import SYSTEM, apply, apply_many
from riskreview.policy.identity_policy import IdentityPolicy, load_identity_policy

ACTOR = "system:identity"
PORTION = 50_000
"""Pairs that are weighed with accounts read together."""
HELD = 1_000_000
"""Accounts whose facts are kept for later pairs, about 1 kB each."""


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
        keys = keep_parts(connection, lexicon, services.progress)
        if not keys:
            return IdentityCounts()
        doubted = doubt_strangers(connection, keys, policy, lexicon, at=at)
        if doubted:
            keys = sorted({*keys, *keep_parts(connection, lexicon, services.progress)})
        retold = connection.execute(text(sql("identity", "retold_proposals")), {"account_keys": keys}).all()
        again = [(int(row.one_account), int(row.other_account)) for row in retold if not row.is_one]
        met = accounts_that_meet(connection, keys)
        found = _weigh(connection, _portions(met, again, services.progress), policy, lexicon)
        gone = _gone(retold, found)
        proposed, back, withdrawn = _settle(connection, found, gone, at=at)
        largest = name_crowds(connection, met.crowds, lexicon)
        return IdentityCounts(len(keys), proposed, back, withdrawn, doubted, len(met.crowds), largest)


def _portions(
    met: Meetings, more: Sequence[tuple[int, int]], progress: Progress
) -> Iterator[Sequence[tuple[int, int]]]:
    """Yield the pairs to weigh, those that are to be weighed again at the end."""
    for start in range(0, len(met.pairs), PORTION):
        yield met.portion(start, PORTION)
        progress.advance("compare_pairs", min(start + PORTION, len(met.pairs)), len(met.pairs))
    yield more


def _weigh(
    connection: Connection, portions: Iterator[Sequence[tuple[int, int]]], policy: IdentityPolicy, lexicon: Lexicon
) -> list[Found]:
    """Return the best pair of accounts for each pair of customers that may be one; of equals the oldest."""
    best: dict[tuple[int, int], tuple[tuple[float, int, int], Found]] = {}
    facts: dict[int, AccountFacts] = {}
    oldest: dict[int, int] = {}
    for portion in portions:
        if len(facts) > HELD:
            facts.clear()
            oldest.clear()
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
