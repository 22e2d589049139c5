"""Owns what a list says of one listed party, whatever its format: values only."""

import hashlib
import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from enum import StrEnum

KEPT = re.compile(r"[^0-9A-Z]")
LEAST_IDENTIFIER = 5
"""Shorter numbers are shared by chance."""


class Kind(StrEnum):
    """What is listed."""

    ENTITY = "entity"
    PERSON = "person"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One listed party.

    :param entry_id: the list's own number of it. :param names: the main name first, then other names.
    :param countries: ISO 3166 codes of its addresses and nationalities. :param identifiers: registration, tax and identity numbers
        as ``plain_identifier`` writes them. :param programs: under which it is listed.
    """

    entry_id: str
    kind: Kind
    names: tuple[str, ...]
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of everything the list says of it."""
        return hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def plain_identifier(text: str) -> str:
    """Return a number in capital letters and digits alone; empty for one too short to tell anybody apart."""
    plain = KEPT.sub("", unicodedata.normalize("NFKC", text).upper())
    return plain if len(plain) >= LEAST_IDENTIFIER and any(letter.isdigit() for letter in plain) else ""


def unique(texts: list[str]) -> tuple[str, ...]:
    """Return texts without blanks around them, each once, in order, without empty ones."""
    return tuple(dict.fromkeys(text.strip() for text in texts if text and text.strip()))
