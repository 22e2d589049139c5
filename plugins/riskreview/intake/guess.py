"""Owns the guesses about an unknown table of text: header row, dataset, columns, dates, decimals. Pure: cells in, guesses out."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from pydantic import Field

from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.policy.datasets import DATASETS, Column, Kind

Row = Sequence[str | None]
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y",
                "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M")  # fmt: skip
SWAPPED = {"%m/%d/%Y": "%d/%m/%Y", "%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%m-%d-%Y": "%d-%m-%Y"}
POINT = re.compile(r"[-+(]?(\d{1,3}([,' ]\d{3})+|\d+)(\.\d+)?[-)]?")
COMMA = re.compile(r"[-+(]?(\d{1,3}([.' ]\d{3})+|\d+)(,\d+)?[-)]?")
HEAD_ROWS = 40


class ColumnNames(StrictModel):
    """A file of ``column_names``: what extracts call our datasets, columns and statement items, in some languages."""

    signs: dict[str, tuple[str, ...]] = Field({})
    columns: dict[str, dict[str, tuple[str, ...]]] = Field({})
    values: dict[str, dict[str, tuple[str, ...]]] = Field({})
    items: dict[str, tuple[str, ...]] = Field({})
    totals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dates:
    """The format of a table's dates; ``is_certain`` is False where day and month could be swapped."""

    formats: tuple[str, ...]
    is_certain: bool


@dataclass(frozen=True, slots=True)
class TotalsFound:
    """The column that tells totals rows, what it says in them, and what it begins with in those that go on."""

    column: str
    values: tuple[str, ...]
    starts: tuple[str, ...]


@cache
def column_names() -> ColumnNames:
    """Return the known names of all languages; what all systems share comes first and wins."""
    paths = sorted(Path(__file__).with_name("column_names").glob("*.yaml"))
    languages = {path.stem: load_yaml(path, ColumnNames).model_dump() for path in paths}
    return ColumnNames.model_validate(_joined([languages.pop("common"), _joined([*languages.values()])], in_turn=False))


def _joined(parts: Sequence[Any], *, in_turn: bool = True) -> Any:  # mappings down to lists of names
    """Join lists of names; in turn, as each language's plainest words, which mean several things, are its last."""
    if isinstance(parts[0], dict):
        keys = dict.fromkeys(key for part in parts for key in part)
        return {key: _joined([part[key] for part in parts if key in part], in_turn=in_turn) for key in keys}
    turns = zip_longest(*parts) if in_turn else parts
    return tuple(dict.fromkeys(name for turn in turns for name in turn if name is not None))


def folded(name: str) -> str:
    """Return a name without case, blanks, marks and accents, for comparison; ``Nº``, ``N.º`` and ``N°`` are alike."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("°", "º"))
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(sign))
    return re.sub(r"[\s._/:（）()\-#\"'’]+", "", unicodedata.normalize("NFC", plain)).lower()


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
    filled = [re.sub("[\u00a0\u202f]", " ", value).strip() for value in values if value]
    point = [value for value in filled if POINT.fullmatch(value)]
    comma = [value for value in filled if COMMA.fullmatch(value)]
    if len(point) >= len(comma):
        certain = len(point) > len(comma) or not any("." in value or "," in value for value in filled)
        return ".", _grouped_by(point, ",' "), certain
    return ",", _grouped_by(comma, ".' "), True


def _grouped_by(values: Sequence[str], signs: str) -> str:
    return next((sign for sign in signs if any(sign in value for value in values)), "")


def statement_items(header: Sequence[str]) -> dict[str, str]:
    """Return the financial statement item that each source column holds, by source column."""
    by_fold = {folded(text): item for item, texts in column_names().items.items() for text in (item, *texts)}
    return {name: by_fold[folded(name)] for name in header if folded(name) in by_fold}


def known_values(column: str, values: Iterable[str]) -> dict[str, str]:
    """Return the choice that each of a source column's values is known to mean; what nobody knows is left out."""
    known = column_names().values.get(column, {})
    meant = {folded(text): choice for choice, texts in known.items() for text in (choice, *texts)}
    return {value: meant[folded(value)] for value in dict.fromkeys(values) if folded(value) in meant}


def totals_column(header: Sequence[str], rows: Sequence[Row]) -> TotalsFound | None:
    """Return the column in which rows say that they are totals, and what they say.

    A row whose cell goes on after the word, such as the number of the account summed up, is one only when fewer of its cells are filled than
    of others, and no other row begins like it: a company may be called like that too.
    """
    known = {folded(word) for word in column_names().totals}
    usual = sorted(_filled(row) for row in rows)[len(rows) // 2] if rows else 0
    hits: list[tuple[int, str, bool]] = []
    for row in rows:
        for index in range(min(len(header), len(row))):
            text = (row[index] or "").strip()
            if folded(text.strip(" *=:")) in known:
                hits.append((index, text, False))
            elif (
                len(found := text.split(maxsplit=1)) > 1
                and folded(found[0].strip("*=:")) in known
                and _filled(row) < usual
            ):
                hits.append((index, found[0] + " ", True))
    if not hits:
        return None
    index = Counter(place for place, _, _ in hits).most_common(1)[0][0]
    values, starts = (
        tuple(dict.fromkeys(word for place, word, goes_on in hits if (place, goes_on) == (index, kind)))
        for kind in (False, True)
    )
    others = [(row[index] or "").strip() for row in rows if index < len(row) and _filled(row) >= usual]
    return TotalsFound(
        header[index], values, tuple(word for word in starts if not any(text.startswith(word) for text in others))
    )


def _filled(row: Row) -> int:
    return sum(bool(cell and cell.strip()) for cell in row)


def looks_like(kind: Kind, values: Sequence[str]) -> bool:
    """Tell whether most of a column's values read as amounts or as dates; of other kinds anything does."""
    if kind in {Kind.MONEY, Kind.NUMBER}:
        reads = [bool(POINT.fullmatch(value) or COMMA.fullmatch(value)) for value in values]
    elif kind is Kind.DATE:
        reads = [any(_reads(value, form) for form in DATE_FORMATS) for value in values]
    else:
        return True
    return 2 * sum(reads) > len(values)


def is_kind(column: Column, *kinds: Kind) -> bool:
    """Return whether a canonical column is of one of the kinds."""
    return column.kind in kinds
