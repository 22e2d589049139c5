"""Owns finding the one customer a person names by any of its numbers."""

from sqlalchemy import Connection

from riskreview.cli.output import statement_rows
from riskreview.foundation.errors import NotFound

CLASSES = ("unknown", "low", "medium", "high", "critical", "default")
"""Risk classes by their code."""


def one_customer(connection: Connection, number: str, *, find: str = "find_customers") -> int:
    """Return the key of the customer with a number.

    :param find: the statement that looks; ``find_known_customers`` looks into the register as it was known.
    :raises NotFound: when there is none, or the number fits several.
    """
    found = statement_rows(connection, find, wanted=number.strip())
    exact = [row for row in found if row["customer_id"] == number] or found
    if not exact:
        raise NotFound(f"no customer or account has the number {number}")
    if len(exact) > 1:
        names = ", ".join(row["customer_id"] for row in exact)
        raise NotFound(f"{number} fits several customers; say which one: {names}")
    return int(exact[0]["customer_key"])
