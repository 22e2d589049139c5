"""Commands about the console's logins: who is let in, as which person, with which roles."""

from typing import Annotated

import typer

from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import open_services

app = typer.Typer(help="Logins of the console: who is let in, as whom, with which roles.", no_args_is_help=True)
Login = Annotated[
    str, typer.Argument(help="The login's user id in Airflow: its name, or its number where FAB logs people in.")
]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]


@app.command("list")
def list_users(context: typer.Context, as_json: JsonOption = False) -> None:
    """List every login with its person and roles."""
    from riskreview.console.grants import list_grants

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = list_grants(connection)
    columns = ("user_id", "person", "roles", "granted_by", "granted_at")
    emit(found, as_json=as_json,
         render=lambda: table("Logins", columns, [[", ".join(row[name]) if name == "roles" else row[name] for name in columns] for row in found]))  # fmt: skip


@app.command()
def grant(
    context: typer.Context,
    login: Login,
    person: Annotated[str, typer.Option(help="Person id in team.yaml.")],
    role: Annotated[
        list[str],
        typer.Option(help="risk_owner, approver, engineer, compliance, auditor, administrator; may be repeated."),
    ],
    actor: Actor,
) -> None:
    """Let a login in as a person with roles; what it had before is replaced."""
    from riskreview.console.grants import grant as grant_roles

    with open_services(context.obj) as services:
        grant_roles(services, user_id=login, person=person, roles=role, actor=actor)
    console.print(f"The login {login} is {person}, {', '.join(role)}.")


@app.command()
def revoke(context: typer.Context, login: Login, actor: Actor) -> None:
    """Shut a login out from its next request on."""
    from riskreview.console.grants import revoke as revoke_roles

    with open_services(context.obj) as services:
        revoke_roles(services, user_id=login, actor=actor)
    console.print(f"The login {login} has no role any more.")
