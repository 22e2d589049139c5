"""A customer as it was known at a moment: nothing that was received, judged, done or said later; and that much in full."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from tests.assessment.portfolios import frame
from tests.console.serving import mounted, served
from tests.databases import separate
from tests.facts.batches import customer, invoice, publish

from riskreview.assessment.use_cases import assess_frame
from riskreview.console.grants import grant
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
FIRST, SECOND = date(2026, 7, 1), date(2026, 7, 8)
EARLY, LATE = datetime(2026, 7, 1, 9, tzinfo=UTC), datetime(2026, 7, 8, 9, tzinfo=UTC)
BETWEEN, AFTER = "2026-07-04", "2026-07-09"
PAGES = ("/1", "/1/money", "/1/trend", "/1/timeline")
LATER = ("Renamed Works", "INV-LATE", "PAID-LATE", "review opened")
"""What became known, was done or said only at ``LATE``."""


@pytest.fixture(scope="module")
def site(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """An auditor before a customer that was good on the first day, and renamed, bad and under review a week later."""
    clock = FixedClock(EARLY)
    with separate(server, tmp_path_factory.mktemp("past") / "home", clock) as services:
        _happened(services, clock)
        with served(mounted(services, SECOND + timedelta(days=3))) as address:
            root = f"{address}/riskreview/customers"
            with httpx.Client(base_url=root, cookies={"login": "auditor"}, headers={"accept": "text/html"}) as client:
                yield client


def _happened(services: Services, clock: FixedClock) -> None:
    for login, person, role in (("auditor", "maria.stein", "auditor"), ("stranger", "anna.keller", "risk_owner")):
        grant(services, user_id=login, person=person, roles=[role], actor="system:test")
    _deliver(services, FIRST, "Early Works", "INV-EARLY", "PAID-EARLY", received=EARLY)
    key = 1
    assess_frame(services, frame({"P1": 20.0, "exposure": 1111.0}, keys=(key,)), feeds=(), as_of=FIRST, run_id=1)
    clock.moment = LATE
    _deliver(services, SECOND, "Renamed Works", "INV-LATE", "PAID-LATE", received=LATE)
    assess_frame(services, frame({"P1": 95.0, "exposure": 9999.0}, keys=(key,)), feeds=(), as_of=SECOND, run_id=2)
    open_due_reviews(services, as_of=SECOND, run_id=3)
    clock.moment = LATE + timedelta(days=3)


def _deliver(services: Services, day: date, name: str, bill: str, payment: str, *, received: datetime) -> None:
    rows = {"customers": [customer("A", company=name)], "invoices": [invoice(bill, "A", issued=day - timedelta(days=60))],
            "payments": [{"payment_id": payment, "customer_id": "A", "payment_date": day - timedelta(days=5), "amount": 10.0,
                          "currency": "CNY", "method": payment}]}  # fmt: skip
    publish(services, rows, as_of=day, received=received)


def everything(client: httpx.Client, known: str) -> str:
    """Return all that is told of the customer as known at a moment."""
    pages = [client.get(path, params={"known": known}) for path in PAGES]
    assert [page.status_code for page in pages] == [200] * len(pages)
    return "".join(page.text for page in pages)


def test_nothing_is_told_that_became_known_later(site: httpx.Client):
    told = everything(site, BETWEEN)

    assert [word for word in (*LATER, "9,999", "emergency") if word in told] == []
    assert [word for word in ("Early Works", "INV-EARLY", "PAID-EARLY", "1,111") if word not in told] == []
    assert told.count("As it was known on 2026-07-04 23:59") == 4


def test_before_anything_was_known_nothing_is_told(site: httpx.Client):
    told = everything(site, "2026-06-30")

    assert [word for word in ("Early Works", "INV-EARLY", "PAID-EARLY", "1,111", *LATER) if word in told] == []
    assert "Nobody had assessed this customer by then" in told


def test_a_later_moment_tells_what_had_happened_by_then(site: httpx.Client):
    told = everything(site, AFTER)

    assert [
        word for word in ("Renamed Works", "INV-LATE", "PAID-LATE", "9,999", "review opened") if word not in told
    ] == []


@pytest.mark.parametrize("known", ["2026-07-07T23:59", "2026-07-08T10:59"])
def test_a_moment_of_the_day_counts_to_the_minute_in_the_visitor_s_zone(known: str, site: httpx.Client):
    """The second delivery came at 09:00 UTC, which is 11:00 where the auditor lives."""
    assert "Renamed Works" not in site.get("/1", params={"known": known}).text
    assert "Renamed Works" in site.get("/1", params={"known": "2026-07-08T11:00"}).text


@pytest.mark.parametrize("known", ["", "no-day", "2999-01-01", "0001-01-01T00:00", "2026-07-08T99:99"])
def test_no_moment_and_one_to_come_mean_today(known: str, site: httpx.Client):
    page = site.get("/1", params={"known": known})

    assert page.status_code == 200
    assert "Renamed Works" in page.text or known.startswith("0001")


def test_looking_back_opens_nothing_that_is_somebody_else_s(site: httpx.Client):
    with httpx.Client(base_url=site.base_url, cookies={"login": "stranger"}) as stranger:
        found = {stranger.get(path, params={"known": BETWEEN}).status_code for path in PAGES}

    assert found == {404}
