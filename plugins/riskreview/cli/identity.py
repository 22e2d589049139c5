"""Commands about one customer across systems."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from riskreview.cli.output import JsonOption, bars, console, emit, table
from riskreview.foundation.services import open_services

if TYPE_CHECKING:
    from riskreview.identity.results import IdentityCounts, Proposal

app = typer.Typer(help="One customer across systems: compare names, decide on proposals.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Number of the proposal.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
Language = Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")]
State = Literal["proposed", "accepted", "refused", "withdrawn", "split", "all"]


@app.command()
def benchmark(
    originals: Annotated[Path, typer.Argument(help="CSV with names.", exists=True, dir_okay=False)],
    altered: Annotated[Path, typer.Argument(help="CSV with their altered spellings, row by row.", exists=True, dir_okay=False)],
    column: Annotated[str, typer.Option(help="Column with the name.")] = "company_name",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Measure the comparison of names: the right one first, and F1 against each name's nearest wrong candidate."""
    from riskreview.identity.measure import measure_files

    found = measure_files(originals, altered, column=column)
    rows = [
        ("right name first", found.right_first),
        ("F1, mean over splits", found.f1),
        ("F1, lowest", found.f1_lowest),
    ]
    shown = [(name, f"{value:.3f}") for name, value in rows] + [("threshold", f"{found.threshold:.3f}")]
    emit(found, as_json=as_json, render=lambda: table(f"{found.names} names", ("figure", "value"), shown))


@app.command()
def propose(context: typer.Context, language: Language = None, as_json: JsonOption = False) -> None:
    """Compare the accounts that are new or changed; the loop does so before it computes risk."""
    from riskreview.identity.proposals import propose as search

    with bars(quiet=as_json) as progress, open_services(context.obj, progress=progress) as services:
        found = search(services)
        spoken = language or services.instance.settings.language
    text = f"{found.compared} accounts compared: {found.proposed + found.proposed_again} pairs proposed, {found.withdrawn} withdrawn, {found.doubted} numbers doubted."
    lines = [text, *_not_all_compared(found, spoken)]
    emit(found, as_json=as_json, render=lambda: console.print("\n".join(lines), markup=False))


@app.command("list")
def list_identity(
    context: typer.Context,
    state: Annotated[State, typer.Option(help="Which proposals.")] = "proposed",
    language: Language = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List pairs of customers that may be one, the surest first, and why."""
    from riskreview.identity.decisions import list_proposals
    from riskreview.identity.wording import why

    with open_services(context.obj) as services:
        found = list_proposals(services, state=None if state == "all" else state, limit=limit)
        spoken = language or services.instance.settings.language
    shown = [
        (item.proposal_id, item.state, item.score, f"{item.first_system}:{item.first_id}", item.first_name,
         f"{item.second_system}:{item.second_id}", item.second_name, why(item.evidence, spoken))
        for item in found
    ]  # fmt: skip
    columns = ("id", "state", "score", "account", "name", "account", "name", "why")
    emit(found, as_json=as_json, render=lambda: table(f"{len(found)} proposals", columns, shown))


@app.command()
def accept(context: typer.Context, number: Number, actor: Actor, reason: Reason, as_json: JsonOption = False) -> None:
    """Make the two customers of a proposal one."""
    from riskreview.identity import decisions

    with open_services(context.obj) as services:
        _tell(decisions.accept(services, proposal_id=number, actor=actor, reason=reason), as_json=as_json)


@app.command()
def refuse(context: typer.Context, number: Number, actor: Actor, reason: Reason, as_json: JsonOption = False) -> None:
    """Keep two customers apart; they are proposed again only on other evidence."""
    from riskreview.identity import decisions

    with open_services(context.obj) as services:
        _tell(decisions.refuse(services, proposal_id=number, actor=actor, reason=reason), as_json=as_json)


@app.command()
def split(context: typer.Context, number: Number, actor: Actor, reason: Reason, as_json: JsonOption = False) -> None:
    """Take an accepted proposal back: what it brought together is apart again."""
    from riskreview.identity import decisions

    with open_services(context.obj) as services:
        _tell(decisions.split(services, proposal_id=number, actor=actor, reason=reason), as_json=as_json)


def _not_all_compared(found: "IdentityCounts", language: str) -> list[str]:
    """Return what was shared by so many accounts that only neighbours in the alphabet were compared for it."""
    from riskreview.identity.wording import crowded

    if not found.crowds:
        return []
    head = f"Of {found.crowds} crowds only neighbours in the alphabet were compared with each other; the largest:"
    return [head, *(f"  {crowded(crowd, language)}" for crowd in found.largest)]


def _tell(proposal: "Proposal", *, as_json: bool) -> None:
    text = f"Proposal {proposal.proposal_id} is {proposal.state}."
    emit(proposal, as_json=as_json, render=lambda: console.print(text))
