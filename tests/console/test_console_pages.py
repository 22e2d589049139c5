"""What pages show: lists in order page by page, files that no spreadsheet runs, reasons and gaps, what stands still, two languages."""

import re
import shutil
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from tests.console.conftest import Console
from tests.console.furnishing import DAY, LOGINS, NAMES
from tests.console.reading import seen
from tests.console.serving import mounted, served

import riskreview
from riskreview.assessment.wording import NO_RATE
from riskreview.audit.checkpoints import bring_out, make_checkpoint
from riskreview.console import work
from riskreview.console.tables import Column
from riskreview.console.words import words
from riskreview.mechanisms.runs import recorded_run
from riskreview.notifications.words import PAGES, WHOLE

pytestmark = pytest.mark.database


OWED = """INSERT INTO duty (kind, subject_type, subject_id, role, owner, deputy, due_at, ladder, state, opened_at)
    SELECT 'review', 'review', CAST(900000 + n AS text), 'risk_owner', owner, deputy, timestamptz '2020-01-01' + n * interval '1 hour',
        '[]', 'open', timestamptz '2019-12-01'
    FROM (VALUES (:one, :other, 1, 9), (:other, :one, 10, 14)) AS pair (owner, deputy, low, high), generate_series(low, high) AS n"""


ABOUT_ONE = """INSERT INTO message_item (outbox_id, recipient, channel, message_id)
    SELECT min(outbox_id), 'wang.fang', 'mail', :number FROM outbox_event INNER JOIN subjects_of(1) USING (subject_type, subject_id)"""


COUNTED = """UPDATE batch SET counts = '{"orders": {"rows_in": 4, "skipped": 0, "refused": 0}, "customers": {"rows_in": 9, "skipped": 1,
    "refused": 2, "accepted": 6}, "validation": {"datasets": {"orders": {"duplicates": 0, "quarantined": 0, "accepted": 4},
    "customers": {"duplicates": 3}}}}' RETURNING batch_id"""


def test_both_languages_have_the_same_words():
    assert {group: set(found) for group, found in words("en").items()} == {
        group: set(found) for group, found in words("zh").items()
    }


def test_everything_the_log_may_say_was_done_has_a_word():
    sources = (path.read_text(encoding="utf-8") for path in Path(riskreview.__file__).parent.rglob("*.py"))
    found = {code for source in sources for code in re.findall(r'"([a-z_]+:[a-z_]+)"', source)}
    no_actions = ("word:", "system:", "outside:", "about:")

    assert {code for code in found if not code.startswith(no_actions)} - words("en")["action"].keys() == set()


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


