"""Owns saying a refusal in the visitor's language: the sentences that rooms raise are English, the page's reader may not be."""

import re
from collections.abc import Callable, Mapping
from functools import cache

from pydantic import RootModel

from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.yaml_file import load_yaml

LONGEST = 1000
"""Characters of a sentence that is looked up; what is longer stays as it is."""
JOINED = re.compile(r"(, | or )")


class Sentences(RootModel[dict[str, str]]):
    """``include/templates/console/sentences.zh.yaml``: the English sentence with ``{}`` for what is filled in, and ours with ``{0}``, ``{1}``."""


@cache
def sentences() -> Mapping[str, str]:
    """Return the Chinese of every sentence, the one that says most by itself first."""
    found = load_yaml(PACKAGED / "templates" / "console" / "sentences.zh.yaml", Sentences).root
    return dict(sorted(found.items(), key=lambda item: -len(item[0].replace("{}", ""))))


def refusal(sentence: str, language: str, word: Callable[[str], str]) -> str:
    """Return a sentence in a language, as it is where nobody has put it into that language.

    :param word: the word of the language for what was filled in, such as a state or a role.
    """
    if language != "zh" or len(sentence) > LONGEST:
        return sentence
    for pattern, ours in sentences().items():
        filled = _filled(sentence, pattern.split("{}"))
        if filled is not None:
            return ours.format(*(_worded(part, word) for part in filled))
    return sentence


def _filled(sentence: str, pieces: list[str]) -> list[str] | None:
    """Return what stands between the pieces of a pattern, None where they are not all there in their order."""
    if len(pieces) == 1:
        return [] if sentence == pieces[0] else None
    if not (sentence.startswith(pieces[0]) and sentence.endswith(pieces[-1])):
        return None
    place, end, found = len(pieces[0]), len(sentence) - len(pieces[-1]), list[str]()
    for piece in pieces[1:-1]:
        following = sentence.find(piece, place + 1, end)
        if following < 0:
            return None
        found.append(sentence[place:following])
        place = following + len(piece)
    return [*found, sentence[place:end]] if place < end else None


def _worded(part: str, word: Callable[[str], str]) -> str:
    """Return the words for a text, or for each of a list."""
    return "".join({", ": "、", " or ": "或"}.get(piece, "") or word(piece) for piece in JOINED.split(part))
