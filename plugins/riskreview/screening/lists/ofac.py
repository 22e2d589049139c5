"""Owns reading the OFAC lists in their delimited form: ``sdn.csv`` (or ``cons_prim.csv``) with its files of other names and addresses.

The files have no header; ``-0-`` stands for nothing. Source: OFAC, "Data Specification for the SDN list", https://ofac.treasury.gov
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from riskreview.foundation.errors import BadInput
from riskreview.screening.entry import Kind, ListEntry, plain_identifier, unique
from riskreview.screening.lists.countries import country_code

NOTHING = "-0-"
MAIN, OTHER_NAMES, ADDRESSES = ("sdn", "cons_prim"), ("alt", "cons_alt"), ("add", "cons_add")
KINDS = {"individual": Kind.PERSON, "vessel": Kind.VESSEL, "aircraft": Kind.AIRCRAFT}
MAIN_COLUMNS, OTHER_COLUMNS, ADDRESS_COLUMNS = 12, 5, 6
REMARKS = 11
NUMBER = re.compile(
    r"(?:Unified Social Credit Code \(USCC\)|Registration (?:ID|Number|Document #)|Tax ID No\.|Company Number|Organization Code|Trade License No\."
    r"|Commercial Registry Number|Chinese Commercial Code|Business Registration (?:Number|Document #)|Identification Number|RUC|NIT|D-U-N-S Number"
    r"|Government Gazette Number|LE Number|C\.R\. No\.|V\.A\.T\. Number|VAT Number|Legal Entity Number)\s*#?:?\s*([0-9A-Za-z][0-9A-Za-z./ -]*?)\s*(?:\(|;|\.\s|\.$|,|$)"
)
PLACE = re.compile(
    r"(?:nationality|citizen|Nationality of Registration|Organization Type.*?country)\s+([A-Z][A-Za-z ,']+?)(?:;|\.|$)"
)


def read(files: Mapping[str, bytes]) -> Iterator[ListEntry]:
    """Yield the entries of the files of one list, by file name without suffixes.

    :raises BadInput: E-LIST-FORMAT for a missing main file or a line with another number of columns.
    """
    main = next((name for name in MAIN if name in files), None)
    if main is None:
        raise BadInput("E-LIST-FORMAT", f"none of the files is {' or '.join(f'{name}.csv' for name in MAIN)}",
                       "Put the list's main file beside the others")  # fmt: skip
    names, places = _gathered(files, OTHER_NAMES, OTHER_COLUMNS, 3), _gathered(files, ADDRESSES, ADDRESS_COLUMNS, 4)
    for row in _rows(files[main], f"{main}.csv", MAIN_COLUMNS):
        remarks = row[REMARKS]
        countries = [country_code(place) for place in (*places[row[0]], *PLACE.findall(remarks))]
        numbers = [plain_identifier(number) for number in NUMBER.findall(remarks)]
        programs = row[3].replace("] [", ";").strip("[]").split(";")
        yield ListEntry(row[0], KINDS.get(row[2], Kind.ENTITY), unique([row[1], *names[row[0]]]), unique(countries), unique(numbers),
                        unique(programs))  # fmt: skip


def _gathered(files: Mapping[str, bytes], wanted: tuple[str, ...], columns: int, place: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in wanted:
        if name in files:
            for row in _rows(files[name], f"{name}.csv", columns):
                found[row[0]].append(row[place])
    return found


def _rows(data: bytes, name: str, columns: int) -> Iterator[list[str]]:
    text = data.decode("utf-8", "replace").rstrip("\x1a")
    for line, row in enumerate(csv.reader(io.StringIO(text, newline="")), start=1):
        if not row or row == ["\x1a"]:
            continue
        if len(row) != columns:
            raise BadInput("E-LIST-FORMAT", f"{len(row)} columns instead of {columns}", "Download the file again, whole and in its delimited form",
                           name, line)  # fmt: skip
        yield ["" if cell.strip() == NOTHING else cell.strip() for cell in row]
