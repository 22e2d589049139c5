"""Owns what the demo's people do after the loop, so that measures are seen at every stage. Done again it changes nothing."""

from typing import Any

from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.measures import deciding
from riskreview.measures.proposing import propose, strategy_for
from riskreview.measures.terms import Wanted
from riskreview.playbooks import response


def act_like_people(services: Services) -> None:
    """Carry the first emergency hold out, grant the first measure a plan proposed, and propose one for a customer under review."""
    _carry_a_hold_out(services)
    _grant_a_measure(services)
    _propose_one(services)


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
