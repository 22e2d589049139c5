"""Owns what was gathered of customers before anything is computed from it, kept in files, and put together again from many files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.foundation.array_file import names_of, read_arrays, write_arrays, write_bytes
from riskreview.indicators.blocks import Columns, Population, missing
from riskreview.indicators.profiles import Profiles

KEYS = ("customer_key", "onboarded_on", "profile")
PROFILE = ("country", "industry", "segment", "insolvency", "risk_class", "listing")
PLACE = "place"
Folder = Any  # a local path or a universal path


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered of some customers or of all.

    :param delivered: data sets that have at least one batch, and the marks of what else is known of everybody: lists of sanctions, kinds of
        records from outside.
    """

    population: Population
    columns: Columns
    profiles: Profiles
    delivered: frozenset[str]

    def take(self, rows: NDArray[np.intp]) -> "Gathered":
        """Return the customers at the given places, ascending; every profile stays."""
        self.columns.complete()
        columns, own, kept = self.columns, self.population, Columns(rows.size)
        kept.arrays.update({name: values[rows] for name, values in columns.arrays.items()})
        for name in columns.sparse:
            place, found = columns.kept(name)
            there = np.minimum(np.searchsorted(rows, place), max(rows.size - 1, 0))
            stays = rows[there] == place if rows.size else np.zeros(place.size, dtype=bool)
            kept.keep(name, there[stays], {key: values[stays] for key, values in found.items()})
        return Gathered(
            Population(own.customer_key[rows], own.onboarded_on[rows]), kept, self.profiles.of(self.profiles.number[rows]), self.delivered
        )  # fmt: skip


@dataclass(slots=True)
class Scattered(Columns):
    """Columns over the customers of many files, one file after the other; a column is read when it is asked for."""

    folder: Folder = None
    parts: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a column; NaN everywhere where no file has it."""
        if name not in self.arrays:
            self.arrays[name] = self._read(name)
        return self.arrays[name]

    def kept(self, name: str) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """Return the places and columns that were kept under a name in any file."""
        if name not in self.sparse:
            start = 0
            for part, size in self.parts.items():
                if name in _sparse_names(self.folder, part):
                    rows = read_arrays(self.folder, f"{part}.{name}")
                    self.keep(name, rows.pop(PLACE) + start, rows)
                start += size
        return Columns.kept(self, name)

    def complete(self) -> None:
        """Read every column of the files."""
        for name in {key for part in self.parts for key in names_of(self.folder, part)} - set(KEYS):
            self[name]
        for name in {key for part in self.parts for key in _sparse_names(self.folder, part)}:
            self.kept(name)

    def _read(self, name: str) -> NDArray[Any]:
        found = [read_arrays(self.folder, part, [name]).get(name) for part in self.parts]
        known = next((values for values in found if values is not None), np.zeros(0))
        return np.concatenate([
            missing(size, known) if values is None else values for values, size in zip(found, self.parts.values(), strict=True)
        ])  # fmt: skip


def write_gathered(folder: Folder, name: str, gathered: Gathered) -> None:
    """Keep what was gathered; the file that tells of all others is written last, so that it is there or not."""
    columns = gathered.columns
    for kind in columns.sparse:
        place, rows = columns.kept(kind)
        write_arrays(folder, f"{name}.{kind}", {PLACE: place, **rows})
    profiles = gathered.profiles
    told = {key: getattr(profiles, key) for key in PROFILE}
    write_arrays(folder, f"{name}.profiles", {
        key: np.array(values, dtype=object) if isinstance(values, tuple) else values for key, values in told.items()
    })  # fmt: skip
    own = (gathered.population.customer_key, gathered.population.onboarded_on, profiles.number)
    write_arrays(folder, name, {**dict(zip(KEYS, own, strict=True)), **columns.arrays})
    known = {
        "customers": len(gathered.population),
        "sparse": sorted(columns.sparse),
        "delivered": sorted(gathered.delivered),
    }
    write_bytes(folder, f"{name}.json", json.dumps(known).encode())


def read_gathered(folder: Folder, names: Sequence[str]) -> Gathered:
    """Return what was gathered in one or many files, the customers in the order of the files."""
    told = [_told(folder, name) for name in names]
    sizes = {name: int(found["customers"]) for name, found in zip(names, told, strict=True)}
    columns = Scattered(sum(sizes.values()), folder=folder, parts=sizes)
    profiles = _profiles(folder, names)
    population = Population(columns["customer_key"].astype(np.int64), columns["onboarded_on"])
    return Gathered(population, columns, profiles, frozenset().union(*(found["delivered"] for found in told)))


def _profiles(folder: Folder, names: Sequence[str]) -> Profiles:
    """Return the profiles of every file after one another; two files may have the same."""
    numbers, tables, start = [], [], 0
    for name in names:
        table, number = read_arrays(folder, f"{name}.profiles"), read_arrays(folder, name, ["profile"])["profile"]
        numbers.append(np.where(number < 0, number, number + start))
        tables.append(table)
        start += len(table["country"])
    joined = {key: np.concatenate([table[key] for table in tables]) for key in PROFILE}
    country, industry, segment = (tuple(joined[key].tolist()) for key in PROFILE[:3])
    return Profiles(
        np.concatenate(numbers).astype(np.int32), country, industry, segment, *(joined[key] for key in PROFILE[3:])
    )


def _told(folder: Folder, name: str) -> dict[str, Any]:  # JSON has any shape
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_bytes())
    return found


def _sparse_names(folder: Folder, name: str) -> list[str]:
    return list(_told(folder, name)["sparse"])