def test_what_one_owes_and_what_one_deputises_for_are_counted_whole_and_cut_each_for_itself(
    console: Console, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(work, "MOST_DUTIES", 3)
    with console.services.engine.begin() as connection:
        connection.execute(text(OWED), {"one": LOGINS["engineer"][0], "other": LOGINS["auditor"][0]})

    page = " ".join(re.sub(r"<[^>]+>", " ", seen(console, "engineer", "/work")).split())

    assert "To do 9 Of these the 3 that are due first are shown." in page
    assert "5 more, as deputy Of these the 3" in page


def test_what_a_run_and_a_delivery_came_to_is_told_in_words(console: Console):
    with console.services.engine.begin() as connection:
        run_id = (
            connection.execute(text('UPDATE run SET counts = \'{"quarantined": 1234, "late": 0}\' RETURNING run_id'))
            .scalars()
            .first()
        )
        batch_id = connection.execute(text(COUNTED)).scalars().first()

    run = " ".join(re.sub(r"<[^>]+>", " ", seen(console, "engineer", f"/runs/{run_id}")).split())
    batch = " ".join(re.sub(r"<[^>]+>", " ", seen(console, "engineer", f"/batches/{batch_id}")).split())

    assert "rows quarantined 1,234 None: late" in run
    assert "Doubled Quarantined Accepted customers 9 1 2 3 orders 4 0 0 0 0 4" in batch


def test_a_cell_leads_nowhere_where_its_address_is_not_known():
    column = Column("name", link="customers/{customer_key}")

    assert column.page({"name": "customer_dossier", "customer_key": None}) == ""
    assert column.page({"name": "Quenmoth", "customer_key": 7}) == "customers/7"


def test_every_page_a_message_links_to_exists(console: Console):
    from riskreview.console.routes import ROUTES

    known = {route.path.split("/{")[0].strip("/") for route in ROUTES if route.method == "GET"}
    assert {*PAGES.values(), *WHOLE.values()} <= known


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


ENDED = """UPDATE opinion SET state = :state, ended_on = CAST(:day AS date), ended_by = :by, end_reason = :reason WHERE opinion_id = :number"""
STANDS = {"state": "approved", "day": None, "by": None, "reason": None}
LAPSED = {"state": "lapsed", "day": "2026-07-02", "by": "system:assessment", "reason": "new alarm or hard rule"}


def test_an_opinion_says_its_reason_and_its_end_in_the_reader_s_language(console: Console):
    number = int(console.ids["opinion_id"])
    with console.services.engine.begin() as connection:
        connection.execute(text(ENDED), {**LAPSED, "number": number})
    try:
        chinese, english = (seen(console, login, f"/opinions/{number}") for login in ("owner", "approver"))
    finally:
        with console.services.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # others share the opinion
            connection.execute(text(ENDED), {**STANDS, "number": number})

    assert ("管理层或股东" in chinese, "出现新的警戒或硬性规则" in chinese) == (True, True)
    assert ("management or ownership" in english, "new alarm or hard rule" in english) == (True, True)


def test_amounts_that_lack_a_rate_are_said_to_be_amounts_in_part(console: Console):
    tiles = [
        seen(console, "approver", f"/customers/{key}").count("without what has no exchange rate") for key in (5, 3)
    ]

    assert tiles == [2, 0]
    assert seen(console, "approver", "/customers?q=C0005").count("without what has no exchange rate") == 2
    with console.services.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO group_member (customer_key, group_id) VALUES (5, 1)")
    try:
        group, member = (seen(console, "approver", page) for page in ("/groups/1", "/customers/1"))
    finally:
        with console.services.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM group_member WHERE customer_key = 5")
    assert group.count("without what has no exchange rate") == 2
    assert member.count("without what has no exchange rate") == 1, "its group's total lacks what another member owes"
    assert "Customers with amounts in a currency without a rate: 1." in group
    with console.client("approver") as client:
        exported = client.get("/customers.csv", params={"q": "C0005"}).text
    assert exported.splitlines()[1].split(",")[7:10] == ["100000.0", "50000.0", "True"]


def test_a_message_on_a_customer_s_page_leads_to_its_page_for_those_who_may_open_it(console: Console):
    with console.services.engine.begin() as connection:
        connection.execute(text(ABOUT_ONE), {"number": int(console.ids["number"])})
    try:
        pages = {login: seen(console, login, "/customers/1") for login in ("owner", "approver", "compliance")}
    finally:
        with console.services.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM message_item")

    led = {login for login, page in pages.items() if f"/messages/{console.ids['number']}" in page}
    assert all("RR-1" in page for page in pages.values())
    assert led == {"owner", "compliance"}


def test_a_customer_is_found_by_the_number_a_message_names(console: Console):
    with console.client("owner") as client:
        answer = client.get("/customers/C0001")

    assert answer.headers["location"] == "/riskreview/customers/1"


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
    assert ["重新计算全部哈希" in page for page in pages] == [False, True]
    assert "上一检查点之后的 0 个事件" in pages[0]


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


def test_a_review_names_of_a_group_whom_its_reader_may_see_and_counts_the_others(console: Console):
    number, join = console.ids["review_id"], "INSERT INTO group_member (customer_key, group_id) VALUES (6, 1)"
    with console.services.engine.begin() as connection:
        connection.exec_driver_sql(join)
        connection.exec_driver_sql("UPDATE customer SET owner_user = 'anna.keller' WHERE customer_key = 2")
    try:
        pages = {login: seen(console, login, f"/reviews/{number}") for login in ("owner", "approver")}
        with console.client("owner", accept="application/json") as client:
            told = client.get(f"/api/v1/reviews/{number}").text
    finally:
        with console.services.engine.begin() as connection:  # others share the portfolio
            connection.exec_driver_sql("DELETE FROM group_member WHERE customer_key = 6")
            connection.exec_driver_sql("UPDATE customer SET owner_user = 'u-1001' WHERE customer_key = 2")

    assert [name for name in ("C0002", NAMES[1], "C0006", "Stranger") if name in pages["owner"]] == []
    assert [name for name in (NAMES[1], "C0006", "Stranger") if name in told] == []
    assert words("zh")["group"]["others"].format(count=1) in pages["owner"]
    assert re.search(r"Stranger &amp; Sons: [a-z]+", pages["approver"])
    assert f'customers/2">{NAMES[1]}</a>' in pages["approver"]
