"""Owns where a page of a long list begins: after the number of the last row of the page before."""

from collections.abc import Mapping, Sequence

from riskreview.console.tables import Rows
from riskreview.console.visit import LARGEST_NUMBER
from riskreview.foundation.errors import RuleViolation

PAGE_ROWS, EXPORT_ROWS = 50, 100_000


def number_after(query: Mapping[str, str]) -> int | None:
    """Return the number of the mark; None for the first page, and for a mark that nobody could have been given."""
    mark = query.get("after", "").rpartition("~")[2]
    return int(mark) if mark.isascii() and mark.isdecimal() and int(mark) <= LARGEST_NUMBER else None


def whole_list(found: Rows) -> Rows:
    """Return a list to take away, which is whole or is not handed over.

    :raises RuleViolation: when there are more than a file takes.
    """
    if len(found) > EXPORT_ROWS:
        raise RuleViolation(f"more than {EXPORT_ROWS} rows were found; narrow the search")
    return found


def one_page(found: Rows, keys: Sequence[str]) -> tuple[Rows, str]:
    """Return a page of what was found and the mark the next one begins after, empty on the last one."""
    shown = found[:PAGE_ROWS]
    return shown, "~".join(str(shown[-1][key]) for key in keys) if len(found) > PAGE_ROWS else ""
