"""Commands that show one thing: customer, group, review, run."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.panel import Panel
from sqlalchemy import Connection

from riskreview.cli.customers import CLASSES, one_customer
from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, Row, console, emit, plain, table
from riskreview.cli.output import statement_rows as rows
from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import Services, open_services
from riskreview.policy.risk_terms import FLAGS

if TYPE_CHECKING:
    from riskreview.indicators.customer_statements import StatementReport

app = typer.Typer(help="Look at one customer, group, review or run.", no_args_is_help=True)
COLORS = ("white", "green", "yellow", "dark_orange", "red", "bold white on red")
CUSTOMER_TABLES = {
    "accounts": ("system", "account_id", "name"),
    "merges": ("customer_id", "merge_id", "basis", "reference", "merged_by", "merged_at"),
    "signals": ("signal_id", "rule_id", "severity", "state", "opened_on", "value", "line", "handler", "snoozed_until", "outcome"),
    "reviews": ("review_id", "kind", "period_key", "state", "owner", "due_on"),
    "measures": ("measure_id", "kind", "amount", "currency", "days", "share_pct", "stage", "state", "starts_on", "expires_on", "owner"),
    "activations": ("playbook_id", "state", "owner", "started_on", "steps", "steps_ended"),
}  # fmt: skip
"""What hangs on a customer, with the columns that are shown of it."""


@app.command()
def customer(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="Customer id, registration number, or account number of any system.")],
    language: Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")] = None,
    as_of: Day = None,
    as_json: JsonOption = False,
) -> None:
    """Show a customer: class and why, whether it may get worse, indicators past their lines, group, relations, signals, reviews, measures, plans."""
    from riskreview.assessment.explain import explain
    from riskreview.assessment.forecast import forecast_of
    from riskreview.measures.reading import measures_of_customer
    from riskreview.orchestration.stages import business_today

    with open_services(context.obj) as services:
        day = day_or_none(as_of) or business_today(services)
        with services.engine.connect() as connection:
            key = one_customer(connection, number)
            document: dict[str, Any] = {"customer": rows(connection, "customer", customer_key=key, on_day=day)[0]}
            for name in ("accounts", "merges", "signals", "reviews", "activations"):
                document[name] = rows(connection, name, customer_key=key)
            document["measures"] = measures_of_customer(connection, key, on_day=day)
            document["group"] = _group_of(connection, key, day)
            document["relations"] = rows(connection, "relations", customer_keys=[key])
        for name in ("risk_class", "last_class"):
            code = document["customer"].pop(name)
            document["customer"][name] = None if code is None else CLASSES[code]
        document["missing_rates"] = _missing_rates(services, key, day)
        spoken = language or services.instance.settings.language
        document["forecast"] = forecast_of(services, customer_key=key, on_day=day, language=spoken)
        document["held_for_data"] = _held_for_data(services, key, day, spoken)
        if document["customer"]["risk_class"] is not None:
            document["explanation"] = explain(services, customer_key=key, language=spoken, on_day=day)
    emit(document, as_json=as_json, render=lambda: _render_customer(document))


def _missing_rates(services: Services, key: int, day: date) -> list[str]:
    """Say which exchange rates the customer's amounts lack; the facts are opened only when the assessment found some missing."""
    from riskreview.facts.missing_rates import missing_rates
    from riskreview.facts.use_cases import current_pins

    with services.engine.connect() as connection:
        lacks = rows(connection, "lacks_rate", customer_key=key, bit=1 << FLAGS.index("rate_missing"))
    if not lacks:
        return []
    found = missing_rates(services, pins=current_pins(services), as_of=lacks[0]["as_of"] or day, customer_key=key)
    return [item.sentence for item in found]


def _held_for_data(services: Services, key: int, day: date, language: str) -> list[dict[str, Any]]:
    """Say which feeds are late or held, and what of the customer cannot be judged because of it."""
    from riskreview.assessment.held import read_held
    from riskreview.policy.risk_policy import load_policy

    policy = load_policy(services.instance)
    return [
        {"feed": feed.source_id, "state": feed.state, "last_good_as_of": feed.last_good_as_of, "due_on": feed.due_on,
         "rules": feed.rules, "sentence": feed.sentence(policy, language)}
        for feed in read_held(services, as_of=day, customer_key=key).feeds
    ]  # fmt: skip


