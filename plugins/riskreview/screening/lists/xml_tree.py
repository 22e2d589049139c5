"""Owns walking a published XML list with care: no entities, one listed party in memory at a time."""

import io
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from riskreview.foundation.errors import BadInput


def parties(data: bytes, names: tuple[str, ...], source: str) -> Iterator[Element]:
    """Yield each element with one of the local names; its children are gone once the next one is asked for.

    :raises BadInput: E-XML-ENTITY, E-LIST-FORMAT.
    """
    try:
        for _, element in iterparse(io.BytesIO(data), events=("end",), forbid_dtd=True):
            if local(element) in names:
                yield element
                element.clear()
    except ParseError as error:
        raise BadInput(
            "E-LIST-FORMAT",
            f"the XML ends or breaks ({error})",
            "Download the file again, whole",
            source,
            error.position[0],
        ) from error
    except DefusedXmlException as error:
        raise BadInput(
            "E-XML-ENTITY", "the XML declares entities", "Use the file as the issuer publishes it", source
        ) from error


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def texts(element: Element, *names: str) -> list[str]:
    """Return the texts of all descendants with one of the local names, in document order."""
    return [(item.text or "").strip() for item in element.iter() if local(item) in names and (item.text or "").strip()]


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the descendants with a local name."""
    return (item for item in element.iter() if local(item) == name)
