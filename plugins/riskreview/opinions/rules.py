"""Owns the rules of opinions: what may be proposed on which facts, how long it holds, when facts overtake it. Knows no database."""

import calendar
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from riskreview.foundation.errors import RuleViolation
from riskreview.policy.risk_opinions import KindWord
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass

HARD = 99
"""Highest code of a hard rule."""

LONGEST_TEXT = 20_000
SANCTIONS = "C1"
"""The indicator of matches with sanctions lists."""
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the current assessment says of a customer, as far as an opinion rests on it.

    :param risk_class: as it reads today; ``class_without`` what figures, model, rules and group give without an opinion.
    :param alarms: one bit per indicator at its alarm line.
    """

    customer_key: int
    customer_id: str
    assessed_on: date
    risk_class: int
    class_without: int
    alarms: int
    floor_class: int
    floor_code: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to say.

    :param subject: ``class``, ``ring_fence`` or ``closure``.
    :param risk_class: the class the author holds for right, for the subject ``class`` alone.
    :param horizon_on: the day up to which the author looks ahead; None = as long as the policy lets it hold.
    """

    subject: str
    reason: str
    statement: str
    source: str
    risk_class: int | None = None
    horizon_on: date | None = None


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """The alarms and rules an opinion knows of, or those that stand now; arrays of one length."""

    alarms: NDArray[np.int64]
    floor: NDArray[np.int16]
    floor_code: NDArray[np.int16]


def kind_of(draft: Draft, assessed: Assessed) -> KindWord:
    """Return what a draft amounts to on these facts.

    :raises RuleViolation: when it says nothing new.
    """
    if draft.subject == "ring_fence":
        return "ring_fence"
    if draft.subject == "closure":
        return "closure"
    said, now = _rank(draft.risk_class or 0), _rank(assessed.class_without)
    if said == now:
        raise RuleViolation(
            f"the figures give {RiskClass(assessed.class_without).name} by themselves; there is nothing to say"
        )
    return "worse" if said > now else "better"


def check_can_propose(draft: Draft, kind: KindWord, assessed: Assessed, policy: Policy, *, today: date) -> None:
    """Judge a draft.

    :raises RuleViolation: in a sentence the author understands.
    """
    rules = policy.opinions
    reason = rules.reason(draft.reason)
    if reason is None or kind not in reason.kinds:
        allowed = ", ".join(found.id for found in rules.reasons if kind in found.kinds)
        raise RuleViolation(f"{draft.reason or 'no reason'} is no reason for {kind}; the policy knows {allowed}")
    for name, text in (("statement", draft.statement), ("source", draft.source)):
        said(text, name)
    if draft.horizon_on is not None and draft.horizon_on <= today:
        raise RuleViolation(f"the horizon {draft.horizon_on} is not ahead; say until when the opinion looks")
    if draft.subject == "class":
        _check_class(draft, kind, assessed, policy)
    elif kind == "closure":
        _check_closure(assessed, policy)


def _check_class(draft: Draft, kind: KindWord, assessed: Assessed, policy: Policy) -> None:
    said, rules = RiskClass(draft.risk_class or 0), policy.opinions
    if draft.horizon_on is None:
        raise RuleViolation("an opinion on a class looks ahead; say until when")
    if abs(_rank(said) - _rank(assessed.class_without)) > rules.bound:
        here = RiskClass(assessed.class_without).name
        raise RuleViolation(
            f"the figures give {here}; an opinion may move that by {rules.bound} class, not to {said.name}"
        )
    if kind == "worse" and said > RiskClass[rules.worst]:
        raise RuleViolation(f"an opinion leads no further than {rules.worst}; {said.name} takes a rule")
    if kind == "better" and assessed.class_without == RiskClass.unknown:
        raise RuleViolation(
            "the customer is unknown; nobody can say that it is better than that, deliver figures instead"
        )
    if kind == "better" and said < assessed.floor_class:
        floor = RiskClass(assessed.floor_class).name
        which = _which(assessed.floor_code, policy)
        raise RuleViolation(f"a rule sets at least {floor}{which}; an opinion cannot undercut it")


