"""Owns the words of reports: one file per language with the same keys; names of states and columns are those of the console."""

from collections.abc import Mapping
from functools import cache

from pydantic import RootModel

from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.yaml_file import load_yaml

LANGUAGES = ("en", "zh")
TEMPLATES = PACKAGED / "templates"


class Words(RootModel[dict[str, dict[str, str]]]):
    """``include/templates/report/words.<language>.yaml``: by group and key."""


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the words of a language by group: the report's own, and those of the console where it has none."""
    own, shared = (
        load_yaml(TEMPLATES / folder / f"words.{language}.yaml", Words).root for folder in ("report", "console")
    )
    return {group: {**shared.get(group, {}), **own.get(group, {})} for group in {*own, *shared}}


def word(language: str, group: str, key: object) -> str:
    """Return a word; one that has none stands for itself."""
    return words(language).get(group, {}).get(str(key), str(key))
