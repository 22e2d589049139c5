"""Owns company names: what is the same in two spellings of one name, and how alike two names are.

Words are paired whatever their order, each pair counting by how alike it is letter by letter and by how much it tells: a name of
one's own more than ``Trading`` or ``Shanghai``, these more than a legal form. Where a blank was lost or gained the names are also
compared as a whole, and the better view counts. Two legal forms that no translation explains make two companies likelier.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from rapidfuzz.distance import Levenshtein

from riskreview.identity.lexicon import LegalForm, Lexicon, shipped_lexicon
from riskreview.identity.spelling import LOST, is_unspaced, plain, romanize, spell
from riskreview.identity.words import Word, read_words

LEAST_ALIKE = 0.4
"""Words less alike than this are two words."""
ALONE = 1.2
"""What a letter of a word without a partner counts against one of a paired word."""
AGAINST = 0.8
"""What a letter counts more when a word without a partner stands in both names: each says who it is, and they differ."""
LOST_THERE = "!"
"""Two lost letters are never known to be the same."""
LOST_LETTER = 0.5
"""What a lost letter counts against a wrong one."""
UNEQUAL = 1.5
"""How fast a well-known word stops lending its low weight to a word it is not alike."""
OTHER_FORM = 0.9
"""What is left when the legal forms contradict each other."""
FORM_OF_KIND, FORM_OF_OTHER_KIND = 0.5, 0.2
OTHER_SCRIPT = 0.95
"""Romanised words may be alike by chance."""
SAME_SOUND = 0.5
"""Different characters of one sound: a slip of the input method, or another company."""
INITIALS = 0.75
LONGEST_INITIALS = 6


@dataclass(frozen=True, slots=True)
class NormalName:
    """A company name as it is compared; one is compared with many, so what they need is held ready.

    :param whole: all its letters in order without blanks; empty where words are not told apart by blanks.
    :param core: the words without the legal forms, in order.
    :param sort_key: what puts two names in one order, whichever comes first.
    """

    words: tuple[Word, ...]
    forms: tuple[LegalForm, ...]
    whole: str
    core: tuple[str, ...]
    sort_key: tuple[str, ...]


def normalize(name: str, lexicon: Lexicon | None = None) -> NormalName:
    """Return a name as it is compared, by the lexicon of an instance or the shipped one."""
    known = lexicon or shipped_lexicon()
    words = read_words(spell(name, known.variants), known)
    whole = "" if any(is_unspaced(word.damaged) for word in words) else "".join(word.damaged for word in words)
    forms = tuple(word.form for word in words if word.form is not None)
    core = tuple(word.text for word in words if word.form is None)
    return NormalName(words, forms, whole, core, tuple(word.damaged for word in words))


def weigh(name: NormalName, rarity: Mapping[str, float]) -> NormalName:
    """Return a name whose words count as much less as they are frequent among the names at hand."""
    return replace(name, words=tuple(replace(w, weight=w.weight * rarity.get(w.text, 1.0)) for w in name.words))


def similarity(first: NormalName, other: NormalName) -> float:
    """Return how alike two names are, from 0 to 1, the same both ways; a name of no words is like nothing."""
    if not first.words or not other.words:
        return 0.0
    if other.sort_key < first.sort_key:
        first, other = other, first
    alike = _by_words(first.words, other.words)
    if first.whole and other.whole and _blanks_differ(first, other):
        alike = max(alike, letters_alike(first.whole, other.whole))
    if first.forms and other.forms and not any(_same_form(a, b) for a in first.forms for b in other.forms):
        alike *= OTHER_FORM
    return max(alike, INITIALS) if _is_initials(first, other) or _is_initials(other, first) else alike


def letters_alike(one: str, other: str) -> float:
    """Return how alike two words are letter by letter; a lost letter counts half, or not at all when it was never there."""
    if LOST not in one and LOST not in other:
        return float(Levenshtein.normalized_similarity(one, other))
    best = float(Levenshtein.normalized_similarity(plain(one), plain(other)))
    if best == 1.0:
        return best
    lost = LOST_LETTER * (one.count(LOST) + other.count(LOST))
    wrong = Levenshtein.distance(one, other.replace(LOST, LOST_THERE)) - lost
    return max(best, 1 - max(0.0, wrong) / max(len(one), len(other)))


def _blanks_differ(first: NormalName, other: NormalName) -> bool:
    return len(first.words) != len(other.words) or len(first.core) != len(other.core)


def _by_words(first: tuple[Word, ...], other: tuple[Word, ...]) -> float:
    """Pair equal words, then by falling likeness, and of equals those that come first."""
    alone, strangers = dict(enumerate(first)), dict(enumerate(other))
    gained = total = 0.0
    for alike, i, j in chain(_equal(first, other), _alike_pairs(alone, strangers)):
        if i in alone and j in strangers:
            one, two = alone.pop(i).weight, strangers.pop(j).weight
            low, high = (one, two) if one < two else (two, one)
            gained += 2 * low * alike
            total += 2 * low + (high - low) * min(1.0, UNEQUAL * (1 - alike))
    unpaired = sum(word.weight for word in alone.values()), sum(word.weight for word in strangers.values())
    total += ALONE * sum(unpaired)
    return max(0.0, gained - AGAINST * min(unpaired)) / total


def _equal(first: tuple[Word, ...], other: tuple[Word, ...]) -> Iterator[tuple[float, int, int]]:
    for i, one in enumerate(first):
        for j, two in enumerate(other):
            if one.text == two.text and (one.form is None) == (two.form is None):
                yield 1.0, i, j


def _alike_pairs(alone: Mapping[int, Word], strangers: Mapping[int, Word]) -> Iterator[tuple[float, int, int]]:
    """Yield the pairs of the words that are left when it begins, those that are alike enough to be one, the likest first."""
    pairs = [(-_alike(one, two), i, j) for i, one in alone.items() for j, two in strangers.items()]
    yield from ((-unlike, i, j) for unlike, i, j in sorted(pairs) if -unlike >= LEAST_ALIKE)


def _alike(one: Word, other: Word) -> float:
    if one.form is not None and other.form is not None:
        return _forms_alike(one.form, other.form)
    if (one.is_known and other.is_known) or one.text.isdigit() or other.text.isdigit():
        return 0.0
    return _unspaced_alike(one, other) if is_unspaced(one.text) or is_unspaced(other.text) else _latin_alike(one, other)


def _latin_alike(one: Word, other: Word) -> float:
    alike = letters_alike(one.text, other.text)
    is_whole = one.text == one.damaged and other.text == other.damaged
    return alike if is_whole else max(alike, letters_alike(one.damaged, other.damaged))


def _unspaced_alike(one: Word, other: Word) -> float:
    if is_unspaced(one.text) and is_unspaced(other.text):
        alike = float(Levenshtein.normalized_similarity(one.text, other.text)) ** 2
        return max(alike, SAME_SOUND) if romanize(one.text) == romanize(other.text) else alike
    return OTHER_SCRIPT * letters_alike(romanize(plain(one.damaged)), romanize(plain(other.damaged)))


def _same_form(one: LegalForm, other: LegalForm) -> bool:
    return _forms_alike(one, other) == 1.0


def _forms_alike(one: LegalForm, other: LegalForm) -> float:
    if one.id == other.id:
        return 1.0
    if one.kind is not other.kind:
        return FORM_OF_OTHER_KIND
    return 1.0 if one.is_translated != other.is_translated else FORM_OF_KIND


def _is_initials(short: NormalName, long: NormalName) -> bool:
    core = short.core
    if len(core) != 1 or not 1 < len(core[0]) <= LONGEST_INITIALS or len(long.core) < 2:
        return False
    return core[0] in {_initials(long.core), _initials(tuple(word.text for word in long.words))}


def _initials(words: tuple[str, ...]) -> str:
    return "".join(word[0] for word in words)
