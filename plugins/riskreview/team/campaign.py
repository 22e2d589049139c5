"""Owns the quarter's sign-off: the duties are counted, overdue ones are done or excepted with a reason, and one person answers for it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import retry_transaction
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.fiscal import Period
from riskreview.team.figures import Figures, count_figures, figures_of
from riskreview.team.lifecycle import CAMPAIGN, EXCEPTING, SIGNERS

ACTOR = "system:campaign"
DUTY, REPAIR = "campaign_decision", "campaign_repair"
LONGEST_REASON = 2000
NAMED = 10
"""So many numbers of unexplained duties are named in a refusal."""

Found = Row[Any]  # a result row has the columns of its statement


@dataclass(frozen=True, slots=True)
class Campaign:
    """A period's sign-off as it stands."""

    period: str
    state: str
    version: int
    digest: str
    figures: Figures
    decided_by: str | None
    decision_reason: str | None


def period_to_sign(services: Services, *, as_of: date) -> Period:
    """Return the fiscal quarter that ended last before the one that holds ``as_of``."""
    fiscal = Staff.of(services).policy.fiscal_year
    return fiscal.period_of(fiscal.period_of(as_of, 3).starts_on - timedelta(days=1), 3)


def count(services: Services, *, as_of: date) -> Campaign:
    """Count the duties of the quarter before ``as_of`` and ask for the sign-off; a signed one stays as it was signed.

    :raises RuleViolation: when the quarter is not over yet.
    """
    staff, period = Staff.of(services), period_to_sign(services, as_of=as_of)
    if period.ends_before > staff.today:
        raise RuleViolation(
            f"{period.key} ends on {period.ends_before - timedelta(days=1)}; it is signed off afterwards"
        )

    def work(connection: Connection) -> Campaign:
        figures = count_figures(connection, period, _zone(services), campaign_id=None)
        values = {"period_key": period.key, "starts_on": period.starts_on, "ends_before": period.ends_before,
                  "figures": figures.body, "sha256": figures.sha256, "at": staff.now}  # fmt: skip
        opened = connection.execute(text(sql("team", "open_campaign")), values).scalar()
        row = _read(connection, period.key)
        if opened is None:
            _recount(connection, staff, row, _zone(services))
        else:
            new = {"state": "counted", "version": 1, "digest": figures.sha256, **figures.totals}
            append(connection, [AuditEvent("campaign:counted", "campaign", period.key, ACTOR, new=new)], at=staff.now)
            _ask(connection, staff, row)
        return _shown(_read(connection, period.key))

    return retry_transaction(services.engine, work)


def show(services: Services, *, period: str) -> Campaign:
    """Return a period's sign-off.

    :raises NotFound: when it was not counted.
    """
    with services.engine.connect() as connection:
        return _shown(_read(connection, period))


def list_campaigns(services: Services) -> tuple[Campaign, ...]:
    """Return all sign-offs, the newest first."""
    with services.engine.connect() as connection:
        return tuple(_shown(row) for row in connection.execute(text(sql("team", "list_campaigns"))))


def except_duty(services: Services, *, period: str, duty_id: int, reason: str, actor: str) -> Campaign:
    """Except an overdue duty from a sign-off, and count again.

    :raises RuleViolation: when the actor may not, the duty is not overdue, the reason is empty, or the quarter is signed.
    :raises Conflict: when it is excepted already.
    """
    staff = Staff.of(services)
    said = _said(reason)
    if not set(EXCEPTING) & set(staff.roles_of(actor)):
        raise RuleViolation(f"only {', '.join(EXCEPTING)} may except a duty; {actor} is none of them")

    def work(connection: Connection) -> Campaign:
        row = _read(connection, period)
        _check_open(row)
        figures = count_figures(connection, _period(row), _zone(services), campaign_id=row.campaign_id)
        if duty_id not in {int(item["duty_id"]) for item in figures.overdue}:
            raise RuleViolation(f"duty {duty_id} is not among the overdue duties of {period}")
        values = {"campaign_id": row.campaign_id, "duty_id": duty_id, "reason": said, "person": actor, "at": staff.now}
        if connection.execute(text(sql("team", "except_duty")), values).first() is None:
            raise Conflict(f"duty {duty_id} is excepted from {period} already")
        event = AuditEvent("campaign:duty_excepted", "campaign", period, actor, new={"duty": duty_id, "reason": said})
        append(connection, [event], at=staff.now)
        _recount(connection, staff, row, _zone(services))
        return _shown(_read(connection, period))

    return retry_transaction(services.engine, work)


def sign(services: Services, *, period: str, digest: str, actor: str, reason: str = "") -> Campaign:
    """Answer for a counted quarter; never while a duty is overdue that nobody excepted.

    :param digest: of the figures the signer read.
    :raises RuleViolation: when the actor may not, excepted a duty of it, or overdue duties are left.
    :raises Conflict: when the figures are others than the signer read.
    """
    staff = Staff.of(services)

    def work(connection: Connection) -> Campaign:
        row = _read(connection, period)
        roles = staff.roles_of(actor)
        CAMPAIGN.check_can("sign", state=row.state, roles=roles)
        figures = count_figures(connection, _period(row), _zone(services), campaign_id=row.campaign_id)
        if digest != row.figures_sha256 or figures.sha256 != digest:
            raise Conflict(f"the figures of {period} are others than you read; have them counted and read them again")
        if (
            actor
            in connection.execute(text(sql("team", "excepting_people")), {"campaign_id": row.campaign_id}).scalars()
        ):
            raise RuleViolation(f"{actor} excepted duties of {period} and cannot sign it; another person must")
        _check_explained(period, figures)
        return _decide(connection, staff, "sign", row, actor, reason.strip() or None)

    return retry_transaction(services.engine, work)


