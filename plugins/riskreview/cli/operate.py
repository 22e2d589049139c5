"""Commands that set an instance up and run the loop: init, run, stop, verify, doctor, demo."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.markup import escape

from riskreview.cli.output import JsonOption, bars, console, emit, table
from riskreview.cli.run_told import render_run, tell_run
from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.granting import part_roles_where_administered
from riskreview.foundation.instance import Settings, create_instance, open_instance
from riskreview.foundation.services import open_services
from riskreview.gate.installing import install

if TYPE_CHECKING:
    from riskreview.doctor.results import Examination

Day = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Business date, such as 2026-06-30.")]


def day_or_none(value: str | None) -> date | None:
    """Read an ISO date.

    :raises typer.BadParameter: for anything else.
    """
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError as error:
        raise typer.BadParameter(f"{value} is no date; write it as 2026-06-30") from error


def init(
    context: typer.Context,
    currency: Annotated[str, typer.Option(help="Reporting currency, ISO 4217.")] = "CNY",
    time_zone: Annotated[str, typer.Option(help="Time zone of the business dates.")] = "Asia/Shanghai",
    language: Annotated[str, typer.Option(help="en or zh.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Create an instance: settings, folders, database; again after an upgrade.

    Where RISKREVIEW_DATABASE_URL_ADMINISTRATOR is given, the roles of the database are parted too, each with the password of its address.
    """
    home = cast("Path | None", context.obj)
    if home is None:
        raise BadInput("E-HOME", "no folder was named", "Give it: riskreview --home DIR init")
    settings = Settings(reporting_currency=currency, time_zone=time_zone, language=language)  # type: ignore[call-arg]  # defaulted
    create_instance(home, settings)
    part_roles_where_administered(home)
    with open_services(home) as services:
        install(services)
        emit({"home": str(home)}, as_json=as_json, render=lambda: _render_init(home))


def _render_init(home: Path) -> None:
    console.print(f"Instance ready in [bold]{home}[/].")
    console.print(
        f"Next: your people in {home}/policies/team.yaml, then riskreview source check FILE",
        highlight=False,
        soft_wrap=True,
    )


def run(context: typer.Context, as_of: Day = None, as_json: JsonOption = False) -> None:
    """Run the whole loop in this process: ingest, recompute, watch, review, respond, notify."""
    from riskreview.orchestration.loop import run_loop
    from riskreview.orchestration.stages import business_today

    wanted = day_or_none(as_of)
    with bars(quiet=as_json) as progress, open_services(context.obj, progress=progress) as services:
        day = wanted or business_today(services)
        told = tell_run(services, run_loop(services, as_of=day, triggered_by="cli"), as_of=day)
        emit(told.document, as_json=as_json, render=lambda: render_run(told))


def stop(context: typer.Context, as_json: JsonOption = False) -> None:
    """Stop the embedded PostgreSQL of this instance; the data stay and the next command starts it again."""
    from riskreview.foundation.database import stop_embedded

    stopped = stop_embedded(open_instance(context.obj))
    text = "PostgreSQL stopped." if stopped else "PostgreSQL was not running."
    emit({"stopped": stopped}, as_json=as_json, render=lambda: console.print(text))


def verify(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(help="An export or an evidence pack, folder or ZIP; default: this instance's whole log."),
    ] = None,
    key: Annotated[str | None, typer.Option(help="The log's public key as you know it from elsewhere.")] = None,
    trusted: Annotated[Path | None, typer.Option(help="A checkpoint you received earlier.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify the event log with its checkpoints and the files of the facts, or a part of the log that was taken out; name the first that does not hold."""
    if path is not None:
        _verify_part(path, key, trusted, as_json=as_json)
        return
    from riskreview.audit.verification import verify_whole
    from riskreview.facts.files import FactFiles
    from riskreview.facts.use_cases import current_pins

    with (
        open_services(context.obj) as services,
        services.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
    ):
        found = verify_whole(connection)
        files = FactFiles(services, connection)
        altered = next(iter(files.altered().values()), "") or files.problem(current_pins(services).versions)
    emit(found, as_json=as_json, render=lambda: console.print(f"{found.verified} of {found.events} events verified."))
    if found.first_bad is not None:
        raise RuleViolation(f"the event log was changed: {found.problem}")
    if altered:
        raise RuleViolation(altered)


def _verify_part(path: Path, key: str | None, trusted: Path | None, *, as_json: bool) -> None:
    """Run the verifier that is given to people outside, so that there is one only."""
    from riskreview.audit.log_part import VERIFIER

    options = [*(("--key", key) if key else ()), *(("--trusted", str(trusted)) if trusted else ()), *(("--json",) if as_json else ())]  # fmt: skip
    raise typer.Exit(subprocess.run([sys.executable, str(VERIFIER), str(path), *options], check=False).returncode)  # noqa: S603  our own file


def doctor(context: typer.Context, as_of: Day = None, as_json: JsonOption = False) -> None:
    """Examine every invariant and say what each proves, what was found and how to repair it; exit code 1 when one is broken."""
    from riskreview.doctor.use_cases import examine
    from riskreview.foundation.services import open_reader
    from riskreview.orchestration.stages import business_today

    with open_reader(context.obj) as services:
        found = examine(services, as_of=day_or_none(as_of) or business_today(services))
        is_chinese = services.instance.settings.language == "zh"
    emit(found, as_json=as_json, render=lambda: _render_examination(found, is_chinese=is_chinese))
    if found.broken:
        raise typer.Exit(1)


def _render_examination(found: "Examination", *, is_chinese: bool) -> None:
    rows = [
        (item.invariant.number, item.invariant.zh if is_chinese else item.invariant.en, item.broken or "ok", f"{item.seconds:.2f}")
        for item in found.findings
    ]  # fmt: skip
    table(f"Invariants as of {found.as_of}", ("", "what must hold", "broken", "seconds"), rows)
    for item in found.broken:
        said = item.invariant.zh if is_chinese else item.invariant.en
        repair = item.invariant.repair_zh if is_chinese else item.invariant.repair_en
        console.print(f"[bold red]{item.invariant.id}[/]: {said}", highlight=False, soft_wrap=True)
        console.print(f"  {item.broken}: {escape(', '.join(item.subjects))}", highlight=False, soft_wrap=True)
        console.print(f"  {repair}.", highlight=False, soft_wrap=True)


def demo(
    context: typer.Context,
    customers: Annotated[int, typer.Option(min=200, help="How many invented customers.")] = 2000,
    seed: Annotated[int, typer.Option(help="Same seed, same portfolio.")] = 7,
    as_of: Day = "2026-10-30",
    port: Annotated[int | None, typer.Option(help="Port of the web interface; default: a free one.")] = None,
    setup_seconds: Annotated[float, typer.Option(hidden=True)] = 0.0,
    stop: Annotated[bool, typer.Option("--stop", help="Stop everything the demo started; the data stay.")] = False,
) -> None:
    """Start PostgreSQL and Airflow and run the whole loop on an invented portfolio."""
    home = cast("Path | None", context.obj) or Path("var/demo/home")
    if stop:
        from riskreview.orchestration.demo_run import stop_demo

        stop_demo(home)
        return
    from riskreview.orchestration.demo_run import run_demo

    code = run_demo(
        home=home, customers=customers, seed=seed, as_of=day_or_none(as_of), port=port, setup_seconds=setup_seconds
    )
    raise typer.Exit(code)
