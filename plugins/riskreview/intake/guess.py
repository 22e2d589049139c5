"""Owns the guesses about an unknown table of text: header row, dataset, columns, dates, decimals. Pure: cells in, guesses out."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.policy.datasets import DATASETS, Column, Kind

Row = Sequence[str | None]
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y",
                "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M")  # fmt: skip
SWAPPED = {"%m/%d/%Y": "%d/%m/%Y", "%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%m-%d-%Y": "%d-%m-%Y"}
POINT = re.compile(r"[-+(]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?[-)]?")
COMMA = re.compile(r"[-+(]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?[-)]?")
HEAD_ROWS = 40


class ColumnNames(StrictModel):
    """``column_names.yaml``: what extracts call our datasets, columns and statement items."""

    signs: dict[str, tuple[str, ...]]
    columns: dict[str, dict[str, tuple[str, ...]]]
    values: dict[str, dict[str, tuple[str, ...]]]
    items: dict[str, tuple[str, ...]]
    totals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """The format of a table's dates; ``is_certain`` is False where day and month could be swapped."""

    formats: tuple[str, ...]
    is_certain: bool


@cache
def column_names() -> ColumnNames:
    """Return the known names."""
    return load_yaml(Path(__file__).with_name("column_names.yaml"), ColumnNames)


def folded(name: str) -> str:
    """Return a name without case, blanks and marks, for comparison."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[\s._/:：（）()\-#\"']+", "", spaced).lower()


@cache
def _known(dataset: str) -> dict[str, str]:
    return {
        folded(text): column for column, texts in column_names().columns[dataset].items() for text in (column, *texts)
    }


def match_columns(dataset: str, header: Sequence[str]) -> dict[str, str]:
    """Return the source column of each canonical column that one of its known names matches; earlier synonyms win."""
    found: dict[str, str] = {}
    by_fold = {folded(name): name for name in reversed(header)}
    for column, texts in column_names().columns[dataset].items():
        match = next((by_fold[folded(text)] for text in (column, *texts) if folded(text) in by_fold), None)
        if match is not None and match not in found.values():
            found[column] = match
    return found


def header_row(rows: Sequence[Row]) -> int:
    """Return the 1-based row that looks most like a header: many cells, all text, all different, known names."""

    def score(row: Row) -> float:
        cells = [cell.strip() for cell in row if cell and cell.strip()]
        if not cells or len(set(cells)) < len(cells):
            return 0.0
        known = max(sum(folded(cell) in _known(dataset) for cell in cells) for dataset in DATASETS)
        numbers = sum(bool(POINT.fullmatch(cell) or COMMA.fullmatch(cell)) for cell in cells)
        return len(cells) - 3 * numbers + 3 * known

    scores = [score(row) for row in rows[:HEAD_ROWS]]
    return scores.index(max(scores)) + 1 if scores else 1


def choose_dataset(header: Sequence[str], file_name: str) -> tuple[str, dict[str, str]]:
    """Return the dataset that the header fits best, and its matched columns."""

    def score(dataset: str, found: Mapping[str, str]) -> float:
        columns = DATASETS[dataset].columns
        needed = [column.name for column in columns if column.required]
        share = sum(name in found for name in needed) / len(needed)
        named = any(folded(sign) in folded(file_name) for sign in (dataset, *column_names().signs[dataset]))
        return 4 * share + 0.25 * len(found) + 2 * named

    matches = {dataset: match_columns(dataset, header) for dataset in DATASETS}
    best = max(matches, key=lambda dataset: score(dataset, matches[dataset]))
    return best, matches[best]


def guess_dates(values: Sequence[str]) -> Dates:
    """Return the formats that read every value; several only where one alone does not."""
    filled = [value for value in values if value]
    whole = [item for item in DATE_FORMATS if filled and all(_reads(value, item) for value in filled)]
    if whole:
        swapped = SWAPPED.get(whole[0])
        return Dates((whole[0],), is_certain=swapped not in whole)
    counts = Counter(item for value in filled for item in DATE_FORMATS if _reads(value, item))
    chosen = [item for item, _ in counts.most_common(3) if not set(SWAPPED) & {item}]
    return Dates(tuple(chosen), is_certain=False)


def _reads(value: str, form: str) -> bool:
    try:
        return datetime.strptime(value.strip(), form).replace(tzinfo=UTC).year > 1900
    except ValueError:
        return False


def guess_decimal(values: Sequence[str]) -> tuple[str, str, bool]:
    """Return decimal sign, thousands sign, and whether the values prove it (``1.234`` alone proves nothing)."""
    filled = [value.strip().replace("\u00a0", "") for value in values if value]
    point = [value for value in filled if POINT.fullmatch(value)]
    comma = [value for value in filled if COMMA.fullmatch(value)]
    if len(point) >= len(comma):
        certain = len(point) > len(comma) or not any("." in value or "," in value for value in filled)
        return ".", "," if any("," in value for value in point) else "", certain
    return ",", "." if any("." in value for value in comma) else "", True


def statement_items(header: Sequence[str]) -> dict[str, str]:
    """Return the financial statement item that each source column holds, by source column."""
    by_fold = {folded(text): item for item, texts in column_names().items.items() for text in (item, *texts)}
    return {name: by_fold[folded(name)] for name in header if folded(name) in by_fold}


def known_values(column: str, values: Iterable[str]) -> dict[str, str]:
    """Return the choice that each of a source column's values is known to mean; what nobody knows is left out."""
    known = column_names().values.get(column, {})
    meant = {folded(text): choice for choice, texts in known.items() for text in (choice, *texts)}
    return {value: meant[folded(value)] for value in dict.fromkeys(values) if folded(value) in meant}


def totals_column(header: Sequence[str], rows: Sequence[Row]) -> tuple[str, tuple[str, ...]] | None:
    """Return the column in which rows say that they are totals, and the words they use."""
    known = set(column_names().totals)
    hits = [
        (index, (row[index] or "").strip())
        for row in rows
        for index in range(min(len(header), len(row)))
        if (row[index] or "").strip() in known
    ]
    if not hits:
        return None
    index = Counter(place for place, _ in hits).most_common(1)[0][0]
    return header[index], tuple(dict.fromkeys(word for place, word in hits if place == index))


def is_kind(column: Column, *kinds: Kind) -> bool:
    """Return whether a canonical column is of one of the kinds."""
    return column.kind in kinds
