"""Commands that make evidence packs: of a customer, a review, an activated plan, a run or a period; and draw an auditor's sample."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from riskreview.cli.customers import one_customer
from riskreview.cli.operate import day_or_none
from riskreview.cli.output import JsonOption, console, emit, on_this_machine, table
from riskreview.foundation.services import open_services

app = typer.Typer(help="Evidence packs: everything about one subject with what proves it.", no_args_is_help=True)
Out = Annotated[Path | None, typer.Option("--out", callback=on_this_machine, help="A new folder, or a file that ends with .zip; without it the place where the instance keeps packs.")]  # fmt: skip
Language = Annotated[Literal["en", "zh"], typer.Option(help="Language of the report.")]
Actor = Annotated[str, typer.Option("--as", help="Your person id; the act goes into the event log under it.")]
Number = Annotated[int, typer.Argument(help="Its number.")]
SYSTEM = "system:evidence"


@app.command()
def customer(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="Customer id, registration number, or account number of any system.")],
    out: Out = None, language: Language = "en", actor: Actor = SYSTEM, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Everything about a customer: its facts, assessments, signals, reviews, plans, measures, messages."""
    with open_services(context.obj) as services, services.engine.connect() as connection:
        key = one_customer(connection, customer)
    _make(context, "customer", key, out, language, actor, as_json=as_json)


def _numbered(kind: Literal["review", "activation", "run"]) -> Callable[..., None]:
    """Return the command that packs one of what has a number."""

    def command(
        context: typer.Context, number: Number, out: Out = None, language: Language = "en", actor: Actor = SYSTEM, as_json: JsonOption = False
    ) -> None:  # fmt: skip
        _make(context, kind, number, out, language, actor, as_json=as_json)

    return command


app.command(
    "review",
    help="A review: its frozen pack, checklist, approvals, measures, messages, and its decision performed again.",
)(_numbered("review"))
app.command(
    "activation", help="An activated emergency plan: the signal, its steps with their evidence, measures, messages."
)(_numbered("activation"))
app.command("run", help="A run: what it pinned and read, and everything it brought about.")(_numbered("run"))


Period = Annotated[
    str, typer.Option("--period", metavar="FIRST..LAST", help="First and last day, such as 2026-06-01..2026-06-30.")
]


@app.command()
def period(
    context: typer.Context,
    days: Annotated[str, typer.Argument(metavar="FIRST..LAST", help="First and last day, such as 2026-06-01..2026-06-30.")],
    out: Out = None, language: Language = "en", actor: Actor = SYSTEM, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """A span of days: everything that happened, with the proof that no event of these days is left out."""
    _make(context, "period", 0, out, language, actor, as_json=as_json, days=_days(days))


@app.command()
def sample(
    context: typer.Context, days: Period, size: Annotated[int, typer.Option(min=1, help="How many to draw.")] = 25,
    seed: Annotated[int, typer.Option(help="The same seed draws the same sample.")] = 1, as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Draw reviews, activated plans and measures of a span of days: ranked by SHA-256 of SEED:KIND:NUMBER, the first ones."""
    from riskreview.evidence.sampling import draw

    since, until = _days(days)
    with open_services(context.obj) as services:
        found = draw(services, since=since, until=until, size=size, seed=seed)
    title = f"{len(found.drawn)} of {found.population} (population {found.population_sha256[:16]}), seed {seed}"
    emit(found, as_json=as_json,
         render=lambda: table(title, ("kind", "number", "rank"), [(item.kind, str(item.number), item.rank[:16]) for item in found.drawn]))  # fmt: skip


def _days(given: str) -> tuple[date, date]:
    first, _, last = given.partition("..")
    since, until = day_or_none(first or None), day_or_none(last or None)
    if since is None or until is None:
        raise typer.BadParameter("give both days, such as 2026-06-01..2026-06-30")
    return since, until


def _make(
    context: typer.Context, kind: Literal["customer", "review", "activation", "run", "period"], number: int, out: Path | None, language: str,
    actor: str, *, as_json: bool, days: tuple[date, date] | None = None,
) -> None:  # fmt: skip
    from riskreview.evidence.keeping import keep_pack
    from riskreview.evidence.pack import Subject, write_pack

    subject = Subject(kind, number, days)
    with open_services(context.obj) as services:
        done = (
            keep_pack(services, subject, language=language, actor=actor)
            if out is None
            else write_pack(services, subject, out, language=language, actor=actor)
        )
    said = f"{done.place}: {done.files} files, {done.events} events proven by checkpoint {done.checkpoint}.\nManifest {done.manifest_sha256}"
    emit(done, as_json=as_json, render=lambda: console.print(said, highlight=False, soft_wrap=True))
