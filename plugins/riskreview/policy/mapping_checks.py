"""Owns reading a mapping and checking it against the datasets: every canonical name, value and unit in it."""

import difflib
from collections.abc import Mapping as AbstractMapping
from pathlib import Path
from typing import Any

from riskreview.foundation.errors import BadInput
from riskreview.foundation.yaml_file import load_yaml, parse_yaml
from riskreview.policy.codes import is_country, is_currency
from riskreview.policy.datasets import DATASETS, Column, Dataset, Kind, item_column
from riskreview.policy.mapping import NUMERIC, DatasetMapping, Mapping, Pick

CALENDAR = frozenset({Kind.DATE, Kind.TIMESTAMP})
Problem = tuple[tuple[str, ...], str, str, str]
"""Place in the file, code, what was found, repair."""


def load_mapping(path: Path) -> Mapping:
    """Read a mapping and check every canonical name and value in it.

    :raises BadInput: naming file, line, key, what was found and the repair.
    """
    mapping = load_yaml(path, Mapping)
    for place, code, found, repair in _problems(mapping):
        raise BadInput(code, found, repair, path.name, _line(parse_yaml(path), place), ".".join(place))
    return mapping


def _problems(mapping: Mapping) -> list[Problem]:
    found: list[Problem] = []
    for name, given in mapping.datasets.items():
        if name not in DATASETS:
            found.append((("datasets", name), "E-POLICY-KEY", f"there is no dataset {name}", _near(name, DATASETS)))
            continue
        found += _dataset_problems(DATASETS[name], given)
    return found


def _dataset_problems(dataset: Dataset, given: DatasetMapping) -> list[Problem]:
    place = ("datasets", dataset.name, "columns")
    known = {column.name: column for column in dataset.columns}
    found: list[Problem] = []
    for name, pick in given.columns.items():
        if name not in known:
            text = f"{dataset.name} has no column {name}"
            found.append(((*place, name), "E-POLICY-KEY", text, _near(name, known)))
        else:
            found += [((*place, name), *problem) for problem in _pick_problems(known[name], pick, bool(given.unpivot))]
    filled = set(given.columns) | ({item_column(dataset), "value"} if given.unpivot else set())
    found += [
        (
            place,
            "E-POLICY-KEY",
            f"the required column {column.name} of {dataset.name} is not mapped",
            "Map it or give a constant",
        )
        for column in dataset.columns
        if column.required and column.name not in filled
    ]
    return found + _unpivot_problems(dataset, given)


def _unpivot_problems(dataset: Dataset, given: DatasetMapping) -> list[Problem]:
    if not given.unpivot:
        return []
    place = ("datasets", dataset.name, "unpivot")
    names = {column.name: column for column in dataset.columns}
    if "value" not in names:
        return [(place, "E-POLICY-KEY", f"{dataset.name} has no items to unpivot into", "Remove unpivot")]
    choices = names[item_column(dataset)].choices
    return [
        ((*place, source), "E-POLICY-KEY", f"there is no item {item}", _near(item, choices))
        for source, item in given.unpivot.items()
        if choices and item not in choices
    ]


def _pick_problems(column: Column, pick: Pick, unpivoted: bool) -> list[tuple[str, str, str]]:  # noqa: FBT001  private
    found: list[tuple[str, str, str]] = []
    if not pick.sources and pick.constant is None and not (unpivoted and column.name == "value"):
        found.append(("E-POLICY-TYPE", f"{column.name} has no origin", "Give column, constant, join or multiply"))
    if column.kind not in NUMERIC and (pick.unit != 1 or pick.sign != "as_is" or pick.multiply):
        found.append(("E-POLICY-TYPE", f"{column.name} is no number", "Use unit, sign and multiply with numbers only"))
    if column.kind not in CALENDAR and pick.add_days:
        found.append(("E-POLICY-TYPE", f"{column.name} is no date", "Use add_days with dates only"))
    given = [*pick.map.values(), *(value for value in (pick.constant, pick.default) if value is not None)]
    return found + [("E-POLICY-TYPE", *problem) for value in given if (problem := _value_problem(column, value))]


def _value_problem(column: Column, value: str) -> tuple[str, str] | None:
    if column.kind is Kind.CHOICE and value not in column.choices:
        return f"{column.name} cannot be {value}", _near(value, column.choices)
    if column.kind is Kind.CURRENCY and not is_currency(value):
        return f"{value} is no ISO 4217 currency", "Write the three capital letters, such as CNY"
    if column.kind is Kind.COUNTRY and not is_country(value):
        return f"{value} is no ISO 3166 country", "Write the two capital letters, such as CN"
    return None


def _near(name: str, known: AbstractMapping[str, object] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"Use one of: {', '.join(sorted(known))}"


def _line(document: Any, place: tuple[str, ...]) -> int | None:  # ruamel's commented document
    line, node = None, document
    for part in place:
        if not isinstance(node, dict) or part not in node:
            break
        line, node = node.lc.key(part)[0] + 1, node[part]  # type: ignore[attr-defined]  # ruamel's line marks
    return line
