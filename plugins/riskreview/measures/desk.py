"""Owns what every act on a measure has at hand: catalogue, people, the day, and who is what towards a measure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures import store
from riskreview.measures.lifecycle import IMPLEMENTER, MEASURE, OVERSEER, PROPOSER
from riskreview.measures.store import Found
from riskreview.mechanisms.duty import NewDuty
from riskreview.mechanisms.lifecycle import apply
from riskreview.mechanisms.outbox import OutboxEvent, Urgency
from riskreview.mechanisms.staffing import Staff
from riskreview.policy.measure_policy import MeasureKind, MeasurePolicy, load_measure_policy
from riskreview.policy.risk_terms import RiskClass

ACTOR = "system:measures"
OVERSEERS = ("credit_manager", "cfo", "executive")
SEPARATED = (RiskClass.unknown, RiskClass.high, RiskClass.critical, RiskClass.default)
"""Classes in which the proposer may not carry a measure out either; an approver never may."""

LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Desk:
    """The catalogue, the people and the moment of one act."""

    services: Services
    policy: MeasurePolicy
    staff: Staff
    currency: str

    @classmethod
    def of(cls, services: Services) -> "Desk":
        """Read them for the present moment."""
        instance = services.instance
        return cls(services, load_measure_policy(instance), Staff.of(services), instance.settings.reporting_currency)

    @property
    def today(self) -> date:
        """Today where the instance is."""
        return self.staff.today

    def person(self, name: str) -> str:
        """Return the id of a person of the team, or the name as it is."""
        found = self.staff.team.person(name)
        return found.id if found else name

    def kind_of(self, row: Found) -> MeasureKind:
        """Return the catalogue's entry of a stored measure."""
        return self.policy.kind(row.kind)

    def roles_towards(self, row: Found, person: str) -> tuple[str, ...]:
        """Return what a person is towards a measure, beside approving it."""
        kind, roles = self.kind_of(row), set(self.staff.roles_of(person))
        parts = {
            PROPOSER: bool(roles & set(kind.propose)) or person in {row.proposed_by, row.owner},
            IMPLEMENTER: bool(roles & set(kind.implement)) or person == row.implementer,
            OVERSEER: bool(roles & set(OVERSEERS)),
        }
        return tuple(name for name, is_so in parts.items() if is_so)

    def owner_or_duty(self, name: str) -> str:
        """Return a person of the team, or who is on duty as risk owner where somebody has left."""
        return name if self.staff.team.person(name) else self.staff.team.on_duty("risk_owner", self.today).owner

    def duty(  # noqa: PLR0913, PLR0917, RUF100  the parts of one duty
        self, kind: str, row: Found, person: str, roles: Sequence[str], within: str | None = None, but: Collection[str] = ()
    ) -> NewDuty:  # fmt: skip
        """Return a duty of a person on a measure; others with one of the roles may take it over, but for ``but``."""
        return self.staff.decision_duty(
            kind, ("measure", str(row.measure_id)), person, roles, facts_of(row), within, but
        )

    def until(self, kind: MeasureKind, starts_on: date, wanted: date | None) -> date:
        """Return the last day of a measure.

        :raises RuleViolation: when it is asked to last longer than its kind may, or not at all.
        """
        last = starts_on + timedelta(days=kind.longest_days)
        expires_on = wanted or starts_on + timedelta(days=kind.lasts_days)
        if not starts_on < expires_on <= last:
            raise RuleViolation(
                f"{kind.id} from {starts_on} on ends after that day and on {last} at the latest, not on {expires_on}"
            )
        return expires_on


def facts_of(row: Found) -> dict[str, object]:
    """Return ids, class and dates for duties and messages; amounts stay in the console."""
    return {"measure_id": row.measure_id, "customer_id": row.customer_id, "measure_kind": row.kind,
            "risk_class": RiskClass(row.risk_class).name, "expires_on": row.expires_on}  # fmt: skip


def message(row: Found, kind: str, *people: str | None, urgency: Urgency = "normal", **facts: object) -> OutboxEvent:
    """Return a message about a measure as it was before the act."""
    number = str(row.measure_id)
    named = tuple(dict.fromkeys(name for name in people if name))
    return OutboxEvent(
        f"{kind}:{number}:{row.version}", kind, "measure", number, urgency, named, {**facts_of(row), **facts}
    )


def act_on(  # noqa: PLR0913, PLR0917, RUF100  the parts of one act
    connection: Connection, desk: Desk, verb: str, row: Found, actor: str, *, changes: Mapping[str, object] | None = None,
    roles: Sequence[str] | None = None, cause: Mapping[str, object] | None = None, events: Sequence[OutboxEvent] = (),
) -> int:  # fmt: skip
    """Move a measure that was read before and return its new version.

    :param roles: what the actor is towards it; None for what ``roles_towards`` finds.
    """
    found = desk.roles_towards(row, actor) if roles is None else roles
    return apply(connection, MEASURE, verb, row.measure_id, version=row.version, actor=actor, roles=found, at=desk.staff.now,
                changes=changes, cause=cause, events=events)  # fmt: skip


def read_seen(connection: Connection, measure_id: int, version: int) -> Found:
    """Return a measure that is as the actor saw it, locked.

    :raises Conflict: when somebody else changed it meanwhile.
    """
    row = store.read_measure(connection, measure_id)
    if row.version != version:
        raise Conflict(f"measure {measure_id} was changed meanwhile: it is {row.state}, version {row.version}")
    return row


def said(value: str | None, what: str) -> str:
    """Return a text somebody wrote.

    :raises RuleViolation: when it is empty or endless.
    """
    if not (value or "").strip():
        raise RuleViolation(f"the {what} is empty; say it in a sentence")
    if len(value or "") > LONGEST_TEXT:
        raise RuleViolation(f"the {what} has {len(value or '')} characters; {LONGEST_TEXT} are allowed")
    return value or ""
