"""Commands about emergency plans: check them, list them."""

from pathlib import Path
from typing import Annotated

import typer

from riskreview.cli.output import JsonOption, console, emit
from riskreview.foundation.instance import open_instance

app = typer.Typer(help="Emergency plans: check what an editor wrote.", no_args_is_help=True)


@app.command()
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Default: all of the instance.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check playbooks: the four sections, owners, deadlines, order of steps, and that no two answer the same trigger."""
    from riskreview.policy.playbook import check_playbooks

    paths = files or open_instance(context.obj).configuration("playbooks")
    checked = check_playbooks(paths)
    names = [item.id for item in checked]
    emit(
        {"playbooks": names},
        as_json=as_json,
        render=lambda: console.print(f"{len(names)} playbooks are in order: {', '.join(names)}"),
    )
