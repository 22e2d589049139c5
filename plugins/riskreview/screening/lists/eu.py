"""Owns reading the consolidated list of financial sanctions of the European Union, XML version 1.1 (``export`` of ``sanctionEntity``).

Source: https://webgate.ec.europa.eu/fsd/fsf, "Consolidated Financial Sanctions File".
"""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from riskreview.screening.entry import Kind, ListEntry, plain_identifier, unique
from riskreview.screening.lists.xml_tree import children, parties

KINDS = {"person": Kind.PERSON, "P": Kind.PERSON}
UNKNOWN_COUNTRY = "00"


def read(files: Mapping[str, bytes]) -> Iterator[ListEntry]:
    """Yield the entries of every file.

    :raises BadInput: E-XML-ENTITY, E-LIST-FORMAT.
    """
    for name, data in files.items():
        for element in parties(data, ("sanctionEntity",), name):
            yield _entry(element)


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
        unique([item.get("wholeName", "") for item in children(element, "nameAlias")]),
        unique([place for place in places if place != UNKNOWN_COUNTRY]),
        unique([plain_identifier(item.get("number", "")) for item in children(element, "identification")]),
        unique([item.get("programme", "") for item in children(element, "regulation")]),
    )
