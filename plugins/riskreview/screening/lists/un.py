"""Owns reading the consolidated list of the United Nations Security Council, XML. Source: https://scsanctions.un.org (``CONSOLIDATED_LIST``)."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from riskreview.screening.entry import Kind, ListEntry, plain_identifier, unique
from riskreview.screening.lists.countries import country_code
from riskreview.screening.lists.xml_tree import children, local, parties, texts

KINDS = {"ENTITY": Kind.ENTITY, "INDIVIDUAL": Kind.PERSON}
PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def read(files: Mapping[str, bytes]) -> Iterator[ListEntry]:
    """Yield the entries of every file.

    :raises BadInput: E-XML-ENTITY, E-LIST-FORMAT.
    """
    for name, data in files.items():
        for element in parties(data, tuple(KINDS), name):
            yield _entry(element)


def _entry(element: Element) -> ListEntry:
    named = {local(item): (item.text or "").strip() for item in element}
    names = [
        " ".join(named[part] for part in PARTS if named.get(part)),
        *texts(element, "ALIAS_NAME", "NAME_ORIGINAL_SCRIPT"),
    ]
    places = [code for code in map(country_code, texts(element, "COUNTRY")) if code]
    places += [country_code(text) for item in children(element, "NATIONALITY") for text in texts(item, "VALUE")]
    numbers = [
        plain_identifier(text)
        for document in children(element, "INDIVIDUAL_DOCUMENT")
        for text in texts(document, "NUMBER")
    ]
    return ListEntry(named.get("DATAID", "") or named.get("REFERENCE_NUMBER", ""), KINDS[local(element)], unique(names), unique(places),
                     unique(numbers), unique([named.get("UN_LIST_TYPE", "")]))  # fmt: skip
