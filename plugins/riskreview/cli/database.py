"""Commands for whoever keeps PostgreSQL: the roles with their rights, and the schema."""

from typing import Annotated

import typer

from riskreview.cli.output import JsonOption, console, emit

app = typer.Typer(help="PostgreSQL: the roles of the program with their rights, and the schema.", no_args_is_help=True)


@app.command()
def roles(
    context: typer.Context,
    is_rehearsal: Annotated[bool, typer.Option("--dry-run", help="Print the statements and change nothing.")] = False,
    with_passwords: Annotated[
        bool, typer.Option("--passwords", help="Give each role the password of its address in the environment.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Create the roles of the program, or bring their rights up to date; a second time changes nothing.

    Connects by RISKREVIEW_DATABASE_URL_ADMINISTRATOR, of somebody who may create roles and owns the database, else by the address there is.
    """
    from riskreview.foundation.granting import part_roles_of

    done = part_roles_of(context.obj, is_rehearsal=is_rehearsal, with_passwords=with_passwords)
    emit(
        {"statements": list(done)}, as_json=as_json, render=lambda: _show(done, is_told=is_rehearsal or with_passwords)
    )


@app.command()
def migrate(context: typer.Context, as_json: JsonOption = False) -> None:
    """Bring the database to the schema of this program, by RISKREVIEW_DATABASE_URL_MIGRATE or the address there is."""
    from riskreview.foundation.schema import newest
    from riskreview.foundation.services import open_services

    with open_services(context.obj):
        number = newest()
    emit({"schema": number}, as_json=as_json, render=lambda: console.print(f"The database is at schema {number}."))


def _show(done: tuple[str, ...], *, is_told: bool) -> None:
    for statement in done:
        typer.echo(f"{statement};")
    if not done:
        console.print("Roles and rights are as they should be.")
    elif not is_told:
        console.print(f"{len(done)} statements were carried out. Give each role a password: ALTER ROLE riskreview_… PASSWORD '…'.")  # fmt: skip
