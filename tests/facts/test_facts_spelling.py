"""Chinese names are spelled as they are said, and found by whole or begun syllables and by their initials."""

import pytest

from riskreview.facts.spelling import SYLLABLES, Sought, sought, spell

NAME = "棠溪市锐远汽车零部件有限公司"


def finds(name: str, typed: str) -> bool:
    """Tell whether a name would be found, as the statement does it."""
    found = spell(name)

    def fits(wanted: Sought) -> bool:
        has_pieces = set(wanted.whole) <= found.pieces and (
            wanted.last is None or bool(set(wanted.last) & found.pieces)
        )
        spelled = wanted.spelled is None or f" {wanted.spelled.strip('%')}" in f" {found.spelled}"
        return has_pieces and spelled and (wanted.initials is None or wanted.initials.strip("%") in found.initials)

    return any(fits(wanted) for wanted in sought(typed))


def test_a_name_is_spelled_by_its_characters_and_by_phrases_that_are_said_otherwise() -> None:
    assert spell(NAME).spelled == "tang xi shi rui yuan qi che ling bu jian you xian gong si"
    assert spell(NAME).initials == "txsryqclbjyxgs"
    assert [spell(word).spelled for word in ("重庆银行", "长春", "3M 中国 (绿)", "Quenmoth")] == ["chong qing yin hang", "chang chun", "zhong guo lv", ""]  # fmt: skip


@pytest.mark.parametrize(
    "typed", ["ruiyuan", "Rui Yuan", "rui'yuan", "ruiyua", "ruiy", "rui", "qicheling", "ryqc", "tang xi", "YXGS"]
)
def test_it_is_found_by_syllables_in_a_row_the_last_one_begun_and_by_initials_in_a_row(typed: str) -> None:
    assert finds(NAME, typed)


@pytest.mark.parametrize("typed", ["uiyuan", "yuanrui", "rycq", "ry", "quenmoth", "rui1yuan", "锐远", "", "x" * 61])
def test_it_is_not_found_by_what_it_does_not_say_in_that_order(typed: str) -> None:
    assert not finds(NAME, typed)


def test_letters_that_part_in_several_ways_are_tried_in_each() -> None:
    assert finds("西安长安", "xian")
    assert finds("先锋", "xian")
    assert len(sought("xianxianxianxianxian")) <= 9
    assert {"zhuang", "lv", "er", "qiong"} <= SYLLABLES
