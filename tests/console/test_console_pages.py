"""What pages show and do: lists in order page by page, files that no spreadsheet runs, acts by the rooms' use cases, two languages."""

import csv
import html
import io
import re
import shutil
import zipfile

import httpx
import pytest
from sqlalchemy import text
from tests.assessment.portfolios import frame
from tests.console.conftest import Console, token_of
from tests.console.furnishing import DAY, NAMES, refuse_row
from tests.console.serving import mounted, served
from tests.gate.editing import edit
from tests.gate.planted import try_frames

from riskreview.assessment.wording import NO_RATE
from riskreview.audit.checkpoints import bring_out, make_checkpoint
from riskreview.console import customers as customers_page
from riskreview.console.answers import CsvFile
from riskreview.console.words import words
from riskreview.mechanisms.runs import recorded_run
from riskreview.notifications.words import PAGES, WHOLE

pytestmark = pytest.mark.database


def test_both_languages_have_the_same_words():
    assert {group: set(found) for group, found in words("en").items()} == {
        group: set(found) for group, found in words("zh").items()
    }


def test_the_language_is_the_person_s(console: Console):
    with console.client("owner") as client:
        chinese = client.get("/work").text
    with console.client("approver") as client:
        page = client.get("/work").text

    person = console.services.instance.configuration_file("policies", "team.yaml").read_text(encoding="utf-8")
    assert "id: wang.fang" in person
    assert 'lang="zh-CN"' in chinese
    assert "我的工作" in chinese
    assert page.startswith("<!doctype html>")


def names(html: str) -> list[str]:
    """Return the cells of the first column of a list of customers."""
    return re.findall(r'<tr>\s*<td [^>]*><a href="[^"]*/customers/\d+">([^<]+)</a></td>', html)


@pytest.mark.parametrize("sort", ["risk_class", "exposure", "index_points", "name"])
def test_pages_of_a_list_together_are_the_whole_list_in_order(sort, console: Console, monkeypatch):
    monkeypatch.setattr(customers_page, "PAGE_ROWS", 2)
    found: list[str] = []
    with console.client("approver") as client:
        address = f"/customers?sort={sort}"
        for _ in range(4):
            html = client.get(address).text
            found += names(html)
            following = re.search(r'href="/riskreview(/customers\?[^"]+)" rel="next"', html)
            if following is None:
                break
            address = following.group(1).replace("&amp;", "&")

    assert len(found) == len(set(found)) == 6
    if sort == "name":
        assert found == sorted(found)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("quenmoth", 1),
        ("锐远", 1),
        ("C0004", 1),
        ("tax5", 1),
        ("fr28 900 003 609", 1),
        ("none yet", 1),
        ("Z-5", 1),
        ("007", 1),
        ("%", 0),
        ("_", 0),
        ("有限公司", 2),
        ("nm", 1),
        ("MOTH DR", 1),
        ("industries gmb", 1),
        ("nothing", 0),
    ],
)
def test_customers_are_found_by_part_of_a_name_in_any_script_and_by_numbers(wanted, expected, console: Console):
    with console.client("approver") as client:
        assert len(names(client.get("/customers", params={"q": wanted}).text)) == expected


def test_an_owner_s_list_has_the_owner_s_customers_alone(console: Console):
    with console.client("stranger") as client:
        assert names(client.get("/customers").text) == ["Stranger &amp; Sons"]
        exported = list(csv.DictReader(io.StringIO(client.get("/customers.csv").content.decode("utf-8-sig"))))

    assert [row["name"] for row in exported] == ["Stranger & Sons"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"owner": "anna.keller"}, {"Stranger & Sons"}),
        ({"owner": "anna.keller", "class": "default"}, set()),
        ({"country": "de"}, set()),
        ({"exposure_from": "1e9"}, set(NAMES)),
        ({"exposure_from": "999,999,999,999"}, set()),
        ({"country": "nowhere", "overdue": "0"}, set(NAMES)),
    ],
)
def test_customers_are_filtered_by_column_and_what_is_no_filter_filters_nothing(query, found, console: Console):
    with console.client("approver") as client:
        listed = list(
            csv.DictReader(io.StringIO(client.get("/customers.csv", params=query).content.decode("utf-8-sig")))
        )
        page = client.get("/customers", params=query).text

    assert {row["name"].removeprefix("'") for row in listed} == found
    assert all((html.escape(name) in page) == (name in found) for name in NAMES)


def test_an_owner_who_asks_for_another_owner_s_customers_finds_none(console: Console):
    with console.client("owner") as client:
        listed = client.get("/customers.csv", params={"owner": "anna.keller"}).content.decode("utf-8-sig")

    assert len(listed.splitlines()) == 1


