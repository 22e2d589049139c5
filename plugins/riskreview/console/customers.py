"""Owns the list of customers: search, filter, order, pages and export, all done by the server however many there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from riskreview.console.answers import CsvFile, Page
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Row, Visit, number_of, rows
from riskreview.facts.registration import read_number
from riskreview.facts.spelling import sought
from riskreview.policy.codes import is_country
from riskreview.policy.risk_terms import RiskClass
from riskreview.portfolio.in_part import RATE_MISSING, as_known

PAGE_ROWS, PART_ROWS = 50, 20_000
LONGEST_AMOUNT = 15
MOST_FOUND = 10_000
"""How many names a search finds at most; it then has to say more."""
ORDERS = {"-risk_class": "class", "-exposure": "exposure", "-index_points": "index", "name": "name"}
COLUMNS = (
    Column("name", link="customers/{customer_key}", sorts=True), Column("customer_id", link="customers/{customer_key}"),
    Column("risk_class", "class", sorts=True), Column("class_since", "day"), Column("index_points", "points", sorts=True),
    Column("exposure", "amount", sorts=True), Column("overdue", "amount"), Column("country"), Column("owner_user", "person"),
)  # fmt: skip
EXPORTED = ("customer_id", "name", "country", "owner_user", "risk_class", "class_since", "index_points", "exposure", "overdue", "in_part", "limit_amount")  # fmt: skip
ASKED = ("q", "class", "owner", "country", "exposure_from", "overdue", "after")
UNKNOWN_PARTS = ("outdated", "never_known")
LARGEST_FIRST = {
    "-risk_class": ("stored_class", "exposure"),
    "-exposure": ("exposure",),
    "-index_points": ("index_points",),
}
"""Orders by figures, in which two lists are put together here as the server would; names are left to the server's collation."""
FIRST: dict[str, Any] = {"after_class": None, "after_amount": None, "after_name": None, "after_key": None}


@dataclass(frozen=True, slots=True)
class OrderedTable(Table):
    """A table whose columns have one order each, the one its index gives."""

    def sort_link(self, column: Column) -> str:
        """Return the address that sorts by a column."""
        return self._address({"sort": _order_of(column.key)})


def customers(visit: Visit) -> Page:
    """Show one page of the customers the visitor may see."""
    order = _order_of(visit.query.get("sort", "").removeprefix("-"))
    with visit.reading() as connection:
        found = _find(connection, visit, order, _place(visit.query.get("after", ""), ORDERS[order]), PAGE_ROWS + 1)
        outdated = _is_outdated(connection, visit)
    shown, is_more = found[:PAGE_ROWS], len(found) > PAGE_ROWS
    table = OrderedTable("customers", COLUMNS, shown, order, f"{visit.root}/customers", visit.query,
                         _mark(shown[-1], ORDERS[order]) if is_more else "", f"{visit.root}/customers.csv")  # fmt: skip
    asked = any(visit.query.get(name) for name in ASKED)
    owners = visit.team.persons if visit.visitor.owner_users is None else ()
    return Page("customers", {"table": table, "classes": [item.name for item in reversed(RiskClass)], "query": visit.query, "outdated": outdated, "blank": not shown and not asked,
                              "owners": sorted(owners, key=lambda person: person.name)})  # fmt: skip


def customers_csv(visit: Visit) -> CsvFile:
    """Hand over every customer that was searched for, however many there are."""
    return CsvFile("customers.csv", EXPORTED, _all(visit))


def _all(visit: Visit) -> Iterator[Row]:
    """Yield the customers that were searched for as one moment knew them, a part at a time."""
    order = _order_of(visit.query.get("sort", "").removeprefix("-"))
    after = FIRST
    with visit.reading(steadily=True) as connection:
        while found := _find(connection, visit, order, after, PART_ROWS):
            yield from ({**row, "risk_class": RiskClass(row["risk_class"]).name} for row in as_known(found))
            if len(found) < PART_ROWS:
                break
            after = _place(_mark(found[-1], ORDERS[order]), ORDERS[order])


def _order_of(key: str) -> str:
    return next((order for order in ORDERS if order.removeprefix("-") == key), "-risk_class")


def _is_outdated(connection: Connection, visit: Visit) -> bool:
    """Tell whether the class that was asked for would have more customers if all assessments were up to date; those are listed as unknown."""
    asked = {"risk_class": _class(visit), "owner_users": _owners(visit), "on_day": visit.today}
    return bool(asked["risk_class"]) and bool(rows(connection, "has_outdated", **asked)[0]["is_found"])


def _class(visit: Visit) -> int | None:
    word = visit.query.get("class", "")
    return RiskClass[word].value if word in RiskClass.__members__ else None


