"""Owns that the log holds no personal data in clear: what may be personal is committed to by a salted hash, and kept beside the log.

The rule is one for all rooms and fails closed: a text stays clear only if it reads as a code, an id, a number or a date, and is not said in a field of
words. Everything else a person may have typed or be named by is replaced by a commitment; its opening (salt and value) is kept outside the
log, so that it can be shown and proven, and be erased without touching what is chained. Pure.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

COMMITTED = "hmac-sha256:"
SALT_BYTES = 16
CODE = re.compile(r"[A-Za-z0-9_.:+/#-]{0,100}")
"""What a text may consist of to stay clear: no spaces, no @, no letters of names in other scripts."""
WORDS = frozenset(
    "reason note notes comment name email phone mobile address contact evidence answer text summary lessons description message title".split()
)
"""Last words of the fields in which people write or are named, whatever is in them."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a commitment in an event stands for.

    :param field: its place in the event, such as ``new/decision_reason``.
    """

    seq: int
    field: str
    salt: bytes
    value: str


class Cover:
    """Replaces what may be personal in one event by commitments and collects their openings.

    :param new_salt: makes a salt; random where events are made.
    """

    def __init__(self, seq: int, new_salt: Callable[[], bytes]) -> None:
        self._seq, self._new_salt = seq, new_salt
        self.openings: list[Opening] = []

    def over(self, part: str, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values of ``old``, ``new`` or ``cause`` as they may stand in the log."""
        return {name: value if _is_clear(name, value) else self._covered(f"{part}/{name}", _in_words(name), value)
                for name, value in values.items()}  # fmt: skip

    def _covered(self, field: str, in_words: bool, value: object) -> object:  # noqa: FBT001  a step of one walk
        if isinstance(value, str):
            return value if _reads_as_code(value) and not (in_words and value) else self._committed(field, value)
        if isinstance(value, Mapping):
            return {str(key): self._covered(f"{field}/{key}", in_words or _in_words(str(key)), item) for key, item in value.items()}  # fmt: skip
        if isinstance(value, list | tuple):
            return [self._covered(f"{field}/{place}", in_words, item) for place, item in enumerate(value)]
        return value if value is None or isinstance(value, int | float) else str(value)

    def _committed(self, field: str, value: str) -> str:
        opening = Opening(self._seq, field, self._new_salt(), value)
        self.openings.append(opening)
        return commitment(opening)


def commitment(opening: Opening) -> str:
    """Return what stands in the log for a value: HMAC-SHA256 under its salt of event, place and value."""
    said = json.dumps([opening.seq, opening.field, opening.value], separators=(",", ":"), ensure_ascii=False)
    return COMMITTED + hmac.new(opening.salt, said.encode(), hashlib.sha256).hexdigest()


def found_at(document: Mapping[str, object], field: str) -> object:
    """Return what stands in an event at the place of an opening."""
    value: object = document
    for step in field.split("/"):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _is_clear(name: str, value: object) -> bool:
    """Tell in a glance of most values that they stay as they are."""
    return (
        value is None
        or isinstance(value, int)
        or (isinstance(value, str) and _reads_as_code(value) and not _in_words(name))
    )


def _reads_as_code(value: str) -> bool:
    return CODE.fullmatch(value) is not None and not value.startswith(COMMITTED)  # what reads as a commitment is one


@cache
def _in_words(name: str) -> bool:
    return name.rsplit("_", 1)[-1] in WORDS
