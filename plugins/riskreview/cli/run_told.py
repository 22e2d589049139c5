"""Owns what a run says when it ended: counts, what was not taken, and in a sentence each what somebody has to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rich.markup import escape

from riskreview.cli.output import Row, console, statement_rows, table
from riskreview.facts.missing_rates import missing_rates
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.gate.installing import differing_files
from riskreview.validation.feeds import never_delivered

Counts = tuple[str, str, int]
"""Stage, what was counted, and how often."""


@dataclass(frozen=True, slots=True)
class RunTold:
    """What a run says.

    :param document: everything, for programs. :param sentences: what somebody has to look at.
    """

    as_of: date
    counts: Sequence[Counts]
    problems: Sequence[Row]
    sentences: Sequence[str]
    document: Mapping[str, object]


def tell_run(services: Services, result: Mapping[str, Mapping[str, int]], *, as_of: date) -> RunTold:
    """Return what a run says.

    :param result: counts by stage.
    """
    counts = [(stage, name, count) for stage, found in result.items() for name, count in found.items()]
    with services.engine.connect() as connection:
        problems = statement_rows(connection, "problem_deliveries")
        undelivered = statement_rows(connection, "undelivered")
        alone = statement_rows(connection, "systems_alone")
        ahead = statement_rows(connection, "delivered_ahead", as_of=as_of)
    lacks_rates = any(name == "without_rate" and count for _, name, count in counts)
    pins = current_pins(services)
    rates = [item.sentence for item in missing_rates(services, pins=pins, as_of=as_of)] if lacks_rates else []
    differing = differing_files(services, language=services.instance.settings.language)
    known = {row["source_id"] for row in ahead}
    silent = [state.source_id for state in never_delivered(services, as_of=as_of) if state.source_id not in known]
    sentences = [
        *_quarantined(counts), *rates, *([differing] if differing else []), *(_undelivered(row) for row in undelivered), *_alone(alone),
        *_ahead(ahead, as_of), *_silent(silent, services.instance), *_example_team(services.instance),
    ]  # fmt: skip
    document = {"as_of": as_of, "stages": result, "not_taken": problems, "missing_rates": rates, "policy_files": differing,
                "undelivered": undelivered, "systems_alone": alone, "delivered_ahead": ahead, "never_delivered": silent}  # fmt: skip
    return RunTold(as_of, counts, problems, sentences, document)


def render_run(told: RunTold) -> None:
    """Show it to a person."""
    shown = [row for row in told.counts if row[2]]
    table(f"Loop as of {told.as_of}, counts above zero", ("stage", "what", "count"), shown)
    for sentence in told.sentences:
        console.print(f"[bold red]{escape(sentence)}[/]", highlight=False, soft_wrap=True)
    for item in told.problems:
        console.print(
            f"[bold red]{item['state'].capitalize()}:[/] {item['source_id']}, {escape(item['file_name'] or '')}",
            highlight=False,
        )
        console.print(f"  {escape(item['problem'] or '')}", highlight=False, soft_wrap=True)
    console.print("Who is risky and why: riskreview show customers", highlight=False)


def _quarantined(rows: Sequence[Counts]) -> list[str]:
    """Say where refused rows are, where this run set some aside."""
    set_aside = sum(count for _, name, count in rows if name == "quarantined")
    return [f"{set_aside:,} refused rows wait in quarantine: riskreview quarantine list"] if set_aside else []


def _alone(rows: Sequence[Row]) -> list[str]:
    """Say how many customers no second system knows, and where to join those that are one."""
    if not rows:
        return []
    systems = ", ".join(f"{row['system']} {row['customers']:,}" for row in rows)
    waiting = f"{rows[0]['waiting']:,} proposals to join customers wait: riskreview identity list"
    return [
        f"Customers that one system alone knows: {systems}. They join by the same registration number or by an accepted proposal; {waiting}"
    ]


def _ahead(rows: Sequence[Row], as_of: date) -> list[str]:
    """Say which sources' figures are of a later day, so that the run could not know what was open on its own."""
    if not rows:
        return []
    sources = ", ".join(f"{row['source_id']} ({row['first_as_of']})" for row in rows)
    later = max(row["first_as_of"] for row in rows)
    return [
        f"Delivered for a later day than {as_of}: {sources}. What was open on {as_of} is not in it; run with --as-of {later}, or say in the mapping's delivery.as_of which day the file is of"
    ]


def _silent(sources: Sequence[str], instance: Instance) -> list[str]:
    """Say of which sources nothing ever came, and what to do."""
    if not sources:
        return []
    where = instance.home / "mappings"
    return [
        f"Nothing ever came of {', '.join(sources)}: deliver it where riskreview source list says it is read, or take its mapping out of {where}"
    ]


def _undelivered(row: Row) -> str:
    """Say what keeps messages from their people and what to do."""
    return (
        f"Not delivered: {row['messages']:,} by the channel {row['channel']}, which says: {row['problem'] or 'nothing'}. "
        "Put policies/channels.yaml or its variable right; the next run tries again what was not given up."
    )


def _example_team(instance: Instance) -> list[str]:
    """Say that the invented people of the example are on duty, where an instance that takes in data has no people of its own."""
    own = instance.home / "policies" / "team.yaml"
    if own.exists():
        return []
    return [f"The people are those of the shipped example: name your own in {own}, then riskreview team show."]
