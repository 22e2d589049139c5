"""Owns what the demo's people do after the loop, so that measures and CRM writes are seen at every stage. Done again it changes nothing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from riskreview.crm.deciding import decide
from riskreview.crm.write_store import listed
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.measures import deciding
from riskreview.measures.proposing import propose, strategy_for
from riskreview.measures.terms import Wanted
from riskreview.playbooks import response
from riskreview.policy.crm_policy import load_crm_policy

APPROVER = "gao.min"
MOST_WRITES = 10_000


@dataclass(frozen=True, slots=True)
class HumanEdit:
    """What somebody in sales writes over a class of ours."""

    connection: str
    object: str
    record_id: str
    field: str
    value: str


def act_like_people(services: Services) -> None:
    """Carry the first emergency hold out, grant the first measure a plan proposed, and propose one for a customer under review."""
    _carry_a_hold_out(services)
    _grant_a_measure(services)
    _propose_one(services)


def agree_to_writes(services: Services) -> int:
    """Let the credit manager agree to every CRM write that waits for a person, except over what a person wrote; returns how many."""
    with services.engine.connect() as connection:
        waiting = [item for item in listed(connection, state="proposed", limit=MOST_WRITES) if not item["edited"]]
    for item in waiting:
        decide(
            services, item["write_id"], person=APPROVER, digest=item["digest"], reason="Agreed with sales.", agree=True
        )
    return len(waiting)


def edit_to_make(services: Services) -> HumanEdit | None:
    """Return the edit of a class that was written and confirmed, None where one was made already or nothing was written."""
    row = _first(services, "class_to_edit")
    if row is None:
        return None
    target = next(item for item in load_crm_policy(services.instance).targets if item.connection == row.connection)
    value = "low" if row.value != "low" else "medium"
    return HumanEdit(row.connection, target.object, row.record_id, target.fields["class"].field, value)


def _carry_a_hold_out(services: Services) -> None:
    row = _first(services, "hold_to_do")
    if row is not None:
        response.finish(services, activation_id=row.activation_id, step_id=row.step_id, version=row.version, actor=row.owner,
                        evidence="Open orders held in the ERP; delivered and prepaid goods go through")  # fmt: skip


def _grant_a_measure(services: Services) -> None:
    row = _first(services, "measure_to_decide")
    while row is not None:
        deciding.approve(services, measure_id=row.measure_id, version=row.version, actor=row.asked, digest=row.digest,
                         reason="The orders do not justify more.")  # fmt: skip
        following = _first(services, "measure_to_decide")
        row = following if following is not None and following.measure_id == row.measure_id else None


def _propose_one(services: Services) -> None:
    row = _first(services, "customer_to_visit")
    if row is None:
        return
    gentle = strategy_for(services, row.customer_key).measures
    if gentle:
        propose(services, customer_key=row.customer_key, wanted=Wanted(gentle[0].kind, gentle[0].terms), actor=row.owner,
                reason="The strategy for its class names it; the review decides on the rest.")  # fmt: skip


def _first(services: Services, name: str) -> Any:  # a row of SQLAlchemy
    with services.engine.connect() as connection:
        return connection.execute(text(sql("demo", name))).first()
