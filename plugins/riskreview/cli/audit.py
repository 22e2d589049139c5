"""Commands about the event log: its checkpoints and keys, parts of it for people outside, and what to do after a restore."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from riskreview.cli.operate import day_or_none
from riskreview.cli.output import JsonOption, console, emit, on_this_machine
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import open_services

app = typer.Typer(help="The event log: checkpoints, keys, exports, restores.", no_args_is_help=True)
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Customer = Annotated[str, typer.Option("--customer", help="The customer's id, as pages show it.")]
Reason = Annotated[str, typer.Option(help="Why; at least ten characters.")]
_ERASED = {
    "proposed": "Erasure {0.erasure_id} is proposed; another person of compliance or legal says the same command to do it.",
    "erased": "Erased; {0.removed} rows lost what was personal. The log still verifies.",
    "withdrawn": "Proposal {0.erasure_id} is withdrawn.",
}


@app.command()
def checkpoint(context: typer.Context, as_json: JsonOption = False) -> None:
    """Sign what the log is now and bring it outside the database; the DAG checkpoint_audit does it every hour."""
    from riskreview.orchestration.log_keeping import checkpoint_audit

    with open_services(context.obj) as services:
        counts = checkpoint_audit(services).counts
    emit(counts, as_json=as_json,
         render=lambda: console.print(f"Checkpoint {counts['checkpoint']} covers {counts['events']} events; {counts['waiting']} wait to be brought out."))  # fmt: skip


@app.command()
def key(context: typer.Context, as_json: JsonOption = False) -> None:
    """Print the log's public keys; give the newest to whoever verifies, on another way than the log."""
    from riskreview.audit.keys import read_ring, statements_of

    with open_services(context.obj) as services, services.engine.connect() as connection:
        ring = read_ring(statements_of(connection))
    found = [{"first_checkpoint": first, "key": str(item)} for first, item in ring.keys]
    emit(
        found,
        as_json=as_json,
        render=lambda: console.print("\n".join(str(item["key"]) for item in found), soft_wrap=True),
    )


@app.command()
def rotate_key(context: typer.Context, actor: Actor) -> None:
    """Let a new signing key follow the present one, which signs it; the old private key is gone afterwards."""
    from riskreview.orchestration.log_keeping import rotate_key as rotate

    with open_services(context.obj) as services:
        made = rotate(services, actor=actor)
    console.print(
        f"The new key signs from checkpoint {made.number} on. Give it to whoever verifies: riskreview audit key"
    )


@app.command()
def reconcile(
    context: typer.Context,
    actor: Actor,
    reason: Annotated[str, typer.Option(help="Why the log was set back, in two words or more.")],
) -> None:
    """Accept that the database was restored, so that messages are sent again; the log says so for ever."""
    from riskreview.orchestration.log_keeping import reconcile as accept

    with open_services(context.obj) as services:
        made = accept(services, actor=actor, reason=reason)
    console.print(f"Checkpoint {made.number} says that the log was set back to checkpoint {made.restored}. Messages are sent again.")  # fmt: skip


@app.command()
def erase(
    context: typer.Context, customer: Customer, reason: Reason, actor: Actor,
    take_back: Annotated[bool, typer.Option("--withdraw", help="Take an open proposal back instead.")] = False,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Erase a customer's personal data: the first person proposes it, the same command by a second one does it. A legal hold forbids it."""
    from riskreview.privacy import erasing

    act = erasing.withdraw if take_back else erasing.erase
    with open_services(context.obj) as services:
        found = act(services, customer=customer, actor=actor, reason=reason)
    emit(asdict(found), as_json=as_json, render=lambda: console.print(_ERASED[found.state].format(found)))


@app.command()
def hold(context: typer.Context, customer: Customer, reason: Reason, actor: Actor) -> None:
    """Forbid erasing a customer, such as for a lawsuit, until the hold is released."""
    from riskreview.privacy import erasing

    with open_services(context.obj) as services:
        number = erasing.hold(services, customer=customer, actor=actor, reason=reason)
    console.print(f"Legal hold {number} stands.")


@app.command()
def release(context: typer.Context, customer: Customer, reason: Reason, actor: Actor) -> None:
    """End a customer's legal hold."""
    from riskreview.privacy import erasing

    with open_services(context.obj) as services:
        number = erasing.release(services, customer=customer, actor=actor, reason=reason)
    console.print(f"Legal hold {number} is released.")


@app.command()
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(callback=on_this_machine, help="An empty or new folder.")],
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="First day (UTC); default: from the beginning.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day (UTC); default: to the end.")] = None,
    texts: Annotated[bool, typer.Option("--texts", help="Also what people wrote, which may be personal data.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write events with their proofs and the verifier into a folder that needs no database to be verified."""
    from riskreview.audit.exporting import export_log

    if folder.exists() and any(folder.iterdir()):
        raise BadInput("E-EXPORT-FOLDER", f"{folder} is not empty", "Name a new folder")
    with open_services(context.obj) as services:
        found = export_log(services, folder, since=day_or_none(since), until=day_or_none(until), texts=texts)
    emit(asdict(found), as_json=as_json,
         render=lambda: console.print(f"{found.events} events, proven by checkpoint {found.checkpoint}. Verify them with: python3 {folder}/verify.py {folder}"))  # fmt: skip
