"""Commands about sources: check what a file would load and refuse, add a mapping, list what an instance reads."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from riskreview.cli.output import JsonOption, console, emit, on_this_machine, table
from riskreview.foundation.instance import open_instance
from riskreview.foundation.whole_file import whole_file
from riskreview.intake.results import CellProblem, FileReport

app = typer.Typer(help="Sources: check a file, add a mapping, list the feeds.", no_args_is_help=True)
FIRST_LINES = 5


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The extract.")],
    mapping: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Mapping to check with.")] = None,
    write: Annotated[
        Path | None, typer.Option(callback=on_this_machine, help="Write the proposed mapping of an unknown file here.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a file would load and refuse, by line and column; nothing is stored. An unknown file gets a mapping proposed."""
    from riskreview.intake.check import check_file
    from riskreview.intake.propose import propose_mapping

    instance = open_instance(context.obj)
    report = check_file(instance, file, mapping)
    proposal = propose_mapping(file, currency=instance.settings.reporting_currency) if report.proposed else None
    if proposal and write:
        write.write_text(proposal.yaml, encoding="utf-8")
    document = {"report": report, "proposed_mapping": proposal}
    emit(document, as_json=as_json, render=lambda: _render(report))
    if proposal and not as_json:
        console.rule(f"Proposed mapping{f', written to {write}' if write else ''}")
        for note in proposal.notes:
            console.print(f"[yellow]look at[/] {escape(str(note))}", highlight=False)
        if not write:
            sys.stdout.write(proposal.yaml)
    if not report.is_loadable:
        raise typer.Exit(1)


def _render(report: FileReport) -> None:
    if report.problem:
        console.print(f"[bold red]Refused as a whole:[/] {escape(report.problem)}", highlight=False, soft_wrap=True)
        return
    rows = [(item.dataset, item.rows_in, item.accepted, item.refused, item.skipped) for item in report.datasets]
    table(f"{report.file_name} as {report.source_id}, as of {report.as_of}",
          ("dataset", "rows", "would load", "would refuse", "skipped"), rows)  # fmt: skip
    cells = [(item.dataset, item.column, item.source_column, item.empty, item.refused) for item in report.columns]
    table("Columns", ("dataset", "column", "read from", "empty", "refused"), cells)
    if report.problems:
        refused = sum(item.refused for item in report.datasets)
        told = f", the first {len(report.problems)} of {refused:,} rows" if refused > len(report.problems) else ""
        columns = ("rows", "column", "code", "found, such as", "repair", "first lines")
        table(f"Would be refused{told}", columns, _grouped(report.problems))


def _grouped(problems: Sequence[CellProblem]) -> list[tuple[object, ...]]:
    """Return refusals of the same column for the same reason as one row, the most frequent first."""
    alike: dict[tuple[str, str, str], list[CellProblem]] = {}
    for item in problems:
        alike.setdefault((item.dataset, item.column, item.code), []).append(item)
    return [
        (len(group), group[0].column, group[0].code, group[0].found, group[0].repair,
         ", ".join(str(item.line) for item in group[:FIRST_LINES]) + (" …" if len(group) > FIRST_LINES else ""))
        for group in sorted(alike.values(), key=len, reverse=True)
    ]  # fmt: skip


@app.command()
def add(
    context: typer.Context,
    mapping: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The mapping file.")],
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Also put this extract into the inbox.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a mapping and take it into the instance; its files are read from the inbox at the next ingest."""
    from riskreview.intake.inbox import root_of
    from riskreview.intake.use_cases import add_source

    instance = open_instance(context.obj)
    added = add_source(instance, mapping)
    if file is not None:
        target = root_of(instance) / Path(added.read.path or file.name).parent.as_posix() / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _put(file, target)
    emit({"source": added.source, "stage": added.stage, "datasets": list(added.datasets)}, as_json=as_json,
         render=lambda: console.print(f"Source [bold]{added.source}[/] added."))  # fmt: skip


def _put(file: Path, target: Any) -> None:  # a local or universal path
    """Copy a file to where an ingest may look at any moment: it is there whole or not at all."""
    if isinstance(target, Path):
        with whole_file(target) as draft:
            shutil.copyfile(file, draft)
        return
    with file.open("rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)


@app.command("list")
def list_sources(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the sources of this instance and where they are read from."""
    from riskreview.policy.mapping_checks import load_mapping

    mappings = [load_mapping(path) for path in open_instance(context.obj).configuration("mappings")]
    rows = [
        (
            item.source,
            item.system,
            item.stage,
            ", ".join(item.datasets),
            item.read.path or ("events" if item.read.events else "query"),
        )
        for item in mappings
    ]
    columns = ("source", "system", "stage", "datasets", "read from")
    emit(
        [dict(zip(columns, row, strict=True)) for row in rows],
        as_json=as_json,
        render=lambda: table("Sources", columns, rows),
    )
