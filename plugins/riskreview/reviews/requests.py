"""Owns reviews a person asks for: of a new customer, for a limit, on appeal, by theme. They are planned, and opened with the others."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.staffing import Staff
from riskreview.reviews.lifecycle import ANALYSTS, OVERSEERS
from riskreview.reviews.wording import said

ASKED_FOR = ("new", "limit_request", "appeal", "thematic")
"""Types of review that people ask for; the calendar opens the periodic ones and events the others."""

ASKERS = frozenset({*ANALYSTS, *OVERSEERS})
"""The roles that may ask for one."""

LONGEST_KEY = 60


def plan_reviews(
    services: Services, *, customer_keys: Sequence[int], kind: str, actor: str, reason: str, opens_on: date | None = None,
    key: str | None = None,
) -> tuple[int, ...]:  # fmt: skip
    """Plan a review of each customer; the next pass on or after its day opens it with pack, owner and duty. Returns the new ones.

    :param key: names the occasion, such as a theme or the number of a request: one review per customer, type and key. Default: the day.
    :raises RuleViolation: for another type, no reason, a day that is over, or a person who may not ask.
    :raises NotFound: naming the first customer that is not assessed.
    """
    staff = Staff.of(services)
    day = opens_on or staff.today
    if kind not in ASKED_FOR:
        raise RuleViolation(f"a review that is asked for is one of {', '.join(ASKED_FOR)}, not {kind}")
    if day < staff.today:
        raise RuleViolation(f"{day} is over; a review is planned for today or later")
    if not ASKERS & set(staff.roles_of(actor)):
        raise RuleViolation(
            f"only {', '.join(dict.fromkeys((*ANALYSTS, *OVERSEERS)))} may ask for a review; {actor} is none of them"
        )
    name = said(key or day.isoformat(), "key")
    if len(name) > LONGEST_KEY:
        raise RuleViolation(f"the key has {len(name)} characters; {LONGEST_KEY} are allowed")
    keys = sorted(set(customer_keys))
    values = {"customer_keys": keys, "kind": kind, "key": name, "day": day, "at": staff.now, "person": actor,
              "reason": said(reason, "reason")}  # fmt: skip
    with transaction(services.engine) as connection:
        known = set(connection.execute(text(sql("reviews", "assessed_customers")), values).scalars())
        unknown = next((number for number in keys if number not in known), None)
        if unknown is not None:
            raise NotFound(f"customer {unknown} is not in the current assessment")
        rows = connection.execute(text(sql("reviews", "plan_reviews")), values).all()
        events = [AuditEvent("review:planned", "review", str(row.review_id), actor, new={"state": "planned", "version": 1, "kind": kind,
                             "period_key": name, "opens_on": day}, cause={"customer_key": row.customer_key}) for row in rows]  # fmt: skip
        append(connection, events, at=staff.now)
    return tuple(int(row.review_id) for row in rows)
