"""Commands about one customer across systems."""

from pathlib import Path
from typing import Annotated

import typer

from riskreview.cli.output import JsonOption, emit, table

app = typer.Typer(help="One customer across systems: compare names, decide on proposals.", no_args_is_help=True)


@app.command()
def benchmark(
    originals: Annotated[Path, typer.Argument(help="CSV with names.", exists=True, dir_okay=False)],
    altered: Annotated[Path, typer.Argument(help="CSV with their altered spellings, row by row.", exists=True, dir_okay=False)],
    column: Annotated[str, typer.Option(help="Column with the name.")] = "company_name",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Measure the comparison of names: the right one first, and F1 against each name's nearest wrong candidate."""
    from riskreview.identity.measure import measure_files

    found = measure_files(originals, altered, column=column)
    rows = [
        ("right name first", found.right_first),
        ("F1, mean over splits", found.f1),
        ("F1, lowest", found.f1_lowest),
    ]
    shown = [(name, f"{value:.3f}") for name, value in rows] + [("threshold", f"{found.threshold:.3f}")]
    emit(found, as_json=as_json, render=lambda: table(f"{found.names} names", ("figure", "value"), shown))
