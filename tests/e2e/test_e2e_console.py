"""The ways of four people through the running demo, in a real browser, from the message to the proof."""

import email
import email.policy
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.test_console_browser import browser  # noqa: F401  the fixture

from riskreview.foundation.instance import PACKAGED, open_instance
from riskreview.foundation.services import open_reader
from riskreview.orchestration import embedded
from riskreview.orchestration.airflow_settings import AirflowPlace

pytestmark = [pytest.mark.e2e, pytest.mark.airflow, pytest.mark.database]
PATIENT = 60_000
"""Milliseconds a page may take on a machine that runs all other tests beside."""


@dataclass(frozen=True)
class Site:
    """The running demo."""

    home: Path
    url: str
    browser: Browser

    @contextmanager
    def visit(self, login: str, page: str, width: int = 1280) -> Iterator[Page]:
        """Open a page as somebody who is not logged in, and log in where it leads."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        context.set_default_timeout(PATIENT)
        shown = context.new_page()
        shown.goto(page if page.startswith("http") else f"{self.url}/riskreview{page}")
        shown.locator("input[name=username]").fill(login)
        shown.locator("input[name=password]").fill(AirflowPlace(open_instance(self.home)).passwords()[login])
        shown.locator("button[type=submit]").click()
        shown.wait_for_url("**/riskreview/**")
        yield shown
        context.close()

    def read(self, statement: str, **given: object) -> Any:
        """Return one value of the database."""
        from sqlalchemy import text

        with open_reader(self.home) as services, services.engine.connect() as connection:
            return connection.execute(text(statement), given).scalar()


@pytest.fixture(scope="module")
def site(home: Path, demo: dict[str, Any], browser: Browser) -> Site:  # noqa: F811  the fixture
    assert demo, "it has run"
    return Site(home, embedded.start(home).url, browser)


@pytest.fixture(scope="module")
def proposed(site: Site) -> str:
    """The owner's way: from the mail to a proposal; the number of the review."""
    link = review_link(site)
    number = link.rpartition("/")[2]
    with site.visit("owner", link, width=390) as page:
        expect(page).to_have_url(re.compile(rf"/riskreview/reviews/{number}$"))
        while (item := page.locator("#checklist li > form.quick")).count():
            if item.first.locator("input[name=evidence]").count():
                item.first.locator("input[name=evidence]").fill("call of today")
            left = item.count()
            item.first.get_by_role("button", name="yes", exact=True).click()
            expect(item).to_have_count(left - 1)
        page.locator("textarea[name=recommendation]").fill("Leave the terms as they are and look again in a quarter.")
        page.get_by_role("button", name="Submit for approval").click()
        expect(page.get_by_text("another person must decide it")).to_be_visible()
        assert page.get_by_role("button", name="Approve", exact=True).count() == 0
    return number


def review_link(site: Site) -> str:
    """Return the link to a review of a calm customer from a mail to its owner."""
    calm = site.read("SELECT array_agg(review_id) FROM review WHERE risk_class <= 2 AND state = 'assigned' AND owner = 'anna.vogel'")  # fmt: skip
    for path in sorted((site.home / "mail").rglob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("plain",))
        found = re.findall(r"http://\S+/riskreview/reviews/\d+", body.get_content()) if body else []
        for link in found:
            if int(link.rpartition("/")[2]) in calm:
                return str(link)
    raise AssertionError(f"no mail leads to one of {calm}")


def test_the_owner_goes_from_the_message_to_a_proposal_and_cannot_decide_it(site: Site, proposed: str):
    state, by = (site.read(f"SELECT {name} FROM review WHERE review_id = :id", id=int(proposed)) for name in ("state", "proposed_by"))  # noqa: S608  # fmt: skip

    assert (state, by) == ("in_approval", "anna.vogel")


@pytest.fixture(scope="module")
def decided(site: Site, proposed: str) -> datetime:
    """The approver's way; the moment before it was decided."""
    before = datetime.now(tz=UTC)
    with site.visit("approver", f"/reviews/{proposed}") as page:
        approve = page.locator("form", has=page.get_by_role("button", name="Approve", exact=True))
        approve.locator("textarea").fill("Agreed; the figures bear it out.")
        approve.get_by_role("button").click()
        expect(page.get_by_role("status")).to_be_visible()
    return before


def test_the_approver_decides_what_somebody_else_proposed(site: Site, proposed: str, decided: datetime):
    assert decided
    assert site.read("SELECT decided_by FROM review WHERE review_id = :id", id=int(proposed)) == "helen.marsh"


def test_the_engineer_goes_from_the_bad_batch_to_its_rows_and_lets_one_through(site: Site):
    waiting = "SELECT count(*) FROM quarantine_row WHERE state = 'quarantined'"
    before = site.read(waiting)
    with site.visit("engineer", "/work") as page:
        page.locator("a[href*='/batches/']").first.click()
        expect(page.get_by_text("E-BATCH-EMPTY").first).to_be_visible()
        page.goto(f"{site.url}/riskreview/quarantine?code=R-RANGE")
        page.locator("input[name=ids]").first.check()
        page.locator("textarea[name=reason]").first.fill("Checked with the source: it is so.")
        page.get_by_role("button", name="Let through").click()
        expect(page.get_by_role("status")).to_be_visible()

    assert site.read(waiting) == before - 1


def test_the_auditor_sees_a_customer_as_it_was_who_decided_and_takes_the_proof_along(
    site: Site, proposed: str, decided: datetime, tmp_path: Path
):
    key = site.read("SELECT customer_key FROM review WHERE review_id = :id", id=int(proposed))
    with site.visit("auditor", f"/customers/{key}") as page:
        then = decided.astimezone(ZoneInfo("Europe/Berlin")) - timedelta(minutes=1)
        page.locator("input[name=known]").fill(f"{then:%Y-%m-%dT%H:%M}")
        page.locator("form.back").get_by_role("button").click()
        expect(page.get_by_role("note")).to_be_visible()
        page.goto(f"{site.url}/riskreview/reviews/{proposed}")
        assert "Helen Marsh" in page.locator("main").inner_text()
        with page.expect_download(timeout=3 * PATIENT) as download:
            page.locator("a[href$='/evidence.zip']").click()
        download.value.save_as(tmp_path / "evidence.zip")

    verifier = [sys.executable, "-I", "-S", str(PACKAGED / "verifier" / "verify.py"), str(tmp_path / "evidence.zip")]
    checked = subprocess.run(verifier, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_pictures_of_the_readme_are_taken_from_the_demo(site: Site, demo: dict[str, Any], tmp_path: Path):
    from PIL.Image import open as opened
    from tools.console_pictures import PICTURES, WANTED, take_pictures
    from tools.picture_looks import FARTHEST, apart

    take_pictures(
        site.browser, site.url, site.home, tmp_path, demo["output"]
    )  # refuses a picture on which something is missing

    if os.environ.get("RISKREVIEW_PICTURES"):
        for wanted in WANTED:
            shutil.copy(tmp_path / wanted.name, PICTURES / wanted.name)
    for wanted in WANTED:
        name, is_mail = (
            wanted.name,
            wanted.page.startswith("mail:"),
        )  # of several plans any mail may be the first, and its lines break elsewhere
        with opened(tmp_path / name) as taken, opened(PICTURES / name) as shown:
            assert taken.size == shown.size
            assert is_mail or apart(taken, shown) < FARTHEST, (
                f"{name} looks otherwise than the one kept: look at it; RISKREVIEW_PICTURES=1 keeps the new one"
            )
