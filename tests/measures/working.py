"""Brings a measure through its life the way people do, with only what a test wants to say given."""

from datetime import date, timedelta
from typing import Any

from tests.reviews.portfolio import add_customers, rows

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.measures import carrying_out, deciding, proposing
from riskreview.measures.passing import PassedCounts, pass_day
from riskreview.measures.terms import parse_wanted
from riskreview.policy.measure_policy import load_measure_policy

JULY = date(2026, 7, 1)
OWNER, APPROVER, SECOND, DOER = "wang.fang", "yang.li", "maria.stein", "sun.yan"


def customer(services: Services, risk_class: int = 2, **more: object) -> None:
    """Add a customer of a class."""
    add_customers(services.engine, [{"customer_key": 1, "risk_class": risk_class, **more}], as_of=JULY)


def measure(services: Services, number: int) -> dict[str, Any]:
    """Return a measure as it is stored."""
    return dict(rows(services.engine, "SELECT * FROM measure WHERE measure_id = :n", n=number)[0])


def proposed(
    services: Services, text: str = "cut_limit amount=400", *, actor: str = OWNER, **more: Any
) -> int:  # any part of a proposal
    """Propose a measure for the customer and return its number."""
    wanted = parse_wanted(text, load_measure_policy(services.instance))
    said = {"reason": "It pays later and later.", "although": "It grew last month.", **more}
    return proposing.propose(services, customer_key=1, wanted=wanted, actor=actor, **said).measure_id


def approved(services: Services, text: str = "cut_limit amount=400", **more: Any) -> int:  # see proposed
    """Propose a measure and have every step granted."""
    number = proposed(services, text, **more)
    while measure(services, number)["state"] == "proposed":
        asked = rows(
            services.engine, "SELECT asked FROM measure_approval WHERE measure_id = :n AND state = 'open'", n=number
        )
        decided(services, number, str(asked[0]["asked"]))
    return number


def decided(services: Services, number: int, actor: str, *, verb: str = "approve", digest: str | None = None) -> int:
    """Decide a measure as it stands."""
    row = measure(services, number)
    return getattr(deciding, verb)(services, measure_id=number, version=row["version"], actor=actor, reason="Agreed.",
                                   digest=digest or row["digest"])  # type: ignore[no-any-return]  # fmt: skip


def carried_out(services: Services, number: int, *, actor: str | None = None, evidence: str = "Ticket 7, 09:12") -> int:
    """Carry a measure out as who was asked to."""
    row = measure(services, number)
    return carrying_out.implement(
        services, measure_id=number, version=row["version"], actor=actor or row["implementer"], evidence=evidence
    )


def in_force(services: Services, text: str = "cut_limit amount=400", **more: Any) -> int:  # see proposed
    """Bring a measure into force."""
    number = approved(services, text, **more)
    carried_out(services, number)
    return number


def days_later(services: Services, clock: FixedClock, days: int) -> PassedCounts:
    """Let days pass, and what passes with them."""
    clock.moment += timedelta(days=days)
    return pass_day(services)
