"""Commands that act on one review: work on it, decide it, carry it out. Each calls the use case of its name."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

import typer

from riskreview.cli.output import JsonOption, console, emit
from riskreview.foundation.services import Services, open_services

app = typer.Typer()
Number = Annotated[int, typer.Argument(help="Review number.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]
Version = Annotated[int | None, typer.Option(help="Version you saw; default: the present one.")]
Digest = Annotated[str | None, typer.Option(help="Digest of what you read; default: of what is stored.")]
Answer = Literal["yes", "no", "not_applicable"]
Outcome = Literal["confirmed_risk", "useful_alert", "false_positive"]


@app.command()
def start(
    context: typer.Context, number: Number, actor: Actor, version: Version = None, as_json: JsonOption = False
) -> None:
    """Begin to work on a review, or to rework one that was returned or reopened."""
    from riskreview.reviews.analysis import start_analysis

    _act(
        context,
        number,
        version,
        lambda s, v: start_analysis(s, review_id=number, version=v, actor=actor),
        as_json=as_json,
    )


@app.command()
def answer(  # noqa: PLR0913, RUF100  the options of one command
    context: typer.Context,
    number: Number,
    item: Annotated[str, typer.Argument(help="Id of the question, as review show lists it.")],
    given: Annotated[Answer, typer.Argument(metavar="ANSWER", help="yes, no or not_applicable.")],
    actor: Actor,
    note: Annotated[str, typer.Option(help="Needed where the answer is not yes.")] = "",
    evidence: Annotated[str, typer.Option(help="Source: document, page, date.")] = "",
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question of the checklist."""
    from riskreview.reviews.analysis import answer as act

    _act(context, number, version, lambda s, v: act(
        s, review_id=number, version=v, actor=actor, item=item, answer=given, note=note, evidence=evidence), as_json=as_json)  # fmt: skip


