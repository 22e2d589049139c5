"""Owns the page by which somebody asks for a review of a customer: of a new one, for a limit, on appeal, by a theme."""

from datetime import date

from riskreview.console.answers import Page, Redirect
from riskreview.console.customer_parts import who_of
from riskreview.console.visit import Visit
from riskreview.foundation.errors import BadInput, Conflict
from riskreview.reviews.requests import ASKED_FOR, ASKERS, plan_reviews


def form(visit: Visit) -> Page:
    """Show what a review of a customer is asked for with."""
    with visit.reading() as connection:
        who = who_of(connection, visit)
    asks = bool(ASKERS & set(visit.team.roles_of(visit.visitor.person))) and who.row["as_of"] is not None
    return Page("review_request", {"who": who.row, "may_ask": asks, "kinds": ASKED_FOR}, ("customer", str(who.key)))  # fmt: skip


def ask(visit: Visit) -> Redirect:
    """Ask for a review of a customer; it is planned, and opened with the others of its day.

    :raises Conflict: when the customer has a review of that type for that occasion.
    """
    with visit.reading() as connection:
        who = who_of(connection, visit)
    kind, key, on = visit.said("kind"), visit.said("key").strip(), visit.said("opens_on")
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError as error:
        raise BadInput("E-DATE", "the day is missing or is none", "Give it as year-month-day") from error
    found = plan_reviews(visit.services, customer_keys=[who.key], kind=kind, actor=visit.visitor.person, reason=visit.said("reason"),
                         opens_on=day, key=key or None)  # fmt: skip
    if not found:
        raise Conflict(f"customer {who.row['customer_id']} has a review of that type for that occasion already")
    return Redirect(f"/reviews/{found[0]}", "saved")
