"""Owns which names are worth comparing: those that share a rare part, never all with all.

The parts of a name are its own words, runs of letters of them, and pairs of words. Names that share a part are candidates as long as
few do; of a word that a crowd shares only neighbours in the alphabet meet. So a name has a bounded number of candidates, however
many names there are: at most ``crowd - 1`` for each of its parts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING
from zlib import crc32

from riskreview.identity.names import NormalName
from riskreview.identity.spelling import is_unspaced, romanize

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Positions = NDArray[np.intp]

RUN = 5
"""Letters of a run, the marks before and behind a word included."""
EDGE = 3
MOST_WORDS = 4
"""Words of a name whose pairs are parts of it: the ones that tell most."""
CROWD = 24
NEIGHBOURS = 3
SLICES = 16
"""The numbers of parts are looked at in so many slices, so that memory is bounded."""
WORD_BIT = 1
"""Set in the number of a part that is made of whole words: of a crowd that shares it, neighbours meet."""


@dataclass(frozen=True, slots=True)
class NameParts:
    """The parts of one name, as 32-bit numbers that are the same in every process, and its words in the order of the alphabet."""

    numbers: tuple[int, ...]
    sorted_words: str


def name_parts(name: NormalName) -> NameParts:
    """Return the parts of a name; a name of no words has none."""
    own = [_latin(word.text) for word in name.words if not word.is_known] or [_latin(text) for text in name.core]
    telling = sorted((word for word in name.words if word.form is None), key=lambda word: (-word.weight, word.text))
    words = sorted(_latin(word.text) for word in telling[:MOST_WORDS])
    whole = {*own, "".join(words), *(f"{one}+{other}" for one, other in combinations(words, 2))}
    numbers = {crc32(part.encode()) | WORD_BIT for part in whole if part}
    numbers.update(crc32(part.encode()) & ~WORD_BIT for part in _pieces(own, words))
    return NameParts(tuple(sorted(numbers)), " ".join(words))


def _pieces(own: Sequence[str], words: Sequence[str]) -> Iterator[str]:
    for word in own:
        marked = f"^{word}$"
        yield from (marked[start : start + RUN] for start in range(len(marked) - RUN + 1))
        yield f"{word[:EDGE]}~{word[-EDGE + 1 :]}"
    for one, other in combinations(words, 2):
        yield f"{one[:EDGE]}+{other[:EDGE]}"
        yield f"{one[-EDGE:]}-{other[-EDGE:]}"


def _latin(word: str) -> str:
    return romanize(word) if is_unspaced(word) else word


def candidate_pairs(
    names: Iterable[NameParts], *, changed: "NDArray[np.bool_] | None" = None, sides: "NDArray[np.bool_] | None" = None,
    crowd: int = CROWD,
) -> Iterator[tuple["Positions", "Positions"]]:  # fmt: skip
    """Yield pairs of places in ``names`` worth comparing, in portions; a pair may come in more than one.

    :param changed: only pairs with one of these names at least.
    :param sides: only pairs of a name on one side with one on the other.
    """
    import numpy as np

    numbers, owners, order = _lay_out(names)
    for lowest in range(0, 2**32, 2**32 // SLICES):
        inside = (numbers >= lowest) & (numbers < lowest + 2**32 // SLICES)
        both = np.sort((numbers[inside].astype(np.uint64) << np.uint64(32)) | owners[inside])
        found = _meet(both, _ordered(changed, order), _ordered(sides, order), crowd)
        if len(found):
            yield order[(found >> np.uint64(32)).astype(np.intp)], order[(found & np.uint64(2**32 - 1)).astype(np.intp)]


def _lay_out(
    names: Iterable[NameParts],
) -> tuple["NDArray[np.uint32]", "NDArray[np.uint32]", "Positions"]:
    """Return all parts, beside each the place of its name in the alphabet, and which name has that place."""
    from array import array

    import numpy as np

    numbers, counts, texts = array("I"), array("I"), []
    for name in names:
        numbers.extend(name.numbers)
        counts.append(len(name.numbers))
        texts.append(name.sorted_words)
    order = np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.intp)
    rank = np.empty(len(texts), dtype=np.uint32)
    rank[order] = np.arange(len(texts), dtype=np.uint32)
    return np.frombuffer(numbers, np.uint32), np.repeat(rank, np.frombuffer(counts, np.uint32)), order


def _ordered(chosen: "NDArray[np.bool_] | None", order: "Positions") -> "NDArray[np.bool_] | None":
    return None if chosen is None else chosen[order]


def _meet(
    both: "NDArray[np.uint64]", changed: "NDArray[np.bool_] | None", sides: "NDArray[np.bool_] | None", crowd: int
) -> "NDArray[np.uint64]":
    """Return the pairs of owners that meet in the sorted parts, each once, the lower owner in the upper half."""
    import numpy as np

    part, owner = (both >> np.uint64(32)).astype(np.uint32), both.astype(np.uint32)
    starts = np.flatnonzero(np.concatenate((np.ones(min(1, len(part)), bool), part[1:] != part[:-1])))
    sizes = np.diff(np.append(starts, len(part)))
    wanted = sizes > 1
    if changed is not None and len(starts):
        wanted &= np.add.reduceat(changed[owner], starts) > 0
    if sides is not None and len(starts):
        on_one = np.add.reduceat(sides[owner], starts, dtype=np.int64)
        wanted &= (on_one > 0) & (on_one < sizes)
    size = np.repeat(np.where(wanted, sizes, 0), sizes)
    part, owner, size = part[size > 0], owner[size > 0], size[size > 0]
    is_few, is_word = size <= crowd, (part & WORD_BIT) == WORD_BIT
    found = []
    for apart in range(1, min(crowd, int(size.max(initial=0)))):
        meets = (part[:-apart] == part[apart:]) & (is_few[:-apart] | (is_word[:-apart] & (apart <= NEIGHBOURS)))
        if changed is not None:
            meets &= changed[owner[:-apart]] | changed[owner[apart:]]
        if sides is not None:
            meets &= sides[owner[:-apart]] != sides[owner[apart:]]
        place = np.flatnonzero(meets)
        found.append((owner[place].astype(np.uint64) << np.uint64(32)) | owner[place + apart])
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64)
