"""Commands about batches: list them, show one, and let two people accept one that is held."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from riskreview.cli.output import JsonOption, console, emit, statement_rows, table
from riskreview.foundation.errors import NotFound
from riskreview.foundation.services import open_services

app = typer.Typer(help="Batches: list them, show one, accept one that is held.", no_args_is_help=True)
override = typer.Typer(
    help="Accept a held batch as it is: one person proposes, another one decides.", no_args_is_help=True
)
app.add_typer(override, name="override")
Number = Annotated[int, typer.Argument(help="Batch number.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]


@app.command("list")
def list_batches(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only this state, such as held.")] = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List batches, newest first, with what holds them."""
    with open_services(context.obj) as services, services.engine.connect() as connection:
        rows = statement_rows(connection, "batches", state=state, source=source, how_many=limit)
    columns = ("batch_id", "source_id", "as_of", "state", "file_name", "override_state", "problem")
    shown = [[row[name] for name in columns] for row in rows]
    emit(rows, as_json=as_json, render=lambda: table(f"{len(rows)} batches", columns, shown))


@app.command()
def show(context: typer.Context, number: Number, as_json: JsonOption = False) -> None:
    """Show one batch: where it came from, what was counted, what holds it, and who proposed to accept it."""
    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = statement_rows(connection, "batch", batch_id=number)
    if not found:
        raise NotFound(f"there is no batch {number}")
    emit(found[0], as_json=as_json, render=lambda: _render(found[0]))


def _render(row: Mapping[str, Any]) -> None:
    facts = [(name, _in_words(value)) for name, value in row.items() if value not in (None, "", {})]
    table(f"Batch {row['batch_id']}", ("", "value"), facts)
    number, is_proposed = row["batch_id"], row["override_state"] == "proposed"
    if row["state"] == "held" and is_proposed:
        console.print(
            f"Another person decides: riskreview batch override approve {number} --as PERSON",
            highlight=False,
            soft_wrap=True,
        )
    elif row["state"] == "held":
        way = f"riskreview batch override propose {number} --as PERSON --reason WHY"
        console.print(f"If it is right as it is: {way}; another person approves.", highlight=False, soft_wrap=True)


def _in_words(value: object) -> object:
    """Return counts, also those by dataset, as text."""
    if not isinstance(value, Mapping):
        return value
    parts = (
        f"{name}: {_in_words(item)}" if isinstance(item, Mapping) else f"{name} {item}" for name, item in value.items()
    )
    return "\n".join(parts) if any(isinstance(item, Mapping) for item in value.values()) else ", ".join(parts)


@override.command()
def propose(
    context: typer.Context,
    number: Number,
    actor: Actor,
    reason: Annotated[str, typer.Option(help="Why the batch is right as it is; kept with the decision.")],
    as_json: JsonOption = False,
) -> None:
    """Propose to accept a held batch; another person decides."""
    from riskreview.validation.overrides import propose_override

    with open_services(context.obj) as services:
        propose_override(services, batch_id=number, actor=actor, reason=reason)
    _said(number, "proposed", "Proposed; another person must approve it.", as_json=as_json)


@override.command()
def approve(context: typer.Context, number: Number, actor: Actor, as_json: JsonOption = False) -> None:
    """Grant what another person proposed; the next ingest takes the batch."""
    from riskreview.validation.overrides import approve_override

    with open_services(context.obj) as services:
        approve_override(services, batch_id=number, actor=actor)
    _said(number, "approved", "Approved; the next ingest takes the batch.", as_json=as_json)


@override.command()
def refuse(context: typer.Context, number: Number, actor: Actor, as_json: JsonOption = False) -> None:
    """Refuse what another person proposed; the batch stays held."""
    from riskreview.validation.overrides import refuse_override

    with open_services(context.obj) as services:
        refuse_override(services, batch_id=number, actor=actor)
    _said(number, "refused", "Refused; the batch stays held.", as_json=as_json)


def _said(number: int, state: str, sentence: str, *, as_json: bool) -> None:
    emit({"batch_id": number, "override_state": state}, as_json=as_json, render=lambda: console.print(sentence))
