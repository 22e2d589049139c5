"""Owns the words of the console's pages: one file per language, both with the same keys."""

from collections.abc import Mapping
from functools import cache

from pydantic import RootModel

from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.yaml_file import load_yaml

LANGUAGES = ("en", "zh")


class Words(RootModel[dict[str, dict[str, str]]]):
    """``include/templates/console/words.<language>.yaml``: by group and key."""


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the words of a language, those of English for one we do not speak."""
    chosen = language if language in LANGUAGES else LANGUAGES[0]
    return load_yaml(PACKAGED / "templates" / "console" / f"words.{chosen}.yaml", Words).root