def _render_customer(document: Mapping[str, Any]) -> None:
    who = document["customer"]
    word = who["risk_class"] or "not assessed"
    color = COLORS[CLASSES.index(word)] if word in CLASSES else "white"
    lines = [f"[{color}]{word.upper()}[/] since {who['class_since']}, index {who['index_points'] or 0:.1f}"]
    explanation = plain(document.get("explanation"))
    if isinstance(explanation, dict):
        if word != who["last_class"]:
            lines += [f"[bold red]{escape(explanation['headline'])}[/]", "Deliver newer extracts, then: riskreview run"]
        lines += [escape(str(sentence)) for sentence in explanation["sentences"]]
    lines += [f"[bold red]{escape(sentence)}[/]" for sentence in document["missing_rates"]]
    lines.append(f"[dim]{document['forecast'].sentence}[/]")
    lines += [f"[bold yellow]{escape(held['sentence'])}[/]" for held in document["held_for_data"]]
    if document["group"]:
        whole = document["group"]
        owed = _owed(whole, "exposure")
        lines.append(
            f"Group {whole['group_id']}: {whole['customers']} members, exposure {owed}, worst class {whole['worst_class']}"
        )
    console.print(
        Panel(
            "\n".join(lines),
            title=escape(f"{who['name'] or 'without a name'} ({who['customer_id']})"),
            title_align="left",
        )
    )
    for name, columns in CUSTOMER_TABLES.items():
        if document[name]:
            table(name.capitalize(), columns, [[row[column] for column in columns] for row in document[name]])
    _render_relations(document["relations"])


def _render_relations(relations: Sequence[Row]) -> None:
    columns = ("kind", "party", "customer", "share %", "amount", "currency", "in reporting currency", "from", "until")
    names = ("kind", "party", "name", "share_pct", "amount", "currency", "reporting_amount", "starts_on", "ends_on")
    if relations:
        table("Relations", columns, [[row[name] for name in names] for row in relations])


def _group_of(connection: Connection, key: int, day: date) -> Row | None:
    from riskreview.portfolio.in_part import RATE_MISSING, as_known

    for found in as_known(rows(connection, "group_of", customer_key=key, on_day=day, rate_missing=RATE_MISSING)):
        return {**found, "worst_class": CLASSES[found["worst_class"] or 0]}
    return None


def _owed(group: Row, name: str) -> str:
    """Say an amount of a group, and whether amounts of members are left out of it because they have no exchange rate."""
    from riskreview.console.words import words

    said = words("en")["customer"]
    amount = said["amount_unknown"] if group[name] is None else f"{group[name]:,.2f}"
    return f"{amount} ({said['in_part']})" if group["in_part"] else amount


@app.command()
def group(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="Group number, or any number of one of its members.")],
    as_of: Day = None,
    as_json: JsonOption = False,
) -> None:
    """Show a group: members with class, exposure and share, the total against the limit, guarantees, the last summaries."""
    from riskreview.orchestration.stages import business_today
    from riskreview.policy.portfolio_policy import load_portfolio_policy
    from riskreview.portfolio.in_part import RATE_MISSING, as_known

    with open_services(context.obj) as services, services.engine.connect() as connection:
        day = day_or_none(as_of) or business_today(services)
        key = _member(connection, number)
        whole = _group_of(connection, key, day)
        if whole is None:
            raise NotFound(f"customer {number} belongs to no group")
        limit = load_portfolio_policy(services.instance).group_limit
        members = as_known(
            rows(connection, "group_members", group_id=whole["group_id"], on_day=day, rate_missing=RATE_MISSING)
        )
        relations = rows(connection, "relations", customer_keys=[row.pop("customer_key") for row in members])
        history = as_known(rows(connection, "group_history", group_id=whole["group_id"], how_many=12))
        currency = services.instance.settings.reporting_currency
    for row in members:
        row["risk_class"] = "not assessed" if row["risk_class"] is None else CLASSES[row["risk_class"]]
    used = None if limit is None or whole["exposure"] is None else 100 * whole["exposure"] / limit
    document = {"group": {**whole, "currency": currency, "limit": limit, "limit_used_pct": used}, "members": members,
                "relations": relations, "history": history}  # fmt: skip
    emit(document, as_json=as_json, render=lambda: _render_group(document))


def _member(connection: Connection, number: str) -> int:
    """Return a member of the group of a number, else the customer of that number."""
    found = rows(connection, "find_group", group_id=int(number)) if re.fullmatch(r"-?[0-9]{1,18}", number) else []
    return int(found[0]["customer_key"]) if found else one_customer(connection, number)


def _render_group(document: Mapping[str, Any]) -> None:
    from riskreview.console.words import words

    whole = document["group"]
    used = whole["limit_used_pct"]
    against = (
        "no limit"
        if whole["limit"] is None
        else f"{'unknown' if used is None else f'{used:.0f} %'} of the limit of {whole['limit']:,.2f}"
    )
    color = "white" if used is None or used <= 100 else "bold red"
    line = f"{whole['currency']}: exposure {_owed(whole, 'exposure')}, overdue {_owed(whole, 'overdue')}, {against}, worst class {whole['worst_class']}"
    console.print(Panel(f"[{color}]{line}[/]", title=f"Group {whole['group_id']}", title_align="left"))
    columns = ("customer_id", "name", "risk_class", "exposure", "share_pct", "overdue", "limit_amount")
    table("Members", columns, [[row[column] for column in columns] for row in document["members"]])
    if lacking := sum(row["in_part"] for row in document["members"]):
        console.print(words("en")["portfolio"]["lacking"].format(count=lacking), highlight=False)
    _render_relations(document["relations"])
    if document["history"]:
        days = ("as_of", "customers", "exposure", "overdue", "expected_loss")
        table("Summaries", days, [[row[column] for column in days] for row in document["history"]])


