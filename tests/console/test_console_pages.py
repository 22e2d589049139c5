"""What pages show: lists in order page by page, files that no spreadsheet runs, reasons and gaps, what stands still, two languages."""

import csv
import html
import io
import re
import shutil
import zipfile

import httpx
import pytest
from sqlalchemy import Connection, text
from tests.console.conftest import Console
from tests.console.furnishing import DAY, LOGINS, NAMES
from tests.console.reading import seen
from tests.console.serving import mounted, served

from riskreview.assessment.wording import NO_RATE
from riskreview.audit.checkpoints import bring_out, make_checkpoint
from riskreview.console import customers as customers_page
from riskreview.console import measures, messages, paging, playbooks, reviews, runs, signals, work
from riskreview.console.answers import CsvFile
from riskreview.console.tables import Column
from riskreview.console.words import words
from riskreview.mechanisms.runs import recorded_run
from riskreview.notifications.words import PAGES, WHOLE
from riskreview.policy.risk_terms import RiskClass

pytestmark = pytest.mark.database


OWED = """INSERT INTO duty (kind, subject_type, subject_id, role, owner, deputy, due_at, ladder, state, opened_at)
    SELECT 'review', 'review', CAST(900000 + n AS text), 'risk_owner', owner, deputy, timestamptz '2020-01-01' + n * interval '1 hour',
        '[]', 'open', timestamptz '2019-12-01'
    FROM (VALUES (:one, :other, 1, 9), (:other, :one, 10, 14)) AS pair (owner, deputy, low, high), generate_series(low, high) AS n"""


COUNTED = """UPDATE batch SET counts = '{"orders": {"rows_in": 4, "skipped": 0, "refused": 0}, "customers": {"rows_in": 9, "skipped": 1,
    "refused": 2, "accepted": 6}, "validation": {"datasets": {"orders": {"duplicates": 0, "quarantined": 0, "accepted": 4},
    "customers": {"duplicates": 3}}}}' RETURNING batch_id"""


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


def names(html: str) -> list[str]:
    """Return the cells of the first column of a list of customers."""
    return re.findall(r'<tr>\s*<td [^>]*><a href="[^"]*/customers/\d+">([^<]+)</a></td>', html)


@pytest.mark.parametrize("sort", ["risk_class", "exposure", "index_points", "name"])
def test_pages_of_a_list_together_are_the_whole_list_in_order_and_so_are_the_parts_of_a_file(
    sort, console: Console, monkeypatch
):
    monkeypatch.setattr(customers_page, "PAGE_ROWS", 2)
    monkeypatch.setattr(customers_page, "PART_ROWS", 2)
    found: list[str] = []
    with console.client("approver") as client:
        address = f"/customers?sort={sort}"
        for _ in range(4):
            page = client.get(address).text
            found += names(page)
            following = re.search(r'href="/riskreview(/customers\?[^"]+)" rel="next"', page)
            if following is None:
                break
            address = following.group(1).replace("&amp;", "&")
        exported = csv.DictReader(io.StringIO(client.get(f"/customers.csv?sort={sort}").content.decode("utf-8-sig")))

    assert [html.escape(row["name"].removeprefix("'")) for row in exported] == found
    assert len(found) == len(set(found)) == 6
    if sort == "name":
        assert found == sorted(found)


LISTS = {"reviews": (reviews, "review_id", "due_on", "name"), "signals": (signals, "signal_id", "snoozed_until", "name"),
         "measures": (measures, "measure_id", "starts_on", "kind_name"), "messages": (messages, "message_id", "ended_at", "kind"),
         "runs": (runs, "run_id", "seconds", "stage"), "playbooks": (playbooks, "activation_id", "next_due_at", "name")}  # fmt: skip
