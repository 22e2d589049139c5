"""Owns who hears of what a person wrote over us in a CRM: the customer's owner, or the owner on duty, and the engineer; once an edit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.policy.crm_policy import Fact
from riskreview.policy.team import load_team

ENGINEER = "data_engineer"
OWNER = "risk_owner"


@dataclass(frozen=True, slots=True)
class Edit:
    """Facts of a record that a person wrote, with what stands there now."""

    connection: str
    record_id: str
    customer_key: int
    values: Mapping[Fact, str | None]

    @property
    def key(self) -> str:
        """The same for the same edit, however often it is seen."""
        body = json.dumps({str(fact): value for fact, value in self.values.items()}, sort_keys=True, ensure_ascii=False)
        return f"crm_drift:{self.connection}:{self.record_id}:{hashlib.sha256(body.encode()).hexdigest()[:24]}"


def tell_edits(connection: Connection, services: Services, edits: Sequence[Edit], on_day: date) -> None:
    """Record, in the caller's transaction, that people must hear of edits that were left as they are."""
    _enqueue(connection, services, [("crm_drift", item.key, item) for item in edits], on_day)


def tell_overwritten(connection: Connection, services: Services, edit: Edit, write_id: int, on_day: date) -> None:
    """Record, in the caller's transaction, that a write of ours may have met an edit it could not see."""
    _enqueue(connection, services, [("crm_overwritten", f"crm_overwritten:{write_id}", edit)], on_day)


def _enqueue(connection: Connection, services: Services, told: Sequence[tuple[str, str, Edit]], on_day: date) -> None:
    if not told:
        return
    keys = sorted({item.customer_key for _, _, item in told})
    rows = connection.execute(text(sql("crm", "owners")), {"customer_keys": keys})
    customers = {int(row.customer_key): row for row in rows}
    team = load_team(services.instance)
    engineers = team.on_duty(ENGINEER, on_day)

    def event(kind: str, key: str, item: Edit) -> OutboxEvent:
        customer = customers[item.customer_key]
        person = team.person(customer.owner_user or "")
        owner = person.id if person is not None else team.on_duty(OWNER, on_day).owner
        audience = dict.fromkeys(name for name in (owner, engineers.owner, engineers.deputy) if name)
        facts = {"customer_id": customer.customer_id, "connection": item.connection, "crm_fact": sorted(item.values)}
        return OutboxEvent(key, kind, "customer", str(item.customer_key), "high", tuple(audience), facts)

    enqueue(connection, [event(*item) for item in told], at=services.clock.now())
