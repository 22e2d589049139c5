"""Commands of compliance: the lists, the matches, and the decisions about them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import open_services
from riskreview.screening.decisions import Decision

app = typer.Typer(help="Sanctions screening: lists, matches, decisions of compliance.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Number of the match.")]
Actor = Annotated[str, typer.Option("--as", help="Who decides: a person of the team.")]
Reason = Annotated[str, typer.Option(help="Why; at least ten characters.")]


@app.command("lists")
def lists(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show the lists in use with their versions, and why a list in the folder is not taken; exit code 1 when there is one."""
    from riskreview.screening import store
    from riskreview.screening.use_cases import refused_lists

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            found = store.read_lists(connection)
        problems = [str(problem) for problem in refused_lists(services)]
    emit({"lists": found, "refused": problems}, as_json=as_json, render=lambda: _show_lists(found, problems))
    if problems:
        raise typer.Exit(1)


def _show_lists(found: Sequence[Mapping[str, object]], problems: Sequence[str]) -> None:
    columns = ("list_id", "entries", "loaded_at", "digest")
    table("Lists", columns, [[row[name] for name in columns] for row in found])
    for problem in problems:
        console.print(f"Not taken: {problem}", style="red", markup=False)


@app.command("run")
def run(context: typer.Context, as_of: Day = None, as_json: JsonOption = False) -> None:
    """Take new versions of the lists and compare what changed, without the rest of the loop."""
    from riskreview.orchestration.stages import business_today, screen

    with open_services(context.obj) as services:
        result = screen(services, as_of=day_or_none(as_of) or business_today(services), triggered_by="cli")
    emit(result.counts, as_json=as_json, render=lambda: _show_run(result.counts))


def _show_run(counts: Mapping[str, int]) -> None:
    table("Screening", ("what", "count"), list(counts.items()))
    if counts["refused"]:
        console.print("A list in the folder is not taken; why: riskreview screening lists", style="red")


@app.command("matches")
def matches(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Decided and withdrawn ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the matches that wait for a decision, or are confirmed."""
    from riskreview.screening import store

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = store.read_matches(connection, open_only=not everything)
    columns = (
        "match_id",
        "customer_id",
        "list_id",
        "entry_id",
        "matched_name",
        "likeness",
        "same_number",
        "state",
        "found_on",
        "proposed_by",
    )
    emit(
        found,
        as_json=as_json,
        render=lambda: table("Matches", columns, [[row[name] for name in columns] for row in found]),
    )


@app.command("decide")
def decide(
    context: typer.Context,
    number: Number,
    decision: Annotated[Decision, typer.Argument(help="What is decided.")],
    actor: Actor,
    reason: Reason,
    as_json: JsonOption = False,
) -> None:
    """Confirm, dismiss or clear a match; a dismissal or clearing that needs two persons is proposed, and another one agrees."""
    from riskreview.screening.decisions import decide as decide_match

    with open_services(context.obj) as services:
        state = decide_match(services, match_id=number, decision=decision, actor=actor, reason=reason)
    emit(
        {"match_id": number, "state": state},
        as_json=as_json,
        render=lambda: console.print(f"Match {number} is now [bold]{state}[/]."),
    )