@app.command()
def ask(
    context: typer.Context,
    number: Number,
    question: Annotated[str, typer.Argument(help="What you need to know.")],
    actor: Actor,
    of: Annotated[str | None, typer.Option(help="Person of the team; without it somebody outside is asked.")] = None,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Wait for information; whoever was asked is reminded in working time."""
    from riskreview.reviews.analysis import request_info

    _act(context, number, version,
         lambda s, v: request_info(s, review_id=number, version=v, actor=actor, question=question, of=of), as_json=as_json)  # fmt: skip


@app.command()
def resume(
    context: typer.Context,
    number: Number,
    reply: Annotated[str, typer.Argument(metavar="ANSWER", help="What came, or that nothing came.")],
    actor: Actor,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Go on after the information has come."""
    from riskreview.reviews.analysis import resume as act

    _act(
        context,
        number,
        version,
        lambda s, v: act(s, review_id=number, version=v, actor=actor, answer=reply),
        as_json=as_json,
    )


@app.command()
def suspend(
    context: typer.Context,
    number: Number,
    until: Annotated[str, typer.Option(metavar="DATE", help="The day on which it goes on by itself.")],
    reason: Reason,
    actor: Actor,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Put a review off until a day."""
    from riskreview.reviews.analysis import suspend as act

    try:
        day = date.fromisoformat(until)
    except ValueError as error:
        raise typer.BadParameter(f"{until} is no date; write it as 2026-06-30") from error
    _act(context, number, version,
         lambda s, v: act(s, review_id=number, version=v, actor=actor, until=day, reason=reason), as_json=as_json)  # fmt: skip


@app.command()
def wake(
    context: typer.Context, number: Number, actor: Actor, version: Version = None, as_json: JsonOption = False
) -> None:
    """Go on with a suspended review before its day."""
    from riskreview.reviews.analysis import wake as act

    _act(context, number, version, lambda s, v: act(s, review_id=number, version=v, actor=actor), as_json=as_json)


@app.command()
def recommend(
    context: typer.Context,
    number: Number,
    text: Annotated[str, typer.Argument(help="What should be done and why.")],
    actor: Actor,
    measure: Annotated[
        list[str] | None,
        typer.Option(help="Measure of the catalogue, such as 'deposit share_pct=25'; may be given several times."),
    ] = None,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Propose what should be done."""
    from riskreview.reviews.analysis import recommend as act

    _act(context, number, version, lambda s, v: act(
        s, review_id=number, version=v, actor=actor, recommendation=text, measures=measure or ()), as_json=as_json)  # fmt: skip


@app.command()
def rework(
    context: typer.Context, number: Number, actor: Actor, version: Version = None, as_json: JsonOption = False
) -> None:
    """Take a recommendation back before it is submitted."""
    from riskreview.reviews.analysis import rework as act

    _act(context, number, version, lambda s, v: act(s, review_id=number, version=v, actor=actor), as_json=as_json)


@app.command()
def submit(
    context: typer.Context, number: Number, actor: Actor, version: Version = None, as_json: JsonOption = False
) -> None:
    """Hand the recommendation to the approvers the matrix asks for."""
    from riskreview.reviews.analysis import submit as act

    _act(context, number, version, lambda s, v: act(s, review_id=number, version=v, actor=actor), as_json=as_json)


def _decision(verb: str, text: str) -> None:
    def command(
        context: typer.Context, number: Number, reason: Reason, actor: Actor, digest: Digest = None, version: Version = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        from riskreview.reviews import decisions

        name = {"return": "return_review"}.get(verb, verb)

        def call(services: Services, seen: int) -> int:
            read = digest or _stored(services, number)[1]
            return int(
                getattr(decisions, name)(
                    services, review_id=number, version=seen, actor=actor, reason=reason, digest=read
                )
            )

        _act(context, number, version, call, as_json=as_json)

    app.command(verb, help=text)(command)


_decision("approve", "Grant the recommendation, or your step of it; never your own.")
_decision("return", "Ask the proposer for changes.")
_decision("reject", "Refuse the recommendation.")


def _reasoned(command_name: str, verb: str, text: str) -> None:
    def command(
        context: typer.Context, number: Number, reason: Reason, actor: Actor, version: Version = None, as_json: JsonOption = False
    ) -> None:  # fmt: skip
        from riskreview.reviews import finishing

        _act(context, number, version, lambda s, v: int(
            getattr(finishing, verb)(s, review_id=number, version=v, actor=actor, reason=reason)), as_json=as_json)  # fmt: skip

    app.command(command_name, help=text)(command)


_reasoned("cancel", "cancel", "End a review that should not have been opened.")
_reasoned("appeal", "appeal", "Ask another person than the one who rejected it to have it looked at again.")
_reasoned("allow-appeal", "allow_appeal", "Have a rejected review worked on again.")
_reasoned("dismiss-appeal", "dismiss_appeal", "Let the rejection stand.")
_reasoned("reopen", "reopen", "Have a closed review worked on again.")


@app.command()
def implement(
    context: typer.Context, number: Number, actor: Actor, version: Version = None, as_json: JsonOption = False
) -> None:
    """Begin to carry out what was approved; never by an approver."""
    from riskreview.reviews.finishing import implement as act

    _act(context, number, version, lambda s, v: act(s, review_id=number, version=v, actor=actor), as_json=as_json)


@app.command()
def close(
    context: typer.Context,
    number: Number,
    actor: Actor,
    outcome: Annotated[
        Outcome | None, typer.Option(help="What it turned out to be; needed where an event opened it.")
    ] = None,
    evidence: Annotated[str, typer.Option(help="Shows that its measures were carried out.")] = "",
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """End a decided review and say what it turned out to be."""
    from riskreview.reviews.finishing import close as act

    _act(
        context,
        number,
        version,
        lambda s, v: act(s, review_id=number, version=v, actor=actor, outcome=outcome, evidence=evidence),
        as_json=as_json,
    )


@app.command()
def reassign(
    context: typer.Context,
    number: Number,
    to: Annotated[str, typer.Option(help="The new owner.")],
    reason: Reason,
    actor: Actor,
    version: Version = None,
    as_json: JsonOption = False,
) -> None:
    """Give a review with its duties to another owner."""
    from riskreview.reviews.assigning import reassign as act

    _act(context, number, version,
         lambda s, v: act(s, review_id=number, version=v, actor=actor, to=to, reason=reason), as_json=as_json)  # fmt: skip


@app.command()
def remark(
    context: typer.Context,
    number: Number,
    words: Annotated[str, typer.Argument(metavar="TEXT", help="What you have to say; plain text.")],
    actor: Actor,
    answers: Annotated[
        int | None, typer.Option(help="Number of the remark you answer, as review show lists it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Remark on a review; owner and approvers are told. The same words to the same remark are one remark."""
    from riskreview.reviews.discussion import remark as act

    with open_services(context.obj) as services:
        found = act(services, review_id=number, actor=actor, words=words, answers=answers)
    emit({"review_id": number, "remark_id": found}, as_json=as_json,
         render=lambda: console.print(f"Remark {found} stands on review {number}."))  # fmt: skip


def _act(
    context: typer.Context, number: int, version: int | None, call: Callable[[Services, int], int], *, as_json: bool
) -> None:
    with open_services(context.obj) as services:
        new = call(services, version or _stored(services, number)[0])
        state = _stored(services, number)[2]
    emit({"review_id": number, "state": state, "version": new}, as_json=as_json,
         render=lambda: console.print(f"Review {number} is {state.replace('_', ' ')}."))  # fmt: skip


def _stored(services: Services, number: int) -> tuple[int, str, str]:
    """Return version, digest and state of a review as it is stored."""
    from riskreview.reviews.acting import read_review
    from riskreview.reviews.decisions import proposal_digest

    with services.engine.begin() as connection:
        row = read_review(connection, number)
    return (
        row.version,
        proposal_digest(row.snapshot_sha256 or "", row.measures, row.recommendation, row.terms_sha256),
        row.state,
    )
