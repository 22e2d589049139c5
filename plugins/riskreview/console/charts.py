"""Owns what a chart is told: series as data with the unit of their figures, drawn by the shipped library; the same figures stand beside it as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

Chart = dict[str, Any]  # JSON for the script
KINDS = ("unknown", "warning", "alarm")
"""How a bar is colored, by severity."""


def waterfall(parts: Sequence[tuple[str, float, int]], unit: str) -> Chart:
    """Return what each indicator adds to the index, each bar beginning where the one before ended.

    :param parts: name, index points and severity of each, the largest first.
    """
    bars, total = [], 0.0
    for _, points, _ in parts:
        bars.append([round(total, 4), round(total + points, 4)])
        total += points
    kinds = [KINDS[severity] for _, _, severity in parts]
    return {"kind": "waterfall", "labels": [name for name, _, _ in parts], "bars": bars, "kinds": kinds, "unit": unit}


def trend(  # noqa: PLR0913, RUF100  what one chart is made of
    days: Sequence[str], values: Sequence[float | None], lines: Mapping[str, float], name: str, unit: str, words: Mapping[str, str]
) -> Chart:  # fmt: skip
    """Return an indicator over time with its warning and alarm lines."""
    return {"kind": "trend", "labels": list(days), "name": name, "unit": unit, "values": list(values),
            "lines": [{"name": words[key], "kind": key, "value": value} for key, value in lines.items()]}  # fmt: skip


def bars(labels: Sequence[str], values: Sequence[float], unit: str, kinds: Sequence[str]) -> Chart:
    """Return one amount per label."""
    return {"kind": "bars", "labels": list(labels), "values": list(values), "unit": unit, "kinds": list(kinds)}


def months(labels: Sequence[str], series: Sequence[tuple[str, str, Sequence[float]]], unit: str) -> Chart:
    """Return several amounts by month, side by side.

    :param series: name, kind and an amount per month of each.
    """
    return {"kind": "months", "labels": list(labels), "unit": unit,
            "series": [{"name": name, "kind": kind, "values": list(values)} for name, kind, values in series]}  # fmt: skip
