"""Owns keeping the event log provable: hourly checkpoints brought outside the database, and what only some people may do about it."""

from collections.abc import Callable
from datetime import timedelta

from riskreview.audit import checkpoints
from riskreview.audit.checkpoint_text import Checkpoint
from riskreview.audit.checkpoints import BroughtOut
from riskreview.foundation import failpoints
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.roles import DatabaseRole, as_role
from riskreview.foundation.services import Services
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.notifications.checkpoint_mail import mail_checkpoint
from riskreview.orchestration.locks import Lock
from riskreview.orchestration.stages import StageResult, business_today, exclusive_run
from riskreview.policy.team import load_team

SIGNED = failpoints.register("stage.signed", "the log is signed and brought out, the run is not recorded as finished")

KEEPERS = ("audit", "compliance", "it", "data_engineer")
"""Who may rotate the log's key, and say that a restore is in order."""
LATE_AFTER = timedelta(hours=2)
"""Two intervals: so long may checkpoints wait to be brought out before people are told."""


@as_role(DatabaseRole.DISPATCH)
def checkpoint_audit(services: Services, *, triggered_by: str = "cli") -> StageResult:
    """Sign what the event log is now and bring the checkpoint outside the database."""
    day = business_today(services)
    key = f"checkpoint_audit:{day.isoformat()}"
    with exclusive_run(
        services, "checkpoint_audit", Lock.CHECKPOINT, as_of=day, key=key, triggered_by=triggered_by
    ) as run:
        run.counts.update(sign_and_bring_out(services))
        failpoints.reach(SIGNED)
        return StageResult("checkpoint_audit", run.run_id, day, dict(run.counts))


def sign_and_bring_out(services: Services) -> dict[str, int]:
    """Make the checkpoint of the hour, bring out what is not outside yet, mail one a day, and tell the keepers when bringing out fails for long."""
    made = checkpoints.make_checkpoint(services)
    brought = checkpoints.bring_out(services)
    if brought.waiting_since is not None and services.clock.now() - brought.waiting_since >= LATE_AFTER:
        _tell(services, brought)
    counts = {"checkpoint": made.number, "events": made.size, "exported": brought.exported, "waiting": brought.waiting}
    return counts | {"mailed": mail_checkpoint(services, made)}


def rotate_key(services: Services, *, actor: str) -> Checkpoint:
    """Let a new signing key follow the present one.

    :raises RuleViolation: when the actor may not.
    """
    return _kept(services, actor, lambda: checkpoints.rotate_key(services, actor=actor))


def reconcile(services: Services, *, actor: str, reason: str) -> Checkpoint:
    """Accept that the log was set back; messages are sent again.

    :raises RuleViolation: when the actor may not, the reason is too short, or the log was not set back.
    """
    return _kept(services, actor, lambda: checkpoints.reconcile(services, actor=actor, reason=reason))


def _kept(services: Services, actor: str, act: Callable[[], Checkpoint]) -> Checkpoint:
    if not set(KEEPERS) & set(load_team(services.instance).roles_of(actor)):
        raise RuleViolation(f"{actor} keeps no log; that is for {', '.join(KEEPERS)}")
    made = act()
    checkpoints.bring_out(services)
    return made


def _tell(services: Services, brought: BroughtOut) -> None:
    team = load_team(services.instance)
    day = services.clock.now().date()
    told = tuple(dict.fromkeys(team.on_duty(role, day).owner for role in ("data_engineer", "audit")))
    event = OutboxEvent(f"checkpoints_waiting:{brought.waiting_since:%Y-%m-%dT%H}", "checkpoints_waiting", "audit_log", "checkpoints", "high", told,
                        {"count": brought.waiting})  # fmt: skip
    with transaction(services.engine) as connection:
        enqueue(connection, [event], at=services.clock.now())
