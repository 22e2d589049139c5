"""Commands about the console's logins: who is let in, as which person, with which roles."""

from typing import Annotated

import typer

from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import open_services

app = typer.Typer(help="Logins of the console: who is let in, as whom, with which roles.", no_args_is_help=True)
tokens = typer.Typer(help="Tokens by which programs use the interface: made, listed, revoked.", no_args_is_help=True)
app.add_typer(tokens, name="token")
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


@tokens.command("create")
def create_token(
    context: typer.Context,
    login: Login,
    name: Annotated[str, typer.Option(help="What the token is for.")],
    actor: Actor,
    writes: Annotated[
        bool, typer.Option("--writes/--reads-only", help="Whether it may also do what the login may do.")
    ] = False,
    days: Annotated[int, typer.Option(help="How long it lives; console.yaml says at most how long.")] = 90,
) -> None:
    """Make a token for a login; it is shown once and only its hash is kept."""
    from riskreview.console.api_tokens import create_token as create

    with open_services(context.obj) as services:
        token = create(services, user_id=login, name=name, writes=writes, days=days, actor=actor)
    typer.echo(token)


@tokens.command("list")
def list_tokens(context: typer.Context, as_json: JsonOption = False) -> None:
    """List every token with its login, what it may, and when it ends or ended."""
    from riskreview.console.api_tokens import list_tokens as listed

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = listed(connection)
    columns = ("token_id", "user_id", "name", "writes", "created_by", "expires_at", "revoked_by", "revoked_at")
    emit(
        found,
        as_json=as_json,
        render=lambda: table("Tokens", columns, [[row[name] for name in columns] for row in found]),
    )


@tokens.command("revoke")
def revoke_token(
    context: typer.Context, number: Annotated[int, typer.Argument(help="Number of the token.")], actor: Actor
) -> None:
    """End a token; it is refused from its next request on."""
    from riskreview.console.api_tokens import revoke_token as revoke_it

    with open_services(context.obj) as services:
        revoke_it(services, token_id=number, actor=actor)
    console.print(f"Token {number} is revoked.")
