"""Holds deploy/helm/values.yaml against a release of the chart: ``python tools/check_helm_values.py CHART/values.schema.json``.

Says each value the schema refuses and each key it does not know; exit code 1 when there is one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from ruamel.yaml import YAML

VALUES = Path(__file__).resolve().parents[1] / "deploy" / "helm" / "values.yaml"


def main(arguments: list[str]) -> int:
    """Check and return the exit code."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    schema = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    found = list(problems(YAML(typ="safe", pure=True).load(VALUES.read_text(encoding="utf-8")), schema))
    print("\n".join(found) if found else f"{VALUES.name} is as the chart wants it")
    return int(bool(found))


def problems(values: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each value that is refused and each key that is unknown."""
    for error in Draft7Validator(schema).iter_errors(values):
        yield f"{'.'.join(map(str, error.absolute_path)) or 'the whole'}: {error.message[:200]}"
    yield from (f"{key}: the chart does not know it" for key in unknown(values, schema))


def unknown(values: dict[str, Any], schema: dict[str, Any], before: str = "") -> Iterator[str]:
    """Yield the keys the schema has no property for, where it names its properties."""
    properties = schema.get("properties")
    if not properties or schema.get("additionalProperties") not in {None, False}:
        return
    for name, value in values.items():
        if name not in properties:
            yield before + name
        elif isinstance(value, dict):
            yield from unknown(value, properties[name], f"{before}{name}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