def _find(connection: Connection, visit: Visit, order: str, after: dict[str, Any], how_many: int) -> list[Row]:
    wanted = visit.query.get("q", "").strip()[:200]
    escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    owners, grams = _owners(visit), None
    keys: list[int] | str | None = None
    if wanted:
        keys = [row["customer_key"] for row in rows(connection, "customers_by_number", wanted=wanted, numbers=_numbers(wanted, visit.query))] or None  # fmt: skip
        keys = keys or _spelled(connection, wanted, owners) or None
        grams = None if keys else _grams(connection, wanted, f"%{escaped}%")
    asked = _class(visit)
    parts = UNKNOWN_PARTS if asked == RiskClass.unknown and order in LARGEST_FIRST else (None,)
    found = [row for part in parts for row in rows(
        connection, "list_customers", sort=ORDERS[order], **after, risk_class=asked, part=part, **_filters(visit.query), on_day=visit.today,
        how_many=how_many, rate_missing=RATE_MISSING,
        is_chosen=bool(wanted) or owners is not None, owner_users=owners, customer_keys=keys, grams=grams,
        alike=f"%{escaped}%" if wanted and not keys else None, most=MOST_FOUND if wanted else None,
    )]  # fmt: skip
    if len(parts) == 1:
        return found
    return sorted(found, key=lambda row: [row[name] for name in (*LARGEST_FIRST[order], "customer_key")], reverse=True)[
        :how_many
    ]


def _spelled(connection: Connection, wanted: str, owners: list[str] | None) -> str:
    """Return the customers whose Chinese name is spelled as it was typed, with those that have the letters in their name; empty without any.

    They are the text of an array, for they may be ten thousand and are handed back to the database as they came.
    """
    readings = [rows(connection, "customers_by_spelling", whole=list(item.whole), last=None if item.last is None else list(item.last), spelled=item.spelled,
                     initials=item.initials, owner_users=owners, most=MOST_FOUND)[0] for item in sought(wanted)]  # fmt: skip
    if all(reading["customer_keys"] == "{}" for reading in readings):
        return ""
    alike = f"%{wanted}%"
    named = rows(connection, "customers_by_name", grams=_grams(connection, wanted, alike), alike=alike, owner_users=owners, most=MOST_FOUND)  # fmt: skip
    found = (row["customer_keys"].strip("{}") for row in (*readings, *named))
    return f"{{{','.join(keys for keys in found if keys)}}}"


def _grams(connection: Connection, wanted: str, alike: str) -> list[str] | None:
    """Return the pieces by which an index finds names with a text; None for a text without any, and for one that many names have."""
    found = rows(connection, "pieces_of", wanted=wanted, alike=alike)[0]
    return None if found["is_common"] else found["grams"] or None


def _numbers(wanted: str, query: Mapping[str, str]) -> list[str]:
    """Return the spellings by which a registration number is compared, however it was written."""
    country = query.get("country", "").strip().upper()
    read = [read_number(wanted, where) for where in (None, country) if where is None or is_country(where)]
    return sorted({wanted.upper(), *(number.key for number in read if number is not None)})


def _owners(visit: Visit) -> list[str] | None:
    """Return the names of the owner that was asked for, as far as the visitor may see them; None for everybody."""
    seen = visit.visitor.owner_users
    person = visit.team.person(visit.query.get("owner", ""))
    if person is None:
        return seen
    names = [person.id, *person.aliases]
    return names if seen is None else [name for name in names if name in seen]


def _filters(query: Mapping[str, str]) -> dict[str, Any]:
    """Return what the rows must be beside class and owner; what is no country and no amount filters nothing."""
    country, least = query.get("country", "").strip().upper(), query.get("exposure_from", "").replace(",", "").strip()
    return {
        "country": country if is_country(country) else None,
        "exposure_from": float(least) if least.isdecimal() and len(least) <= LONGEST_AMOUNT else None,
        "is_overdue": query.get("overdue") == "1",
    }


def _mark(row: Row, sort: str) -> str:
    """Return what the next page begins after."""
    values = {"class": (row["stored_class"], row["exposure"]), "exposure": (row["exposure"],), "index": (row["index_points"],),
              "name": (row["name"] or "",)}[sort]  # fmt: skip
    return "~".join(str(value) for value in (row["customer_key"], *values))


def _place(mark: str, sort: str) -> dict[str, Any]:
    """Return the parameters of a mark; one that nobody could have been given means the first page."""
    said, _, rest = mark.partition("~")
    key = number_of(said)
    if key is None:
        return FIRST
    place = FIRST | {"after_key": key}
    if sort == "name":
        return place | {"after_name": rest}
    amounts = rest.split("~")
    try:
        if sort == "class":
            return place | {"after_class": int(RiskClass(int(amounts[0]))), "after_amount": float(amounts[1])}
        return place | {"after_amount": float(amounts[0])}
    except (ValueError, IndexError):
        return FIRST
