"""Commands about CRM systems: connect one, check that mappings fit, pull, look at pulls, imitate a CRM."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.errors import NotFound
from riskreview.foundation.instance import open_instance
from riskreview.foundation.services import open_services

app = typer.Typer(help="CRM systems: connect, check, pull, imitate.", no_args_is_help=True)
Connection = Annotated[str, typer.Argument(help="Name of the connection, such as crm_zoho.")]
WriteNumber = Annotated[int, typer.Argument(metavar="WRITE", help="Number of a write; see: crm writes.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]
Digest = Annotated[str | None, typer.Option(help="Digest of what you read; default: of what is stored.")]


@app.command()
def connect(
    context: typer.Context,
    connection: Connection,
    file: Annotated[Path, typer.Argument(allow_dash=True, help="JSON with its settings, - for standard input.")],
    as_json: JsonOption = False,
) -> None:
    """Keep a connection's settings in a private file of the instance. With Airflow, a connection of that name does as well."""
    from riskreview.crm.connections import save_connection

    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    made = save_connection(open_instance(context.obj), connection, text)
    emit({"connection": connection, "kind": made.kind}, as_json=as_json,
         render=lambda: console.print(f"Connection [bold]{connection}[/] to {made.kind} kept. Next: riskreview crm check {connection}"))  # fmt: skip


@app.command()
def check(context: typer.Context, connection: Connection, as_json: JsonOption = False) -> None:
    """Ask the CRM for a token and its objects, and say of every mapping that reads it whether its fields exist and fit."""
    from riskreview.crm.connections import configured
    from riskreview.crm.use_cases import Network
    from riskreview.crm.use_cases import check as check_connection

    with open_services(context.obj) as services:
        found = check_connection(services, Network(configured(services.instance)), connection)

    def render() -> None:
        table(f"{connection}, {found.kind}", ("what", "value"), found.told)
        rows = [
            (source, "fits" if not problems else "\n".join(problems)) for source, problems in found.problems.items()
        ]
        table("Mappings", ("source", "finding"), rows)

    emit(found, as_json=as_json, render=render)
    if any(found.problems.values()):
        raise typer.Exit(1)


@app.command()
def pull(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Source whose mapping says read: {crm: ...}.")],
    full: Annotated[bool, typer.Option("--full", help="Read everything, even where changes would do.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Read what changed in the CRM and land it as a batch; the next ingest validates and publishes it."""
    from riskreview.crm.connections import configured
    from riskreview.crm.use_cases import Network, pull_source

    with open_services(context.obj) as services:
        done = pull_source(services, Network(configured(services.instance)), source, full=full)
    batch = "nothing new" if done.batch_id is None else f"batch {done.batch_id}"
    text = f"{done.kind}: {done.changed} changed, {done.deleted} deleted, {batch}; {done.calls} calls, {done.credits} credits."
    emit(done, as_json=as_json, render=lambda: console.print(text, highlight=False))


@app.command("list")
def list_pulls(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 30,
    as_json: JsonOption = False,
) -> None:
    """List pulls, the newest first."""
    from riskreview.crm.store import listed

    with open_services(context.obj) as services:
        rows = listed(services, limit=limit)
    columns = ("pull_id", "source_id", "kind", "mark", "rows", "changed", "deleted", "calls", "credits", "batch_id")
    emit(
        rows, as_json=as_json, render=lambda: table("Pulls", columns, [[row[name] for name in columns] for row in rows])
    )


@app.command()
def replay(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="PULL", help="Number of a pull.")],
    as_json: JsonOption = False,
) -> None:
    """Make a pull's extract again from the raw pages that were kept, and say whether its bytes are the same as then."""
    from riskreview.crm.connections import configured
    from riskreview.crm.use_cases import replay_pull

    with open_services(context.obj) as services, tempfile.TemporaryDirectory() as folder:
        same, sha256 = replay_pull(services, configured(services.instance), number, Path(folder) / "extract.jsonl")
    emit({"pull_id": number, "sha256": sha256, "same": same}, as_json=as_json,
         render=lambda: console.print("The same bytes." if same else f"[red]Other bytes:[/] {sha256}", highlight=False))  # fmt: skip
    if not same:
        raise typer.Exit(1)


@app.command()
def emulate(
    service: Annotated[Literal["zoho", "fxiaoke"], typer.Argument(help="The CRM to imitate.")],
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = 8095,
    accounts: Annotated[int, typer.Option(min=1, max=1_000_000, help="Accounts to invent.")] = 2_500,
    seed: Annotated[int, typer.Option(help="The same seed invents the same records.")] = 1,
    records: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Hold the records of this file instead, and remember there what is written.",
        ),
    ] = None,
) -> None:
    """Imitate a CRM on this machine: real HTTP, its limits and errors; /_emulator/ moves its time and plans faults."""
    from riskreview.crm.emulator.starting import start

    if service not in {"zoho", "fxiaoke"}:
        raise NotFound(f"there is no emulator of {service}")
    with start(service, port=port, accounts=accounts, seed=seed, records=records) as running:
        console.print(f"{service} with {accounts if records is None else records} accounts at {running.url}")
        console.print(f"Connection: {running.connection}", highlight=False, soft_wrap=True)
        running.serve()