"""Each list with its page, the number of its rows, a figure or day that some rows lack, and a text."""


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_sorted_by_its_columns_either_way_and_its_pages_together_are_its_file(
    name, console: Console, monkeypatch
):
    page, key, *columns = LISTS[name]
    monkeypatch.setattr(paging, "PAGE_ROWS", 2)
    with console.client("compliance") as client, console.client("auditor") as auditor:
        asking = auditor if name == "runs" else client
        shown = {column.key for column in getattr(page, "BOARD", page.COLUMNS) if column.sorts}
        assert set(columns) <= shown
        for column in columns:
            for order in (column, f"-{column}"):
                paged = walked(asking, f"/{name}?sort={order}")
                asked = list(
                    csv.DictReader(io.StringIO(asking.get(f"/{name}.csv?sort={order}").content.decode("utf-8-sig")))
                )
                assert [row[key] for row in asked] == paged
                known = [row[column].removeprefix("'") for row in asked if row[column]]
                told = [float(item) for item in known] if column == "seconds" else known
                assert column == "kind_name" or told == sorted(told, reverse=order.startswith("-"))
                assert all(row[column] for row in asked[: len(known)]), "what is unknown stands last"
        for column in sorted(shown):
            assert asking.get(f"/{name}?sort=-{column}").text.count('aria-sort="descending"') == 1


def walked(client: httpx.Client, address: str | None) -> list[str]:
    """Return the numbers of the rows of a list, page by page."""
    found: list[str] = []
    while address and len(found) < 99:
        page = client.get(address).text
        for row in re.findall(r"<tr>(?!<th)(.*?)</tr>", page.partition("<tbody>")[2].replace("\n", "")):
            found += re.findall(r'href="/riskreview/(?!customers)\w+/(\d+)"', row)[:1]
        following = re.search(r'href="/riskreview(/\w+\?[^"]+)" rel="next"', page)
        address = html.unescape(following.group(1)) if following else None
    return found


