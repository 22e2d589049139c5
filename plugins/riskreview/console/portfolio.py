"""Owns the page of the whole: exposure by class, moves between classes, receivables by month, the largest expected losses, who is overloaded."""

from typing import Any

from sqlalchemy import Connection

from riskreview.console import charts
from riskreview.console.answers import CsvFile, Page, chosen_file
from riskreview.console.groups import group_names
from riskreview.console.tables import Column, Table, in_order, taken_away
from riskreview.console.team import loads
from riskreview.console.visit import Row, Visit, rows
from riskreview.console.words import words
from riskreview.foundation.errors import NotFound
from riskreview.notifications.words import CLASS_CODES, labels
from riskreview.portfolio import store
from riskreview.portfolio.ageing import TARGETS
from riskreview.portfolio.in_part import RATE_MISSING, as_known

HOT = 20
AMOUNTS = (Column("exposure", "amount", sorts=True), Column("overdue", "amount", sorts=True), Column("expected_loss", "amount", sorts=True),
           Column("provision", "amount"))  # fmt: skip
BY_CLASS = (Column("risk_class", "class", "customers?class={class_word}"), Column("customers", "count"), *AMOUNTS)
BY_OWNER = (Column("owner_user", "person", sorts=True), Column("customers", "count", sorts=True), *AMOUNTS)
BY_GROUP = (Column("group_name", link="groups/{member}"), Column("customers", "count"), *AMOUNTS)
BY_INDUSTRY = (Column("industry"), Column("customers", "count"), *AMOUNTS)
BY_COUNTRY = (Column("country", "country"), Column("customers", "count"), *AMOUNTS)
AGEING = (
    Column("bucket", "word:bucket"),
    Column("balance", "amount"),
    Column("loss_rate_pct", "percent"),
    Column("provision", "amount"),
)
ROLLS = (
    Column("bucket", "word:bucket"),
    Column("target", "word:bucket"),
    Column("amount", "amount"),
    Column("items", "count"),
    Column("share_pct", "percent"),
)
MOVES = (Column("months", "count"), Column("old_class", "class"), Column("new_class", "class"), Column("customers", "count"),
         Column("exposure", "amount"))  # fmt: skip
MONTHS = (Column("month_end", "day"), Column("sales", "amount"), Column("receivables", "amount"), Column("overdue", "amount"),
          Column("dso", "points"), Column("best_possible_dso", "points"), Column("average_days_delinquent", "points"), Column("cei_pct", "percent"))  # fmt: skip
HOTTEST = (Column("name", link="customers/{customer_key}"), Column("customer_id"), Column("risk_class", "class"), Column("exposure", "amount"),
           Column("overdue", "amount"), Column("probability_pct", "percent"), Column("expected_loss", "amount"))  # fmt: skip
LOADED = (Column("name", link="team"), Column("duties", "count"), Column("late", "count"), Column("reviews_soon", "count"), Column("capacity", "count"),
          Column("load", "word:load"))  # fmt: skip
ALWAYS = frozenset({"migration", "overloaded"})
"""Tables whose emptiness is news."""


def portfolio(visit: Visit) -> Page:
    """Show the newest summary, and before the first one that there is none."""
    document = _newest(visit)
    if document is None:
        return Page("portfolio", {"whole": None, "tables": (), "chart": None, "trend": None}, ("portfolio", "none"))
    classes = _classes(document["class"])
    named = labels(visit.visitor.language)["classes"]
    kinds = [row["class_word"] for row in classes]
    chart = charts.bars(
        [named[kind] for kind in kinds],
        [float(row["exposure"]) for row in classes],
        document["summary"]["currency"],
        kinds,
    )
    shown = {"whole": document["summary"], "lacking": sum(row["in_part"] for row in classes), "tables": [table for table in _tables(visit, document) if table.rows or table.caption in ALWAYS],
             "chart": chart, "trend": _trend(document["month"], visit.visitor.language, document["summary"]["currency"])}  # fmt: skip
    return Page("portfolio", shown, ("portfolio", str(document["summary"]["as_of"])))


