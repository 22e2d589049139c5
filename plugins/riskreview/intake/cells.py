"""Owns the shape of a canonical column's expressions and the expression of a source cell's text.

``cells``, ``number_cells``, ``date_cells``, ``expressions`` and ``statements`` compose SQL, because its columns come from a mapping:
names are internal (``c1``, ``t1``, ``p1``) or canonical; every text of a mapping passes through ``literal``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from riskreview.intake.column_facts import UNKNOWN, Facts
from riskreview.intake.text_table import TextTable, literal
from riskreview.policy.datasets import Column, Kind
from riskreview.policy.mapping import Read

MONEY = "DECIMAL(18,2)"
BLANKS = " \t\r\n\u3000\u00a0"


@dataclass(frozen=True, slots=True)
class Cell:
    """The expressions of one canonical column.

    :param text: the cell as text, NULL where empty, in terms of the block's columns.
    :param parsed: what the text was read as, NULL where it cannot be; in terms of ``{t}``.
    :param value: the staged value, in terms of ``{t}`` and ``{p}``.
    :param fits: whether the cell may be staged; NULL or false where not. :param code: the error code, NULL where it fits.
    :param sources: the block's columns that the text is made of.
    """

    column: Column
    text: str
    parsed: str
    value: str
    fits: str
    code: str
    sources: tuple[str, ...] = ()

    @property
    def text_name(self) -> str:
        """What a statement calls the text."""
        return f"t_{self.column.name}"

    @property
    def parsed_name(self) -> str:
        """What a statement calls the parsed text."""
        return f"p_{self.column.name}"

    @property
    def fits_name(self) -> str:
        """What a statement calls whether the cell fits."""
        return f"f_{self.column.name}"

    @property
    def is_copied(self) -> bool:
        """Whether what is staged of a cell that fits is the cell as it stands."""
        return self.value == self.text_name and self.sources == (self.text,)

    @property
    def is_taken(self) -> bool:
        """Whether every cell is staged as it stands."""
        return self.is_copied and self.fits == "true"

    def named(self) -> "Cell":
        """Return the cell with its placeholders replaced by the names of the text and the parsed text."""

        def fill(expression: str) -> str:
            return expression.replace("{t}", self.text_name).replace("{p}", self.parsed_name)

        return replace(
            self, parsed=fill(self.parsed), value=fill(self.value), fits=fill(self.fits), code=fill(self.code)
        )


@dataclass(frozen=True, slots=True)
class Source:
    """What the expressions need to know of the extract; ``facts`` of its columns hold for one block."""

    table: TextTable
    read: Read
    time_zone: str
    facts: Mapping[str, Facts] = field(default_factory=dict)

    def known_of(self, text: str) -> Facts:
        """Return what is known of an expression: of a plain column its facts, of anything else nothing."""
        return self.facts.get(text, UNKNOWN)


def sql_type(kind: Kind) -> str:
    """Return the staged type of a kind."""
    types = {Kind.MONEY: MONEY, Kind.NUMBER: "DOUBLE", Kind.INTEGER: "BIGINT", Kind.DATE: "DATE",
             Kind.TIMESTAMP: "TIMESTAMP WITH TIME ZONE", Kind.BOOLEAN: "BOOLEAN"}  # fmt: skip
    return types.get(kind, "VARCHAR")


def arrow_type(kind: Kind) -> Any:  # pyarrow is untyped
    """Return the staged type of a kind in Arrow's words; kinds with few values are a dictionary of them."""
    few = pa.dictionary(pa.int32(), pa.string())
    types = {Kind.CHOICE: few, Kind.CURRENCY: few, Kind.COUNTRY: few, Kind.MONEY: pa.decimal128(18, 2), Kind.NUMBER: pa.float64(), Kind.INTEGER: pa.int64(), Kind.DATE: pa.date32(),
             Kind.TIMESTAMP: pa.timestamp("us", "UTC"), Kind.BOOLEAN: pa.bool_()}  # fmt: skip
    return types.get(kind, pa.string())


def cell_text(name: str, source: Source, *, keep_blanks: bool = False) -> str:
    """Return the expression of a source column's text: trimmed, NULL where it is empty or a text that means empty.

    :param keep_blanks: blanks around a filled cell stay, for ids, where they are an error.
    """
    raw = source.table.cell(name)
    known = source.known_of(raw)
    trimmed = f"trim({raw}, {literal(BLANKS)})" if known.has_edge_blanks else raw
    if trimmed == raw and not known.has_empty and not source.read.empty:
        return raw
    empties = "".join(f", {literal(text)}" for text in source.read.empty)
    return f"CASE WHEN {trimmed} IN (''{empties}) THEN NULL ELSE {raw if keep_blanks else trimmed} END"


def failed(code: str) -> str:
    """Return the expression of a code given where a filled cell could not be parsed."""
    return f"CASE WHEN {{t}} IS NOT NULL AND {{p}} IS NULL THEN {code} END"


PARSED = "{p} IS NOT NULL"
