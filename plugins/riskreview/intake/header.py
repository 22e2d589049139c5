"""Owns checking an extract's header against its mapping; the same rules for every format."""

import difflib
from collections import Counter
from collections.abc import Sequence

from riskreview.foundation.errors import BadInput
from riskreview.policy.mapping import Mapping

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def clean_header(cells: Sequence[str | None]) -> tuple[str, ...]:
    """Return the names of a header row: blanks around them removed, nothing else changed; empty ones at the end dropped."""
    names = [(cell or "").strip().strip("\ufeff\u3000") for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(name or f"(column {number})" for number, name in enumerate(names, start=1))


def check_header(mapping: Mapping, header: Sequence[str], name: str) -> None:
    """Check that every column the mapping needs is there once.

    :raises BadInput: E-HEADER, E-HEADER-DUP, E-DELIMITER, E-SCHEMA or E-SCHEMA-EXTRA.
    """
    line = mapping.read.header_row or None
    needed = mapping.sources
    _check_split(mapping, header, name, line)
    double = next((column for column, times in Counter(header).items() if times > 1), None)
    if double is not None:
        raise BadInput(
            "E-HEADER-DUP", "the column stands in the header twice", "Rename one of the two", name, line, double
        )
    missing = [column for column in needed if column not in header]
    if missing and len(missing) == len(needed):
        raise BadInput("E-HEADER", "none of the mapped columns is in the header line",
                       "Export with a header, or correct header_row in the mapping", name, line)  # fmt: skip
    if missing:
        near = difflib.get_close_matches(
            missing[0], [column for column in header if column not in needed], n=1, cutoff=0.4
        )
        repair = (
            f"Did you mean {near[0]}? Correct the export or the mapping"
            if near
            else "Export it, or correct the mapping"
        )
        raise BadInput("E-SCHEMA", f"the column {missing[0]} is missing", repair, name, line, missing[0])
    extra = [column for column in header if column not in needed]
    if extra and mapping.extra_columns == "refuse":
        raise BadInput("E-SCHEMA-EXTRA", f"the column {extra[0]} is not mapped",
                       "Map it, or set extra_columns: allow", name, line, extra[0])  # fmt: skip


def check_keys(mapping: Mapping, names: Sequence[str], name: str) -> None:
    """Check the keys that occur anywhere in JSON objects; JSON leaves empty ones out, so only a missing required column stops the file.

    :raises BadInput: E-HEADER and the other header codes.
    """
    if not names:
        return
    if not set(names) & set(mapping.sources):
        raise BadInput("E-HEADER", "no object has a mapped key", "Correct the mapping", name)
    if mapping.extra_columns == "refuse":
        check_header(mapping, tuple(dict.fromkeys([*names, *mapping.sources])), name)


def _check_split(mapping: Mapping, header: Sequence[str], name: str, line: int | None) -> None:
    if not header:
        raise BadInput("E-HEADER", "the header line is empty", "Correct header_row in the mapping", name, line)
    if len(header) > 1 or mapping.read.format not in {"csv", "tsv"}:
        return
    others = [sign for sign in DELIMITERS if sign != mapping.read.separator and sign in header[0]]
    if others:
        best = max(others, key=header[0].count)
        raise BadInput("E-DELIMITER", f"the header line is split by {DELIMITERS[best]}, not by {mapping.read.separator!r}",
                       f'Set delimiter: "{best if best != chr(9) else chr(92) + "t"}" in the mapping', name, line)  # fmt: skip
