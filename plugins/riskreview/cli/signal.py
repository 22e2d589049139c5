"""Commands about signals: the list to work through, one of them, and what people do with it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import typer

from riskreview.cli.customers import one_customer
from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import Services, open_services

app = typer.Typer(help="Signals: the list to work through, and what is done with each.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Number of the signal.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Language = Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")]
States = Literal["triggered", "under_review", "escalated", "snoozed", "confirmed", "dismissed", "cleared"]
Severities = Literal["warning", "alarm", "emergency"]
Outcomes = Literal["confirmed_risk", "useful_alert", "false_positive"]


@app.command("list")
def list_signals(  # noqa: PLR0913  the options of one command
    context: typer.Context,
    customer: Annotated[str | None, typer.Option(help="Only of this customer.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only of customers this person owns.")] = None,
    state: Annotated[States | None, typer.Option(help="Only in this state; default: all nobody has closed.")] = None,
    severity: Annotated[Severities | None, typer.Option(help="Only of this severity.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only of this rule or indicator.")] = None,
    language: Language = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List signals to work through, the most severe first, of those the oldest."""
    from riskreview.monitoring.worklist import list_signals as read_list

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            key = None if customer is None else one_customer(connection, customer)
            found = read_list(connection, customer_key=key, state=state, severity=severity, rule_id=rule,
                              owner_users=_names(services, owner), how_many=limit)  # fmt: skip
        titles = _titles(services, language)
    rows = [{**row, "title": titles.get(row["rule_id"], row["rule_id"])} for row in found]
    columns = ("signal_id", "subject", "title", "severity", "state", "opened_on", "handler", "snoozed_until", "outcome")
    emit(rows, as_json=as_json,
         render=lambda: table(f"{len(rows)} signals", columns, [[row[name] for name in columns] for row in rows]))  # fmt: skip


@app.command()
def show(context: typer.Context, signal: Number, language: Language = None, as_json: JsonOption = False) -> None:
    """Show a signal with all that is kept of it and what happened to it."""
    from riskreview.monitoring.worklist import show_signal

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            found = show_signal(connection, signal)
        document = {**found, "title": _titles(services, language).get(found["rule_id"], found["rule_id"])}
    spoken = language or services.instance.settings.language
    emit(document, as_json=as_json, render=lambda: _render(document, spoken))


@app.command()
def acknowledge(context: typer.Context, signal: Number, actor: Actor, as_json: JsonOption = False) -> None:
    """Take a signal: it is under review by you."""
    from riskreview.monitoring.desk import acknowledge as take

    with open_services(context.obj) as services:
        _done(take(services, signal_id=signal, actor=actor), as_json=as_json)


@app.command()
def snooze(
    context: typer.Context,
    signal: Number,
    actor: Actor,
    reason: Annotated[str, typer.Option(help="Why it may wait; it is kept with the signal.")],
    until: Annotated[
        str,
        typer.Option(metavar="DATE", help="The day on which it asks for attention again; sooner when it gets worse."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Put a signal off until a day, as long as the policy allows at its severity."""
    from riskreview.monitoring.desk import snooze as put_off

    day = day_or_none(until) or date.min
    with open_services(context.obj) as services:
        _done(put_off(services, signal_id=signal, until=day, reason=reason, actor=actor), as_json=as_json)


@app.command()
def wake(context: typer.Context, signal: Number, actor: Actor, as_json: JsonOption = False) -> None:
    """Let a signal that was put off ask for attention now."""
    from riskreview.monitoring.desk import wake as wake_signal

    with open_services(context.obj) as services:
        _done(wake_signal(services, signal_id=signal, actor=actor), as_json=as_json)


@app.command()
def close(
    context: typer.Context,
    signal: Number,
    actor: Actor,
    outcome: Annotated[Outcomes, typer.Option(help="What it was: a risk that is real, worth the look, or nothing.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept with the signal.")],
    as_json: JsonOption = False,
) -> None:
    """Say what a signal was: it is confirmed, or dismissed as a false positive, and rules are judged by it."""
    from riskreview.monitoring.desk import close as close_signal

    with open_services(context.obj) as services:
        _done(close_signal(services, signal_id=signal, outcome=outcome, reason=reason, actor=actor), as_json=as_json)


@app.command()
def outcomes(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Of signals opened since; default: a year before --as-of.")
    ] = None,
    as_of: Day = None,
    as_json: JsonOption = False,
) -> None:
    """Say how often the signals of each rule were right, by what people closed them as."""
    from riskreview.monitoring.worklist import rule_outcomes
    from riskreview.orchestration.stages import business_today

    with open_services(context.obj) as services:
        start = day_or_none(since) or (day_or_none(as_of) or business_today(services)) - timedelta(days=365)
        with services.engine.connect() as connection:
            found = rule_outcomes(connection, since=start)
    columns = (
        "rule_id",
        "severity",
        "closed",
        "confirmed_risk",
        "useful_alert",
        "false_positive",
        "false_positive_share",
        "days_to_close",
    )
    emit(found, as_json=as_json,
         render=lambda: table(f"Signals opened since {start}", columns, [[row[name] for name in columns] for row in found]))  # fmt: skip


def _names(services: Services, owner: str | None) -> tuple[str, ...] | None:
    """Return every name a person is known by in the systems."""
    from riskreview.policy.team import load_team

    if owner is None:
        return None
    person = load_team(services.instance).person(owner)
    return (owner,) if person is None else (person.id, *person.aliases)


def _titles(services: Services, language: str | None) -> Mapping[str, str]:
    from riskreview.notifications.titles import titles

    return titles(services.instance)[language or services.instance.settings.language]


def _render(document: Mapping[str, Any], language: str) -> None:
    skipped = {"history", "evidence", "version", "needs_second", "customer_key"}
    facts = [(name, value) for name, value in document.items() if name not in skipped and value is not None]
    table(f"Signal {document['signal_id']}", ("", "value"), facts)
    for sentence in document["evidence"].get("said", {}).get(language, ()):
        console.print(sentence)
    rows = [(event["recorded_at"], event["action"], event["actor"]) for event in document["history"]]
    table("History", ("at", "what", "by"), rows)


def _done(
    found: Any, *, as_json: bool
) -> None:  # what the desk returns, whose module is loaded only when it is asked for
    until = f" until {found.snoozed_until}" if found.state == "snoozed" else ""
    emit(found, as_json=as_json, render=lambda: console.print(f"Signal {found.signal_id} is {found.state}{until}."))
