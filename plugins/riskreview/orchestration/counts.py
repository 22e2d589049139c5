"""Owns how what rooms report becomes the flat counts of a run."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def counts_of(result: object) -> dict[str, int]:
    """Flatten a room's result into counts: integers as they are, ``by_class`` as ``class_high``; ids are left out.

    :raises TypeError: when a room returns something else than a dataclass or a mapping.
    """
    if isinstance(result, Mapping):
        pairs: Iterable[tuple[str, Any]] = result.items()
    elif is_dataclass(result) and not isinstance(result, type):
        pairs = [(item.name, getattr(result, item.name)) for item in fields(result)]
    else:
        raise TypeError(f"{type(result).__name__} holds no counts")
    counts: dict[str, int] = {}
    for name, value in pairs:
        if isinstance(value, Mapping):
            counts |= {
                f"{name.removeprefix('by_')}_{key}": int(number)
                for key, number in value.items()
                if isinstance(number, int)
            }
        elif isinstance(value, int) and not name.endswith("_id"):
            counts[name] = int(value)
    return counts


def add_counts(counts: dict[str, int], **more: int) -> None:
    """Add to the counts of a run."""
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number
