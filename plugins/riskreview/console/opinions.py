"""Owns the page of one expert opinion, and deciding on it by the room's use cases."""

from riskreview.console.answers import Page, Redirect
from riskreview.console.visit import LARGEST_NUMBER, Visit, check_may_see, rows
from riskreview.foundation.errors import NotFound
from riskreview.opinions import use_cases as opinions
from riskreview.opinions.store import list_opinions, read_opinion
from riskreview.policy.risk_policy import load_policy


def opinion(visit: Visit) -> Page:
    """Show an opinion, with what may be done to it."""
    number = visit.number("opinion_id")
    with visit.reading() as connection:
        row = read_opinion(connection, number)
        check_may_see(connection, visit.visitor, row.customer_key)
        listed = list_opinions(connection, customer_key=row.customer_key, state=None, how_many=LARGEST_NUMBER)
        who = rows(connection, "customer", customer_key=row.customer_key, on_day=visit.today)[0]
    found = next(item for item in listed if item["opinion_id"] == number)
    named = {item.id: item.name for item in load_policy(visit.services.instance).opinions.reasons}
    reason = named[found["reason"]].of(visit.visitor.language) if found["reason"] in named else ""
    return Page("opinion", {"opinion": found, "who": who, "reason": reason}, ("opinion", str(number)))


def decide_opinion(visit: Visit) -> Redirect:
    """Grant, refuse or take back an opinion."""
    number, verb = visit.number("opinion_id"), visit.path["verb"]
    with visit.reading() as connection:
        check_may_see(connection, visit.visitor, read_opinion(connection, number).customer_key)
    reason, actor = visit.said("reason"), visit.visitor.person
    if verb == "approve":
        opinions.approve(visit.services, opinion_id=number, actor=actor, reason=reason, digest=visit.said("digest"))
    elif verb == "refuse":
        opinions.refuse(visit.services, opinion_id=number, actor=actor, reason=reason)
    elif verb == "revoke":
        opinions.revoke(visit.services, opinion_id=number, actor=actor, reason=reason)
    else:
        raise NotFound("there is no such page")
    return Redirect(f"/opinions/{number}", "saved")
