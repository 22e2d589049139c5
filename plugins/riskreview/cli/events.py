"""Commands about events: send one, list them, set a sender up, serve the web hook without Airflow."""

import mimetypes
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, Row, console, emit, table
from riskreview.foundation.instance import open_instance
from riskreview.foundation.services import Services, open_services

app = typer.Typer(help="Events about customers: send, list, set up senders.", no_args_is_help=True)
Source = Annotated[str, typer.Argument(help="Source whose mapping says read: {events: true}.")]


@app.command()
def put(
    context: typer.Context,
    source: Source,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON, or JSON lines (.jsonl).")],
    number: Annotated[str, typer.Option("--id", help="What you call this message; the same id is the same message.")],
    as_json: JsonOption = False,
) -> None:
    """Hand an event over by command, as a queue or a web hook would."""
    from riskreview.events.queue import TYPES
    from riskreview.events.receiving import Message, receive

    kind = TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0] or file.suffix
    with open_services(context.obj) as services:
        done = receive(services, Message(source, number, file.read_bytes(), kind, "command"))
    answer = {"reference": done.reference, "received_at": done.received_at, "repeated": done.repeated}
    text = f"{done.reference} {'had been received before' if done.repeated else 'received'}."
    emit(answer, as_json=as_json, render=lambda: console.print(text))


@app.command("list")
def list_events(
    context: typer.Context,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    state: Annotated[str | None, typer.Option(help="Only this state, such as received or held.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List events, the newest first: what became of each, never what it says."""
    from riskreview.events.store import listed

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            rows = listed(connection, source_id=source, state=state, limit=limit)
        _say_why(services, rows)
    columns = ("event_id", "source_id", "event_key", "rows", "state", "received_at", "received_through", "problem")
    emit(
        rows,
        as_json=as_json,
        render=lambda: table("Events", columns, [[row[name] for name in columns] for row in rows]),
    )


def _say_why(services: Services, rows: list[Row]) -> None:
    """Say of each message what it waits for, or which rules keep rows of it from becoming facts."""
    from riskreview.facts.accounts import which_known
    from riskreview.intake.staging import local_day
    from riskreview.policy.monitoring_policy import load_monitoring_policy

    days = timedelta(days=load_monitoring_policy(services.instance).events.account_wait_days)
    named: dict[str, set[str]] = {}
    for row in rows:
        named.setdefault(row["system"], set()).update(row["accounts"])
    known = {system: which_known(services, system, accounts) for system, accounts in named.items() if accounts}
    for row in rows:
        accounts, refused = row.pop("accounts"), row.pop("refused")
        row["waits_for"] = sorted(set(accounts) - known.get(row["system"], frozenset()))
        if row["waits_for"]:
            until = local_day(services.instance, row["received_at"] + days)
            row["problem"] = f"waits until {until} for an account that is not known: {', '.join(row['waits_for'])}; deliver its customer"  # fmt: skip
        elif refused:
            row["problem"] = f"{refused}; riskreview quarantine list --batch {row['batch_id']}"


@app.command()
def take(context: typer.Context, as_of: Day = None, as_json: JsonOption = False) -> None:
    """Take what waits now: judge whom it concerns, raise signals, start plans, tell people. With Airflow watch_events does."""
    from riskreview.orchestration.continuous import watch_events

    with open_services(context.obj) as services:
        done = watch_events(services, as_of=day_or_none(as_of), triggered_by="cli")
    rows = [(name, count) for name, count in done.counts.items() if count]
    emit(
        {"as_of": done.as_of, "counts": done.counts},
        as_json=as_json,
        render=lambda: table("Events", ("what", "count"), rows),
    )


@app.command()
def secret(
    context: typer.Context,
    source: Source,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Add a new secret; the old one stays valid until the next.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the secret with which a source's sender signs its web hooks, and print it once."""
    from riskreview.events.receiving import event_mapping
    from riskreview.events.secrets import make_secret

    instance = open_instance(context.obj)
    made = make_secret(instance, event_mapping(instance, source).source, rotate=rotate)
    emit({"source": source, "secret": made}, as_json=as_json, render=lambda: console.print(made, highlight=False))


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8090,
    host: Annotated[
        str, typer.Option(help="Address to listen on; put TLS in front of any other than loopback.")
    ] = "127.0.0.1",
) -> None:
    """Take web hooks without Airflow: POST /SOURCE, signed. With Airflow its API server does, at /riskreview-events/SOURCE."""
    import uvicorn

    from riskreview.events.app import make_app

    with open_services(context.obj) as services:
        console.print(f"Taking signed events at http://{host}:{port}/SOURCE")
        uvicorn.run(make_app(services), host=host, port=port, log_level="warning", server_header=False)
