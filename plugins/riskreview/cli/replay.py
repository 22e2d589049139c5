"""Commands that perform once more what was done: an assessment, a run, a review's pack, a decision, a delivery, or a random sample of all."""

from collections.abc import Sequence
from typing import Annotated

import typer

from riskreview.cli.customers import one_customer
from riskreview.cli.operate import day_or_none
from riskreview.cli.output import JsonOption, console, emit
from riskreview.evidence.results import Replay
from riskreview.foundation.services import open_services

app = typer.Typer(help="Perform again what was done, and compare to the byte.", invoke_without_command=True)
Size = Annotated[
    int | None,
    typer.Option("--sample", min=1, help="Draw so many assessments, packs and decisions from the whole history."),
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed draws the same sample.")]


@app.callback()
def sample(context: typer.Context, size: Size = None, seed: Seed = 1, as_json: JsonOption = False) -> None:
    """Perform again what was done, and compare to the byte: one thing, or a random sample of the whole history."""
    from riskreview.evidence.replay import replay_sample
    from riskreview.evidence.replay_reviews import replay_review_sample

    if context.invoked_subcommand is not None:
        return
    if size is None:
        raise typer.BadParameter("give --sample N, or one of: assessment, run, review, decision, batch")
    with open_services(context.obj) as services:
        found = [*replay_sample(services, size=size, seed=seed), *replay_review_sample(services, size=size, seed=seed)]
    _show(found, as_json=as_json)


@app.command()
def assessment(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="Customer id, registration number, or account number of any system.")],
    day: Annotated[str, typer.Option("--as-of", metavar="DATE", help="Business date of the assessment.")],
    run: Annotated[int | None, typer.Option(help="Of this run; default: the one that was current last.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a customer again as on a day, from the facts, policy, models and opinions of then."""
    from riskreview.evidence.replay import replay_assessment

    as_of = day_or_none(day)
    if as_of is None:
        raise typer.BadParameter("give the day, such as 2026-06-30")
    with open_services(context.obj) as services:
        with services.engine.connect() as connection:
            key = one_customer(connection, customer)
        found = replay_assessment(services, customer_key=key, as_of=as_of, run_id=run)
    _show([found], as_json=as_json)


@app.command("run")
def whole_run(
    context: typer.Context, run: Annotated[int, typer.Argument(help="Number of the run.")], as_json: JsonOption = False
) -> None:
    """Judge everybody again whom a run judged, and compare the digest of the whole result too."""
    from riskreview.evidence.replay import replay_run

    with open_services(context.obj) as services:
        found = replay_run(services, run_id=run)
    _show(found, as_json=as_json)


Number = Annotated[int, typer.Argument(help="Number of the review.")]


@app.command()
def review(context: typer.Context, review: Number, as_json: JsonOption = False) -> None:
    """Check the frozen pack of a review: its hash, and the facts in it against the assessment they were taken from."""
    from riskreview.evidence.replay_reviews import replay_pack

    with open_services(context.obj) as services:
        found = replay_pack(services, review_id=review)
    _show([found], as_json=as_json)


@app.command()
def decision(context: typer.Context, review: Number, as_json: JsonOption = False) -> None:
    """Walk a review through its states again by the event log: who was allowed what, who approved which digest."""
    from riskreview.evidence.replay_reviews import replay_decision

    with open_services(context.obj) as services:
        found = replay_decision(services, review_id=review)
    _show([found], as_json=as_json)


@app.command()
def batch(
    context: typer.Context, batch: Annotated[int, typer.Argument(help="Number of the batch.")], as_json: JsonOption = False
) -> None:  # fmt: skip
    """Read a delivery again: its bytes by the mapping of then give the date and the counts that the event log says."""
    from riskreview.evidence.replay_batches import replay_batch

    with open_services(context.obj) as services:
        found = replay_batch(services, batch_id=batch)
    _show([found], as_json=as_json)


def _show(found: Sequence[Replay], *, as_json: bool) -> None:
    """Print the outcomes; what is not equal makes the command fail."""
    emit(list(found), as_json=as_json, render=lambda: _lines(found))
    if not all(item.is_equal for item in found):
        raise typer.Exit(1)


def _lines(found: Sequence[Replay]) -> None:
    for item in found:
        _line(item)


def _line(item: Replay) -> None:
    console.print(f"[{'green' if item.is_equal else 'red'}]{item.sentence()}[/]", highlight=False)
    for name, outcome in item.checks.items():
        console.print(f"  {name}: {outcome}", highlight=False)
    if item.code is not None and not item.code.is_same:
        if not item.code.recorded:
            console.print("  computed by code that was not recorded", highlight=False)
            return
        changed = ", ".join(item.code.changed[:10]) + (
            f" and {len(item.code.changed) - 10} more" if len(item.code.changed) > 10 else ""
        )
        console.print(
            f"  computed by other code ({item.code.recorded[:12]}); changed since: {changed or 'not known'}",
            highlight=False,
        )
