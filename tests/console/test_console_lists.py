"""The lists of the console: paged, sorted, searched and filtered by the database, whole however they are asked for."""

import csv
import html
import io
import re
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Connection, text
from tests.console.conftest import Console
from tests.console.furnishing import NAMES
from tests.console.reading import names

from riskreview.console import (
    audit,
    data,
    identity,
    measures,
    messages,
    paging,
    playbooks,
    reviews,
    runs,
    screening,
    signals,
)
from riskreview.console import customers as customers_page
from riskreview.console.tables import Column
from riskreview.console.words import words
from riskreview.foundation.sql import sql
from riskreview.policy.risk_terms import RiskClass

pytestmark = pytest.mark.database


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


LISTS: dict[str, tuple[tuple[Column, ...], str, str, str]] = {
    "reviews": (reviews.COLUMNS, "review_id", "due_on", "name"), "signals": (signals.COLUMNS, "signal_id", "snoozed_until", "name"),
    "measures": (measures.BOARD, "measure_id", "starts_on", "name"), "messages": (messages.COLUMNS, "message_id", "ended_at", "kind"),
    "runs": (runs.COLUMNS, "run_id", "seconds", "stage"), "playbooks": (playbooks.COLUMNS, "activation_id", "next_due_at", "name"),
    "identity": (identity.COLUMNS, "proposal_id", "alike_pct", "second_account"), "screening": (screening.COLUMNS, "match_id", "found_on", "name"),
    "audit": (audit.COLUMNS, "seq", "recorded_at", "subject_id"), "quarantine": (data.REFUSED, "quarantine_id", "line", "code"),
    "data": (data.BATCHES, "batch_id", "as_of", "file_name"),
}  # fmt: skip
"""Each list with its columns, the number of its rows, a figure or day that some rows lack, and a text."""
FIGURES = frozenset({"seconds", "alike_pct", "line"})
SORTS = {"data": "batch_sort"}
"""The word that sorts a list, where another list of its page has the usual one."""
NARROWED = {"audit": "subject_type=console_user&"}
"""What keeps a list short that every test makes longer."""
MORE = {
    "batch": "INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state)"
    " SELECT 'more', 'erp', 'finance', repeat('b', 63) || n, chr(CAST(101 - n AS integer)) || '.csv', 10, 'm', date '2026-06-01' + CAST(n % 3 AS integer),"
    " now(), 'published' FROM generate_series(1, 4) AS n",
    "quarantine_row": "INSERT INTO quarantine_row (batch_id, source_id, dataset, source_row, line, column_name, code, found, repair, created_at)"
    " SELECT (SELECT max(batch_id) FROM batch), 'more', 'orders', n, CASE WHEN n < 4 THEN 20 - n END, 'amount', 'R-' || chr(CAST(70 - n AS integer)), '=cmd()', 'y', now()"
    " FROM generate_series(1, 4) AS n",
    "identity_proposal": "INSERT INTO identity_proposal (first_account, second_account, score, evidence, evidence_digest, state, proposed_at)"
    " SELECT 256, other, score, (SELECT evidence FROM identity_proposal LIMIT 1), 'more', 'proposed', now() FROM (VALUES (1281, 0.6), (1280, 0.8)) AS made (other, score)",
    "screening_match": "INSERT INTO screening_match (customer_key, list_id, entry_id, likeness, same_number, matched_name, evidence, list_digest, found_on, run_id)"
    " SELECT key, 'un', 'E1', 0.9, false, 'Quenmoth', 'e', 'more', date '2026-07-09' - CAST(key AS integer), 1 FROM generate_series(2, 4) AS key",
}
GONE = ("DELETE FROM screening_match WHERE list_digest = 'more'", "DELETE FROM identity_proposal WHERE evidence_digest = 'more'",
        "DELETE FROM quarantine_row WHERE source_id = 'more'", "DELETE FROM batch WHERE source_id = 'more'")  # fmt: skip


@pytest.fixture(scope="module")
def several(console: Console) -> Iterator[Console]:
    """The portfolio with several rows in lists that have one; others share it, so they go again."""
    with console.services.engine.begin() as connection:
        for statement in MORE.values():
            connection.execute(text(statement))
    yield console
    with console.services.engine.begin() as connection:
        for statement in GONE:
            connection.execute(text(statement))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_sorted_by_its_columns_either_way_and_its_pages_together_are_its_file(
    name, several: Console, monkeypatch
):
    all_columns, key, *columns = LISTS[name]
    address, sorts = f"?{NARROWED.get(name, '')}{SORTS.get(name, 'sort')}=", SORTS.get(name, "sort")
    monkeypatch.setattr(paging, "PAGE_ROWS", 2)
    with several.client("auditor" if name == "runs" else "compliance") as client:
        shown = {column.key for column in all_columns if column.sorts}
        assert set(columns) <= shown
        for column in columns:
            for order in (column, f"-{column}"):
                paged = walked(client, f"/{name}{address}{order}")
                told = csv.DictReader(
                    io.StringIO(client.get(f"/{name}.csv{address}{order}").content.decode("utf-8-sig"))
                )
                asked = list(told)
                assert [row[key] for row in asked] == paged
                known = [row[column].removeprefix("'") for row in asked if row[column]]
                figures = [float(item) for item in known] if column in FIGURES else known
                assert figures == sorted(figures, reverse=order.startswith("-"))
                assert all(row[column] for row in asked[: len(known)]), "what is unknown stands last"
        for column in sorted(shown):
            assert client.get(f"/{name}?{sorts}=-{column}").text.count('aria-sort="descending"') == 1


@pytest.mark.parametrize("name", LISTS)
def test_every_column_that_sorts_is_one_that_the_statement_of_its_list_knows(name):
    statement = {"measures": ("measures", "list_measures"), "audit": ("console", "search_log"), "playbooks": ("console", "list_activations"),
                 "identity": ("console", "list_proposals"), "screening": ("console", "list_matches"), "quarantine": ("console", "list_refused"),
                 "data": ("console", "list_batches")}.get(name, ("console", f"list_{name}"))  # fmt: skip
    columns, key, *_ = LISTS[name]

    known = set(re.findall(r":sort (?:=|<>) '(\w+)'", sql(*statement)))
    assert {column.key for column in columns if column.sorts} - {key} <= known


def walked(client: httpx.Client, address: str | None) -> list[str]:
    """Return the numbers of the rows of a list, page by page."""
    found: list[str] = []
    while address and len(found) < 99:
        name = address.removeprefix("/").partition("?")[0]
        page = client.get(address).text
        rows = page.split("<tbody>")[-1 if name == "data" else 1].partition("</tbody>")[0].replace("\n", "")
        for row in re.findall(r"<tr>(.*?)</tr>", rows):
            found += re.findall(r'href="/riskreview/(?!customers)\w+/(\d+)"|<td [^>]*>(\d+)</td>', row)[:1]
        following = re.search(r'href="/riskreview(/\w+\?[^"]+)" rel="next"', page)
        address = html.unescape(following.group(1)) if following else None
    return [linked or plain for linked, plain in found]


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
