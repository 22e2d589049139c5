"""The command that writes the metrics."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from riskreview.cli.output import on_this_machine
from riskreview.foundation.services import open_reader


def metrics(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Option(
            callback=on_this_machine, help="Write this file at once, for a textfile collector; its name ends in .prom."
        ),
    ] = None,
) -> None:
    """Print the metrics of the business in the text format of Prometheus; nothing is changed."""
    from riskreview.metrics.exposition import exposition, write_file
    from riskreview.metrics.reading import read_metrics

    with open_reader(context.obj) as services:
        samples = read_metrics(services)
    if file is None:
        sys.stdout.write(exposition(samples).decode())
    else:
        write_file(file, samples)
