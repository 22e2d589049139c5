"""Owns finding a named connection: from whoever runs us, the environment, or a private file of the instance. What is in it others know."""

import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from riskreview.foundation.errors import BadInput
from riskreview.foundation.private_file import read_private

FindFields = Callable[[str], Mapping[str, Any] | None]
"""Finds the fields of an Airflow connection by its name, None where there is none."""


def ask_first(find: FindFields | None) -> None:
    """Let connections be looked for in the secrets of whoever runs this process, before anywhere else, each once; None ends it."""
    _asked[:] = [] if find is None else [lru_cache(find)]


def given_by_runner(name: str) -> Mapping[str, Any] | None:
    """Return a connection's fields from the secrets of whoever runs this process, None without any."""
    return next((found for find in _asked if (found := find(name)) is not None), None)


def written_fields(path: Path, name: str, *, repair: str, environment: Mapping[str, str] | None = None) -> Mapping[str, Any] | None:  # fmt: skip
    """Return what ``<NAME>`` or ``AIRFLOW_CONN_<NAME>`` of the environment says, else the private file; None without any."""
    variables = os.environ if environment is None else environment
    given = variables.get(name.upper()) or variables.get(f"AIRFLOW_CONN_{name.upper()}")
    if given is None and path.exists():
        given = read_private(path)
    return None if given is None else read_fields(given, name, repair=repair)


def read_fields(text: str, name: str, *, repair: str) -> dict[str, Any]:  # JSON has any shape
    """Read the settings of a connection.

    :raises BadInput: E-CONNECTION when they are no JSON object.
    """
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise BadInput("E-CONNECTION", f"the connection {name} is no JSON object", repair)
    return fields


_asked: list[FindFields] = []
