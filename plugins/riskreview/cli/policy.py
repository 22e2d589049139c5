"""Commands about the policy: check it, say what differs, list the versions."""

from typing import Annotated

import typer
from rich.markup import escape

from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.approved import in_force, view_of
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services, open_services
from riskreview.gate import store
from riskreview.gate.files import own_set

app = typer.Typer(
    no_args_is_help=True,
    help="Change the policy: check, compare, try on the past, propose, approve, put into force, go back.",
)
Version = Annotated[
    str | None,
    typer.Argument(help="Number of a version in the list, or the beginning of a digest; default: the files."),
]
LISTED = (
    "activation_id",
    "risk_version",
    "effective_from",
    "in_force",
    "kind",
    "proposed_by",
    "decided_by",
    "activated_by",
    "digest",
)


@app.command()
def check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check the policy files of the instance: one sentence for each finding, with its line; exit code 1 when one is an error."""
    from riskreview.gate.checking import check as look

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = look(own_set(services.instance).laid_out(services.instance), connection)

    def render() -> None:
        for item in found:
            color = "red" if item.severity == "error" else "yellow"
            console.print(f"[{color}]{item.severity}[/] {escape(item.sentence)}", soft_wrap=True)
        if not found:
            console.print("Nothing is wrong with the policy files.")

    emit(found, as_json=as_json, render=render)
    if any(item.severity == "error" for item in found):
        raise typer.Exit(1)


@app.command()
def diff(
    context: typer.Context, first: Version = None, second: Version = None,
    language: Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")] = None, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Say in words what differs: between what is in force and the files, or a version; or between two versions."""
    from riskreview.gate.difference import differences

    with open_services(context.obj) as services:
        standing = _version(services, first if second is not None else None)
        other = (
            _version(services, second or first)
            if (second or first) is not None
            else own_set(services.instance).laid_out(services.instance)
        )
        found = differences(standing, other)
        spoken = language or services.instance.settings.language

    def render() -> None:
        for item in found:
            console.print(escape(item.zh if spoken == "zh" else item.en), soft_wrap=True)
        if not found:
            console.print("Nothing differs in meaning.")

    emit(found, as_json=as_json, render=render)


@app.command("list")
def list_versions(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show every version that was or will be in force, and whether the files are another one."""
    from riskreview.gate.installing import differing_files

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            versions = store.list_activations(connection, on_day=services.today)
        differing = differing_files(services, language=services.instance.settings.language)

    def render() -> None:
        shown = [
            {**row, "in_force": "yes" if row["is_in_force"] else "", "digest": row["set_digest"][:12]}
            for row in versions
        ]
        table("Versions of the policy", LISTED, [[row[name] for name in LISTED] for row in shown])
        if differing is not None:
            console.print(escape(differing), soft_wrap=True)

    emit({"versions": versions, "policy_files": differing}, as_json=as_json, render=render)


def _version(services: Services, wanted: str | None) -> Instance:
    """Return the instance as it works by a version; None for the one in force.

    :raises RuleViolation: when nothing is in force.
    """
    with services.engine.connect() as connection:
        digest = in_force(connection, services.today) if wanted is None else store.find_set(connection, wanted)
        if digest is None:
            raise RuleViolation(
                "no policy is in force yet; the first run, or riskreview init, puts the files into force"
            )
        return view_of(services.instance, connection, digest)
