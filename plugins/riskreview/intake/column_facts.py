"""Owns what is cheaply known of all texts of one column of a block, so that not every cell has to prove it again.

Looks at the column's bytes at once. What is known only ever makes an expression shorter, never another one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SPACE, DELETE, MINUS, ZERO = 32, 127, 45, 48
DIGITS_AND_MINUS = b"0123456789-"
PLACES = (2, 1, 0, 3, 4, 5, 6)
"""Digits behind the point that are looked for, the usual first."""
Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds for every filled cell of a column; each field's default claims nothing.

    :param has_empty: there may be empty texts that are not NULL. :param has_edge_blanks: blanks at an end.
    :param longest: bytes of the longest text. :param decimals: most digits behind the point, where every text consists of digits,
        minus signs and points only; None where not.
    """

    has_null: bool = True
    has_empty: bool = True
    is_ascii: bool = False
    has_control: bool = True
    has_edge_blanks: bool = True
    ends_in_digits: bool = False
    longest: int | None = None
    decimals: int | None = None
    has_minus: bool = True

    @property
    def is_clean(self) -> bool:
        """Whether only printable ASCII stands there, without blanks at the ends."""
        return self.is_ascii and not self.has_control and not self.has_edge_blanks


UNKNOWN = Facts()


def facts_of(column: Any, *, point: str | None = None) -> Facts:  # pyarrow is untyped
    """Return what holds for all texts of an Arrow string array.

    :param point: the sign between a number's whole and fraction, given where numbers are expected.
    """
    data, starts, lengths = bytes_of(column)
    filled = lengths > 0
    is_there = filled | column.is_null().to_numpy(zero_copy_only=False) if column.null_count else filled
    starts, lengths = (starts, lengths) if filled.all() else (starts[filled], lengths[filled])
    if not len(starts):
        return Facts(bool(column.null_count), not is_there.all(), is_ascii=True, has_control=False, has_edge_blanks=False, ends_in_digits=True,
                     longest=0, decimals=0, has_minus=False)  # fmt: skip
    first, last = data[starts], data[starts + lengths - 1]
    highest = data.max()
    is_ascii, has_control = (
        bool(highest <= DELETE),
        bool(data.min() < SPACE or (highest >= DELETE and (data == DELETE).any())),
    )
    return Facts(
        has_null=bool(column.null_count), has_empty=not is_there.all(), is_ascii=is_ascii, has_control=has_control,
        has_edge_blanks=bool(min(first.min(), last.min()) <= SPACE) or (not is_ascii and _has_wide_blanks(data, starts, lengths)),
        ends_in_digits=bool((last - np.uint8(ZERO) <= 9).all()), longest=int(lengths.max()),
        decimals=None if point is None else _decimals(data, starts + lengths, lengths, point), has_minus=bool((data == MINUS).any()),
    )  # fmt: skip


def is_constant(column: Any) -> bool:  # pyarrow is untyped
    """Return whether one text stands in every cell of an Arrow string array."""
    if column.null_count:
        return bool(column.null_count == len(column))
    data, _, lengths = bytes_of(column)
    size = int(lengths[0])
    return bool((lengths == size).all() and np.array_equal(data[size:], data[: len(data) - size]))


def bytes_of(column: Any) -> tuple[Bytes, Positions, Positions]:
    """Return the bytes of a string array, and where each text begins and how long it is."""
    _, places, texts = column.buffers()
    if texts is None or not len(column):
        return np.zeros(0, np.uint8), np.zeros(len(column), np.int32), np.zeros(len(column), np.int32)
    offsets = np.frombuffer(places, np.int32)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(texts, np.uint8)[offsets[0] : offsets[-1]]
    return data, offsets[:-1] - offsets[0], np.diff(offsets)


def _has_wide_blanks(data: Bytes, starts: Positions, lengths: Positions) -> bool:
    """Return whether a text may begin or end with a no-break space (C2 A0) or an ideographic one (E3 80 80)."""
    ends = starts + lengths
    begins_narrow = starts[data[starts] == 0xC2]
    begins_wide = starts[data[starts] == 0xE3]
    ends_narrow = ends[data[ends - 1] == 0xA0]
    ends_wide = ends[data[ends - 1] == 0x80]
    return bool(
        (data[begins_narrow + 1] == 0xA0).any() or (data[begins_wide + 1] == 0x80).any()
        or (data[ends_narrow - 2] == 0xC2).any() or (data[ends_wide - 2] == 0x80).any()
    )  # fmt: skip


def _decimals(data: Bytes, ends: Positions, lengths: Positions, point: str) -> int | None:
    """Return the most digits behind a point; None where another sign occurs, or one has too many to be looked for."""
    if data.tobytes().translate(None, DIGITS_AND_MINUS + point.encode()):
        return None
    points, most = int(np.count_nonzero(data == ord(point))), 0
    for places in PLACES:
        if not points:
            return most
        found = int(np.count_nonzero((data[np.maximum(ends - 1 - places, 0)] == ord(point)) & (lengths > places)))
        points, most = points - found, max(most, places) if found else most
    return most if not points else None
