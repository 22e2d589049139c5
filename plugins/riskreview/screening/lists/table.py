"""Owns reading a list of one's own: CSV with a header, other names and numbers separated by semicolons."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from riskreview.foundation.errors import BadInput
from riskreview.screening.entry import Kind, ListEntry, plain_identifier, unique
from riskreview.screening.lists.countries import country_code

REQUIRED = ("id", "name")
KNOWN = (*REQUIRED, "other_names", "kind", "countries", "identifiers", "programs")


def read(files: Mapping[str, bytes]) -> Iterator[ListEntry]:
    """Yield the entries of every file.

    :raises BadInput: E-ENCODING, E-LIST-FORMAT, with the line.
    """
    for name, data in files.items():
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput("E-ENCODING", f"byte {error.start} is not UTF-8", "Save the list as UTF-8", name) from error
        reader = csv.DictReader(io.StringIO(text, newline=""))
        _check_header(reader.fieldnames or (), name)
        for row in reader:
            yield _entry(row, name, reader.line_num)


def _check_header(header: Sequence[str], name: str) -> None:
    missing = [column for column in REQUIRED if column not in header]
    unknown = [column for column in header if column not in KNOWN]
    if missing or unknown:
        found = f"the column {missing[0]} is missing" if missing else f"the column {unknown[0]} is not known"
        raise BadInput(
            "E-LIST-FORMAT", found, f"Name the columns {', '.join(KNOWN)}; the first two are required", name, 1
        )


def _entry(row: Mapping[str, str | None], name: str, line: int) -> ListEntry:
    said = {column: (row.get(column) or "").strip() for column in KNOWN}
    if not said["id"] or not said["name"]:
        raise BadInput("E-LIST-FORMAT", "the id or the name is empty", "Give every listed party both", name, line)
    if said["kind"] and said["kind"] not in set(Kind):
        raise BadInput(
            "E-LIST-FORMAT",
            f"the kind is {said['kind']}",
            f"Write one of {', '.join(Kind)}, or nothing for an entity",
            name,
            line,
        )
    parts = {column: said[column].split(";") for column in ("other_names", "countries", "identifiers", "programs")}
    return ListEntry(said["id"], Kind(said["kind"] or Kind.ENTITY), unique([said["name"], *parts["other_names"]]),
                     unique([country_code(place) for place in parts["countries"]]),
                     unique([plain_identifier(number) for number in parts["identifiers"]]), unique(parts["programs"]))  # fmt: skip
