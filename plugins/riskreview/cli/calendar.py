"""Commands about business time: what a calendar says of a year, what is missing, and when a deadline ends."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from riskreview.cli.operate import Day, day_or_none
from riskreview.cli.output import JsonOption, console, emit, table
from riskreview.foundation.clock import SystemClock
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.instance import open_instance

app = typer.Typer(help="Working days, holidays, fiscal periods and deadlines.", no_args_is_help=True)


@app.command()
def show(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="Calendar of a file, or a country such as fr or us-ca.")],
    year: Annotated[int | None, typer.Option(min=1990, max=2100, help="Default: this year.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a year of a calendar: days off beside the weekend, weekend days that are worked, and the fiscal quarters."""
    from riskreview.policy.calendars import calendar_of, load_calendars
    from riskreview.policy.review_policy import load_review_policy

    instance = open_instance(context.obj)
    calendar = calendar_of(load_calendars(instance), code)
    wanted = year or SystemClock().now().astimezone(ZoneInfo(instance.settings.time_zone)).year
    off, worked = calendar.days_of(wanted)
    fiscal = load_review_policy(instance).fiscal_year
    start = fiscal.start_of(date(wanted, 12, 31))
    quarters = [fiscal.period_of(start + timedelta(days=days), 3) for days in (0, 100, 190, 285)]
    document = {
        "calendar": code, "year": wanted, "is_published": calendar.knows(wanted), "opens": calendar.opens.isoformat("minutes"),
        "closes": calendar.closes.isoformat("minutes"), "holidays": sorted(day for day in off if day.year == wanted),
        "workdays": sorted(day for day in worked if day.year == wanted),
        "business_days": calendar.business_days_between(date(wanted, 1, 1), date(wanted, 12, 31)),
        "fiscal_quarters": [{"key": item.key, "starts_on": item.starts_on, "ends_before": item.ends_before} for item in quarters],
    }  # fmt: skip
    emit(document, as_json=as_json, render=lambda: _render_year(document))


def _render_year(found: dict[str, Any]) -> None:
    known = "" if found["is_published"] else " [bold red]not published: only what is certain[/]"
    console.print(f"Calendar {found['calendar']}, {found['year']}: {found['business_days']} business days, "
                  f"{found['opens']} to {found['closes']}.{known}", highlight=False)  # fmt: skip
    for name, label in (("holidays", "Days off"), ("workdays", "Weekend days worked")):
        console.print(f"{label}: {', '.join(f'{day:%d %b}' for day in found[name]) or 'none'}", highlight=False)
    rows = [(item["key"], item["starts_on"], item["ends_before"]) for item in found["fiscal_quarters"]]
    table("Fiscal quarters", ("quarter", "starts on", "ends before"), rows)


@app.command()
def check(context: typer.Context, as_of: Day = None, as_json: JsonOption = False) -> None:
    """Check the calendars the team works by; exit code 1 when a year that deadlines will reach is not published."""
    from riskreview.mechanisms.business_time import calendars_in_use, unpublished_years

    instance = open_instance(context.obj)
    today = SystemClock().now().astimezone(ZoneInfo(instance.settings.time_zone)).date()
    missing = unpublished_years(instance, as_of=day_or_none(as_of) or today)
    names = list(calendars_in_use(instance))
    emit({"calendars": names, "missing_years": missing}, as_json=as_json,
         render=lambda: console.print(f"{len(names)} calendars are in use: {', '.join(names)}."))  # fmt: skip
    if missing:
        lacks = "; ".join(f"{code} lacks {', '.join(map(str, years))}" for code, years in missing.items())
        raise RuleViolation(f"{lacks}: add the holidays to calendars/CODE.yaml; until then weekends alone are counted")


@app.command()
def due(
    context: typer.Context,
    duration: Annotated[str, typer.Argument(help="4h for working hours, 3wd for working days, or month_end.")],
    person: Annotated[str, typer.Option(help="Whose calendar, hours and time zone count.")],
    start: Annotated[
        str | None, typer.Option("--from", metavar="MOMENT", help="Such as 2026-09-30T16:00; default: now.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say when a deadline ends for a person."""
    from riskreview.policy.calendars import Deadline, calendar_of, load_calendars
    from riskreview.policy.team import load_team

    instance = open_instance(context.obj)
    who = load_team(instance).person(person)
    if who is None:
        raise NotFound(f"{person} is no person of the team")
    zone = ZoneInfo(who.time_zone)
    try:
        begins = datetime.fromisoformat(start) if start else SystemClock().now()
        deadline = Deadline.parse(duration)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    begins = begins if begins.tzinfo else begins.replace(tzinfo=zone)
    found = calendar_of(load_calendars(instance), who.calendar).due(begins.astimezone(UTC), deadline, zone)
    local = found.at.astimezone(zone)
    note = "; a year on the way is not published" if found.calendar_incomplete else ""
    emit({"person": who.id, "due_at": local.isoformat(), "calendar_incomplete": found.calendar_incomplete}, as_json=as_json,
         render=lambda: console.print(f"Due {local:%A %d %B %Y, %H:%M} {who.time_zone}{note}.", highlight=False))  # fmt: skip
