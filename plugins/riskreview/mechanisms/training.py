"""Owns the one rule of compliance training: whose mandatory training lapsed cannot approve, at the moment of the decision."""

from datetime import datetime

from sqlalchemy import Connection, text

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.sql import sql


def check_trained(connection: Connection, person: str, *, at: datetime) -> None:
    """Check that no mandatory training of a person has lapsed; the team room assigns and records trainings.

    :raises RuleViolation: naming the course and since when.
    """
    lapsed = connection.execute(text(sql("mechanisms", "training_lapsed")), {"person": person, "at": at}).first()
    if lapsed is not None:
        raise RuleViolation(
            f"{person} cannot approve: the mandatory training {lapsed.course_id} lapsed on {lapsed.last_day}; take it and have it recorded first"
        )
