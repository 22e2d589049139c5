"""Candidates: names that share a rare part are found, the number of candidates stays bounded, however many names there are."""

import numpy as np

from riskreview.identity.candidates import CROWD, candidate_pairs, name_parts, part_number, whole_words
from riskreview.identity.names import normalize


def pairs_of(names: list[str], **more) -> set[tuple[int, int]]:
    found = candidate_pairs(map(name_parts, map(normalize, names)), **more)
    return {(int(min(a, b)), int(max(a, b))) for one, other, _ in found for a, b in zip(one, other, strict=True)}


NAMES = [
    "Kronos Altair Trading GmbH", "Altair Kronos Handel", "Kronso Altair Trading Ltd", "Wegatech Industries Inc",
    "上海宏达贸易有限公司", "Shanghai Hongda Trading", "Wegetech Industries", "Berlin Bakery",
]  # fmt: skip


def test_spellings_of_one_name_are_candidates_and_strangers_are_not():
    assert pairs_of(NAMES) == {(0, 1), (0, 2), (1, 2), (3, 6), (4, 5)}


def test_only_changed_names_are_compared_again():
    changed = np.zeros(len(NAMES), bool)
    changed[6] = True

    assert pairs_of(NAMES, changed=changed) == {(3, 6)}


def test_two_lists_are_compared_with_each_other_only():
    sides = np.array([True, False, False, True, True, False, False, False])

    assert pairs_of(NAMES, sides=sides) == {(0, 1), (0, 2), (3, 6), (4, 5)}


def test_a_crowd_with_one_word_does_not_meet_all_with_all_yet_equal_names_do():
    crowd = [f"Kronos {chr(65 + n % 26)}{n}q Ltd" for n in range(400)] + ["Kronos Zy Ltd", "Zy Kronos Limited"]

    found = pairs_of(crowd)

    assert (400, 401) in found
    assert len(found) < 30 * len(crowd)


def test_a_crowd_is_told_with_its_size_and_a_member():
    crowd = [f"Kronos {chr(65 + n % 26)}{n}q Ltd" for n in range(400)]

    told = [
        row
        for met in candidate_pairs(map(name_parts, map(normalize, [*NAMES, *crowd])))
        for row in zip(*met.crowds, strict=True)
    ]

    shared_by_all = [(size, member) for number, size, member in told if number == part_number("kronos")]
    assert [size for size, _ in shared_by_all] == [402]
    assert "kronos" in whole_words(normalize([*NAMES, *crowd][shared_by_all[0][1]]))
    assert all(size > CROWD for _, size, _ in told)


def test_no_names_and_nameless_ones_have_no_candidates():
    assert pairs_of([]) == set()
    assert pairs_of(["", "!!!", "Acme"]) == set()
