"""Commands about reviews: what falls due, who has how much, and the rhythm of one customer."""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Any, Literal

import typer

from riskreview.cli import review_acts
from riskreview.cli.customers import one_customer
from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, bars, console, emit, table
from riskreview.foundation.services import open_services

app = typer.Typer(help="Reviews: what falls due, work on them, decide.", no_args_is_help=True)
rhythm = typer.Typer(help="Another rhythm for one customer: propose, decide, list.", no_args_is_help=True)
app.add_typer(rhythm, name="rhythm")
app.add_typer(review_acts.app)
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


@app.command("list")
def list_reviews(  # noqa: PLR0913, RUF100  the options of one command
    context: typer.Context,
    owner: Annotated[str | None, typer.Option(help="Only of this person.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state, such as in_approval.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this type, such as event.")] = None,
    customer: Annotated[str | None, typer.Option(help="Only of this customer.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Finished ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List open reviews, the earliest due first, with why a due day was moved."""
    from riskreview.orchestration.stages import business_today
    from riskreview.reviews.store import list_reviews as read_list

    with open_services(context.obj) as services, services.engine.connect() as connection:
        key = None if customer is None else one_customer(connection, customer)
        found = read_list(connection, owner=owner, state=state, kind=kind, customer_key=key, is_open=not every,
                          as_of=business_today(services), how_many=limit)  # fmt: skip
    columns = (
        "review_id",
        "customer_id",
        "kind",
        "policy_line",
        "period_key",
        "state",
        "owner",
        "due_on",
        "wanted_on",
        "moved_because",
        "is_overdue",
    )
    emit(found, as_json=as_json,
         render=lambda: table(f"{len(found)} reviews", columns, [[row[name] for name in columns] for row in found]))  # fmt: skip


@app.command()
def show(
    context: typer.Context, number: Annotated[int, typer.Argument(help="Review number.")], as_json: JsonOption = False
) -> None:
    """Show how a review stands: checklist, questions, discussion, steps of approval, what changed since its facts were frozen."""
    from riskreview.orchestration.stages import business_today
    from riskreview.reviews.standing import standing_of

    with open_services(context.obj) as services, services.engine.begin() as connection:
        found = standing_of(connection, number, as_of=business_today(services))
        language = services.instance.settings.language
    emit(found, as_json=as_json, render=lambda: _render_standing(found, language))


def _render_standing(found: Any, language: str) -> None:  # a standing, whose module is loaded only when it is asked for
    console.print(
        f"Review {found.review_id} is {found.state}, version {found.version}; it can be told to {', '.join(found.verbs) or 'nothing'}."
    )
    asked = [(item["id"], "must" if item["mandatory"] else "", item["given"] and item["given"]["answer"], item["text"][language])
             for item in found.checklist]  # fmt: skip
    table("Checklist", ("question", "", "answer", "text"), asked)
    if found.questions:
        table(
            "Asked",
            ("question", "of", "answer"),
            [(item["question"], item["asked_of"], item["answer"]) for item in found.questions],
        )
    if found.remarks:
        said = [
            (item["remark_id"], item["answers"], item["said_at"], item["said_by"], item["body"])
            for item in found.remarks
        ]
        table("Discussion", ("remark", "answers", "at", "by", "words"), said)
    if found.steps:
        shown = [
            (item["step"], " or ".join(item["roles"]), item["asked"], item["state"], item["decided_by"], item["reason"])
            for item in found.steps
        ]
        table("Approval", ("step", "roles", "asked", "state", "decided by", "reason"), shown)
    if found.later_changes:
        table(
            "Changed since the facts were frozen",
            ("what", "frozen", "now"),
            [(name, *pair) for name, pair in found.later_changes.items()],
        )


@app.command("open")
def open_review(  # noqa: PLR0913, RUF100  the options of one command
    context: typer.Context,
    customer: Annotated[list[str], typer.Argument(help="Customers, by any of their numbers.")],
    kind: Annotated[Literal["new", "limit_request", "appeal", "thematic"], typer.Option(help="Type of the review.")],
    reason: Reason,
    actor: Actor,
    key: Annotated[
        str | None, typer.Option(help="Names the occasion; the same one opens nothing twice. Default: the day.")
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="Opened on this day; default: now.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for a review: planned for its day, or opened at once together with whatever else is due."""
    from riskreview.orchestration.stages import business_today, open_reviews
    from riskreview.reviews.requests import plan_reviews

    with bars(quiet=as_json) as progress, open_services(context.obj, progress=progress) as services:
        with services.engine.connect() as connection:
            keys = [one_customer(connection, number) for number in customer]
        found = plan_reviews(
            services, customer_keys=keys, kind=kind, actor=actor, reason=reason, opens_on=day_or_none(on), key=key
        )
        if day_or_none(on) in {None, business_today(services)}:
            open_reviews(services, as_of=business_today(services))
    emit({"reviews": found}, as_json=as_json,
         render=lambda: console.print(f"{len(found)} reviews: {', '.join(map(str, found)) or 'none, they exist already'}."))  # fmt: skip


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