@app.command()
def measure(
    accounts: Annotated[int, typer.Option(min=1, max=1_000_000, help="Accounts to read.")] = 100_000,
    as_json: JsonOption = False,
) -> None:
    """Read emulated CRMs whole in every way, at the documented limits and in virtual time, and count calls and credits."""
    from riskreview.crm.measuring import measure as measure_ways
    from riskreview.foundation.clock import SystemClock

    found = list(measure_ways(accounts, SystemClock().now()))
    columns = ("way", "records", "calls", "least", "credits", "virtual seconds")
    rows = [(item.way, item.records, item.calls, item.least, item.credits, item.seconds) for item in found]
    emit(found, as_json=as_json, render=lambda: table(f"Reading {accounts} accounts", columns, rows))


@app.command()
def watches(context: typer.Context, as_json: JsonOption = False) -> None:
    """List what the CRMs tell us of at once, with the token a function of Fxiaoke has to send; Zoho is told its own."""
    from riskreview.crm.channels import channel_id, channel_token
    from riskreview.crm.connections import configured
    from riskreview.policy.crm_policy import load_crm_policy

    instance = open_instance(context.obj)
    find = configured(instance)
    rows = [
        {"connection": item.connection, "object": item.object, "source": item.source, "notify_url": item.notify_url,
         "channel_id": channel_id(item), "token": channel_token(item, found) if (found := find(item.connection)) else None}
        for item in load_crm_policy(instance).watches
    ]  # fmt: skip
    columns = ("connection", "object", "source", "notify_url", "channel_id", "token")
    emit(
        rows,
        as_json=as_json,
        render=lambda: table("Watches", columns, [[row[name] for name in columns] for row in rows]),
    )


@app.command("write-back")
def write_back(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be written; nothing is stored or sent.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the CRMs to what policies/crm.yaml wants written there. With Airflow write_back_crm does, every hour."""
    from riskreview.crm.connections import configured
    from riskreview.crm.use_cases import Network
    from riskreview.crm.writing import write_back as bring
    from riskreview.orchestration.crm_writes import write_back_crm

    with open_services(context.obj) as services:
        if not dry_run:
            counts = write_back_crm(services).counts
            emit(counts, as_json=as_json, render=lambda: table("Written back", ("what", "count"), list(counts.items())))
            return
        done = bring(services, Network(configured(services.instance)), dry_run=True)
    rows = [(name, record, fact, change.before, change.after) for name, records in done.differences.items()
            for record, changes in records.items() for fact, change in changes.items()]  # fmt: skip
    emit(
        done,
        as_json=as_json,
        render=lambda: table("Would be written", ("connection", "record", "fact", "now", "then"), rows),
    )


@app.command()
def writes(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only this state, such as proposed or conflict.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List writes into CRMs, the newest first; a proposed one that a person edited or shares waits for approve or refuse."""
    from riskreview.crm.write_store import listed

    with open_services(context.obj) as services, services.engine.connect() as connection:
        rows = listed(connection, state=state, limit=limit)
    columns = ("write", "connection", "customer", "record or task", "changes", "edited", "state", "problem")
    shown = [
        (row["write_id"], row["connection"], row["customer_id"], row["task_key"] or row["record_id"], _said(row["changes"]),
         ", ".join(row["edited"]), row["state"], row["problem"])
        for row in rows
    ]  # fmt: skip
    emit(rows, as_json=as_json, render=lambda: table("Writes", columns, shown))


def _said(changes: Mapping[str, Sequence[str | None]]) -> str:
    return "; ".join(f"{fact} {before or 'empty'} → {after or 'empty'}" for fact, (before, after) in changes.items())


@app.command()
def approve(context: typer.Context, number: WriteNumber, person: Actor, reason: Reason, digest: Digest = None) -> None:
    """Agree to exactly what a write says; the next pass writes it."""
    _decide(context, number, person, reason, digest, agree=True)


@app.command()
def refuse(context: typer.Context, number: WriteNumber, person: Actor, reason: Reason, digest: Digest = None) -> None:
    """Refuse a write; the same is not proposed again while the CRM says what it says now."""
    _decide(context, number, person, reason, digest, agree=False)


def _decide(context: typer.Context, number: int, person: str, reason: str, digest: str | None, *, agree: bool) -> None:
    from riskreview.crm.deciding import decide
    from riskreview.crm.write_store import read_write

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            seen = digest or read_write(connection, number).digest
        decide(services, number, person=person, digest=seen, reason=reason, agree=agree)
    console.print(f"CRM write {number} {'approved' if agree else 'refused'}.")