def test_nothing_in_a_file_is_taken_for_a_formula(console: Console):
    with console.client("approver") as client:
        rows = list(csv.DictReader(io.StringIO(client.get("/customers.csv").content.decode("utf-8-sig"))))
    with console.client("engineer") as client:
        refused = list(csv.DictReader(io.StringIO(client.get("/quarantine.csv?state=").content.decode("utf-8-sig"))))

    assert "'=SUM(A1)" in [row["name"] for row in rows]
    assert {row["found"] for row in refused} == {"'=cmd()"}
    given = ["=1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "－1", "plain", -1.5]
    content = CsvFile("x.csv", ("a",), [{"a": value} for value in given]).content().decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(content))][1:] == [
        *(f"'{value}" for value in given[:8]),
        "plain",
        "-1.5",
    ]


def test_a_review_goes_from_its_owner_to_other_people_s_decisions(console: Console):
    number = review_of(console, 2)
    page = f"/reviews/{number}"

    def does(login: str, verb: str, **said: str) -> int:
        return console.post(login, f"{page}/{verb}", page, version=version_of(console, number), **said).status_code

    proposal = {"recommendation": "Deliver against prepayment.", "measure_prepayment": "1"}
    assert does("owner", "hand_in", **proposal) == 422
    for item in checklist_of(console, number):
        assert does("owner", "answer", item=item, answer="yes", evidence="visit of 1 July") == 303
    assert does("owner", "hand_in", **proposal) == 303
    stale = console.post(
        "approver", f"{page}/approve", page, version=version_of(console, number), reason="Agreed.", digest="0" * 64
    )
    assert stale.status_code == 409
    assert "Agreed." in stale.text
    for login in ("approver", "second"):
        if state_of(console, number)[0] == "in_approval":
            assert does(login, "approve", reason="Agreed.", digest=digest_of(console, login, page)) == 303
    assert state_of(console, number)[:2] == ("approved", "wang.fang")
    assert state_of(console, number)[2] != "wang.fang"
    assert does("owner", "approve", reason="Me too.", digest="0" * 64) == 422


def digest_of(console: Console, login: str, page: str) -> str:
    with console.client(login) as client:
        found = re.search(r'name="digest" value="([0-9a-f]{64})"', client.get(page).text)
    assert found
    return found.group(1)


def checklist_of(console: Console, number: str) -> list[str]:
    with console.services.engine.connect() as connection:
        items = connection.execute(text("SELECT items FROM review_checklist JOIN review ON checklist_digest = digest WHERE review_id = :number"), {"number": int(number)}).scalar_one()  # fmt: skip
    return [item["id"] for item in items]


def test_a_form_that_a_rule_refuses_comes_back_with_the_sentence_and_what_was_typed(console: Console):
    number = review_of(console, 4)
    answer = console.post(
        "approver", f"/reviews/{number}/cancel", f"/reviews/{number}", version=version_of(console, number), reason="   "
    )

    assert answer.status_code == 422
    assert "the reason is empty" in answer.text
    assert token_of(answer.text)


