"""Owns counting requests by the minute, per login and per address, in the database, so that every process of the console counts together."""

from collections.abc import Mapping

from sqlalchemy import text

from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql


class TooMany(RiskReviewError):
    """Somebody asks too often."""


def count(services: Services, allowed: Mapping[str, int]) -> None:
    """Count a request for each subject.

    :param allowed: requests a minute by subject, such as ``login:anna`` or ``address:10.0.0.7``.
    :raises TooMany: when one of them has used up its minute.
    """
    with transaction(services.engine) as connection:
        found = connection.execute(text(sql("console", "count_request")), {"subjects": sorted(allowed)}).all()
        if any(row.requests == 1 for row in found):
            connection.execute(text(sql("console", "forget_requests")))
    over = next((row.subject for row in found if row.requests > allowed[row.subject]), None)
    if over is not None:
        raise TooMany(f"more than {allowed[over]} requests a minute; wait for the next one")
