"""Owns the words of a company name: which are its own, which many names share, which are its legal form."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from riskreview.identity.lexicon import LegalForm, Lexicon, Meaning
from riskreview.identity.spelling import is_unspaced, plain

LETTERS_PER_CHARACTER = 4
"""What a character of an unspaced script tells, against a Latin letter."""
LETTERS_PER_NUMBER = 4
"""``Hotel 21`` and ``Hotel 22`` are two hotels."""
SHORT_FORM = 2
"""A form of so few letters counts only behind a name, or before it when it says that it leads."""
INNER_FORM = 4
"""A form in so many characters of an unspaced script counts in the middle of a name too."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name.

    :param text: romanised and lower-case, or as written in an unspaced script; a known word in its common spelling.
    :param damaged: the same, with a mark for each letter that was lost.
    :param weight: what it tells, in letters of a word that no list knows.
    :param is_known: many names share it.
    """

    text: str
    damaged: str
    weight: float
    is_known: bool = False
    form: LegalForm | None = None


def read_words(spelled: tuple[str, ...], known: Lexicon) -> tuple[Word, ...]:
    """Return the words of a spelled name; a name of nothing but legal forms is taken for a name."""
    words = tuple(_tell_apart(spelled, known))
    if words and all(word.form is not None for word in words):
        return tuple(_own(word.text) for word in words)
    return words


def _tell_apart(spelled: tuple[str, ...], known: Lexicon) -> Iterator[Word]:
    end = _before_forms(spelled, known)
    place = 0
    while place < len(spelled):
        if is_unspaced(spelled[place]):
            yield from _segment(spelled[place], known)
            place += 1
            continue
        length, meaning = _longest(spelled, place, end, known)
        raw = "".join(spelled[place : place + length])
        yield _own(raw) if meaning is None else _known(meaning, raw)
        place += length


def _before_forms(spelled: tuple[str, ...], known: Lexicon) -> int:
    """Return where the legal forms at the end of a name begin."""
    end = len(spelled)
    while end:
        length = next(
            (n for n in range(min(known.longest_form, end), 0, -1) if spelled[end - n : end] in known.forms), 0
        )
        if not length:
            return end
        end -= length
    return end


def _longest(spelled: tuple[str, ...], place: int, end: int, known: Lexicon) -> tuple[int, Meaning | None]:
    for length in range(min(max(known.longest_form, known.longest_phrase), len(spelled) - place), 0, -1):
        part = spelled[place : place + length]
        form = known.forms.get(part)
        if form is not None and (place >= end or _may_stand(form, part, place)):
            return length, form
        if part in known.phrases:
            return length, known.phrases[part]
    return 1, None


def _may_stand(meaning: Meaning, part: tuple[str, ...], place: int) -> bool:
    if sum(map(len, part)) > SHORT_FORM:
        return True
    return place == 0 and meaning.form is not None and meaning.form.leads


def _segment(run: str, known: Lexicon) -> Iterator[Word]:
    """Cut a run of unspaced script at the words that are known, the longest first."""
    place, own = 0, ""
    while place < len(run):
        found = _known_at(run, place, known)
        if found is None:
            own += run[place]
            place += 1
            continue
        if own:
            yield _own(own)
            own = ""
        yield _known(known.unspaced[found], found)
        place += len(found)
    if own:
        yield _own(own)


def _known_at(run: str, place: int, known: Lexicon) -> str | None:
    for length in range(min(known.longest_unspaced, len(run) - place), 0, -1):
        part = run[place : place + length]
        meaning = known.unspaced.get(part)
        if meaning is None:
            continue
        at_edge = place + length == len(run) or (place == 0 and length > 1)
        if meaning.form is None and length > 1:
            return part
        if meaning.form is not None and (at_edge or length >= INNER_FORM):
            return part
    return None


def _own(raw: str) -> Word:
    text = plain(raw)
    return Word(text, raw, float(_letters(text)))


@lru_cache(maxsize=10_000)
def _known(meaning: Meaning, raw: str) -> Word:
    """Return a word that a list knows; the same one for every name that has it, for names are held by the million."""
    letters = _letters(raw) if is_unspaced(raw) else len(meaning.text)
    return Word(meaning.text, raw, meaning.weight * letters, is_known=True, form=meaning.form)


def _letters(text: str) -> int:
    if text.isdigit():
        return max(len(text), LETTERS_PER_NUMBER)
    return len(text) * (LETTERS_PER_CHARACTER if is_unspaced(text) else 1)