def return_campaign(services: Services, *, period: str, actor: str, reason: str) -> Campaign:
    """Give a counted quarter back with the reason; somebody who may except duties has to have it repaired and counted again.

    :raises RuleViolation: when the actor may not, or the reason is empty.
    """
    staff, said = Staff.of(services), _said(reason)

    def work(connection: Connection) -> Campaign:
        found = _decide(connection, staff, "return", _read(connection, period), actor, said)
        _have_repaired(connection, staff, found, actor)
        return found

    return retry_transaction(services.engine, work)


def _have_repaired(connection: Connection, staff: Staff, found: Campaign, actor: str) -> None:
    """Make it somebody's duty that a returned quarter is counted again: another person's than who returned it, where there is one."""
    others = {name for role in EXCEPTING for name in staff.team.holders(role)} - {actor}
    person = staff.decider(EXCEPTING, but=(actor,) if others else ())
    facts = {"period": found.period, "said_by": actor}
    duty = staff.decision_duty(f"{REPAIR}_{found.version}", ("campaign", found.period), person, EXCEPTING, facts)
    open_duties(connection, [duty], at=staff.now)
    enqueue(connection, [
        OutboxEvent(f"campaign_returned:{found.period}:{found.version}", "campaign_returned", "campaign", found.period, "normal",
                    (person,), dict(duty.facts))
    ], at=staff.now)  # fmt: skip


def _decide(connection: Connection, staff: Staff, verb: str, row: Found, actor: str, reason: str | None) -> Campaign:  # noqa: PLR0913, PLR0917, RUF100  the parts of one decision
    changes = {"decided_by": actor, "decided_at": staff.now, "decision_reason": reason}
    apply(connection, CAMPAIGN, verb, row.campaign_id, version=row.version, actor=actor, roles=staff.roles_of(actor), at=staff.now,
          changes=changes, cause={"period": row.period_key, "digest": row.figures_sha256})  # fmt: skip
    close_duties(connection, None, "campaign", [row.period_key], at=staff.now)
    return _shown(_read(connection, row.period_key))


def _recount(connection: Connection, staff: Staff, row: Found, zone: ZoneInfo) -> None:
    """Count again what is not signed; a returned quarter waits for its signature again."""
    figures = count_figures(connection, _period(row), zone, campaign_id=row.campaign_id)
    if row.state == "signed" or (row.state == "counted" and figures.sha256 == row.figures_sha256):
        return
    changes = {"figures": figures.body, "figures_sha256": figures.sha256, "counted_at": staff.now, "decided_by": None,
               "decided_at": None, "decision_reason": None}  # fmt: skip
    apply(connection, CAMPAIGN, "recount", row.campaign_id, version=row.version, actor=ACTOR, roles=(SYSTEM,), at=staff.now,
          changes=changes, cause={"period": row.period_key, "digest": figures.sha256})  # fmt: skip
    if row.state == "returned":
        close_duties(connection, None, "campaign", [row.period_key], at=staff.now)
        _ask(connection, staff, _read(connection, row.period_key))


def _ask(connection: Connection, staff: Staff, row: Found) -> None:
    signer = staff.decider(SIGNERS, but=())
    figures = figures_of(bytes(row.figures))
    facts = {"period": row.period_key, "count": figures.totals["due"], "overdue": len(figures.unexplained)}
    duty = staff.decision_duty(f"{DUTY}_{row.version}", ("campaign", row.period_key), signer, SIGNERS, facts)
    open_duties(connection, [duty], at=staff.now)
    enqueue(connection, [
        OutboxEvent(f"campaign_counted:{row.period_key}:{row.version}", "campaign_counted", "campaign", row.period_key, "normal",
                    (signer,), dict(duty.facts))
    ], at=staff.now)  # fmt: skip


def _check_open(row: Found) -> None:
    if row.state == "signed":
        raise RuleViolation(f"{row.period_key} was signed by {row.decided_by}; nothing of it changes any more")


def _check_explained(period: str, figures: Figures) -> None:
    left = figures.unexplained
    if left:
        named = ", ".join(str(number) for number in left[:NAMED]) + (" and more" if len(left) > NAMED else "")
        raise RuleViolation(
            f"{len(left)} overdue duties of {period} are neither done nor excepted: {named}; have them done, or except each with a reason"
        )


def _said(reason: str) -> str:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise RuleViolation(f"say the reason in a sentence of up to {LONGEST_REASON} characters")
    return reason.strip()


def _read(connection: Connection, period: str) -> Found:
    row = connection.execute(text(sql("team", "read_campaign")), {"period_key": period}).first()
    if row is None:
        raise NotFound(f"the duties of {period} were not counted; run riskreview campaign count first")
    return row


def _shown(row: Found) -> Campaign:
    return Campaign(row.period_key, row.state, row.version, row.figures_sha256, figures_of(bytes(row.figures)), row.decided_by,
                    row.decision_reason)  # fmt: skip


def _period(row: Found) -> Period:
    return Period(row.period_key, row.starts_on, row.ends_before)


def _zone(services: Services) -> ZoneInfo:
    return ZoneInfo(services.instance.settings.time_zone)
