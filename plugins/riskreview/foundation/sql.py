"""Owns finding SQL text: every statement lives in include/sql/<room>/<name>.sql, values are always bound."""

from functools import cache

from riskreview.foundation.instance import PACKAGED

SORTED_BY = frozenset({"sort_number", "sort_text", "sort_key", "place_number", "place_text"})
"""What a list is sorted by, and what stands for it where it is not known."""


@cache
def sql(room: str, name: str) -> str:
    """Return the text of ``include/sql/<room>/<name>.sql``.

    :raises FileNotFoundError: when there is no such statement.
    """
    return (PACKAGED / "sql" / room / f"{name}.sql").read_text(encoding="utf-8")


@cache
def paged(room: str, name: str) -> str:
    """Return the statement of a list with the tail that all lists share, which sorts it and cuts a page out of it (``page.sql``).

    Nothing but two shipped files is put together; a list says what its rows are sorted by, and takes the parameters of both.
    """
    return "\n".join(("WITH listed AS (", sql(room, name).rstrip().removesuffix(";"), ")", sql("foundation", "page")))
