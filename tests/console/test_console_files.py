"""The files a list is taken away as: in both formats, as its page shows it, never cut, and nothing in them a formula."""

import csv
import html
import io
import re
import zipfile

import pytest
from sqlalchemy import text
from tests.console.conftest import Console

from riskreview.console.answers import CsvFile

pytestmark = pytest.mark.database


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


GROUPED = """INSERT INTO portfolio_group (as_of, grouping_name, member, customers, exposure, overdue, expected_loss, provision, average_overdue, sales, in_part)
    VALUES ('2026-07-02', 'class', '4', 2, 9, 1, 1, 1, 1, 1, 0), ('2026-07-02', 'class', '2', 4, 0, 0, 1, 1, 1, 1, 1), ('2026-07-02', 'owner', '=u-1001', 6, 9, 2, 2, 2, 2, 2, 1)"""


def test_each_table_of_the_portfolio_the_team_and_the_feeds_is_taken_away_by_its_name(console: Console):
    from python_calamine import load_workbook

    with console.services.engine.begin() as connection:
        connection.execute(text(GROUPED))
    files, pages = {}, {}
    try:
        for login, path in (("approver", "/portfolio"), ("owner", "/team"), ("engineer", "/data")):
            with console.client(login) as client:
                page = pages[path] = client.get(path).text
                links = [html.unescape(link) for link in re.findall(r'href="/riskreview(/\w+\.csv[^"]*)"', page)]
                for link, shown in zip(links, re.findall("<tbody>(.*?)</tbody>", page, re.DOTALL), strict=True):
                    files[link] = list(csv.reader(io.StringIO(client.get(link).content.decode("utf-8-sig"))))
                    assert len(files[link]) - 1 == shown.count("<tr>"), link
                    workbook = load_workbook(io.BytesIO(client.get(link.replace(".csv", ".xlsx")).content))
                    assert len(workbook.get_sheet_by_index(0).to_python()) == len(files[link]), link
    finally:
        with console.services.engine.begin() as connection:  # others share the portfolio
            connection.execute(text("DELETE FROM portfolio_group"))

    assert [row[:4] for row in files["/portfolio.csv?table=by_class"]] == [
        ["risk_class", "customers", "exposure", "overdue"],
        ["critical", "2", "9.0", "1.0"],
        ["medium", "4", "", ""],
    ]
    assert "Customers with amounts in a currency without a rate: 1." in pages["/portfolio"]
    assert pages["/portfolio"].count("unknown<br>") == 2, "nothing that could be converted is not 0"
    assert files["/portfolio.csv?table=by_owner"][1][0] == "'=u-1001"
    assert {"/team.csv?table=workload", "/team.csv?table=rota", "/feeds.csv", "/data.csv"} <= set(files)


def test_a_file_of_messages_or_measures_has_what_its_reader_may_see_alone(console: Console):
    with console.client("stranger") as client:
        files = [client.get(f"/{name}.csv").text.splitlines() for name in ("messages", "measures", "playbooks")]
        refused = [client.get(f"/{name}.csv").status_code for name in ("runs", "screening")]

    assert [len(lines) for lines in files] == [1, 1, 1]
    assert refused == [403, 403]


def test_a_list_that_a_file_does_not_take_is_refused_and_never_cut(console: Console, monkeypatch):
    for module in ("answers", "paging"):
        monkeypatch.setattr(f"riskreview.console.{module}.EXPORT_ROWS", 0)
    files = {"approver": ("customers.xlsx", "reviews.csv", "signals.xlsx", "measures.csv", "playbooks.csv"),
             "engineer": ("messages.csv", "runs.xlsx"), "compliance": ("screening.csv",)}  # fmt: skip
    answers = []
    for login, names_of_files in files.items():
        with console.client(login, accept="application/json") as client:
            answers += [client.get(f"/{name}") for name in names_of_files]

    assert {answer.status_code for answer in answers} == {422}
    assert all("narrow the search" in answer.json()["detail"] for answer in answers)
