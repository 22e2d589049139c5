"""Owns comparing customers with listed parties: names and other names, country, registration numbers. Pure rules."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from riskreview.identity.candidates import candidate_pairs, name_parts
from riskreview.identity.lexicon import Lexicon
from riskreview.identity.names import NormalName, normalize, similarity
from riskreview.policy.screening_policy import ScreeningPolicy
from riskreview.screening.entry import Kind, ListEntry

SAME_NUMBER = 1.0


@dataclass(frozen=True, slots=True)
class Subject:
    """What a customer is compared by.

    :param names: of all its accounts. :param identifiers: as ``plain_identifier`` writes them.
    """

    customer_key: int
    names: tuple[str, ...]
    country: str
    identifiers: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of one of the lists."""

    list_id: str
    entry: ListEntry


@dataclass(frozen=True, slots=True)
class Match:
    """A customer who may be a listed party.

    :param likeness: 0 to 1. :param matched_name: the list's name that was alike. :param same_number: a registration number is equal.
    """

    subject: Subject
    listed: Listed
    likeness: float
    matched_name: str
    same_number: bool


class Found(NamedTuple):
    """What a comparison found.

    :param crowds: words that so many customers and listed parties share that only neighbours in the alphabet were compared for them.
    """

    matches: list[Match]
    crowds: int


@dataclass(frozen=True, slots=True)
class _Side:
    """The different names of one side, and who bears each: places of owners, each with the name as its owner writes it."""

    names: tuple[NormalName, ...]
    bearers: tuple[tuple[tuple[int, str], ...], ...]


def find_matches(
    subjects: Sequence[Subject], listed: Sequence[Listed], policy: ScreeningPolicy, lexicon: Lexicon
) -> Found:
    """Return the best match of every customer with every listed party it may be, ordered by customer, list and entry."""
    wanted = [item for item in listed if item.entry.kind in policy.kinds]
    by_name, crowds = _by_name(subjects, wanted, policy, lexicon)
    found: dict[tuple[int, int], Match] = {}
    for match_key, match in (*_by_number(subjects, wanted), *by_name):
        known = found.get(match_key)
        if known is None or (match.same_number, match.likeness) > (known.same_number, known.likeness):
            found[match_key] = match
    order = sorted(
        found.values(),
        key=lambda match: (match.subject.customer_key, match.listed.list_id, match.listed.entry.entry_id),
    )
    return Found(order, crowds)


def needs_two_persons(likeness: float, *, same_number: bool, policy: ScreeningPolicy) -> bool:
    """Tell whether one person of compliance cannot dismiss a match alone."""
    return same_number or likeness >= policy.two_persons_from


def _by_number(subjects: Sequence[Subject], listed: Sequence[Listed]) -> Iterator[tuple[tuple[int, int], Match]]:
    by_number: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(listed):
        for number in item.entry.identifiers:
            by_number[number].append(place)
    for owner, subject in enumerate(subjects):
        for identifier in subject.identifiers:
            for place in by_number.get(identifier, ()):
                yield (
                    (owner, place),
                    Match(subject, listed[place], SAME_NUMBER, listed[place].entry.names[0], same_number=True),
                )


def _by_name(
    subjects: Sequence[Subject], listed: Sequence[Listed], policy: ScreeningPolicy, lexicon: Lexicon
) -> tuple[list[tuple[tuple[int, int], Match]], int]:
    ours = _side([subject.names for subject in subjects], lexicon)
    theirs = _side([item.entry.names for item in listed], lexicon)
    found: list[tuple[tuple[int, int], Match]] = []
    count, crowded = len(ours.names), 0
    if not ours.names or not theirs.names:
        return [], 0
    is_listed = np.arange(count + len(theirs.names)) >= count
    everything = [name_parts(name) for name in (*ours.names, *theirs.names)]
    for first, second, crowds in candidate_pairs(everything, sides=is_listed):
        crowded += len(crowds.numbers)
        for one, other in zip(
            np.minimum(first, second).tolist(), (np.maximum(first, second) - count).tolist(), strict=True
        ):
            alike = similarity(ours.names[one], theirs.names[other])
            if alike >= min(policy.possible_from, policy.person_possible_from):
                found += _matched(subjects, listed, ours.bearers[one], theirs.bearers[other], alike, policy)
    return found, crowded


def _matched(
    subjects: Sequence[Subject], listed: Sequence[Listed], ours: Sequence[tuple[int, str]], theirs: Sequence[tuple[int, str]],
    alike: float, policy: ScreeningPolicy,
) -> Iterator[tuple[tuple[int, int], Match]]:  # fmt: skip
    for owner, _ in ours:
        for place, text in theirs:
            subject, item = subjects[owner], listed[place]
            likeness = alike - _elsewhere(subject, item, policy)
            if likeness >= _line(item, policy):
                yield (owner, place), Match(subject, item, round(likeness, 4), text, same_number=False)


def _elsewhere(subject: Subject, item: Listed, policy: ScreeningPolicy) -> float:
    places = item.entry.countries
    return policy.other_country if places and subject.country and subject.country not in places else 0.0


def _line(item: Listed, policy: ScreeningPolicy) -> float:
    return policy.person_possible_from if item.entry.kind is Kind.PERSON else policy.possible_from


def _side(names: Sequence[Sequence[str]], lexicon: Lexicon) -> _Side:
    """Return the names of one side, each once however often it is borne or spelled alike."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[NormalName, list[tuple[int, str]]]] = {}
    for place, own in enumerate(names):
        for text in own:
            name = normalize(text, lexicon)
            alike.setdefault((name.sort_key, name.core), (name, []))[1].append((place, text))
    return _Side(tuple(name for name, _ in alike.values()), tuple(tuple(bearers) for _, bearers in alike.values()))
