"""The console in a real browser: pages without a violation that axe finds, a table that is sorted, a review that is decided."""

import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.console.conftest import Console
from tests.console.reading import checklist_of, version_of

from riskreview.reviews import analysis

pytestmark = pytest.mark.database
AXE = Path(__file__).with_name("axe") / "axe.min.js"
CHROMIUM = (
    os.environ.get("RISKREVIEW_CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SEEN = (
    "color-contrast",
    "link-in-text-block",
    "scrollable-region-focusable",
    "summary-name",
    "button-name",
    "link-name",
    "aria-hidden-focus",
)
"""Rules of axe about what light and width change."""
LOOKS: tuple[tuple[Literal["light", "dark"], int, tuple[str, ...]], ...] = (("light", 1280, ()), ("dark", 390, SEEN))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here; install it, or name one by RISKREVIEW_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


def opened(browser: Browser, console: Console, login: str, scheme: str = "light", width: int = 1280) -> Page:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "login", "value": login, "url": console.address}])
    return context.new_page()


def pages_of(console: Console) -> list[tuple[str, str]]:
    ids = console.ids
    return [
        ("owner", "/work"), ("owner", "/customers/1"), ("owner", f"/reviews/{ids['review_id']}"), ("approver", "/customers"),
        ("owner", f"/signals/{ids['signal_id']}"), ("approver", f"/playbooks/{ids['activation_id']}"), ("approver", "/portfolio"),
        ("approver", f"/opinions/{ids['opinion_id']}"), ("approver", f"/crm/{ids['write_id']}"), ("engineer", "/quarantine"), ("engineer", "/data"), ("auditor", "/audit"),
        ("owner", "/groups/1"), ("owner", "/customers/1/rhythm"), ("owner", "/customers/1/review"), ("approver", f"/rhythms/{ids['cadence_id']}"), ("owner", "/customers/1/money"), ("owner", "/customers/1/trend"), ("approver", "/models/1"),
        ("engineer", f"/identity/{ids['proposal_id']}"), ("compliance", f"/screening/{ids['match_id']}"), ("owner", "/team"),
        ("auditor", "/customers/1?known=2026-07-01"), ("administrator", "/users"), ("engineer", "/customers"), ("compliance", "/policy"),
        ("approver", f"/policy/backtests/{ids['backtest_id']}"), ("approver", f"/policy/proposals/{ids['policy_proposal_id']}"),
    ]  # fmt: skip


