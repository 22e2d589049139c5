"""Commands that show the whole: who is risky, the portfolio's figures, and the proof that everybody was assessed."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from riskreview.cli.customers import CLASSES
from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, Row, console, emit, statement_rows, table
from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import open_services

Grouping = Literal["class", "industry", "owner", "country", "segment", "group"]
Class = Literal["unknown", "low", "medium", "high", "critical", "default"]
BUCKETS = ("not due", "1-30 days", "31-60 days", "61-90 days", "91-120 days", "over 120 days", "paid", "written off")
LARGEST = 10
Document = Mapping[str, Any]  # rows of a report


def customers(
    context: typer.Context,
    from_class: Annotated[
        Class, typer.Option(help="From this class on: unknown (everybody), low, medium, high, critical, default.")
    ] = "high",
    how_many: Annotated[int, typer.Option(min=1, max=1000, help="Customers shown at most.")] = 20,
    language: Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show who is risky and why, the worst first; a class that is out of date counts as it was, and is shown as unknown."""
    from riskreview.assessment.explain import explain
    from riskreview.orchestration.stages import business_today
    from riskreview.portfolio.in_part import RATE_MISSING, as_known

    with open_services(context.obj) as services:
        spoken = language or services.instance.settings.language
        wanted = {"from_class": CLASSES.index(from_class), "on_day": business_today(services), "how_many": how_many,
                  "rate_missing": RATE_MISSING}  # fmt: skip
        with services.engine.connect() as connection:
            found = as_known(statement_rows(connection, "ranked_customers", **wanted))
        for row in found:
            row["risk_class"], row["last_class"] = CLASSES[row["risk_class"]], CLASSES[row["last_class"]]
            told = explain(
                services, customer_key=row["customer_key"], language=spoken, on_day=row["valid_until"], brief=True
            )
            row["why"] = told.headline
    emit({"customers": found}, as_json=as_json, render=lambda: _render_customers(found, from_class))


def _render_customers(found: list[Row], from_class: str) -> None:
    columns = ("customer_id", "name", "risk_class", "last_class", "index_points", "exposure", "overdue", "why")
    table(
        f"{len(found)} customers from class {from_class} on",
        columns,
        [[row[name] for name in columns] for row in found],
    )
    if any(row["in_part"] for row in found):
        console.print(
            "exposure and overdue of {} lack amounts without an exchange rate: an empty one is unknown, not 0; deliver fx_rates".format(
                ", ".join(row["customer_id"] for row in found if row["in_part"])
            ),
            highlight=False,
        )
    if any(row["risk_class"] != row["last_class"] for row in found):
        console.print(
            "unknown: the last assessment is out of date; deliver newer extracts, then riskreview run", highlight=False
        )


def portfolio(
    context: typer.Context,
    as_of: Day = None,
    by: Annotated[
        Grouping, typer.Option(help="Grouping shown: class, industry, owner, country, segment, group.")
    ] = "class",
    as_json: JsonOption = False,
) -> None:
    """Show the portfolio: exposure, expected loss, provision, receivables by month, migration, what late payment costs."""
    from riskreview.portfolio import store
    from riskreview.portfolio.in_part import as_known

    with open_services(context.obj) as services, services.engine.connect() as connection:
        document = store.read_summary(connection, as_of=day_or_none(as_of))
        if document is None:
            raise NotFound("there is no summary of that date; run the loop, or trigger the DAG summarize_portfolio")
        day, newest = document["summary"]["as_of"], store.read_summary(connection)
        is_newest = (
            newest is not None and newest["summary"]["as_of"] == day
        )  # losses of single customers are kept of the newest alone
        document["largest"] = store.read_largest(connection, on_day=day, how_many=LARGEST) if is_newest else []
    for name in (*store.GROUPINGS, "group", "largest"):
        document[name] = as_known(document[name])
    for row in document["class"]:
        row["member"] = CLASSES[int(row["member"])]
    for row in document["largest"]:
        row["risk_class"] = CLASSES[row["risk_class"]]
    emit(document, as_json=as_json, render=lambda: _render_portfolio(document, by))


