"""Owns what customers share: country, industry and segment make a profile, and what depends on these alone is found once for each.

A portfolio of a million customers has a few thousand profiles.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.reading import FactReader
from riskreview.foundation.sql import sql
from riskreview.indicators.blocks import Columns, Population
from riskreview.indicators.frame import Floats
from riskreview.indicators.gathering import Windows

Texts = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles of a portfolio.

    :param number: the profile of each customer, -1 where no master data are known.
    :param insolvency: yearly change of the industry's insolvency rate in percent; ``risk_class`` and ``listing`` of the country.
        One element per profile, NaN = not known.
    """

    number: NDArray[np.int32]
    country: Texts
    industry: Texts
    segment: Texts
    insolvency: Floats
    risk_class: Floats
    listing: Floats

    def of(self, number: NDArray[np.int32]) -> "Profiles":
        """Return the same profiles of other customers."""
        return replace(self, number=number)

    def each(self, figure: Floats) -> Floats:
        """Return a figure of the profiles for every customer."""
        return np.append(figure, np.nan)[self.number]


def load_master(facts: FactReader) -> None:
    """Create the DuckDB table ``master``: one row of master data per customer, moved accounts under their present customer."""
    statement = sql("indicators", "master")
    facts.database.execute(f"CREATE OR REPLACE TEMP TABLE master AS {statement}")
    if facts.moved_customers.size:
        facts.database.execute(sql("indicators", "forget_moved"))
        facts.show_moved()
        facts.database.execute(f"INSERT INTO master {statement}")
        facts.show_all()


def read_profiles(facts: FactReader, population: Population, columns: Columns, windows: Windows) -> Profiles:
    """Return the profiles, and put the figures of the customers' own files into the columns."""
    database = facts.database
    database.execute(f"CREATE OR REPLACE TEMP TABLE profile AS {sql('indicators', 'profiles')}")
    rows = database.sql("SELECT profile, country, industry, segment FROM profile ORDER BY profile").fetchall()
    keys = np.array([row[0] for row in rows], dtype=np.int64)
    statement = sql("indicators", "profiled")
    found = facts.fetch(statement, windows.of(statement))
    place, known = population.positions(found.pop("customer_key"))
    number = np.full(len(population), -1, dtype=np.int32)
    number[place[known]] = np.searchsorted(keys, found.pop("profile").astype(np.int64))[known]
    columns.put(place[known], {name: values[known] for name, values in found.items()}, prefix="master.")
    insolvency = _by_profile(facts, keys, "insolvency", windows, "industry_figures")
    risk = _by_profile(facts, keys, "country", windows, "country_risk")
    nothing = np.full(len(rows), np.nan)
    country, industry, segment = (tuple(row[place] for row in rows) for place in (1, 2, 3))
    return Profiles(
        number, country, industry, segment, insolvency.get("change_pct", nothing), risk.get("risk_class", nothing),
        risk.get("listing", nothing),
    )  # fmt: skip


def _by_profile(
    facts: FactReader, keys: NDArray[np.int64], name: str, windows: Windows, dataset: str
) -> dict[str, NDArray[Any]]:
    """Run a statement that gives figures of profiles; nothing when its data set was never delivered."""
    if dataset not in facts.delivered:
        return {}
    statement = sql("indicators", name)
    found = facts.fetch(statement, windows.of(statement))
    place = np.searchsorted(keys, found.pop("profile").astype(np.int64))
    columns = {}
    for column, values in found.items():
        columns[column] = np.full(keys.size, np.nan)
        columns[column][place] = values
    return columns