def violations(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """Return what axe finds by all its rules or by some, read into the page past its policy as a tool of the test."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = page.evaluate(
        "async (only) => (await axe.run(only)).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | ').slice(0, 300))",
        only,
    )
    return list(found)


def look(page: Page, scheme: Literal["light", "dark"], width: int) -> None:
    """Let the page be seen in another light and width, and wait until it is drawn."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


@pytest.mark.deep
def test_no_page_has_a_violation_an_error_or_a_sideways_scroll(browser, console: Console):
    """What depends on neither light nor width is looked at in the first look only."""
    problems: list[str] = []
    pages = {login: opened(browser, console, login) for login in {login for login, _ in pages_of(console)}}
    for login, path in pages_of(console):
        page, told = pages[login], []
        page.on("console", lambda message, told=told: told.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error, told=told: told.append(str(error)))
        page.goto(f"{console.address}/riskreview{path}")
        for scheme, width, rules in LOOKS:
            look(page, scheme, width)
            problems += [f"{path} {scheme} {width}: {text}" for text in violations(page, rules)]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                problems.append(f"{path} {scheme} {width}: scrolls sideways")
        problems += [f"{path}: {text}" for text in told if "status of 403" not in text]
    for page in pages.values():
        page.context.close()

    assert problems == []


def test_a_table_is_sorted_and_charts_are_drawn_under_the_policy_also_those_that_come_later(browser, console: Console):
    page = opened(browser, console, "approver")
    page.goto(f"{console.address}/riskreview/customers")

    page.get_by_role("columnheader", name="Name").get_by_role("link").click()

    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")
    shown = page.locator("tbody tr td:first-child").all_inner_texts()
    assert shown == sorted(shown)
    page.goto(f"{console.address}/riskreview/customers/1")
    inked = "c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; return d.some((v, i) => i % 4 == 3 && v); }"
    assert page.locator("canvas").first.evaluate(inked)
    page.get_by_role("heading", name="How an indicator moved").scroll_into_view_if_needed()
    trend = page.locator("section.later canvas, canvas[data-chart=trend]").first
    expect(trend).to_be_visible()
    assert trend.evaluate(inked)
    page.locator("select[name=indicator]").select_option("P2")
    page.locator("select[name=indicator] >> xpath=ancestor::form").get_by_role("button").click()
    expect(page.locator("canvas[data-chart=trend]")).to_have_attribute("aria-label", re.compile("overdue share"))
    assert page.url.endswith("/customers/1")
    page.context.close()


def go_to(page: Page, selector: str) -> None:
    """Press the tabulator until something has the focus; every stop on the way must show that it has it."""
    where = "s => { const e = document.activeElement, c = getComputedStyle(e); return [c.outlineStyle != 'none' && parseFloat(c.outlineWidth) > 1, e.matches(s), e.outerHTML.slice(0, 90)]; }"
    for _ in range(150):
        page.keyboard.press("Tab")
        is_shown, is_there, what = page.evaluate(where, selector)
        assert is_shown, f"nothing shows that it has the focus: {what}"
        if is_there:
            return
    raise AssertionError(f"the tabulator does not come to {selector}")


def test_a_review_is_proposed_by_keyboard_and_decided_by_another_person(browser, console: Console):
    owner = opened(browser, console, "owner")
    with console.services.engine.connect() as connection:
        number = connection.exec_driver_sql("SELECT min(review_id) FROM review WHERE customer_key = 5").scalar_one()
    for item in checklist_of(console, str(number)):
        analysis.answer(console.services, review_id=number, version=int(version_of(console, str(number))), actor="wang.fang", item=item,
                        answer="yes", evidence="visit of 1 July")  # fmt: skip
    address = f"{console.address}/riskreview/reviews/{number}"
    owner.goto(address)
    go_to(owner, ".skip")
    owner.keyboard.press("Enter")
    go_to(owner, "main .crumb a")  # past the menu
    go_to(owner, "textarea[name=recommendation]")
    owner.keyboard.type("只接受预付款，九月再看。")
    go_to(owner, "form[action$=hand_in] > button")
    owner.keyboard.press("Enter")
    expect(owner.get_by_text("须由另一人决定")).to_be_visible()

    other = opened(browser, console, "approver", width=390)
    other.goto(address)
    approve = other.locator("form", has=other.get_by_role("button", name="Approve", exact=True))
    approve.locator("textarea").fill("Agreed; the exposure is small.")
    approve.get_by_role("button").click()

    expect(other.get_by_role("status")).to_contain_text("It is in the event log")
    assert "Maria Stein" in other.locator("ol.history").first.inner_text()
    owner.context.close()
    other.context.close()


def test_nothing_typed_is_lost_while_questions_are_answered_and_remarks_made_and_escape_closes_the_menu(
    browser, console: Console
):
    with console.services.engine.connect() as connection:
        number = connection.exec_driver_sql("SELECT min(review_id) FROM review WHERE customer_key = 4").scalar_one()
    page = opened(browser, console, "owner", width=375)
    page.goto(f"{console.address}/riskreview/reviews/{number}")
    page.locator("textarea[name=recommendation]").fill("Half a sentence")
    page.locator("#acts fieldset summary, #acts summary").first.click()
    page.locator("#acts input[type=checkbox]").first.check()
    open_ones = page.locator("#checklist form.quick:visible")
    before = open_ones.count()

    page.locator(".skip").focus()
    go_to(page, "#checklist form.quick button[value=yes]")
    page.keyboard.press("Enter")
    expect(open_ones).to_have_count(before - 1)
    expect(page.locator("#checklist li:has(> form.quick)").first).to_be_focused()
    page.locator("textarea[name=remark]").fill("Has anybody called them?")
    page.get_by_role("button", name="补充说明").or_(page.locator("#discussion form button")).first.click()
    expect(page.locator("#discussion .said")).to_have_text("Has anybody called them?")

    assert page.locator("textarea[name=recommendation]").input_value() == "Half a sentence"
    assert page.locator("#acts input[type=checkbox]").first.is_checked()
    assert page.locator("textarea[name=remark]").input_value() == ""
    page.locator(".menu summary").click()
    page.keyboard.press("Escape")
    expect(page.locator(".menu nav")).not_to_be_visible()
    expect(page.locator(".menu summary")).to_be_focused()
    page.context.close()


def test_an_auditor_looks_back_and_finds_who_decided_with_the_exact_bytes(browser, console: Console):
    console.services.clock.moment += timedelta(days=3)
    try:
        auditor = opened(browser, console, "auditor")
        auditor.goto(f"{console.address}/riskreview/customers/1")
        auditor.locator("input[name=known]").fill("2026-07-02T12:00")
        auditor.locator("form.back").get_by_role("button").click()
        expect(auditor.get_by_role("note")).to_contain_text("2026-07-02 12:00")
        event = (
            auditor.locator("#stood tbody tr", has_text="监测信号")
            .or_(auditor.locator("#stood tbody tr"))
            .first.locator("a")
            .last
        )
        event.click()
        expect(auditor.locator("pre").first).to_contain_text("seq")
        assert auditor.locator("form[method=post]").count() == 0
        auditor.context.close()
    finally:
        console.services.clock.moment -= timedelta(days=3)


def test_an_engineer_goes_from_the_held_batch_to_the_rows_and_proposes_to_accept_it(browser, console: Console):
    engineer = opened(browser, console, "engineer", width=390)
    engineer.goto(f"{console.address}/riskreview/data")
    engineer.locator(f"a[href$='/batches/{console.ids['batch_id']}']").first.click()
    engineer.locator("textarea[name=reason]").fill("The source was closed on 1 July; it is empty.")
    engineer.locator("form.act").first.get_by_role("button").click()

    expect(engineer.locator(".notice").first).to_be_visible()
    engineer.goto(f"{console.address}/riskreview/quarantine?state=")
    engineer.locator("button[data-all]").click()
    assert engineer.locator("input[name=ids]:not(:checked)").count() == 0
    engineer.locator(f"td a[href$='/batches/{console.ids['batch_id']}']").first.click()
    expect(engineer.locator("h1")).to_contain_text(console.ids["batch_id"])
    engineer.context.close()
