"""Owns reading the consolidated list of financial sanctions of the European Union, version 1.1: XML (``export`` of ``sanctionEntity``) or CSV.

Source: https://webgate.ec.europa.eu/fsd/fsf, "Consolidated Financial Sanctions File".
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from xml.etree.ElementTree import Element

from riskreview.foundation.errors import BadInput
from riskreview.screening.entry import Kind, ListEntry, plain_identifier, unique
from riskreview.screening.lists.xml_tree import children, parties

KINDS = {"person": Kind.PERSON, "P": Kind.PERSON}
UNKNOWN_COUNTRY = "00"
NAME_PARTS = ("FirstName", "MiddleName", "LastName")
REFERENCE, LOGICAL, SUBJECT, PROGRAMME = (
    "Entity_EU_ReferenceNumber",
    "Entity_LogicalId",
    "Entity_SubjectType",
    "Entity_Regulation_Programme",
)
WHOLE_NAME, NUMBER = "NameAlias_WholeName", "Identification_Number"
COUNTRIES = tuple(f"{name}_CountryIso2Code" for name in ("Address", "Citizenship", "Identification"))
REQUIRED = (LOGICAL, SUBJECT, WHOLE_NAME)
"""Columns of the CSV. It has a line for each name, address, birth, document of a party, with the other columns empty."""


def read(files: Mapping[str, bytes]) -> Iterator[ListEntry]:
    """Yield the entries of every file.

    :raises BadInput: E-XML-ENTITY, E-ENCODING, E-LIST-FORMAT.
    """
    for name, data in files.items():
        if _is_xml(data):
            for element in parties(data, ("sanctionEntity",), name):
                yield _entry(element)
        else:
            yield from _of_lines(data, name)


def _is_xml(data: bytes) -> bool:
    return data[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _entry(element: Element) -> ListEntry:
    subject = next(children(element, "subjectType"), None)
    code = "" if subject is None else subject.get("code", "") or subject.get("classificationCode", "")
    places = [
        item.get("countryIso2Code", "")
        for name in ("address", "citizenship", "identification")
        for item in children(element, name)
    ]
    return ListEntry(
        element.get("euReferenceNumber", "") or element.get("logicalId", ""),
        KINDS.get(code, Kind.ENTITY),
        unique(
            [
                _name(item.get("wholeName", ""), (item.get(part[0].lower() + part[1:], "") for part in NAME_PARTS))
                for item in children(element, "nameAlias")
            ]
        ),
        unique([place for place in places if place != UNKNOWN_COUNTRY]),
        unique([plain_identifier(item.get("number", "")) for item in children(element, "identification")]),
        unique([item.get("programme", "") for item in children(element, "regulation")]),
    )


def _name(whole: str, parts: Iterable[str]) -> str:
    return whole.strip() or " ".join(part.strip() for part in parts if part.strip())


def _of_lines(data: bytes, source: str) -> Iterator[ListEntry]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            "E-ENCODING", f"byte {error.start} is not UTF-8", "Download the file again, whole", source
        ) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";", restval="")
    missing = [column for column in REQUIRED if column not in (reader.fieldnames or ())]
    if missing:
        raise BadInput(
            "E-LIST-FORMAT",
            f"the column {missing[0]} is missing",
            "Use the XML or CSV as the issuer publishes it",
            source,
            1,
        )
    parties_told: dict[str, list[dict[str, str]]] = {}
    for row in reader:
        if row[LOGICAL]:
            parties_told.setdefault(row[LOGICAL], []).append(row)
    yield from (_told(rows) for rows in parties_told.values())


def _told(rows: list[dict[str, str]]) -> ListEntry:
    def said(column: str) -> list[str]:
        return [row.get(column, "") for row in rows]

    names = [_name(row[WHOLE_NAME], (row.get(f"NameAlias_{part}", "") for part in NAME_PARTS)) for row in rows]
    kind = next((KINDS[code] for code in said(SUBJECT) if code in KINDS), Kind.ENTITY)
    places = [place for column in COUNTRIES for place in said(column) if place != UNKNOWN_COUNTRY]
    return ListEntry(next(filter(None, said(REFERENCE)), rows[0][LOGICAL]), kind, unique(names), unique(places),
                     unique([plain_identifier(number) for number in said(NUMBER)]), unique(said(PROGRAMME)))  # fmt: skip
