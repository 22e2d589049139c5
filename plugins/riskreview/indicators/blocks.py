"""Owns walking the customers in blocks that fit the cache, and putting a block's rows into arrays over all customers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.results import Span
from riskreview.facts.statements import ACCOUNT_BITS

Floats = NDArray[np.float64]
BLOCK_CUSTOMERS = 65_536
"""Customers of a block: their open items and order days stay near the cache, and the fixed cost of a query stays small."""


@dataclass(frozen=True, slots=True)
class Population:
    """Every customer that is assessed, ascending by key."""

    customer_key: NDArray[np.int64]
    onboarded_on: NDArray[np.datetime64]

    def __len__(self) -> int:
        return int(self.customer_key.size)

    def positions(self, keys: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the place of each key and which keys are known; unknown ones have a place that must not be used."""
        wanted = keys.astype(np.int64)
        place = np.searchsorted(self.customer_key, wanted)
        inside = place < self.customer_key.size
        known = inside & (self.customer_key[np.where(inside, place, 0)] == wanted) if self.customer_key.size else inside
        return place, known


@dataclass(frozen=True, slots=True)
class Block:
    """A run of customers: places ``start`` to ``stop`` of the population, and the range of their account keys."""

    start: int
    stop: int
    low: int
    high: int


def blocks_of(population: Population, *, rows: int, size: int = BLOCK_CUSTOMERS) -> Iterator[Block]:
    """Yield blocks of customers; a small portfolio is one block."""
    count = len(population)
    step = count if rows < 2_000_000 else size
    for start in range(0, count, max(step, 1)):
        stop = min(start + step, count)
        first, last = int(population.customer_key[start]), int(population.customer_key[stop - 1])
        yield Block(start, stop, first << ACCOUNT_BITS, (last << ACCOUNT_BITS) | ((1 << ACCOUNT_BITS) - 1))


def spans_of(customer_key: NDArray[np.int64], buckets: int) -> tuple[Span, ...]:
    """Return ranges of customers, ascending, each with as many of the given ones; fewer ranges where there are fewer customers."""
    edges = np.unique(np.linspace(0, customer_key.size, buckets + 1).astype(np.int64))
    pairs = pairwise(edges.tolist())
    return tuple(Span(int(customer_key[start]), int(customer_key[stop - 1])) for start, stop in pairs)


@dataclass(slots=True)
class Columns:
    """Arrays over all customers, filled block by block; a column starts as NaN (NaT for days) everywhere."""

    size: int
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    sparse: dict[str, list[tuple[NDArray[np.int64], dict[str, NDArray[Any]]]]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a column; NaN everywhere when nothing was ever put there."""
        if name not in self.arrays:
            self.arrays[name] = np.full(self.size, np.nan)
        return self.arrays[name]

    def amounts(self, name: str) -> Floats:
        """Return a column of amounts or counts; zero where nothing was put."""
        return np.asarray(np.nan_to_num(self[name], nan=0.0), dtype=np.float64)

    def days(self, name: str) -> NDArray[Any]:
        """Return a column of days; NaT where nothing was put."""
        values = self[name]
        return values if values.dtype.kind == "M" else np.full(self.size, np.datetime64("NaT", "D"))

    def put(self, place: NDArray[np.int64], rows: Mapping[str, NDArray[Any]], *, prefix: str = "") -> None:
        """Store rows at their places."""
        for name, values in rows.items():
            key = prefix + name
            if key not in self.arrays:
                self.arrays[key] = missing(self.size, values)
            self.arrays[key][place] = values

    def keep(self, name: str, place: NDArray[np.int64], rows: Mapping[str, NDArray[Any]]) -> None:
        """Store rows that only few customers have, without an array over all customers for each column."""
        self.sparse.setdefault(name, []).append((place, dict(rows)))

    def kept(self, name: str) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """Return the places and columns that were kept under a name; no places when there are none."""
        chunks = self.sparse.get(name, [])
        if not chunks:
            return np.zeros(0, dtype=np.int64), {}
        columns = {key: np.concatenate([rows[key] for _, rows in chunks]) for key in chunks[0][1]}
        return np.concatenate([place for place, _ in chunks]), columns

    def complete(self) -> None:
        """Have every column at hand; here they are."""

    def drop(self, prefix: str) -> None:
        """Give back the memory of columns that are not needed any more."""
        for name in [name for name in self.arrays if name.startswith(prefix)]:
            del self.arrays[name]

    def clear(self, place: NDArray[np.int64]) -> None:
        """Make every column missing at some places, before they are computed anew."""
        for values in self.arrays.values():
            values[place] = missing(1, values)[0]
        for name, chunks in self.sparse.items():
            stays = [~np.isin(there, place) for there, _ in chunks]
            self.sparse[name] = [
                (there[stay], {key: values[stay] for key, values in rows.items()})
                for (there, rows), stay in zip(chunks, stays, strict=True)
            ]


def missing(size: int, like: NDArray[Any]) -> NDArray[Any]:
    """Return a column of which nothing is known, of the kind of another."""
    if like.dtype.kind == "M":
        return np.full(size, np.datetime64("NaT"), dtype="datetime64[D]")
    return np.full(size, np.nan)
