"""Owns asking a person, inside a run, to sign off the quarter: what Airflow shows, and carrying the answer out by the rules of the team room."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.execution_time.hitl import HITLUser

from riskreview.console.grants import find_grant, list_grants
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.roles import DatabaseRole, as_role
from riskreview.foundation.services import Services
from riskreview.mechanisms.staffing import Staff
from riskreview.orchestration.locks import Lock
from riskreview.orchestration.stages import StageResult, exclusive_run
from riskreview.team import campaign
from riskreview.team.figures import COUNTS
from riskreview.team.lifecycle import SIGNERS

SIGN, RETURN, LEAVE = "Sign", "Return", "Leave open"
WAIT = timedelta(days=20)
"""Airflow waits so long; then the run ends and nothing is signed. The duty to sign goes on and climbs its ladder."""

LONGEST_RUN = WAIT + timedelta(days=1)
LISTED = 50
NAMED = 8
"""So many letters of the digest stand on the button one signs with."""
STAGE = "sign_off_quarter"


class FiguresOperator(HITLOperator):
    """Asks with the digest on the button, so that the answer itself says which figures were read.

    Airflow goes on showing what a task showed first when it is cleared and asks again, whatever was counted since.
    """

    template_fields = (*HITLOperator.template_fields, "digest")

    def __init__(self, *, digest: str, **more: Any) -> None:  # what Airflow's operator takes
        super().__init__(**more)
        self.digest = digest

    def execute(self, context: Any) -> None:  # Airflow's context
        """Ask with the button of these figures, and whoever may sign alone: the answer of anybody else would end the question."""
        self.options = [signing(self.digest), RETURN, LEAVE]
        logins = context["ti"].xcom_pull(task_ids="count_quarter")["logins"]
        self.assigned_users = [HITLUser(id=login["id"], name=login["name"]) for login in logins] or None
        super().execute(context)

    def validate_chosen_options(self, chosen_options: list[str]) -> None:
        """Leave it to ``settle`` to judge a button of other figures: it says what to do."""


def signing(digest: str) -> str:
    """Return the button by which one signs the figures of a digest."""
    return f"{SIGN} {digest[:NAMED]}"


def question(counted: Any) -> HITLOperator:  # what a task returned, known once it ran
    """Return the task that shows the figures and waits for the answer."""
    ask = FiguresOperator(
        task_id="ask",
        digest="{{ ti.xcom_pull(task_ids='count_quarter')['digest'] }}",
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
    lines = [f"**{found.period}**, {found.state}", "", *_table(found.figures.kinds)]
    left = [item for item in found.figures.overdue if item["reason"] is None]
    if left:
        lines += [
            "",
            f"**{len(left)} overdue duties are not excepted; it cannot be signed until they are done or excepted:**",
            "",
        ]
    lines += [f"- {item['duty_id']}: {item['kind']} of {item['subject']}, {item['owner']}" for item in left[:LISTED]]
    lines += [f"- {item['duty_id']}: excepted by {item['excepted_by']}: {item['reason']}" for item in found.figures.overdue if item["reason"] is not None][:LISTED]  # fmt: skip
    told = "\n".join([*lines, "", f"Digest `{found.digest}`"])
    return {"period": found.period, "digest": found.digest, "told": told, "logins": _who_may_answer(services)}


def _table(kinds: Mapping[str, Mapping[str, int]]) -> list[str]:
    if not kinds:
        return ["No duty was opened or fell due in it, and none is overdue."]
    head = " | ".join(("duty", *(name.replace("_", " ") for name in COUNTS)))
    lines = [f"| {kind} | " + " | ".join(str(counts[name]) for name in COUNTS) + " |" for kind, counts in sorted(kinds.items())]  # fmt: skip
    return [f"| {head} |", "|---|" + "---:|" * len(COUNTS), *lines]


def _who_may_answer(services: Services) -> list[dict[str, str]]:
    staff = Staff.of(services)
    with services.engine.connect() as connection:
        grants = list_grants(connection)
    return [{"id": row["user_id"], "name": row["person"]} for row in grants if set(SIGNERS) & set(staff.roles_of(row["person"]))]  # fmt: skip


@as_role(DatabaseRole.SCORE)
def settle(services: Services, counted: Mapping[str, Any], answer: Mapping[str, Any]) -> str:  # see shown
    """Carry the answer out as the person the login is, and return the state.

    :raises RuleViolation: when the login is nobody of the team, or the rules refuse; triggering the DAG again asks anew.
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
    if found.state == "signed" and chosen != [RETURN] and found.decided_by == person:
        return found.state
    try:
        return _carry_out(services, counted, chosen, person, reason)
    except (Conflict, RuleViolation) as error:
        raise RuleViolation(f"{error}. Trigger sign_off_quarter again to be asked anew") from error


def _carry_out(
    services: Services, counted: Mapping[str, Any], chosen: list[str], person: str, reason: str
) -> str:  # see shown
    period, digest = str(counted["period"]), str(counted["digest"])
    if chosen == [RETURN]:
        return campaign.return_campaign(services, period=period, actor=person, reason=reason).state
    if chosen != [signing(digest)]:
        raise Conflict(f"the page showed other figures of {period} than were counted since")
    return campaign.sign(services, period=period, digest=digest, actor=person, reason=reason).state


def _person(services: Services, login: str) -> str:
    with services.engine.connect() as connection:
        grant = find_grant(connection, login)
    if grant is None:
        raise RuleViolation(f"the login {login} is no person of the team; grant it with riskreview user grant")
    return grant.person
