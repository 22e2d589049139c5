"""Commands about opinions of people on a customer's class: propose, approve, refuse, revoke, list, track-record."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from riskreview.cli.customers import CLASSES, one_customer
from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import open_services
from riskreview.policy.risk_terms import RiskClass

app = typer.Typer(help="Opinions of people on a class: propose, decide, list, judge by outcome.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="Number of the opinion.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
Said = Literal["low", "medium", "high", "critical"]


@app.command()
def propose(  # noqa: PLR0913  the options of one command
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="Customer id, registration number, or account number of any system.")],
    actor: Actor,
    reason: Annotated[str, typer.Option(help="Id of a reason of the policy, such as liquidity.")],
    text: Annotated[str, typer.Option(help="What you say, in your own words.")],
    source: Annotated[str, typer.Option(help="What it rests on: document, meeting, person; with its date.")],
    risk_class: Annotated[Said | None, typer.Option("--class", help="The class you hold for right.")] = None,
    about: Annotated[
        Literal["class", "ring_fence", "closure"],
        typer.Option(help="class; ring_fence: separate from its parent; closure: a default is over."),
    ] = "class",
    horizon: Annotated[str | None, typer.Option(metavar="DATE", help="The day up to which you look ahead.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Propose an opinion; what makes a customer look better takes a second person of higher rank."""
    from riskreview.opinions.rules import Draft
    from riskreview.opinions.use_cases import propose as propose_opinion

    if (risk_class is None) == (about == "class"):
        raise typer.BadParameter("give --class for an opinion on the class, and only then")
    code = None if risk_class is None else int(RiskClass[risk_class])
    draft = Draft(about, reason, text, source, code, day_or_none(horizon))
    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            key = one_customer(connection, customer)
        found = propose_opinion(services, customer_key=key, draft=draft, actor=actor)
    waits = "waits for a decision" if found.state == "proposed" else f"is {found.state}"
    emit(found, as_json=as_json, render=lambda: console.print(f"Opinion {found.opinion_id} ({found.kind}) {waits}."))


@app.command()
def approve(
    context: typer.Context,
    opinion: Number,
    actor: Actor,
    reason: Reason,
    digest: Annotated[str | None, typer.Option(help="Digest of what you read; default: of what is stored.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Grant a proposed opinion; never your own."""
    from riskreview.opinions.store import read_opinion
    from riskreview.opinions.use_cases import approve as approve_opinion

    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            stored = read_opinion(connection, opinion).digest
        version = approve_opinion(services, opinion_id=opinion, actor=actor, reason=reason, digest=digest or stored)
    _done(opinion, "approved", version, as_json=as_json)


@app.command()
def refuse(context: typer.Context, opinion: Number, actor: Actor, reason: Reason, as_json: JsonOption = False) -> None:
    """Refuse a proposed opinion."""
    from riskreview.opinions.use_cases import refuse as refuse_opinion

    with open_services(context.obj) as services:
        version = refuse_opinion(services, opinion_id=opinion, actor=actor, reason=reason)
    _done(opinion, "refused", version, as_json=as_json)


@app.command()
def revoke(context: typer.Context, opinion: Number, actor: Actor, reason: Reason, as_json: JsonOption = False) -> None:
    """Take back an opinion or a proposal."""
    from riskreview.opinions.use_cases import revoke as revoke_opinion

    with open_services(context.obj) as services:
        version = revoke_opinion(services, opinion_id=opinion, actor=actor, reason=reason)
    _done(opinion, "revoked", version, as_json=as_json)


@app.command("list")
def list_opinions(
    context: typer.Context,
    customer: Annotated[str | None, typer.Option(help="Only about this customer.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state, such as proposed or active.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List opinions, the newest first."""
    from riskreview.opinions.store import list_opinions as read_list

    with open_services(context.obj) as services, services.engine.connect() as connection:
        key = None if customer is None else one_customer(connection, customer)
        found = [_named(row) for row in read_list(connection, customer_key=key, state=state, how_many=limit)]
    columns = (
        "opinion_id",
        "customer_id",
        "kind",
        "state",
        "risk_class",
        "reason",
        "author",
        "decided_by",
        "valid_until",
    )
    emit(found, as_json=as_json,
         render=lambda: table(f"{len(found)} opinions", columns, [[row[name] for name in columns] for row in found]))  # fmt: skip


@app.command("track-record")
def track_record(
    context: typer.Context,
    months: Annotated[
        int | None, typer.Option(min=1, max=60, help="Months after which it is judged; default: the policy's.")
    ] = None,
    as_of: Day = None,
    as_json: JsonOption = False,
) -> None:
    """Say how often opinions were nearer to what became of the customer than the figures alone, by author and by reason."""
    from riskreview.assessment.track_record import read_track_record
    from riskreview.orchestration.stages import business_today

    with open_services(context.obj) as services:
        day = day_or_none(as_of) or business_today(services)
        found = read_track_record(services, as_of=day, after_months=months)
    emit(found, as_json=as_json, render=lambda: _render_record(found))


def _render_record(found: Any) -> None:  # a track record, whose module is loaded only when it is asked for
    columns = ("", "opinions", "judged", "nearer", "equal", "further", "share", "from", "to")
    for title, tallies in (("author", found.by_author), ("reason", found.by_reason), ("kind", found.by_kind)):
        rows = [(item.name, item.opinions, item.judged, item.nearer, item.equal, item.further, item.share, item.low, item.high)
                for item in tallies]  # fmt: skip
        table(f"By {title}, {found.after_months} months later", columns, rows)
    quarters = [(item.quarter, item.customers, item.opinions, item.rate_pct, item.better, item.worse, item.verdict)
                for item in found.quarters]  # fmt: skip
    table("By quarter", ("quarter", "customers", "opinions", "rate %", "better", "worse", "verdict"), quarters)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:  # a row for people
    words = {name: None if row[name] is None else CLASSES[row[name]] for name in ("risk_class", "class_without")}
    return {**row, **words}


def _done(opinion: int, state: str, version: int, *, as_json: bool) -> None:
    emit({"opinion_id": opinion, "state": state, "version": version}, as_json=as_json,
         render=lambda: console.print(f"Opinion {opinion} is {state}."))  # fmt: skip
