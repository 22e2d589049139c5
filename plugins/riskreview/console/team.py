"""Owns the page of the team: who has which role today, who is away, what everybody owes, and who has more than can be done."""

from datetime import timedelta

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page, chosen_file
from riskreview.console.tables import Column, Table, in_order, taken_away
from riskreview.console.visit import Row, Visit, rows
from riskreview.notifications.words import labels
from riskreview.policy.roles import ROLES
from riskreview.policy.team import Person

AHEAD_DAYS = 7
WORKING_DAYS = 5
PEOPLE = (Column("name", sorts=True), Column("roles"), Column("presence", "word:presence", sorts=True), Column("duties", "count", sorts=True),
          Column("late", "count", sorts=True), Column("due_soon", "count", sorts=True), Column("reviews_soon", "count", sorts=True),
          Column("capacity", "count"), Column("load", "word:load", sorts=True))  # fmt: skip
ROTA = (
    Column("role", "word:roles"),
    Column("owner", "person"),
    Column("deputy", "person"),
    Column("order"),
    Column("gap", "word:gap"),
)
ABSENCES = (
    Column("person", "person"),
    Column("first_day", "day"),
    Column("last_day", "day"),
    Column("presence", "word:presence"),
)


def team(visit: Visit) -> Page:
    """Show rota, absences and workload of the visitor's day."""
    people, *others = _tables(visit)
    overloaded = [row["name"] for row in people.rows if row["load"] == "too_much"]
    return Page("team", {"tables": (people, *others), "overloaded": overloaded})


def team_csv(visit: Visit) -> CsvFile:
    """Hand over one table of the page, who owes what when none is asked for."""
    return chosen_file("team", _tables(visit), visit.query.get("table", ""))


def _tables(visit: Visit) -> tuple[Table, ...]:
    with visit.reading() as connection:
        people = loads(visit, connection)
    listed, order = in_order(people, PEOPLE, visit.query.get("sort", ""), "-late")
    tables = (Table("workload", PEOPLE, listed, order, f"{visit.root}/team", visit.query), Table("rota", ROTA, _rota(visit)),
              Table("absences", ABSENCES, _absences(visit)))  # fmt: skip
    return taken_away(tables, f"{visit.root}/team.csv")


def loads(visit: Visit, connection: Connection) -> list[Row]:
    """Return what everybody owes, and whether it can be done."""
    now = visit.services.clock.now()
    found = rows(connection, "team_load", now=now, until=now + timedelta(days=AHEAD_DAYS))
    owed = {row["owner"]: row for row in found}
    return [_loaded(visit, person, owed.get(person.id, {})) for person in visit.team.persons]


def _loaded(visit: Visit, person: Person, owed: Row) -> Row:
    """Return what a person owes: too much when something is late, or more reviews fall due than the person can take in that time."""
    capacity = person.reviews_per_day * WORKING_DAYS
    late, reviews = int(owed.get("late", 0)), int(owed.get("reviews_soon", 0))
    titles = labels(visit.visitor.language)["roles"]
    named = [titles[role] for role in person.roles]
    return {"name": person.name, "roles": ", ".join(named), "presence": _presence(visit, person.id), "duties": int(owed.get("duties", 0)), "late": late,
            "due_soon": int(owed.get("due_soon", 0)), "reviews_soon": reviews, "capacity": capacity,
            "load": "too_much" if late or reviews > capacity else "much" if 2 * reviews > capacity else "fine"}  # fmt: skip


def _presence(visit: Visit, person: str) -> str:
    return "here" if visit.team.is_present(person, visit.today) else "away"


def _rota(visit: Visit) -> list[Row]:
    found: list[Row] = []
    for role in ROLES:
        order = visit.team.order(role)
        if not order:
            continue
        duty = visit.team.on_duty(role, visit.today)
        gap = "nobody" if duty.nobody_available else "no_deputy" if duty.deputy is None else "none"
        named = [known.name for name in order if (known := visit.team.person(name))]
        found.append({"role": role, "owner": duty.owner, "deputy": duty.deputy, "order": ", ".join(named), "gap": gap})
    return found


def _absences(visit: Visit) -> list[Row]:
    """Return the absences that are not over, the earliest first."""
    coming = [item for item in visit.team.absences if item.last_day >= visit.today]
    return [{"person": item.person, "first_day": item.first_day, "last_day": item.last_day,
             "presence": "away" if item.first_day <= visit.today else "here"} for item in sorted(coming, key=lambda item: item.first_day)]  # fmt: skip
