"""Owns finding SQL text: every statement lives in include/sql/<room>/<name>.sql, values are always bound."""

from functools import cache

from riskreview.foundation.instance import PACKAGED


@cache
def sql(room: str, name: str) -> str:
    """Return the text of ``include/sql/<room>/<name>.sql``.

    :raises FileNotFoundError: when there is no such statement.
    """
    return (PACKAGED / "sql" / room / f"{name}.sql").read_text(encoding="utf-8")
