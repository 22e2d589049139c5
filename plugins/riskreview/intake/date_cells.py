"""Owns the expressions of dates and times: only the mapping's formats count, and no date is guessed."""

from riskreview.intake.cells import Cell, Source
from riskreview.intake.text_table import literal
from riskreview.policy.datasets import Column
from riskreview.policy.mapping import Pick

EMPTY_DATES = ("00000000", "00.00.0000", "0000-00-00", "00/00/0000", "0000/00/00")
"""How systems write that there is no date."""
EITHER_ORDER = "(0?[1-9]|1[0-2])[./-](0?[1-9]|1[0-2])[./-][0-9]{4}"
OPEN_END, OLDEST = "DATE '9999-01-01'", "DATE '1900-01-01'"


def date(column: Column, text: str, pick: Pick, source: Source) -> Cell:
    """Return the expressions of a date; the year 9999 and dates of zeros mean none, which a required column refuses."""
    formats = _formats(source)
    clash = _clash(formats)
    moved = f"{{p}} + {pick.add_days}" if pick.add_days else "{p}"
    absent = f"{{t}} IN ({', '.join(literal(item) for item in EMPTY_DATES)})"
    bounded = f"{{p}} >= {OLDEST}" + (f" AND {{p}} < {OPEN_END}" if column.required else "")
    fits = bounded if column.required else f"CASE WHEN {{p}} IS NULL THEN {absent} ELSE {bounded} END"
    fits = fits if clash == "false" else f"({fits} AND NOT COALESCE({clash}, false))"
    unknown = f"({{p}} IS NULL AND regexp_full_match({{t}}, '{EITHER_ORDER}'))"
    code = f"CASE WHEN {{t}} IS NULL OR {fits} THEN NULL WHEN {clash} OR {unknown} THEN 'R-DATE-AMBIGUOUS' ELSE 'R-DATE' END"
    value = f"CASE WHEN {{p}} < {OPEN_END} THEN {moved} END"
    return Cell(column, text, f"CAST({_strptime(formats)} AS DATE)", value, fits, code)


def timestamp(column: Column, text: str, _: Pick, source: Source) -> Cell:
    """Return the expressions of a local time; one that the clock skipped that day is refused."""
    zone = literal(source.time_zone)
    value = f"timezone({zone}, {{p}})"
    fits = f"timezone({zone}, {value}) = {{p}}"
    code = f"CASE WHEN {{t}} IS NULL OR {fits} THEN NULL WHEN {{p}} IS NULL THEN 'R-DATE' ELSE 'R-TIME' END"
    return Cell(column, text, _strptime(_formats(source)), value, fits, code)


def _formats(source: Source) -> tuple[str, ...]:
    known = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S") if source.table.has_iso_dates else ()
    return tuple(dict.fromkeys([*source.read.dates, *known]))


def _strptime(formats: tuple[str, ...]) -> str:
    return f"try_strptime({{t}}, [{', '.join(literal(item) for item in formats)}])"


def _clash(formats: tuple[str, ...]) -> str:
    """Return whether a date reads differently with day or month first, where the mapping allows both."""
    day, month = (tuple(item for item in formats if item.startswith(start)) for start in ("%d", "%m"))
    return f"({_strptime(day)} <> {_strptime(month)})" if day and month else "false"