def _check_closure(assessed: Assessed, policy: Policy) -> None:
    word = RiskClass(assessed.risk_class).name
    if word == "unknown" or not policy.risk_class(word).leaves_by_closure:
        raise RuleViolation(f"the customer is in class {word}, which needs no closure")
    if assessed.floor_class >= assessed.risk_class:
        raise RuleViolation(
            f"a rule still sets {word}{_which(assessed.floor_code, policy)}; it is closed once its cause is gone"
        )


def _which(code: int, policy: Policy) -> str:
    """Return the words of a rule to follow what it sets; nothing for a rule that the policy no longer has."""
    found = next((rule.text.en for rule in policy.class_rules if rule.code == code), None)
    return "" if found is None else f": {found}"


def check_may_close(causes: Collection[int], roles: Collection[str], policy: Policy, *, on_a_list: bool) -> None:
    """Judge who says that a default is over.

    :param causes: codes of the rules that led into it. :param on_a_list: a match with a sanctions list was confirmed, before or since.
    :raises RuleViolation: for somebody else than the rules that led into it name.
    """
    for rule in policy.hard_rules:
        is_cause = rule.code in causes or (on_a_list and rule.asks_for(SANCTIONS))
        if rule.closure_by and is_cause and not set(rule.closure_by) & set(roles):
            who = " or ".join(rule.closure_by)
            raise RuleViolation(
                f"the customer came into default because {rule.text.en}; only {who} may propose that this is over"
            )


def digest_of(draft: Draft, kind: KindWord, assessed: Assessed, *, horizon_on: date) -> str:
    """Return the digest a decision is bound to: what is said, and the facts it was said on."""
    content = {
        "customer_key": assessed.customer_key, "kind": kind, "risk_class": draft.risk_class, "reason": draft.reason,
        "statement": draft.statement, "source": draft.source, "horizon_on": horizon_on.isoformat(),
        "assessed_on": assessed.assessed_on.isoformat(), "class_without": assessed.class_without, "alarms": assessed.alarms,
        "floor": [assessed.floor_class, assessed.floor_code],
    }  # fmt: skip
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def holds_until(
    kind: KindWord, policy: Policy, *, effective_on: date, horizon_on: date, review_due_on: date | None, word: str
) -> date:
    """Return the last day an opinion holds: its days, its horizon or, for one on the class, the next review.

    :param review_due_on: due day of an open review; without one the customer's cadence counts.
    :param word: the customer's class.
    """
    days = effective_on + timedelta(days=policy.opinions.kinds[kind].holds_days)
    if kind in {"ring_fence", "closure"}:
        return min(days, horizon_on)
    by_cadence = months_later(effective_on, policy.cadence_months(word))
    next_review = review_due_on if review_due_on is not None and review_due_on >= effective_on else by_cadence
    return min(days, horizon_on, next_review)


def overtaken(known: KnownFacts, now: KnownFacts) -> Bools:
    """Return where facts stand that an opinion did not know of: a new alarm, a higher minimum, another hard rule."""
    other_rule = (
        (now.floor_code != known.floor_code) & (now.floor_code > 0) & (now.floor_code <= HARD) & (now.floor > 0)
    )
    found = ((now.alarms & ~known.alarms) != 0) | (now.floor > known.floor) | other_rule
    return np.asarray(found, dtype=np.bool_)


def check_can_decide(author: str, author_rank: int, actor: str, actor_rank: int, kind: KindWord) -> None:
    """Judge who decides.

    :raises RuleViolation: for the author, and for somebody not above the author where the opinion makes a customer look better.
    """
    if actor == author:
        raise RuleViolation(f"{actor} proposed this and cannot decide it; another person must")
    if kind != "worse" and actor_rank <= author_rank:
        raise RuleViolation(f"{actor} does not rank above {author}; a person of higher rank must decide")


def _rank(code: int) -> int:
    """How bad a class is; ``unknown`` ranks with medium."""
    return int(RiskClass.medium) if code == RiskClass.unknown else int(code)


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the last day of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def said(value: str, what: str) -> str:
    """Return a text that says something.

    :raises RuleViolation: when it is empty or endless.
    """
    if not value.strip():
        raise RuleViolation(f"the {what} is empty; say it in a sentence")
    if len(value) > LONGEST_TEXT:
        raise RuleViolation(f"the {what} has {len(value)} characters; {LONGEST_TEXT} are allowed")
    return value
