"""Commands about refused rows: list, release, redrive, discard."""

from typing import Annotated

import typer

from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import open_services

app = typer.Typer(help="Refused rows: list them, release them, or read them again.", no_args_is_help=True)
Ids = Annotated[list[int], typer.Argument(help="Numbers of quarantined rows.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]


@app.command("list")
def list_quarantine(
    context: typer.Context,
    batch: Annotated[int | None, typer.Option(help="Only this batch.")] = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this code, such as R-DATE.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List rows that wait in quarantine, with the reason and the repair."""
    from riskreview.validation.quarantine import list_rows

    with open_services(context.obj) as services:
        rows = list_rows(services, batch_id=batch, source_id=source, code=code, limit=limit)
    shown = [(r.quarantine_id, r.source_id, r.dataset, r.line, r.column_name, r.code, r.found, r.repair) for r in rows]
    columns = ("id", "source", "dataset", "line", "column", "code", "found", "repair")
    emit(rows, as_json=as_json, render=lambda: table(f"{len(rows)} rows in quarantine", columns, shown))


@app.command()
def release(context: typer.Context, ids: Ids, actor: Actor, reason: Reason, as_json: JsonOption = False) -> None:
    """Accept rows as they are despite the rule they broke, and publish them."""
    from riskreview.orchestration.redrive import release_rows

    with open_services(context.obj) as services:
        done = release_rows(services, ids=ids, actor=actor, reason=reason)
    emit(
        done, as_json=as_json, render=lambda: console.print(f"{sum(done.passed.values())} rows released and published.")
    )


@app.command()
def redrive(
    context: typer.Context,
    actor: Actor,
    batch: Annotated[int | None, typer.Option(help="All rows of this batch.")] = None,
    ids: Annotated[list[int] | None, typer.Option("--id", help="Only these rows.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Read rows again from the raw bytes with today's mapping; those that pass now are published."""
    from riskreview.orchestration.redrive import redrive_rows

    with open_services(context.obj) as services:
        done = redrive_rows(services, batch_id=batch, ids=ids or (), actor=actor)
    text = f"{sum(done.passed.values())} rows passed and were published, {done.failed} stay in quarantine."
    emit(done, as_json=as_json, render=lambda: console.print(text))
