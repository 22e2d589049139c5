"""Commands about the people: who they are, how much each has to do, and the compliance trainings they need."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from riskreview.cli.operate import day_or_none
from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.services import open_services

app = typer.Typer(help="People: roles, workload and compliance training.", no_args_is_help=True)
training = typer.Typer(
    help="Compliance trainings: who needs which, and record that one was taken.", no_args_is_help=True
)
app.add_typer(training, name="training")
PERSONS = ("id", "name", "roles", "calendar", "time_zone", "reviews_per_day", "present")
LOADS = ("person", "reviews", "due_soon", "room_soon", "approvals", "steps", "other", "overdue", "away_until", "lapsed")
TRAININGS = ("person", "course_id", "state", "last_day", "is_mandatory", "completed_on", "recorded_by", "evidence")


@app.command()
def show(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the people with their roles, and who is present today."""
    from riskreview.orchestration.stages import business_today
    from riskreview.policy.team import load_team

    with open_services(context.obj) as services:
        team, today = load_team(services.instance), business_today(services)
    rows = [
        {**{name: getattr(person, name) for name in PERSONS[:-1]}, "present": team.is_present(person.id, today)}
        for person in team.persons
    ]
    emit(rows, as_json=as_json, render=lambda: table("Team", PERSONS, [[_cell(row[name]) for name in PERSONS] for row in rows]))  # fmt: skip


@app.command()
def workload(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what each person owes, what falls due in ten working days, and how much of that they can take."""
    from riskreview.team.workload import workloads

    with open_services(context.obj) as services:
        found = [asdict(item) for item in workloads(services)]
    emit(found, as_json=as_json, render=lambda: table("Workload", LOADS, [[_cell(row[name]) for name in LOADS] for row in found]))  # fmt: skip


@training.command("list")
def list_(
    context: typer.Context,
    person: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the newest round of every course of every person."""
    from riskreview.team.training import list_trainings

    with open_services(context.obj) as services, services.engine.connect() as connection:
        found = list_trainings(connection, person=person)
    emit(found, as_json=as_json, render=lambda: table("Trainings", TRAININGS, [[_cell(row[name]) for name in TRAININGS] for row in found]))  # fmt: skip


@training.command()
def assign(context: typer.Context, as_json: JsonOption = False) -> None:
    """Assign now what policies/training.yaml asks for; the DAG escalate does it by itself."""
    from riskreview.team.training import assign_trainings

    with open_services(context.obj) as services:
        found = assign_trainings(services)
    emit(found, as_json=as_json,
         render=lambda: console.print(f"{found.assigned} assigned, {found.lapsed} lapsed, {found.ended} ended."))  # fmt: skip


@training.command()
def record(
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Person id in team.yaml.")],
    course: Annotated[str, typer.Argument(help="Course id in training.yaml.")],
    evidence: Annotated[str, typer.Option(help="Where the proof is: certificate number, file, attendance list.")],
    actor: Annotated[str, typer.Option("--as", help="Your person id in team.yaml.")],
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="The day it was taken; default: today.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Record that somebody took a course, with the evidence; nobody records their own."""
    from riskreview.orchestration.stages import business_today
    from riskreview.team.training import record_training

    with open_services(context.obj) as services:
        day = day_or_none(on) or business_today(services)
        until = record_training(
            services, person=person, course_id=course, completed_on=day, evidence=evidence, actor=actor
        )
    emit({"person": person, "course": course, "last_day": until}, as_json=as_json,
         render=lambda: console.print(f"{course} of {person} is valid until {until}."))  # fmt: skip


def _cell(value: object) -> object:
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return value.isoformat() if isinstance(value, date) else value
