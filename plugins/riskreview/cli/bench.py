"""Commands that measure: ``riskreview bench`` takes extracts through every stage, its subcommands measure other things."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from riskreview.cli.output import JsonOption, bars, emit, table

if TYPE_CHECKING:
    from riskreview.orchestration.bench_pages import Waits

app = typer.Typer(
    invoke_without_command=True,
    help="Measure every stage on generated extracts, beside a bare scan of the same files; the subcommands measure other things.",
)
Scale = Annotated[Literal["S", "M", "L"], typer.Option(help="10k, 100k or 1M customers.")]
Cache = Annotated[Path, typer.Option(help="Folder of the generated extracts and of the instances measured.")]
CUSTOMERS = {"S": 10_000, "M": 100_000, "L": 1_000_000}
CACHE = Path("var/bench")


@app.callback()
def stages(context: typer.Context, scale: Scale = "S", cache: Cache = CACHE, as_json: JsonOption = False) -> None:
    """Measure landing, validation, publishing, indicators, assessment and writing, unless a subcommand says what else."""
    if context.invoked_subcommand is not None:
        return
    from riskreview.orchestration.bench import run_bench

    with bars(quiet=as_json) as progress:
        found = run_bench(scale=scale, cache_dir=cache, progress=progress)
    rows = list(found.stages.items())
    emit(
        found,
        as_json=as_json,
        render=lambda: table(f"Scale {scale}: x_scan {found.x_scan:.2f}", ("stage", "seconds"), rows),
    )


@app.command()
def backtest(scale: Scale = "S", cache: Cache = CACHE, as_json: JsonOption = False) -> None:
    """Measure trying a changed policy on 24 months of the past."""
    from riskreview.orchestration.bench_backtest import run_backtest_bench

    with bars(quiet=as_json) as progress:
        found = run_backtest_bench(scale=scale, cache_dir=cache, progress=progress)
    _emit("Back-test", found, as_json=as_json)


@app.command()
def events(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many events to send.")] = 100,
    cache: Cache = CACHE,
    as_json: JsonOption = False,
) -> None:
    """Measure how long events take on Airflow, from receipt to the accepted message."""
    from riskreview.orchestration.bench_events import run_event_bench

    _emit("Events on Airflow", run_event_bench(home=cache / "events" / "home", count=count), as_json=as_json)


@app.command("console")
def pages(scale: Scale = "S", cache: Cache = CACHE, as_json: JsonOption = False) -> None:
    """Measure how long 20 people wait for pages of the console, and what 500 are told."""
    from riskreview.orchestration.bench_console import run_console_bench

    found = run_console_bench(
        home=cache / "console" / scale, customers=CUSTOMERS[scale], users=20, seconds=30.0, processes=2
    )
    shown = {"list": found.list_pages, "customer": found.customer_pages, "many who read": found.readers, "many without mercy": found.surge}  # fmt: skip
    title = f"{found.customers:,} customers, {found.processes} processes"
    emit(found, as_json=as_json, render=lambda: _show_waits(title, shown))


@app.command()
def audit(
    events: Annotated[int, typer.Option(min=10_000, help="How many events the log gets.")] = 1_000_000,
    cache: Cache = CACHE,
    as_json: JsonOption = False,
) -> None:
    """Measure appending to the event log, signing and verifying it, and what auditors wait for."""
    from riskreview.orchestration.bench_audit import run_audit_bench

    with bars(quiet=as_json) as progress:
        found = run_audit_bench(home=cache / "audit", events=events, progress=progress)

    def render() -> None:
        rows = [(name, value) for name, value in asdict(found).items() if not isinstance(value, dict)]
        table(f"Event log of {found.events:,}", ("what", "value"), rows)
        _show_waits("Auditors", {"search": found.searches, "a file of two days": found.exports})

    emit(found, as_json=as_json, render=render)


@app.command()
def forecast(scale: Scale = "S", cache: Cache = CACHE, as_json: JsonOption = False) -> None:
    """Measure learning a change of class from three made-up years of quarters, and predicting it for everybody."""
    from riskreview.orchestration.bench_forecast import run_forecast_bench

    with bars(quiet=as_json) as progress:
        found = run_forecast_bench(home=cache / scale / "forecast", customers=CUSTOMERS[scale], progress=progress)
    _emit("Prediction of change", found, as_json=as_json)


@app.command()
def buckets(
    scale: Scale = "S",
    workers: Annotated[
        int, typer.Option(min=2, max=64, help="How many workers with one thread each are compared with one.")
    ] = 2,
    cache: Cache = CACHE,
    as_json: JsonOption = False,
) -> None:
    """Measure assessing in buckets: what several workers gain over one, and what a customer costs here and at a tenth of the scale."""
    from riskreview.orchestration.bench_buckets import run_bucket_bench

    with bars(quiet=as_json) as progress:
        found = run_bucket_bench(scale=scale, cache_dir=cache, workers=workers, progress=progress)
    _emit("Assessment in buckets", found, as_json=as_json)


@app.command()
def reviews(cache: Cache = CACHE, as_json: JsonOption = False) -> None:
    """Measure opening 10,000 reviews and sweeping their timers."""
    from riskreview.orchestration.bench_reviews import run_review_bench

    with bars(quiet=as_json) as progress:
        found = run_review_bench(cache_dir=cache, progress=progress)
    _emit("Reviews in bulk", found, as_json=as_json)


@app.command()
def identity(
    scale: Scale = "S",
    names: Annotated[
        Literal["unlike", "alike"], typer.Option(help="Invented names, or names that differ in a number only.")
    ] = "unlike",
    cache: Cache = CACHE,
    as_json: JsonOption = False,
) -> None:
    """Measure the search for customers that are one among all accounts, and after a few were renamed."""
    from riskreview.orchestration.bench_identity import run_identity_bench

    home = cache / scale / "identity"
    with bars(quiet=as_json) as progress:
        found = run_identity_bench(home=home, accounts=CUSTOMERS[scale], names=names, progress=progress)
    _emit("One customer across systems", found, as_json=as_json)


@app.command()
def messages(cache: Cache = CACHE, as_json: JsonOption = False) -> None:
    """Measure 10,000 alerts brought to a slow chat robot; takes minutes."""
    from riskreview.orchestration.bench_messages import run_message_bench

    _emit("Messages in bulk", run_message_bench(home=cache / "messages"), as_json=as_json)


@app.command()
def detectors(as_json: JsonOption = False) -> None:
    """Measure how often the detectors are wrong."""
    from riskreview.indicators.detector_bench import measure_detectors

    found = measure_detectors()
    document = [{**asdict(item), "passes": item.passes} for item in found]
    met = {None: "", True: "yes", False: "NO"}
    shown = [
        (item.detector, item.scenario, item.figure, item.percent, item.bar_text, met[item.passes]) for item in found
    ]
    columns = ("detector", "customers", "line", "percent", "wanted", "met")
    emit(document, as_json=as_json, render=lambda: table("Detectors", columns, shown))


def _show_waits(title: str, waits: Mapping[str, "Waits"]) -> None:
    rows = [(name, wait.users, wait.pages, wait.p50, wait.p95, wait.worst, ", ".join(f"{number} x {said}" for said, number in wait.others.items()))
            for name, wait in waits.items()]  # fmt: skip
    table(title, ("pages", "people", "answered", "median s", "95th percentile s", "worst s", "other answers"), rows)


def _emit(title: str, found: object, *, as_json: bool) -> None:
    """Print what a bench found; the hardware it ran on is for machines that compare."""
    document = asdict(found)  # type: ignore[call-overload]  # a dataclass, each its own
    rows = [(name, value) for name, value in document.items() if name != "hardware"]
    emit(document, as_json=as_json, render=lambda: table(title, ("what", "value"), rows))
