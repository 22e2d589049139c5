"""Owns what is known of words in company names: legal forms, words many names share, places, variants of characters."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from pydantic import Field, field_validator

from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.identity.spelling import is_unspaced, spell


class FormKind(StrEnum):
    """What a legal form says about a company; ``COMPANY`` says only that it is one."""

    LIMITED = "limited"
    STOCK = "stock"
    PARTNERSHIP = "partnership"
    SOLE = "sole"
    COOPERATIVE = "cooperative"
    NONPROFIT = "nonprofit"
    STATE = "state"
    COMPANY = "company"


class LegalForm(StrictModel):
    """One legal form and the ways it is written."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    kind: FormKind
    countries: str = Field(description="ISO country codes, blank between them")
    names: list[str] = Field(min_length=1)
    leads: bool = False

    @property
    def text(self) -> str:
        """The form as a word, for comparing it letter by letter with a damaged one."""
        return self.id.partition("_")[0]

    @property
    def is_translated(self) -> bool:
        """Whether the form is written in another script, so that a Latin form of its kind may stand for it."""
        return not self.names[0].isascii()


class LegalForms(StrictModel):
    """``identity/legal_forms.yaml``."""

    forms: list[LegalForm]


class WordWeights(StrictModel):
    """What one letter counts, against 1 in a word that no list knows."""

    common: float = Field(gt=0, le=1)
    place: float = Field(gt=0, le=1)
    form: float = Field(gt=0, le=1)
    generic_form: float = Field(gt=0, le=1)
    joiner: float = Field(gt=0, le=1)


class NameWords(StrictModel):
    """``identity/name_words.yaml``."""

    weights: WordWeights
    joiners: list[str]
    common: dict[str, list[str]]
    places: list[list[str]]
    variants: str

    @field_validator("variants")
    @classmethod
    def _pairs(cls, value: str) -> str:
        wrong = next((pair for pair in value.split() if len(pair) != 2), None)
        if wrong is not None:
            raise ValueError(f"E-POLICY-TYPE {wrong} is no pair of characters")
        return value


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a known word or phrase stands for: the spelling it is compared by and its weight per letter."""

    text: str
    weight: float
    form: LegalForm | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything known of words, by their spelling (:func:`riskreview.identity.spelling.spell`)."""

    phrases: MappingProxyType[tuple[str, ...], Meaning]
    forms: MappingProxyType[tuple[str, ...], Meaning]
    unspaced: MappingProxyType[str, Meaning]
    variants: MappingProxyType[int, int]
    longest_phrase: int
    longest_form: int
    longest_unspaced: int


def load_lexicon(instance: Instance) -> Lexicon:
    """Return the lexicon of an instance: its own files, else the shipped ones."""
    return _read(*(instance.configuration_file("identity", name) for name in ("legal_forms.yaml", "name_words.yaml")))


@cache
def shipped_lexicon() -> Lexicon:
    """Return the shipped lexicon."""
    return _read(PACKAGED / "identity" / "legal_forms.yaml", PACKAGED / "identity" / "name_words.yaml")


def _read(forms_file: Path, words_file: Path) -> Lexicon:
    """Return the lexicon of two files; the same two are spelled out once, which takes longer than most comparisons it serves."""
    forms, words = load_yaml(forms_file, LegalForms), load_yaml(words_file, NameWords)
    if not _spelled or _spelled[0] is not forms or _spelled[1] is not words:
        _spelled[:] = [forms, words, _spell_out(forms, words)]
    return cast("Lexicon", _spelled[2])


_spelled: list[LegalForms | NameWords | Lexicon] = []
"""The last two files and what they came to."""


def _spell_out(known_forms: LegalForms, words: NameWords) -> Lexicon:
    variants = {ord(pair[0]): ord(pair[1]) for pair in words.variants.split()}
    forms: dict[tuple[str, ...], Meaning] = {}
    for form in known_forms.forms:
        weight = words.weights.generic_form if form.kind is FormKind.COMPANY else words.weights.form
        _learn(forms, form.names, Meaning(form.text, weight, form), variants)
    phrases: dict[tuple[str, ...], Meaning] = {}
    for joiner in words.joiners:
        _learn(phrases, [joiner], Meaning(joiner, words.weights.joiner), variants)
    for text, others in words.common.items():
        _learn(phrases, [text, *others], Meaning(text.replace("_", ""), words.weights.common), variants)
    for names in words.places:
        _learn(phrases, names, Meaning(names[0], words.weights.place), variants)
    unspaced = {key[0]: meaning for known in (phrases, forms) for key, meaning in known.items() if is_unspaced(key[0])}
    return Lexicon(
        MappingProxyType(phrases), MappingProxyType(forms), MappingProxyType(unspaced), MappingProxyType(variants),
        _longest(phrases), _longest(forms), max(map(len, unspaced), default=0),
    )  # fmt: skip


def _learn(
    known: dict[tuple[str, ...], Meaning], names: Iterable[str], meaning: Meaning, variants: dict[int, int]
) -> None:
    for name in names:
        known.setdefault(spell(name, variants), meaning)


def _longest(known: Iterable[tuple[str, ...]]) -> int:
    return max(map(len, known), default=0)