@app.command()
def statements(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="Customer id, registration number, or account number of any system.")],
    language: Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")] = None,
    as_of: Day = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the ratio models say about a customer's statements, with zone, missing inputs and figures that jump."""
    from riskreview.indicators.customer_statements import customer_statements
    from riskreview.orchestration.stages import business_today
    from riskreview.policy.risk_policy import load_policy

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            key = one_customer(connection, number)
        report = customer_statements(
            services, customer_key=key, as_of=day_or_none(as_of) or business_today(services),
            policy=load_policy(services.instance), language=language or services.instance.settings.language,
        )  # fmt: skip
    emit(report, as_json=as_json, render=lambda: _render_statements(report))


def _render_statements(report: "StatementReport") -> None:
    age = ", [bold red]older than 18 months[/]" if report.is_stale else ""
    console.print(f"Period to {report.period_end}, {report.scope}, {report.currency}, {report.basis}{age}")
    for sentence in report.jumps:
        console.print(f"[bold red]{sentence}[/]")
    table(
        "Models", ("model", "value", "zone", "probability", "missing", "neutral", "zero denominator"),
        [[line.name, line.value, line.zone_name, line.probability, ", ".join(line.missing), ", ".join(line.neutral),
          ", ".join(line.undefined)] for line in report.models],
    )  # fmt: skip
    table(
        "Ratios",
        ("ratio", "value", "missing"),
        [[line.name, line.value, ", ".join(line.missing)] for line in report.ratios],
    )


@app.command()
def known(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="Customer id, registration number, or account number of any system.")],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day at whose end it was known.")],
    as_json: JsonOption = False,
) -> None:
    """Show what was known of a customer at the end of a day: its attributes and which accounts were its own."""
    from riskreview.facts.register import known_accounts, known_customer, see_register
    from riskreview.facts.use_cases import pins_at

    with open_services(context.obj) as services:
        midnight = datetime.combine(
            on.date() + timedelta(days=1), time(), ZoneInfo(services.instance.settings.time_zone)
        )
        pins = pins_at(services, known_at=midnight - timedelta(microseconds=1))
        with services.engine.begin() as connection:
            see_register(connection, pins)
            key = one_customer(connection, number, find="find_known_customers")
            document = {
                "known_at": pins.known_at,
                "customer": known_customer(connection, key),
                "accounts": known_accounts(connection, key),
            }
    emit(document, as_json=as_json, render=lambda: _render_known(document))


def _render_known(document: Mapping[str, Any]) -> None:
    who = document["customer"]
    facts = [(name, value) for name, value in who.items() if value is not None]
    table(f"{who['customer_id']}, as known at {document['known_at']:%Y-%m-%d %H:%M %Z}", ("", "value"), facts)
    columns = ("system", "account_id", "name")
    table("Accounts", columns, [[row[column] for column in columns] for row in document["accounts"]])


@app.command()
def review(
    context: typer.Context, number: Annotated[int, typer.Argument(help="Review number.")], as_json: JsonOption = False
) -> None:
    """Show a review with the pack that was frozen when it opened."""
    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = rows(connection, "review", review_id=number)
    if not found:
        raise NotFound(f"there is no review {number}")
    document = {**found[0], "pack": json.loads(bytes(found[0]["pack"]))}
    emit(document, as_json=as_json, render=lambda: _render_review(document))


def _render_review(document: Row) -> None:
    facts = [(name, value) for name, value in document.items() if name != "pack" and value not in (None, [], "")]
    table(f"Review {document['review_id']}", ("", "value"), facts)
    console.rule("frozen pack")
    console.print_json(json.dumps(document["pack"], ensure_ascii=False))


@app.command()
def run(
    context: typer.Context,
    number: Annotated[int | None, typer.Argument(help="Run number; without it the newest runs are listed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what ran: stage, date, pinned versions, counts."""
    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = rows(connection, "runs", run_id=number, how_many=20)
    if number is not None and not found:
        raise NotFound(f"there is no run {number}")
    columns = ("run_id", "stage", "as_of", "state", "started_at", "triggered_by", "counts")
    shown = [[row[name] if name != "counts" else _counts(row[name]) for name in columns] for row in found]
    emit(found[0] if number is not None else found, as_json=as_json, render=lambda: table("Runs", columns, shown))


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in counts.items() if value)
