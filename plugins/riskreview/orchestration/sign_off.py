"""Owns asking a person, inside a run, to sign off the quarter: what Airflow shows, and carrying the answer out by the rules of the team room."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param

from riskreview.console.grants import find_grant
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.roles import DatabaseRole, as_role
from riskreview.foundation.services import Services
from riskreview.orchestration.locks import Lock
from riskreview.orchestration.stages import StageResult, exclusive_run
from riskreview.team import campaign
from riskreview.team.figures import COUNTS

SIGN, RETURN, LEAVE = "Sign", "Return", "Leave open"
WAIT = timedelta(days=20)
"""Airflow waits so long; then the run ends and nothing is signed. The duty to sign goes on and climbs its ladder."""

LONGEST_RUN = WAIT + timedelta(days=1)
LISTED = 50
STAGE = "sign_off_quarter"


def question(counted: Any) -> HITLOperator:  # what a task returned, known once it ran
    """Return the task that shows the figures and waits for the answer."""
    ask = HITLOperator(
        task_id="ask",
        subject="Sign off the duties of the quarter",
        body="{{ ti.xcom_pull(task_ids='count_quarter')['told'] }}",
        options=[SIGN, RETURN, LEAVE],
        defaults=[LEAVE],
        params={
            # without null Airflow's page asks for it and lets nobody sign before
            "reason": Param(None, type=["null", "string"], title="Reason (needed to return it, not to sign)")
        },
        response_timeout=WAIT,
    )
    ask.set_upstream(counted.operator)
    return ask


@as_role(DatabaseRole.SCORE)
def count(services: Services, *, as_of: date, triggered_by: str) -> StageResult:
    """Count the duties of the quarter that ended, for its sign-off."""
    key = f"{STAGE}:{as_of.isoformat()}"
    with exclusive_run(services, STAGE, Lock.REVIEWS, as_of=as_of, key=key, triggered_by=triggered_by) as run:
        run.counts.update(campaign.count(services, as_of=as_of).figures.totals)
        return StageResult(STAGE, run.run_id, as_of, dict(run.counts))


@as_role(DatabaseRole.SCORE)
def shown(services: Services, *, as_of: date) -> dict[str, Any]:  # goes through XCom
    """Return the quarter with its digest and what the person reads: numbers and ids alone."""
    found = campaign.show(services, period=campaign.period_to_sign(services, as_of=as_of).key)
    head = " | ".join(("duty", *(name.replace("_", " ") for name in COUNTS)))
    lines = [f"**{found.period}**, {found.state}", "", f"| {head} |", "|---|" + "---:|" * len(COUNTS)]
    lines += [f"| {kind} | " + " | ".join(str(counts[name]) for name in COUNTS) + " |" for kind, counts in sorted(found.figures.kinds.items())]  # fmt: skip
    left = [item for item in found.figures.overdue if item["reason"] is None]
    if left:
        lines += [
            "",
            f"**{len(left)} overdue duties are not excepted; it cannot be signed until they are done or excepted:**",
            "",
        ]
    lines += [f"- {item['duty_id']}: {item['kind']} of {item['subject']}, {item['owner']}" for item in left[:LISTED]]
    lines += [f"- {item['duty_id']}: excepted by {item['excepted_by']}: {item['reason']}" for item in found.figures.overdue if item["reason"] is not None][:LISTED]  # fmt: skip
    return {"period": found.period, "digest": found.digest, "told": "\n".join([*lines, "", f"Digest `{found.digest}`"])}


@as_role(DatabaseRole.SCORE)
def settle(services: Services, counted: Mapping[str, Any], answer: Mapping[str, Any]) -> str:  # see shown
    """Carry the answer out as the person the login is, and return the state.

    :raises RuleViolation: when the login is nobody of the team, or the rules refuse; clearing the task that counts asks again.
    """
    chosen, period = list(answer.get("chosen_options") or []), str(counted["period"])
    responder = answer.get("responded_by_user") or {}
    found = campaign.show(services, period=period)
    if chosen in ([], [LEAVE]) or not responder:
        return found.state
    person, reason = (
        _person(services, str(responder.get("id"))),
        str((answer.get("params_input") or {}).get("reason") or ""),
    )
    if found.state == "signed" and chosen == [SIGN] and found.decided_by == person:
        return found.state
    try:
        if chosen == [SIGN]:
            return campaign.sign(
                services, period=period, digest=str(counted["digest"]), actor=person, reason=reason
            ).state
        return campaign.return_campaign(services, period=period, actor=person, reason=reason).state
    except (Conflict, RuleViolation) as error:
        raise RuleViolation(f"{error}. Clear the task count_quarter to be asked again") from error


def _person(services: Services, login: str) -> str:
    with services.engine.connect() as connection:
        grant = find_grant(connection, login)
    if grant is None:
        raise RuleViolation(f"the login {login} is no person of the team; grant it with riskreview user grant")
    return grant.person
