"""Owns the command tree and the one place where an error becomes an exit code."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from riskreview import __version__
from riskreview.cli import (
    audit,
    batch,
    bench,
    calendar,
    campaign,
    crm,
    database,
    events,
    evidence,
    identity,
    measure,
    metrics,
    model,
    operate,
    opinion,
    playbook,
    policy,
    portfolio,
    quarantine,
    replay,
    review,
    screening,
    show,
    signal,
    source,
    team,
    user,
)
from riskreview.cli.output import log_as_set_up, log_to_stderr, report_error
from riskreview.foundation.errors import RiskReviewError, Unavailable
from riskreview.foundation.no_room import said_when_no_room

app = typer.Typer(
    name="riskreview",
    help="Keep a company's high-risk customers under scheduled review.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
HomeOption = Annotated[Path | None, typer.Option("--home", envvar="RISKREVIEW_HOME", help="Folder of the instance.")]


@app.callback()
def _instance(context: typer.Context, home: HomeOption = None) -> None:
    context.obj = home
    log_as_set_up(home)


@app.command()
def version() -> None:
    """Print the version."""
    sys.stdout.write(f"riskreview {__version__}\n")


app.command("init")(operate.init)
app.command("run")(operate.run)
app.command("stop")(operate.stop)
app.command("verify")(operate.verify)
app.command("doctor")(operate.doctor)
app.command("metrics")(metrics.metrics)
app.command("demo")(operate.demo)
app.add_typer(audit.app, name="audit")
app.add_typer(bench.app, name="bench")
app.add_typer(source.app, name="source")
show.app.command("customers")(portfolio.customers)
show.app.command("portfolio")(portfolio.portfolio)
show.app.command("completeness")(portfolio.completeness)
app.add_typer(show.app, name="show")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(screening.app, name="screening")
app.add_typer(batch.app, name="batch")
app.add_typer(identity.app, name="identity")
app.add_typer(playbook.app, name="playbook")
app.add_typer(model.app, name="model")
app.add_typer(policy.app, name="policy")
app.add_typer(opinion.app, name="opinion")
app.add_typer(events.app, name="events")
app.add_typer(crm.app, name="crm")
app.add_typer(database.app, name="database")
app.add_typer(calendar.app, name="calendar")
app.add_typer(campaign.app, name="campaign")
app.add_typer(signal.app, name="signal")
app.add_typer(review.app, name="review")
app.add_typer(replay.app, name="replay")
app.add_typer(evidence.app, name="evidence")
app.add_typer(measure.app, name="measure")
app.add_typer(team.app, name="team")
app.add_typer(user.app, name="user")


def home_first(arguments: list[str]) -> list[str]:
    """Return the arguments with ``--home DIR`` in front, wherever it was written: people put it on either side."""
    for position, word in enumerate(arguments):
        if word == "--":
            break
        if word == "--home" and position + 1 < len(arguments):
            return [word, arguments[position + 1], *arguments[:position], *arguments[position + 2 :]]
        if word.startswith("--home="):
            return [word, *arguments[:position], *arguments[position + 1 :]]
    return arguments


def main() -> None:
    """Run the command line; exit code 1 for a refusal, 2 for a wrong call, 75 for something worth a retry."""
    log_to_stderr()
    try:
        with said_when_no_room():
            app(home_first(sys.argv[1:]))
    except Unavailable as error:
        report_error(error, as_json="--json" in sys.argv)
        sys.exit(75)
    except RiskReviewError as error:
        report_error(error, as_json="--json" in sys.argv)
        sys.exit(1)
    except OperationalError as error:
        said = str(error.orig).strip().splitlines()
        told = Unavailable(
            f"the database does not answer or does not let us in: {said[0] if said else 'no reason given'}"
        )
        report_error(told, as_json="--json" in sys.argv)
        sys.exit(75)
