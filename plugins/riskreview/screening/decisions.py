"""Owns what compliance decides about a match: confirm it, dismiss it, clear a confirmed one; two persons where the policy wants them."""

from datetime import date
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from riskreview.foundation.database import transaction
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.lifecycle import apply
from riskreview.policy.screening_policy import load_screening_policy
from riskreview.screening.lifecycle import COMPLIANCE, MATCH
from riskreview.screening.matching import needs_two_persons
from riskreview.validation import people

Decision = Literal["confirm", "dismiss", "agree", "disagree", "propose_clearing", "clear", "keep"]
ENDING = ("dismiss", "agree", "clear")
PROPOSING = ("propose_dismissal", "propose_clearing")
LEAST_REASON = 10


def decide(
    services: Services, *, match_id: int, decision: Decision, actor: str, reason: str, version: int | None = None
) -> str:
    """Decide about a match and return its new state.

    A dismissal that needs two persons becomes a proposal, for another person of compliance to agree to.

    :param version: the version the actor saw; None = the present one.
    :raises RuleViolation: for anybody outside compliance, a reason that says nothing, the same person twice, or a state that does not allow it.
    :raises NotFound: when there is no such match. :raises Conflict: when somebody decided meanwhile.
    """
    person = people.check_can_decide(services.instance, actor, roles=COMPLIANCE)
    if len(reason.strip()) < LEAST_REASON:
        raise RuleViolation(f"a reason has at least {LEAST_REASON} characters")
    policy, at = load_screening_policy(services.instance), services.clock.now()
    try:
        with transaction(services.engine) as connection:
            row = connection.execute(text(sql("screening", "read_match")), {"match_id": match_id}).one_or_none()
            if row is None:
                raise NotFound(f"there is no match {match_id}")
            verb: str = decision
            if decision == "dismiss" and needs_two_persons(row.likeness, same_number=row.same_number, policy=policy):
                verb = "propose_dismissal"
            apply(connection, MATCH, verb, match_id, version=version or row.version, actor=person, roles=COMPLIANCE, at=at,
                  changes={"reason": reason.strip(), **_who_and_when(verb, person, at.date())})  # fmt: skip
            return MATCH.transition(verb).target
    except IntegrityError as error:
        if "screening_match_two_persons" in str(error.orig):
            raise RuleViolation("another person of compliance than the proposer has to agree") from error
        raise


def _who_and_when(verb: str, person: str, today: date) -> dict[str, object]:
    """Return the columns a verb sets: a proposal waits for another person, a refused one forgets its proposer."""
    if verb in PROPOSING:
        return {"proposed_by": person, "decided_by": None}
    if verb == "disagree":
        return {"proposed_by": None}
    if verb in ENDING:
        return {"decided_by": person, "ended_on": today}
    return {"decided_by": person, "proposed_by": None} | ({"confirmed_on": today} if verb == "confirm" else {})
