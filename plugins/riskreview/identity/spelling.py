"""Owns how a written name becomes plain words: one spelling for case, width, accents, scripts, dots and damaged letters.

A character that cannot stand in a name (a control character, ``]``, the mark of a failed decoding) and touches a letter stands for a letter that was
lost: it is kept as ``LOST`` in the damaged spelling and left out of the plain one.
"""

import re
import unicodedata
from collections.abc import Mapping

from anyascii import anyascii

LOST = "?"
UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff々〇"
"""Thai, kana, ideographs and hangul: scripts that write words without (or with optional) spaces."""
APOSTROPHES = "'’‘`´ʼ＇"
SEPARATORS = ' \t\n\r\v\f-‐‑‒–—―/,.&+()（）:;|"“”„«»‹›·•、。，；：【】「」『』〈〉《》…'
_PIECES = re.compile(rf"([{UNSPACED}]+)|([^\W_{UNSPACED}]+(?:[\u0300-\u036f]+[^\W_{UNSPACED}]*)*)|(.)", re.DOTALL)
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_UMLAUTS = re.compile(r"([aou])e|(a)a")


def spell(name: str, variants: Mapping[int, int]) -> tuple[str, ...]:
    """Return the words of a name: romanised and lower-case, or a run of unspaced script as it is; ``LOST`` marks lost letters.

    Single letters that follow each other are one word: ``S. A.`` is ``sa`` and ``I.B.M.`` is ``ibm``.
    """
    words: list[str] = []
    current = ""
    for unspaced, letters, other in _PIECES.findall(unicodedata.normalize("NFKC", name).casefold()):
        if letters:
            current += _latin(letters)
        elif other and other not in SEPARATORS:
            current += "" if other in APOSTROPHES else LOST
        else:
            _close(words, current)
            current = ""
            if unspaced:
                words.append(unspaced.translate(variants))
    _close(words, current)
    return _join_letters(words)


def plain(word: str) -> str:
    """Return a word without its lost letters."""
    return word.replace(LOST, "")


def is_unspaced(word: str) -> bool:
    """Tell whether a word is written in a script without spaces."""
    return word[:1] > "\u0dff"


def romanize(word: str) -> str:
    """Return a word of unspaced script in Latin letters."""
    return _latin(word)


def _latin(letters: str) -> str:
    """Romanise, and write ``Mueller`` and ``Haakon`` as ``Müller`` and ``Håkon`` become without their marks."""
    return _UMLAUTS.sub(r"\1\2", _NOT_PLAIN.sub("", anyascii(letters).lower()))


def _close(words: list[str], current: str) -> None:
    if plain(current):
        words.append(current)


def _join_letters(words: list[str]) -> tuple[str, ...]:
    joined: list[str] = []
    letters = ""
    for word in words:
        if len(word) == 1 and not is_unspaced(word):
            letters += word
            continue
        if letters:
            joined.append(letters)
            letters = ""
        joined.append(word)
    return (*joined, letters) if letters else tuple(joined)
