"""Owns which names are worth comparing: those that share a rare part, never all with all.

The parts of a name are its own words, runs of letters of them, and pairs of words. Names that share a part are candidates as long as
few do; of a word that a crowd shares only neighbours in the alphabet meet, and the crowd is told to whoever asks. So a name has a
bounded number of candidates, however many names there are: at most ``crowd - 1`` for each of its parts. Between two lists a crowd is one
only where even the pairs across would be too many: the one name that many others share must meet all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple
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
MOST_ACROSS = 10_000
"""Pairs of two lists that share one word and all meet."""
SLICES = 16
"""The numbers of parts are looked at in so many slices, so that memory is bounded."""
WORD_BIT = 1
"""Set in the number of a part that is made of whole words: of a crowd that shares it, neighbours meet."""


@dataclass(frozen=True, slots=True)
class NameParts:
    """The parts of one name, as 32-bit numbers that are the same in every process, and its words in the order of the alphabet."""

    numbers: tuple[int, ...]
    sorted_words: str


class Crowds(NamedTuple):
    """Parts made of whole words that more names share than all can be compared; of each its number, its size and the place of a member."""

    numbers: "NDArray[np.uint32]"
    sizes: "NDArray[np.intp]"
    members: "Positions"


class Met(NamedTuple):
    """A portion of the search: pairs of places in the names, and the crowds of which only neighbours are among them."""

    one: "Positions"
    other: "Positions"
    crowds: Crowds


def name_parts(name: NormalName) -> NameParts:
    """Return the parts of a name; a name of no words has none."""
    own, words = _own_words(name), _telling_words(name)
    numbers = {part_number(part) for part in whole_words(name)}
    numbers.update(crc32(part.encode()) & ~WORD_BIT for part in _pieces(own, words))
    return NameParts(tuple(sorted(numbers)), " ".join(words))


def part_number(part: str) -> int:
    """Return the number of a part that is made of whole words, or of another thing that is shared wholly or not at all."""
    return crc32(part.encode()) | WORD_BIT


def whole_words(name: NormalName) -> set[str]:
    """Return the parts of a name that are made of whole words."""
    words = _telling_words(name)
    found = {*_own_words(name), "".join(words), *(f"{one}+{other}" for one, other in combinations(words, 2))}
    return {part for part in found if part}


def _own_words(name: NormalName) -> list[str]:
    return [_latin(word.text) for word in name.words if not word.is_known] or [_latin(text) for text in name.core]


def _telling_words(name: NormalName) -> list[str]:
    telling = sorted((word for word in name.words if word.form is None), key=lambda word: (-word.weight, word.text))
    return sorted(_latin(word.text) for word in telling[:MOST_WORDS])


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
) -> Iterator[Met]:  # fmt: skip
    """Yield pairs of places in ``names`` worth comparing, in portions; a pair may come in more than one, a crowd in one.

    :param changed: only pairs with one of these names at least.
    :param sides: only pairs of a name on one side with one on the other.
    """
    import numpy as np

    numbers, owners, order = _lay_out(names)
    for lowest in range(0, 2**32, 2**32 // SLICES):
        inside = (numbers >= lowest) & (numbers < lowest + 2**32 // SLICES)
        both = np.sort((numbers[inside].astype(np.uint64) << np.uint64(32)) | owners[inside])
        found, crowds = _meet(both, _ordered(changed, order), _ordered(sides, order), crowd)
        if len(found) or len(crowds.numbers):
            one, other = (found >> np.uint64(32)).astype(np.intp), (found & np.uint64(2**32 - 1)).astype(np.intp)
            yield Met(order[one], order[other], crowds._replace(members=order[crowds.members]))


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
) -> tuple["NDArray[np.uint64]", Crowds]:
    """Return the pairs of owners that meet in the sorted parts, each once, the lower owner in the upper half; and the crowds."""
    import numpy as np

    part, owner = (both >> np.uint64(32)).astype(np.uint32), both.astype(np.uint32)
    if not len(part):
        return np.empty(0, np.uint64), Crowds(part, np.empty(0, np.intp), np.empty(0, np.intp))
    starts = np.flatnonzero(np.concatenate((np.ones(1, bool), part[1:] != part[:-1])))
    sizes = np.diff(np.append(starts, len(part)))
    wanted, found = sizes > 1, []
    large = (sizes > crowd) & ((part[starts] & WORD_BIT) == WORD_BIT)
    if changed is not None:
        wanted &= np.add.reduceat(changed[owner], starts) > 0
    if sides is not None:
        on_one = np.add.reduceat(sides[owner], starts, dtype=np.int64)
        wanted &= (on_one > 0) & (on_one < sizes)
        across = wanted & large & (on_one * (sizes - on_one) <= MOST_ACROSS)
        found = [_across(owner[start : start + size], sides) for start, size in zip(starts[across], sizes[across], strict=True)]  # fmt: skip
        wanted &= ~across
    large &= wanted
    crowds = Crowds(part[starts[large]], sizes[large], owner[starts[large]].astype(np.intp))
    size = np.repeat(np.where(wanted, sizes, 0), sizes)
    chosen = size > 0
    found += _neighbours(part[chosen], owner[chosen], size[chosen], changed, sides, crowd)
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint64), crowds


def _neighbours(  # noqa: PLR0913, PLR0917, RUF100  what a meeting depends on
    part: "NDArray[np.uint32]", owner: "NDArray[np.uint32]", size: "NDArray[np.intp]", changed: "NDArray[np.bool_] | None",
    sides: "NDArray[np.bool_] | None", crowd: int,
) -> list["NDArray[np.uint64]"]:  # fmt: skip
    """Return the pairs of owners that share a part with few others, or stand beside each other in the crowd of a word."""
    import numpy as np

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
    return found


def _across(owner: "NDArray[np.uint32]", sides: "NDArray[np.bool_]") -> "NDArray[np.uint64]":
    """Return every pair of an owner on one side with one on the other."""
    import numpy as np

    one, other = owner[sides[owner]], owner[~sides[owner]]
    first, second = np.repeat(one, len(other)), np.tile(other, len(one))
    return (np.minimum(first, second).astype(np.uint64) << np.uint64(32)) | np.maximum(first, second)
