"""Commands about reviews: what falls due, who has how much, and the rhythm of one customer."""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Any

import typer

from riskreview.cli.customers import one_customer
from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import open_services

app = typer.Typer(help="Reviews: what falls due, work on them, decide.", no_args_is_help=True)
rhythm = typer.Typer(help="Another rhythm for one customer: propose, decide, list.", no_args_is_help=True)
app.add_typer(rhythm, name="rhythm")
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]
Rhythm = Annotated[int, typer.Argument(help="Number of the agreed rhythm.")]
Language = Annotated[str | None, typer.Option(help="en or zh; default: the instance's.")]


@app.command()
def due(context: typer.Context, as_of: Day = None, language: Language = None, as_json: JsonOption = False) -> None:
    """Show what the next pass would open, with owner, due day and why it is not another day; writes nothing."""
    _expect(context, as_of, 0, language, as_json=as_json)


@app.command()
def schedule(
    context: typer.Context,
    as_of: Day = None,
    days: Annotated[int, typer.Option(min=1, max=800, help="How far ahead.")] = 92,
    language: Language = None,
    as_json: JsonOption = False,
) -> None:
    """Show which reviews fall due in the coming days if nothing changes, levelled over what each owner can take."""
    _expect(context, as_of, days, language, as_json=as_json)


def _expect(context: typer.Context, as_of: str | None, days: int, language: str | None, *, as_json: bool) -> None:
    from riskreview.orchestration.stages import business_today
    from riskreview.reviews.forecast import expected_reviews

    with open_services(context.obj) as services:
        day = day_or_none(as_of) or business_today(services)
        spoken = language or services.instance.settings.language
        found = expected_reviews(services, as_of=day, until=day + timedelta(days=days), language=spoken)
    emit(found, as_json=as_json, render=lambda: _render_expected(found))


def _render_expected(found: Any) -> None:  # expected reviews, whose module is loaded only when it is asked for
    rows = [
        (item.opens_on, item.customer_id, item.policy_line, item.period_key, item.because, item.owner, item.told)
        for item in found
    ]
    table(f"{len(found)} reviews", ("opens", "customer", "line", "period", "because", "owner", ""), rows)
    weeks = Counter((item.owner, item.due_on - timedelta(days=item.due_on.weekday())) for item in found)
    table(
        "Due by owner and week",
        ("owner", "week of", "reviews"),
        [(*key, count) for key, count in sorted(weeks.items())],
    )


@rhythm.command()
def propose(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="Customer id, registration number, or account number of any system.")],
    every_months: Annotated[int, typer.Option(min=1, max=36, help="A review every so many months.")],
    reason: Reason,
    actor: Actor,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Its last day; default: the longest allowed.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Propose how often one customer is reviewed; fewer reviews than the policy's take a second person."""
    from riskreview.reviews.cadence_overrides import propose as propose_rhythm

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            key = one_customer(connection, customer)
        found = propose_rhythm(services, customer_key=key, every_months=every_months, reason=reason, actor=actor,
                               valid_until=day_or_none(until))  # fmt: skip
    waits = "waits for a second person" if found.state == "proposed" else f"is {found.state} until {found.valid_until}"
    emit(found, as_json=as_json, render=lambda: console.print(f"Rhythm {found.cadence_id} {waits}."))


@rhythm.command()
def approve(context: typer.Context, number: Rhythm, reason: Reason, actor: Actor, as_json: JsonOption = False) -> None:
    """Grant a proposed rhythm; never your own."""
    from riskreview.reviews.cadence_overrides import approve as act

    with open_services(context.obj) as services:
        version = act(services, cadence_id=number, actor=actor, reason=reason)
    _done(number, "active", version, as_json=as_json)


@rhythm.command()
def refuse(context: typer.Context, number: Rhythm, reason: Reason, actor: Actor, as_json: JsonOption = False) -> None:
    """Refuse a proposed rhythm."""
    from riskreview.reviews.cadence_overrides import refuse as act

    with open_services(context.obj) as services:
        version = act(services, cadence_id=number, actor=actor, reason=reason)
    _done(number, "refused", version, as_json=as_json)


@rhythm.command()
def revoke(context: typer.Context, number: Rhythm, reason: Reason, actor: Actor, as_json: JsonOption = False) -> None:
    """End a rhythm or take its proposal back; the policy counts again."""
    from riskreview.reviews.cadence_overrides import revoke as act

    with open_services(context.obj) as services:
        version = act(services, cadence_id=number, actor=actor, reason=reason)
    _done(number, "ended", version, as_json=as_json)


@rhythm.command("list")
def list_rhythms(
    context: typer.Context,
    customer: Annotated[str | None, typer.Option(help="Only of this customer.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List agreed and proposed rhythms, the newest first."""
    from riskreview.reviews.store import list_cadences

    with open_services(context.obj) as services, services.engine.connect() as connection:
        key = None if customer is None else one_customer(connection, customer)
        found = list_cadences(connection, customer_key=key, how_many=limit)
    columns = (
        "cadence_id",
        "customer_id",
        "state",
        "every_months",
        "policy_months",
        "valid_until",
        "proposed_by",
        "decided_by",
        "reason",
    )
    emit(found, as_json=as_json,
         render=lambda: table(f"{len(found)} rhythms", columns, [[row[name] for name in columns] for row in found]))  # fmt: skip


def _done(number: int, state: str, version: int, *, as_json: bool) -> None:
    emit({"cadence_id": number, "state": state, "version": version}, as_json=as_json,
         render=lambda: console.print(f"Rhythm {number} is {state}."))  # fmt: skip
