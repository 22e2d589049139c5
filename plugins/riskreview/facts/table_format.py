"""Owns the format of the Delta tables: the number each table carries, and refusing one of a format this program does not know.

Columns a table lacks are no new format. One is when a program of before would read the same files and take them for something else.
"""

import re
from typing import Any

from riskreview.foundation.errors import RuleViolation

FORMAT = 1
NOTE = f"riskreview format {FORMAT}"
"""What a new table is described by; a table without it is from before formats had numbers, which is the first one."""
WRITTEN = re.compile(r"riskreview format (\d+)")


def check_format(table: Any, name: str) -> None:  # deltalake has no usable types here
    """Let this program read and write only tables whose format it knows.

    :raises RuleViolation: for a newer one.
    """
    found = WRITTEN.fullmatch(table.metadata().description or "")
    number = int(found[1]) if found else 1
    if number > FORMAT:
        raise RuleViolation(
            f"the fact table {name} has format {number}, newer than the {FORMAT} this program knows; start the newer program"
        )