def _render_portfolio(document: Document, by: str) -> None:
    from riskreview.console.words import words

    whole = document["summary"]
    console.print(
        f"[bold]Portfolio of {whole['as_of']}[/], {whole['customers']:,} customers, amounts in {whole['currency']}",
        highlight=False,
    )
    names = ("exposure", "overdue", "expected_loss", "provision", "average_overdue", "financing_cost")
    table("Totals", ("", "amount"), [(name.replace("_", " "), whole[name]) for name in names])
    shown = ("member", "customers", "exposure", "overdue", "expected_loss", "provision", "average_overdue")
    table(f"By {by}", shown, [[row[name] for name in shown] for row in document[by][:20]])
    if lacking := sum(row["in_part"] for row in document["class"]):
        console.print(words("en")["portfolio"]["lacking"].format(count=lacking), highlight=False)
    _render_receivables(document)
    moves = [
        (row["months"], "new" if row["old_class"] < 0 else CLASSES[row["old_class"]], CLASSES[row["new_class"]], row["customers"], row["exposure"])
        for row in document["migration"] if row["old_class"] != row["new_class"]
    ]  # fmt: skip
    if moves:
        table("Moved between classes", ("months", "from", "to", "customers", "exposure"), moves)
    largest = ("customer_id", "risk_class", "exposure", "overdue", "probability", "expected_loss")
    if document["largest"]:
        table("Largest expected losses", largest, [[row[name] for name in largest] for row in document["largest"]])


def _render_receivables(document: Document) -> None:
    buckets = ("balance", "observed_rate", "credibility", "loss_rate", "provision")
    shares = [[BUCKETS[row["bucket"]], row["balance"], *(_percent(row[name]) for name in buckets[1:4]), row["provision"]]
              for row in document["bucket"]]  # fmt: skip
    table("Receivables by age", ("age", "balance", "own rate %", "credibility %", "rate %", "provision"), shares)
    rolls = [[BUCKETS[row["bucket"]], BUCKETS[row["target"]], row["amount"], row["items"], _percent(row["share"])] for row in document["roll"]]  # fmt: skip
    table("Where they were a month later", ("age", "then", "amount", "items", "share %"), rolls)
    months = (
        "ends_on",
        "sales",
        "receivables",
        "overdue",
        "dso",
        "best_possible_dso",
        "average_days_delinquent",
        "countback_dso",
        "cei_pct",
    )
    table("Receivables by month", months, [[row[name] for name in months] for row in document["month"]])


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def completeness(
    context: typer.Context,
    as_of: Day = None,
    how_many: Annotated[int, typer.Option(help="Listed customers shown at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show the proof that every active customer was assessed from fresh data, or why not."""
    from riskreview.portfolio import store

    with open_services(context.obj) as services, services.engine.connect() as connection:
        document = store.read_proof(connection, as_of=day_or_none(as_of), how_many=how_many)
    if document is None:
        raise NotFound("there is no proof of that date; run the loop, or trigger the DAG summarize_portfolio")
    emit(document, as_json=as_json, render=lambda: _render_completeness(document))


def _render_completeness(document: Document) -> None:
    proof = document["proof"]
    color = "red" if proof["unexplained"] else "green"
    console.print(
        f"[{color}]{proof['active']:,} active customers on {proof['as_of']}: {proof['fresh']:,} assessed from fresh data, "
        f"{proof['listed']:,} listed, {proof['unexplained']:,} of them without an excuse[/]",
        highlight=False,
    )
    for title, name, columns in (
        ("Reasons", "reasons", ("reason", "systems", "customers")),
        ("Listed customers", "customers", ("customer_id", "reason", "systems")),
    ):
        if document[name]:
            table(title, columns, [[row[column] for column in columns] for row in document[name]])
