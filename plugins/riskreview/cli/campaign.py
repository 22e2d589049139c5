"""Commands about the quarter's sign-off: count its duties, except overdue ones with a reason, sign or return it."""

from typing import Annotated, Any

import typer

from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import open_services

app = typer.Typer(help="Sign-off of a quarter's duties.", no_args_is_help=True)
Period = Annotated[str, typer.Argument(help="The quarter, such as 2026Q3.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Digest = Annotated[str | None, typer.Option(help="Digest of the figures you read; default: as they are counted now.")]


@app.command()
def count(context: typer.Context, as_of: Day = None, as_json: JsonOption = False) -> None:
    """Count the quarter that ended last; the DAG sign_off_quarter does it by itself."""
    from riskreview.orchestration.stages import business_today
    from riskreview.team.campaign import count as count_quarter

    with open_services(context.obj) as services:
        _emit(count_quarter(services, as_of=day_or_none(as_of) or business_today(services)), as_json=as_json)


@app.command()
def show(context: typer.Context, period: Period, as_json: JsonOption = False) -> None:
    """Show a quarter's figures, its overdue duties and the exceptions."""
    from riskreview.team.campaign import show as show_quarter

    with open_services(context.obj) as services:
        _emit(show_quarter(services, period=period), as_json=as_json)


@app.command("except")
def except_(
    context: typer.Context,
    period: Period,
    duty: Annotated[int, typer.Argument(help="Number of the overdue duty.")],
    reason: Annotated[str, typer.Option(help="Why it may stay overdue.")],
    actor: Actor,
    as_json: JsonOption = False,
) -> None:
    """Except an overdue duty with a reason; whoever does so cannot sign."""
    from riskreview.team.campaign import except_duty

    with open_services(context.obj) as services:
        _emit(except_duty(services, period=period, duty_id=duty, reason=reason, actor=actor), as_json=as_json)


@app.command()
def sign(
    context: typer.Context,
    period: Period,
    actor: Actor,
    reason: Annotated[str, typer.Option(help="A remark, if wanted.")] = "",
    digest: Digest = None,
    as_json: JsonOption = False,
) -> None:
    """Answer for a quarter; refused while a duty is overdue that nobody excepted."""
    from riskreview.team import campaign

    with open_services(context.obj) as services:
        read = digest or campaign.show(services, period=period).digest
        _emit(campaign.sign(services, period=period, digest=read, actor=actor, reason=reason), as_json=as_json)


@app.command("return")
def return_(
    context: typer.Context,
    period: Period,
    reason: Annotated[str, typer.Option(help="What is wrong with it.")],
    actor: Actor,
    as_json: JsonOption = False,
) -> None:
    """Give a quarter back with the reason; counting it again asks for the signature again."""
    from riskreview.team.campaign import return_campaign

    with open_services(context.obj) as services:
        _emit(return_campaign(services, period=period, actor=actor, reason=reason), as_json=as_json)


def _emit(found: Any, *, as_json: bool) -> None:  # a Campaign; the room is imported late
    document = {"period": found.period, "state": found.state, "digest": found.digest, "decided_by": found.decided_by,
                "reason": found.decision_reason, "kinds": found.figures.kinds, "totals": found.figures.totals,
                "overdue": list(found.figures.overdue)}  # fmt: skip
    emit(document, as_json=as_json, render=lambda: _render(document))


def _render(found: dict[str, Any]) -> None:
    by = f" by {found['decided_by']}" if found["decided_by"] else ""
    console.print(f"{found['period']}: {found['state']}{by}. Digest {found['digest']}", highlight=False)
    if found["reason"]:
        console.print(f"Reason: {found['reason']}", highlight=False, markup=False)
    names = list(found["totals"])
    rows = [(kind, *(counts[name] for name in names)) for kind, counts in sorted(found["kinds"].items())]
    table("Duties", ("kind", *names), [*rows, ("all", *found["totals"].values())])
    if found["overdue"]:
        columns = ("duty_id", "kind", "subject", "owner", "due_at", "reason", "excepted_by")
        table("Overdue", columns, [[item[name] for name in columns] for item in found["overdue"]])
