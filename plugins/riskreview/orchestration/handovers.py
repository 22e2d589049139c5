"""Owns passing on what people who left, stay away or lost a role still owe: plans and steps, then every duty somebody else may take over."""

from sqlalchemy import Connection, text

from riskreview.foundation.database import retry_transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.handover import pass_on
from riskreview.mechanisms.staffing import Staff
from riskreview.playbooks.handing_over import hand_over_plans

FOLLOWING = (("measures", "follow_duties"), ("measures", "follow_asked"), ("reviews", "follow_asked"))
"""Statements that name the new owner of a duty where its subject names who was asked."""


def hand_over(services: Services) -> int:
    """Pass on, in one transaction, what people who are gone or lost a role owe; returns how much. Whole reviews are passed on when reviews open.

    :raises BadInput: when the team or a calendar is wrong.
    """
    staff = Staff.of(services)

    def work(connection: Connection) -> int:
        moved = hand_over_plans(connection, staff) + pass_on(connection, staff)
        for room, name in FOLLOWING if moved else ():
            connection.execute(text(sql(room, name)))
        return moved

    return retry_transaction(services.engine, work)