def test_a_step_is_done_with_evidence_and_an_acknowledgement_link_is_used_by_its_person_alone(console: Console):
    from riskreview.notifications.acknowledgement import link_maker

    with console.services.engine.connect() as connection:
        key, person = connection.execute(text("SELECT step_key, owner FROM step ORDER BY position LIMIT 1")).one()
    assert person in {"zhao.min", "wang.fang"} or person
    link = f"/acknowledge/{link_maker(console.services.instance).token('nonce1')}"
    with console.client("stranger") as client:
        assert client.get(link).status_code == 404
    with console.client("owner") as client:
        assert client.get(link).status_code == 200
        assert client.get(f"/steps/{key}").status_code == 303
    with console.services.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM acknowledgement")).scalar_one() == 0
    first, second = (console.post("owner", link, "/signals/" + console.ids["signal_id"]) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    with console.services.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM acknowledgement")).scalar_one() == 1


def test_an_emergency_plan_is_looked_back_on_with_what_was_avoided_and_what_should_change(console: Console):
    with console.services.engine.begin() as connection:
        own = connection.execute(text(
            "INSERT INTO activation (playbook_id, playbook_version, playbook_digest, customer_key, rule_id, trigger_key, state, owner, started_at,"
            " started_on, run_id) SELECT 'PB7', playbook_version, playbook_digest, customer_key, rule_id, 'own', 'resolved', 'wang.fang', started_at,"
            " started_on, run_id FROM activation WHERE activation_id = :n RETURNING activation_id, version"), {"n": console.ids["activation_id"]}).one()  # fmt: skip
    page = f"/playbooks/{own.activation_id}"
    said = {
        "version": str(own.version),
        "lessons": "Call sooner.",
        "loss_avoided": "250,000",
        "policy_change": "Call at 60 days.",
    }

    wrong = console.post("owner", f"{page}/look_back", page, **{**said, "loss_avoided": "much"})
    right = console.post("owner", f"{page}/look_back", page, **said)

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "much 不是金额" in wrong.text
    with console.client("approver") as client:
        shown = client.get(page).text
    assert "250,000" in shown
    assert "Call at 60 days." in shown
    with console.services.engine.begin() as connection:  # others share the portfolio
        connection.execute(text("DELETE FROM activation WHERE activation_id = :n"), {"n": own.activation_id})
        connection.execute(
            text("DELETE FROM duty WHERE subject_type = 'activation' AND subject_id = :n"),
            {"n": str(own.activation_id)},
        )


def test_every_page_a_message_links_to_exists(console: Console):
    from riskreview.console.routes import ROUTES

    known = {route.path.split("/{")[0].strip("/") for route in ROUTES if route.method == "GET"}
    assert {*PAGES.values(), *WHOLE.values()} <= known


def test_a_change_of_policy_is_proposed_from_its_report_and_decided_by_another_person(console: Console):
    services = console.services
    edit(services.instance.home, "reviews.yaml", "spread_from: 3", "spread_from: 2")
    tried = try_frames(services, {DAY: frame({"P1": 75}, {}, {}, {}, {}, {})}, actor="wang.fang").backtest_id
    report = f"/policy/backtests/{tried}"

    asked = console.post("owner", f"{report}/propose", report, reason="Reviews need more room.")
    page = asked.headers["location"].partition("?")[0].removeprefix("/riskreview")
    said = {"version": "1", "digest": digest_of(console, "approver", page), "reason": "Seen and agreed."}

    assert asked.status_code == 303
    assert f"{page}/approve" not in seen(console, "owner", page)
    assert console.post("owner", f"{page}/approve", page, **said).status_code == 422
    assert console.post("approver", f"{page}/approve", page, **{**said, "digest": "0" * 64}).status_code == 422
    assert console.post("approver", f"{page}/approve", page, **said).status_code == 303
    assert "已批准" in seen(console, "owner", page)
    assert (
        console.post("approver", f"{page}/withdraw", page, version="2", reason="It was a rehearsal.").status_code == 303
    )


def seen(console: Console, login: str, page: str) -> str:
    with console.client(login) as client:
        return client.get(page).text


@pytest.mark.parametrize("indicator", ["P1", "F3", "C1", "none"])
def test_a_customer_s_page_shows_why_and_how_each_indicator_moved(indicator, console: Console):
    with console.client("owner") as client:
        why = client.get("/customers/1").text
        course = client.get("/customers/1/trend", params={"indicator": indicator}).text

    assert "Quenmoth Drives Ltd" in why
    assert '"kind": "waterfall"' in why
    assert '"kind": "trend"' in course


def test_a_customer_s_page_says_what_is_not_known(console: Console):
    assert words("zh")["customer"]["unknown"] not in seen(console, "owner", "/customers/1")

    page = seen(console, "owner", "/customers/5")

    assert words("zh")["customer"]["unknown"] in page
    assert NO_RATE.zh in page


def test_a_customer_is_found_by_the_number_a_message_names(console: Console):
    with console.client("owner") as client:
        answer = client.get("/customers/C0001")

    assert answer.headers["location"] == "/riskreview/customers/1"


def review_of(console: Console, customer_key: int) -> str:
    with console.services.engine.connect() as connection:
        return str(
            connection.execute(
                text("SELECT min(review_id) FROM review WHERE customer_key = :key"), {"key": customer_key}
            ).scalar_one()
        )


def version_of(console: Console, number: str) -> str:
    with console.services.engine.connect() as connection:
        return str(
            connection.execute(
                text("SELECT version FROM review WHERE review_id = :number"), {"number": int(number)}
            ).scalar_one()
        )


def state_of(console: Console, number: str) -> tuple[str, str, str]:
    with console.services.engine.connect() as connection:
        row = connection.execute(
            text("SELECT state, proposed_by, decided_by FROM review WHERE review_id = :number"), {"number": int(number)}
        ).one()
    return row.state, row.proposed_by, row.decided_by


def test_a_workbook_has_numbers_as_numbers_and_no_formula(console: Console):
    from python_calamine import load_workbook

    with console.client("approver") as client:
        answer = client.get("/customers.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    names, exposures = ([row[sheet[0].index(name)] for row in sheet[1:]] for name in ("name", "exposure"))

    assert answer.headers["content-disposition"] == 'attachment; filename="customers.xlsx"'
    assert "=SUM(A1)" in names
    assert {type(value) for value in exposures} == {float}
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert not [name for name in packed.namelist() if b"<f>" in packed.read(name)]


def test_the_log_is_verified_from_its_checkpoint_on_and_whole_on_demand(console: Console, monkeypatch):
    from riskreview.audit import log
    from riskreview.audit.checkpoints import make_checkpoint

    signed = make_checkpoint(console.services)
    read: list[int | None] = []
    stored = log._stored
    monkeypatch.setattr(
        log, "_stored", lambda connection, after, last: read.append(after) or stored(connection, after, last)
    )
    with console.client("compliance") as client:
        pages = [client.get(f"/audit/verification{asked}").text for asked in ("", "?whole=1")]

    assert read == [signed.size, None]
    assert all("notice good" in page for page in pages)
    assert ["whole=1" in page for page in pages] == [True, False]


def test_an_event_that_is_altered_is_found(console: Console):
    last = "(SELECT max(seq) FROM audit_event)"
    with console.client("compliance") as client:
        with console.services.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE audit_event DISABLE TRIGGER ALL")
            connection.exec_driver_sql(f"UPDATE audit_event SET body = body || 'x'::bytea WHERE seq = {last}")  # noqa: S608
        try:
            assert "notice bad" in client.get("/audit/verification?whole=1").text
        finally:
            with console.services.engine.begin() as connection:
                connection.exec_driver_sql(
                    f"UPDATE audit_event SET body = substr(body, 1, length(body) - 1) WHERE seq = {last}"  # noqa: S608
                )
                connection.exec_driver_sql("ALTER TABLE audit_event ENABLE TRIGGER ALL")


def test_what_the_last_check_of_the_invariants_found_broken_is_told_with_its_repair(console: Console):
    with recorded_run(console.services, "check_invariants", business_key="check") as run:
        found = [("nothing_stuck", 1, ["run 7"]), ("review_once", 0, [])]
        with console.services.engine.begin() as connection:
            for invariant, broken, subjects in found:
                values = {"run": run.run_id, "invariant": invariant, "broken": broken, "subjects": subjects}
                connection.execute(
                    text("INSERT INTO invariant_finding VALUES (:run, :invariant, :broken, :subjects, now())"), values
                )
    with console.client("engineer") as client:
        page = client.get("/runs").text

    assert "nothing_stuck" in page
    assert "run 7" in page
    assert "review_once" not in page


def test_rows_in_quarantine_are_let_through_by_validation_s_rules_and_given_up(console: Console):
    number = refuse_row(console.services.engine, console.ids["batch_id"])

    def does(verb: str, **said: str) -> httpx.Response:
        return console.post("engineer", f"/quarantine/{verb}", "/quarantine", **said)

    refused = does("release", ids=str(number), reason="A test of the page.")
    assert (refused.status_code, "R-CODE" in refused.text) == (422, True)
    assert does("discard", reason="A test of the page.").status_code == 422
    assert does("burn", ids=str(number)).status_code == 404
    assert does("discard", ids=str(number), reason="A test of the page.").status_code == 303
    with console.services.engine.connect() as connection:
        state = text("SELECT state FROM quarantine_row WHERE quarantine_id = :number")
        assert connection.execute(state, {"number": number}).scalar_one() == "discarded"


def test_a_measure_is_seen_where_it_belongs_and_by_nobody_else(console: Console):
    number = console.ids["measure_id"]
    with console.client("owner") as client:
        assert f"/measures/{number}" in client.get("/customers/1").text
        assert f"/measures/{number}" in client.get("/measures").text
        assert client.get(f"/measures/{number}").status_code == 200
    with console.client("stranger") as client:
        assert client.get(f"/measures/{number}").status_code == 404
        assert f"/measures/{number}" not in client.get("/measures").text


def test_while_delivery_stands_still_every_page_says_so_to_each_what_concerns_them(console: Console):
    with console.client("engineer") as client:
        assert "audit reconcile" not in client.get("/work").text
    make_checkpoint(console.services)
    bring_out(console.services)
    with console.services.engine.begin() as connection:
        for table in ("audit_export", "audit_checkpoint"):
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
    try:
        with served(mounted(console.services, DAY)) as address:
            told = {
                login: httpx.get(f"{address}/riskreview/work", cookies={"login": login}).text
                for login in ("engineer", "auditor", "approver")
            }
    finally:
        shutil.rmtree(console.services.instance.checkpoints)

    assert {login for login, page in told.items() if "riskreview audit reconcile" in page} == {"engineer", "auditor"}
    assert "No messages are sent just now" in told["approver"]


def test_what_was_installed_first_is_in_force_without_a_first_day(console: Console):
    page = seen(console, "approver", "/policy")

    assert "as it was installed on 2026-07-02" in page
    assert "2000-01-01" not in page