def test_plans_are_paged_by_deadline_and_those_without_one_come_last(console: Console, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_ROWS", 1)
    dues = {2: "2026-07-01 08:00:00.000001+00", 3: "2026-07-01 08:00:00.000001+00", 4: None, 5: None}
    with console.services.engine.begin() as connection:
        plans = [_plan_due(connection, console.ids["activation_id"], *item) for item in dues.items()]
    try:
        found: list[int] = []
        address: str | None = "/playbooks"
        with console.client("approver") as client:
            whole = client.get("/playbooks?after=never~1").text
            while address and len(found) < 9:
                page = client.get(address).text
                found += [int(number) for number in re.findall(r'href="/riskreview/playbooks/(\d+)"', page)]
                following = re.search(r'href="/riskreview(/playbooks\?[^"]+)" rel="next"', page)
                address = following.group(1).replace("&amp;", "&") if following else None
    finally:
        with console.services.engine.begin() as connection:  # others share the portfolio
            for table in ("step", "activation"):
                connection.execute(text(f"DELETE FROM {table} WHERE activation_id = ANY(:plans)"), {"plans": plans})  # noqa: S608

    assert found == [*plans[:2], int(console.ids["activation_id"]), *plans[2:]]
    assert f"/playbooks/{plans[0]}" in whole  # of a mark that nobody was given


def _plan_due(connection: Connection, like: str, customer: int, due: str | None) -> int:
    number = connection.execute(text(
        "INSERT INTO activation (playbook_id, playbook_version, playbook_digest, customer_key, rule_id, trigger_key, state, owner, started_at,"
        " started_on, run_id) SELECT 'PB7', playbook_version, playbook_digest, :customer, rule_id, 'page', 'triggered', owner, started_at,"
        " started_on, run_id FROM activation WHERE activation_id = :like RETURNING activation_id"), {"like": like, "customer": customer})  # fmt: skip
    plan = int(number.scalar_one())
    if due:
        connection.execute(text(
            "INSERT INTO step (activation_id, step_id, position, title_en, title_zh, evidence_needed_en, evidence_needed_zh, role, owner, due_at, state)"
            " VALUES (:plan, 'call', 1, 'Call', '致电', 'A note', '记录', 'risk_owner', 'wang.fang', CAST(:due AS timestamptz), 'todo')"),
            {"plan": plan, "due": due})  # fmt: skip
    return plan


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
        ("ruiyuan", 1),
        ("Rui Yua", 1),
        ("ryqc", 1),
        ("yxgs", 2),
        ("yuanrui", 0),
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


def test_the_filter_of_classes_goes_by_what_is_shown_and_an_outdated_class_by_unknown(console: Console, monkeypatch):
    monkeypatch.setattr(customers_page, "PART_ROWS", 2)
    outdate = text(
        "UPDATE current_assessment SET valid_until = valid_until - CAST(:days AS integer) WHERE customer_key IN (2, 3, 6)"
    )
    with console.services.engine.begin() as connection:
        connection.execute(outdate, {"days": 99})
    try:
        with console.client("approver") as client:
            shown = {word: listed(client, **{"class": word}) for word in RiskClass.__members__}
            whole = listed(client)
            hints = {word: words("en")["customers"]["outdated"][:20] in client.get("/customers", params={"class": word}).text for word in ("critical", "default")}  # fmt: skip
            by_name = listed(client, **{"class": "unknown", "sort": "name"})
    finally:
        with console.services.engine.begin() as connection:  # others share the portfolio
            connection.execute(outdate, {"days": -99})

    assert {row["customer_id"] for row in shown["unknown"]} == {"C0002", "C0003", "C0006"}
    assert {word: [row for row in whole if row["risk_class"] == word] for word in shown} == shown
    assert [row["name"] for row in by_name] == sorted(row["name"] for row in shown["unknown"])
    assert hints == {"critical": True, "default": False}


def listed(client: httpx.Client, **query: str) -> list[dict[str, str]]:
    """Return the customers of a file, in its order."""
    return list(csv.DictReader(io.StringIO(client.get("/customers.csv", params=query).content.decode("utf-8-sig"))))


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


def test_a_customer_is_found_by_the_number_a_message_names(console: Console):
    with console.client("owner") as client:
        answer = client.get("/customers/C0001")

    assert answer.headers["location"] == "/riskreview/customers/1"


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


@pytest.mark.parametrize(
    ("login", "name", "number"),
    [
        ("engineer", "messages", "number"),
        ("approver", "measures", "measure_id"),
        ("approver", "playbooks", "activation_id"),
        ("engineer", "runs", "run_id"),
        ("compliance", "screening", "match_id"),
    ],
)
def test_a_list_is_taken_away_as_its_page_shows_it_in_both_formats(login, name, number, console: Console):
    from python_calamine import load_workbook

    with console.client(login) as client:
        page = client.get(f"/{name}").text
        told = list(csv.reader(io.StringIO(client.get(f"/{name}.csv").content.decode("utf-8-sig"))))
        workbook = load_workbook(io.BytesIO(client.get(f"/{name}.xlsx").content))

    shown = set(re.findall(rf'href="/riskreview/{name}/(\d+)"', page))
    assert console.ids[number] in shown
    assert {row[0] for row in told[1:]} == shown
    assert [len(row) for row in workbook.get_sheet_by_index(0).to_python()] == [len(row) for row in told]
    assert f'href="/riskreview/{name}.xlsx' in page


def test_a_file_of_messages_or_measures_has_what_its_reader_may_see_alone(console: Console):
    with console.client("stranger") as client:
        files = [client.get(f"/{name}.csv").text.splitlines() for name in ("messages", "measures", "playbooks")]
        refused = [client.get(f"/{name}.csv").status_code for name in ("runs", "screening")]

    assert [len(lines) for lines in files] == [1, 1, 1]
    assert refused == [403, 403]


def test_a_list_that_a_file_does_not_take_is_refused_and_never_cut(console: Console, monkeypatch):
    for module in ("answers", "paging", "screening"):
        monkeypatch.setattr(f"riskreview.console.{module}.EXPORT_ROWS", 0)
    files = {"approver": ("customers.xlsx", "reviews.csv", "signals.xlsx", "measures.csv", "playbooks.csv"),
             "engineer": ("messages.csv", "runs.xlsx"), "compliance": ("screening.csv",)}  # fmt: skip
    answers = []
    for login, names_of_files in files.items():
        with console.client(login, accept="application/json") as client:
            answers += [client.get(f"/{name}") for name in names_of_files]

    assert {answer.status_code for answer in answers} == {422}
    assert all("narrow the search" in answer.json()["detail"] for answer in answers)


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
