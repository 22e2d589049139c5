"""Owns typing columns with few different texts once per text instead of once per cell, remembered from block to block."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskreview.intake.cells import Cell, arrow_type
from riskreview.intake.column_facts import is_constant
from riskreview.intake.statements import typed_texts
from riskreview.intake.typing_session import TypingSession

SAMPLE, FEW = 4096, 8192
"""How many cells are looked at to tell whether a column has few different texts, and how many are few."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A column's staged values, and whether each may be staged; None where all may. Arrow arrays, which are untyped."""

    values: Any
    fits: Any | None


@dataclass(slots=True)
class _Known:
    """The different texts of one source column, and what each cell made of it typed them as."""

    cells: tuple[Cell, ...]
    texts: Any = field(default_factory=lambda: pa.array([], pa.string()))
    values: dict[str, Any] = field(default_factory=dict)
    fits: dict[str, Any] = field(default_factory=dict)

    def learn(self, texts: Any, answer: pa.Table) -> None:
        """Remember what new texts were typed as, which stand first in an answer."""
        self.texts = pa.concat_arrays([self.texts, texts])
        for cell in self.cells:
            name = cell.column.name
            values, fits = (array_of(answer, item)[: len(texts)] for item in (name, cell.fits_name))
            self.values[name] = pa.concat_arrays([self.values.get(name, values[:0]), values])
            self.fits[name] = pa.concat_arrays([self.fits.get(name, fits[:0]), fits])

    def typed_as(self, cell: Cell, places: Any, indices: Any) -> Typed:
        """Return a column's values, given the places of the block's different texts, and which of those each cell holds."""
        values, fits = (found[cell.column.name].take(places) for found in (self.values, self.fits))
        return Typed(_repeated(values, indices, cell), None if pc.all(fits).as_py() else fits.take(indices))


class ColumnMemory:
    """What texts were typed as; it gives up on a source column with many different ones."""

    def __init__(self, session: TypingSession, cells: Sequence[Cell]) -> None:
        self._session = session
        sources = dict.fromkeys(cell.sources[0] for cell in cells if len(cell.sources) == 1)
        self._known = {name: _Known(tuple(cell for cell in cells if cell.sources == (name,))) for name in sources}

    def typed(self, records: pa.Table) -> dict[str, Typed]:
        """Return the columns, by name, that need not be typed cell by cell."""
        if len(records) < SAMPLE:
            return {}
        encoded = {name: self._encoded(name, array_of(records, name)) for name in tuple(self._known)}
        found = {name: item for name, item in encoded.items() if item is not None}
        self._learn({name: item.dictionary for name, item in found.items()})
        columns: dict[str, Typed] = {}
        for name, item in found.items():
            if known := self._known.get(name):
                places = pc.index_in(item.dictionary, value_set=known.texts)
                columns |= {cell.column.name: known.typed_as(cell, places, item.indices) for cell in known.cells}
        return columns

    def _encoded(self, name: str, texts: Any) -> Any | None:
        if not len(self._known[name].texts) and 2 * pc.count_distinct(texts[:SAMPLE]).as_py() > SAMPLE:
            del self._known[name]
            return None
        if is_constant(texts):
            return pa.DictionaryArray.from_arrays(np.zeros(len(texts), np.int32), texts[:1])
        return pc.dictionary_encode(texts, null_encoding="encode")

    def _learn(self, texts: dict[str, Any]) -> None:
        """Type the texts that are not known yet, those of all columns by one statement."""
        new: dict[str, Any] = {}
        for name, found in texts.items():
            known = self._known[name].texts
            strange = found.filter(pc.is_null(pc.index_in(found, value_set=known)))
            if len(known) + len(strange) > FEW:
                del self._known[name]
            elif len(strange):
                new[name] = strange
        if not new:
            return
        longest = max(map(len, new.values()))
        padded = {
            name: pa.concat_arrays([item, pa.nulls(longest - len(item), pa.string())]) for name, item in new.items()
        }
        cells = [cell for name in new for cell in self._known[name].cells]
        answer = self._session.ask(typed_texts(cells), texts=pa.table(padded))
        for name, item in new.items():
            self._known[name].learn(item, answer)


def _repeated(values: Any, indices: Any, cell: Cell) -> Any:  # pyarrow is untyped
    """Return the value of each index, as a dictionary of different values where the column is staged as one."""
    if not pa.types.is_dictionary(arrow_type(cell.column.kind)):
        return values.take(indices)
    different = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(different.indices.take(indices), different.dictionary)


def array_of(table: pa.Table, name: str) -> Any:  # pyarrow is untyped
    """Return a table's column as one array."""
    column = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
