"""Owns what a form may ask of a review, verb by verb, and which forms a person is shown; who may is the reviews room's to say."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskreview.console.visit import Visit, whole
from riskreview.foundation.errors import BadInput
from riskreview.policy.review_approval import MEASURES
from riskreview.policy.team import Team
from riskreview.reviews import analysis, assigning, decisions, discussion, finishing
from riskreview.reviews.lifecycle import ANALYSTS, ASKED, DISCUSSANTS, DISCUSSED, OVERSEERS, OWN_VERBS, REVIEW
from riskreview.reviews.standing import Standing

OUTCOMES = finishing.OUTCOMES
DECIDING = frozenset({"approve", "return", "reject"})
JUDGING = frozenset({"allow_appeal", "dismiss_appeal"})


@dataclass(frozen=True, slots=True)
class Act:
    """One verb: the use case, and the fields of its form beside the version.

    :param says: fields whose text is handed on by their name.
    :param more: further arguments, made of the form.
    :param is_bound: whether it is done to the version that was read.
    """

    do: Callable[..., int]  # the use cases share services, review_id, version and actor, and differ in the rest
    says: tuple[str, ...] = ()
    more: Callable[[Visit], Mapping[str, Any]] | None = None  # arguments of any type
    is_bound: bool = True


def _until(visit: Visit) -> Mapping[str, Any]:
    try:
        return {"until": date.fromisoformat(visit.said("until"))}
    except ValueError as error:
        raise BadInput("E-DATE", "the day is missing or is none", "Give it as year-month-day") from error


def _measures(visit: Visit) -> Mapping[str, Any]:
    return {"measures": [name for name in MEASURES if visit.said(f"measure_{name}")]}


def _outcome(visit: Visit) -> Mapping[str, Any]:
    return {"outcome": visit.said("outcome") or None}


def _answer(visit: Visit) -> Mapping[str, Any]:
    return {"item": visit.said("item"), "answer": visit.said("answer")}


def _remark(visit: Visit) -> Mapping[str, Any]:
    answers = visit.said("answers")
    return {"words": visit.said("remark"), "answers": whole(answers) if answers else None}


def _asked(visit: Visit) -> Mapping[str, Any]:
    return {"of": visit.said("of") or None}


ACTS: Mapping[str, Act] = {
    "hand_in": Act(analysis.hand_in, ("recommendation",), _measures),
    "start_analysis": Act(analysis.start_analysis), "answer": Act(analysis.answer, ("note", "evidence"), _answer),
    "request_info": Act(analysis.request_info, ("question",), _asked),
    "resume": Act(lambda services, reply, **given: analysis.resume(services, answer=reply, **given), ("reply",)),
    "recommend": Act(analysis.recommend, ("recommendation",), _measures), "rework": Act(analysis.rework), "submit": Act(analysis.submit),
    "suspend": Act(analysis.suspend, ("reason",), _until), "wake": Act(analysis.wake),
    "approve": Act(decisions.approve, ("reason", "digest")), "return": Act(decisions.return_review, ("reason", "digest")),
    "reject": Act(decisions.reject, ("reason", "digest")), "implement": Act(finishing.implement),
    "close": Act(finishing.close, ("evidence",), _outcome), "appeal": Act(finishing.appeal, ("reason",)),
    "allow_appeal": Act(finishing.allow_appeal, ("reason",)), "dismiss_appeal": Act(finishing.dismiss_appeal, ("reason",)),
    "reopen": Act(finishing.reopen, ("reason",)), "reassign": Act(assigning.reassign, ("to", "reason")), "cancel": Act(finishing.cancel, ("reason",)),
    "remark": Act(discussion.remark, more=_remark, is_bound=False),
}  # fmt: skip
"""In the order in which they are offered; a decision is bound to the digest of what was read."""


def arguments(act: Act, visit: Visit) -> dict[str, Any]:  # arguments of any type
    """Return what a form says as the arguments of its use case."""
    bound = {"version": visit.version()} if act.is_bound else {}
    return bound | {name: visit.said(name) for name in act.says} | dict(act.more(visit) if act.more else {})


def offered(person: str, roles: Collection[str], review: Mapping[str, Any], standing: Standing) -> list[str]:
    """Return the verbs a person is shown: those of the state and the roles, of one's own reviews, and of the step that waits."""
    towards = {*roles, ASKED} if standing.asked == person else {*roles}
    can = [
        verb
        for verb in ACTS
        if verb not in {"hand_in", "remark"} and REVIEW.can(verb, state=standing.state, roles=towards)
    ]
    if person not in {review["owner"], review["deputy"]} and not set(OVERSEERS) & set(roles):
        can = [verb for verb in can if verb not in OWN_VERBS or (verb == "resume" and ASKED in towards)]
    if person in {review["proposed_by"], review["decided_by"], review["appealed_by"]}:
        can = [verb for verb in can if verb not in JUDGING]
    if person == review["decided_by"]:
        can = [verb for verb in can if verb != "appeal"]
    step = next((item for item in standing.steps if item["state"] == "open"), None)
    decided = {item["decided_by"] for item in standing.steps} | {review["proposed_by"]}
    if step is None or person in decided or not set(step["roles"]) & set(roles):
        can = [verb for verb in can if verb not in DECIDING]
    return ["hand_in", *can] if {"start_analysis", "recommend"} & set(can) else can


def to_ask(team: Team) -> list[tuple[str, str]]:
    """Return id and name of everybody who may be asked something."""
    return [(person.id, person.name) for person in team.persons]


def to_have(team: Team, review: Mapping[str, Any], day: date) -> list[tuple[str, str]]:
    """Return id and name of everybody present who may have a review and has it not."""
    return [
        (person.id, person.name)
        for person in team.persons
        if set(ANALYSTS) & set(person.roles) and person.id != review["owner"] and team.is_present(person.id, day)
    ]


def may_remark(roles: Collection[str], state: str) -> bool:
    """Tell whether a person is shown the form of a remark."""
    return state in DISCUSSED and bool(set(DISCUSSANTS) & set(roles))