def portfolio_csv(visit: Visit) -> CsvFile:
    """Hand over one table of the newest summary, the classes when none is asked for.

    :raises NotFound: before the first one.
    """
    return chosen_file("portfolio", _tables(visit, _summary(visit)), visit.query.get("table", ""))


def _newest(visit: Visit) -> dict[str, Any] | None:  # rows of a report
    with visit.reading() as connection:
        return store.read_summary(connection)


def _summary(visit: Visit) -> dict[str, Any]:  # rows of a report
    found = _newest(visit)
    if found is None:
        raise NotFound("the portfolio was not summarized yet; its DAG is summarize_portfolio")
    return found


def _tables(visit: Visit, document: dict[str, Any]) -> tuple[Table, ...]:  # rows of a report
    """Return every table of the page, each of which is taken away by its name."""
    with visit.reading() as connection:
        hottest = rows(
            connection,
            "hot_list",
            owner_users=visit.visitor.owner_users,
            on_day=visit.today,
            how_many=HOT,
            rate_missing=RATE_MISSING,
        )
        groups = _groups(visit, connection, document)
        loaded = [row for row in loads(visit, connection) if row["load"] != "fine"]
    owners, order = in_order(
        _called(document["owner"], "owner_user"), BY_OWNER, visit.query.get("sort", ""), "-exposure"
    )
    tables = (
        Table("by_class", BY_CLASS, as_known(_classes(document["class"]))), Table("hot_list", HOTTEST, as_known(hottest)), Table("migration", MOVES, _moves(document["migration"])),
        Table("overloaded", LOADED, loaded), Table("ageing", AGEING, _aged(document["bucket"])), Table("largest_groups", BY_GROUP, as_known(groups)),
        Table("by_owner", BY_OWNER, as_known(owners), order, f"{visit.root}/portfolio", visit.query),
        Table("by_industry", BY_INDUSTRY, as_known(_called(document["industry"][:HOT], "industry"))), Table("by_country", BY_COUNTRY, as_known(_called(document["country"][:HOT], "country"))),
        Table("months", MONTHS, [{**row, "month_end": row["ends_on"]} for row in document["month"]]), Table("rolls", ROLLS, _rolled(document["roll"])),
    )  # fmt: skip
    return taken_away(tables, f"{visit.root}/portfolio.csv")


def _groups(visit: Visit, connection: Connection, document: dict[str, Any]) -> list[Row]:
    """Return the largest groups, each by the name of its largest member; to somebody who sees every customer alone."""
    found = document["group"][:HOT] if visit.visitor.sees_all else []
    named = group_names(connection, [int(row["member"]) for row in found], None)
    return [{**row, "group_name": named.get(int(row["member"]), row["member"])} for row in found]


def _classes(found: list[Row]) -> list[Row]:
    named: list[Row] = [
        {**row, "risk_class": int(row["member"]), "class_word": CLASS_CODES[int(row["member"])]} for row in found
    ]
    return sorted(named, key=lambda row: -row["risk_class"])


def _trend(found: list[Row], language: str, currency: str) -> charts.Chart | None:
    """Return what was open and what of it was overdue at the end of each month."""
    named = words(language)["column"]
    series = [
        (named[name], kind, [float(row[name]) for row in found])
        for name, kind in (("receivables", "billed"), ("overdue", "alarm"))
    ]
    return charts.months([f"{row['ends_on']:%Y-%m}" for row in found], series, currency) if len(found) > 1 else None


def _called(found: list[Row], name: str) -> list[Row]:
    """Return the rows of a grouping under the name of what they are grouped by."""
    return [{**row, name: row["member"]} for row in found]


def _aged(found: list[Row]) -> list[Row]:
    return [{**row, "bucket": TARGETS[row["bucket"]], "loss_rate_pct": 100 * row["loss_rate"]} for row in found]


def _rolled(found: list[Row]) -> list[Row]:
    return [
        {**row, "bucket": TARGETS[row["bucket"]], "target": TARGETS[row["target"]], "share_pct": 100 * row["share"]}
        for row in found
    ]


def _moves(found: list[dict[str, Any]]) -> list[Row]:  # rows of a report
    moved = [row for row in found if row["old_class"] != row["new_class"]]
    return [{**row, "old_class": None if row["old_class"] < 0 else row["old_class"]} for row in moved]
