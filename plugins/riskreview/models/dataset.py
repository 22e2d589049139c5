"""Owns turning a definition and its files into rows to learn from: figures, outcome, who and when, and nothing that is forbidden."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.models.columns import Floats, take
from riskreview.models.definition import Files, ModelDefinition, Time
from riskreview.models.formulas import compute, panel_of
from riskreview.models.payment_history import Invoices, history_of
from riskreview.models.tables import digest_of, is_number, read_tables

MOST_CODES = 50
"""Different numbers that may stand for kinds beside texts, as 1, 2 and A do; of more the column is one of figures."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows to learn from or to be judged on.

    :param bad: 1 for bad, 0 for good; indeterminate rows are not there.
    :param group: rows of the same number are kept on the same side of every split.
    :param time: ascending with time; zeros without one. ``known_on``: when the outcome was known, by the same count.
    """

    columns: dict[str, NDArray[Any]]
    bad: Floats
    group: NDArray[np.int64]
    time: Floats
    known_on: Floats
    digest: str

    def __len__(self) -> int:
        return int(self.bad.size)

    def take(self, rows: NDArray[Any]) -> "Dataset":
        """Return the given rows."""
        return replace(self, columns=take(self.columns, rows), bad=self.bad[rows], group=self.group[rows],
                       time=self.time[rows], known_on=self.known_on[rows])  # fmt: skip

    def known_after(self, day: date) -> "Dataset":
        """Return the rows whose outcome became known after a day; for times that are days.

        :raises RuleViolation: when there are none.
        """
        found = self.take(np.flatnonzero(self.known_on > day.toordinal()))
        if not len(found):
            raise RuleViolation(f"no outcome became known since the model was trained on {day}")
        return found

    @property
    def customers(self) -> int:
        """How many identifiers there are."""
        return int(np.unique(self.group).size)

    @property
    def bad_customers(self) -> int:
        """How many of them are bad in some row: a default that several snapshots see is one default."""
        return int(np.unique(self.group[self.bad == 1]).size)

    @property
    def repeats(self) -> float:
        """How many rows there are of one identifier on average."""
        return len(self) / max(1, self.customers)

    @property
    def bads(self) -> int:
        """How many rows are bad."""
        return int(self.bad.sum())


def read_dataset(definition: ModelDefinition, folder: Path, *, source: Files | None = None) -> Dataset:
    """Return the rows of a definition's files, or of its validation files.

    :raises BadInput: for a file, column, date or formula that does not fit.
    """
    return build_dataset(definition, read_tables(source or definition.data, folder))


def build_dataset(definition: ModelDefinition, columns: dict[str, NDArray[Any]]) -> Dataset:
    """Return the rows of a table: derived columns added, one row per identifier where asked, outcome taken out, drops dropped.

    :raises BadInput: for a column, date or formula that does not fit.
    """
    columns, digest = dict(columns), digest_of(columns)
    rows = len(next(iter(columns.values())))
    who = None if definition.identifier is None else _need(columns, definition.identifier, definition)
    when = np.zeros(rows) if definition.time is None else _ordered(columns, definition.time, definition)
    panel = panel_of(who, when if definition.time is not None else None, rows)
    if definition.payment_history is not None:
        columns |= _payment_history(columns, definition)
    for item in definition.derive:
        columns[item.name] = compute(item.formula, columns, panel, name=item.name, source=definition.name)
    outcome = _outcome(columns, definition)
    kept = np.isfinite(outcome)
    if definition.keep == "last":
        last = np.zeros(rows, dtype=bool)
        last[panel.order[np.append(panel.start[1:] != panel.start[:-1], True)]] = True
        kept &= last
    features = _features(columns, definition)
    whole = Dataset({name: columns[name] for name in features}, outcome, _groups(who, columns, features), when,
                    _known_on(columns, definition, when), digest)  # fmt: skip
    return whole.take(np.flatnonzero(kept))


def _need(columns: dict[str, NDArray[Any]], name: str, definition: ModelDefinition) -> NDArray[Any]:
    if name not in columns:
        raise BadInput("E-MODEL-DATA", "the data have no such column", "Correct its name", definition.name, None, name)
    return columns[name]


def _moments(columns: dict[str, NDArray[Any]], time: Time, definition: ModelDefinition) -> Floats:
    column = _need(columns, time.column, definition)
    return column.astype(np.float64) if column.dtype != object else days_of(column, time.format, name=time.column)


def _ordered(columns: dict[str, NDArray[Any]], time: Time, definition: ModelDefinition) -> Floats:
    """Return the time of every row.

    :raises BadInput: when a row has none.
    """
    found = _moments(columns, time, definition)
    without = int(np.isnan(found).sum())
    if without:
        raise BadInput("E-MODEL-DATA", f"{without} of {found.size} rows have no time, so that their order is not known",
                       "Fill it in, or take those rows out", definition.name, None, time.column)  # fmt: skip
    return found


def _numbers(columns: dict[str, NDArray[Any]], name: str, definition: ModelDefinition) -> Floats:
    """Return a column of figures.

    :raises BadInput: when it holds texts.
    """
    column = _need(columns, name, definition)
    if column.dtype == object:
        odd = next(cell for cell in column.tolist() if cell is not None)
        raise BadInput("E-MODEL-DATA", f"the column holds texts such as {str(odd)[:40]} where figures are needed",
                       "List cells that mean nothing under data.missing", definition.name, None, name)  # fmt: skip
    return np.asarray(column, dtype=np.float64)


def _known_on(columns: dict[str, NDArray[Any]], definition: ModelDefinition, when: Floats) -> Floats:
    """Return when outcomes were known; one that is not known yet is known at the end of time."""
    if definition.label.known_on is None or definition.time is None:
        return when
    found = _moments(columns, Time(column=definition.label.known_on, format=definition.time.format), definition)
    return np.where(np.isnan(found), np.inf, found)


def days_of(column: NDArray[Any], layout: str | None, *, name: str) -> Floats:
    """Return dates as day numbers, NaN where missing.

    :raises BadInput: for a text that is no date of the layout.
    """
    found = np.full(len(column), np.nan)
    for place, cell in enumerate(column.tolist()):
        if cell is None:
            continue
        try:
            moment = datetime.fromisoformat(cell) if layout is None else datetime.strptime(cell, layout)  # noqa: DTZ007  a day
        except ValueError as error:
            raise BadInput("E-MODEL-DATA", f"{cell[:40]} is no date", "Give the time's format, such as %m/%d/%Y",
                           "", place + 2, name) from error  # fmt: skip
        found[place] = moment.date().toordinal()
    return found


def _payment_history(columns: dict[str, NDArray[Any]], definition: ModelDefinition) -> dict[str, Floats]:
    named = definition.payment_history
    if named is None:
        return {}
    issued, due, settled = (days_of(_need(columns, name, definition), named.format, name=name)
                            for name in (named.issued, named.due, named.settled))  # fmt: skip
    amount = _numbers(columns, named.amount, definition)
    return history_of(Invoices(_need(columns, named.customer, definition), issued, due, settled, amount))


def _outcome(columns: dict[str, NDArray[Any]], definition: ModelDefinition) -> Floats:
    label = definition.label
    if label.above is not None:
        figures = _numbers(columns, label.column, definition)
        return np.where(np.isnan(figures), np.nan, (figures > label.above).astype(np.float64))
    texts = [_label_text(cell) for cell in _need(columns, label.column, definition).tolist()]
    bad, good = set(label.bad), set(label.good)
    found = [
        1.0 if cell in bad else 0.0 if cell is not None and (not good or cell in good) else np.nan for cell in texts
    ]
    _check_label(texts, bad | good, definition)
    return np.array(found, dtype=np.float64)


def _check_label(texts: list[str | None], named: set[str], definition: ModelDefinition) -> None:
    """Make sure that the texts a definition names occur; otherwise it is probably written otherwise in the data."""
    counts = Counter(text for text in texts if text is not None)
    if not named & set(counts):
        shown = ", ".join(f"{text[:40]} ({count})" for text, count in counts.most_common(5)) or "nothing"
        raise BadInput("E-MODEL-LABEL", f"no row has {' or '.join(sorted(named))}; the column holds {shown}",
                       "Correct label.bad", definition.name, None, definition.label.column)  # fmt: skip


def _label_text(cell: object) -> str | None:
    if isinstance(cell, float):
        return None if np.isnan(cell) else f"{cell:g}"
    return None if cell is None else str(cell)


def _features(columns: dict[str, NDArray[Any]], definition: ModelDefinition) -> list[str]:
    """Return the columns a model may use: never the outcome or its day, the identifier, the time, or what is dropped."""
    label = definition.label
    named = [item.name for item in definition.features]
    for name in [*named, *definition.drop]:
        _need(columns, name, definition)
    closed = {label.column, label.known_on, definition.identifier, definition.time.column if definition.time else None,
              *definition.drop}  # fmt: skip
    others = [name for name in columns if name not in closed] if definition.others == "use" else []
    used = list(dict.fromkeys([*named, *others]))
    if not used:
        raise BadInput(
            "E-MODEL-DATA",
            "no column is left to learn from",
            "Drop fewer, or name some under features",
            definition.name,
        )
    for name in used:
        _one_kind(columns[name], name, definition)
    return used


def _one_kind(column: NDArray[Any], name: str, definition: ModelDefinition) -> None:
    """Refuse figures among which some texts stand: taken as texts, nearly every figure would be a kind of its own and say nothing.

    :raises BadInput: naming the text that is there most often.
    """
    if column.dtype != object:
        return
    counted = Counter(cell for cell in column.tolist() if cell is not None)
    texts = {cell: count for cell, count in counted.items() if not is_number(cell)}
    figures = len(counted) - len(texts)
    if figures > MOST_CODES and 2 * sum(texts.values()) < counted.total():
        usual = max(texts, key=lambda cell: texts[cell])
        raise BadInput("E-MODEL-DATA", f"{sum(texts.values())} of {counted.total()} cells are texts such as {usual[:40]} among figures",
                       "List what means nothing under data.missing, or the column under drop", definition.name, None, name)  # fmt: skip


def _groups(who: NDArray[Any] | None, columns: dict[str, NDArray[Any]], features: list[str]) -> NDArray[np.int64]:
    """Return the identifier as numbers; without one, rows that are alike in everything belong together."""
    if who is not None:
        return np.unique(who.astype(str), return_inverse=True)[1].astype(np.int64)
    rows = list(zip(*(columns[name].astype(str).tolist() for name in features), strict=True))
    numbers: dict[tuple[str, ...], int] = {}
    return np.array([numbers.setdefault(row, len(numbers)) for row in rows], dtype=np.int64)
