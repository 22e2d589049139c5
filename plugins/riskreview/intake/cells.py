"""Owns the shape of a canonical column's expressions and the expression of a source cell's text.

``cells``, ``number_cells``, ``date_cells``, ``expressions`` and ``statements`` compose SQL, because its columns come from a mapping:
names are internal (``c1``, ``t1``, ``p1``) or canonical; every text of a mapping passes through ``literal``.
"""

from dataclasses import dataclass

from riskreview.intake.text_table import TextTable, literal
from riskreview.policy.datasets import Column, Kind
from riskreview.policy.mapping import Read

MONEY = "DECIMAL(18,2)"
BLANKS = " \t\r\n\u3000\u00a0"


@dataclass(frozen=True, slots=True)
class Cell:
    """The expressions of one canonical column.

    :param text: the cell as text, NULL where empty, in terms of the scan's columns.
    :param parsed: what the text was read as, NULL where it cannot be; in terms of ``{t}``.
    :param value: the staged value, in terms of ``{t}`` and ``{p}``.
    :param fits: whether a filled cell may be staged; NULL or false where not. :param code: the error code, NULL where it fits.
    """

    column: Column
    text: str
    parsed: str
    value: str
    fits: str
    code: str

    def named(self, number: int) -> "Cell":
        """Return the cell with its placeholders replaced by the names of level columns ``t<number>`` and ``p<number>``."""

        def fill(expression: str) -> str:
            return expression.replace("{t}", f"t{number}").replace("{p}", f"p{number}")

        return Cell(self.column, self.text, fill(self.parsed), fill(self.value), fill(self.fits), fill(self.code))


@dataclass(frozen=True, slots=True)
class Source:
    """What the expressions need to know of the extract."""

    table: TextTable
    read: Read
    time_zone: str


def sql_type(kind: Kind) -> str:
    """Return the staged type of a kind."""
    types = {Kind.MONEY: MONEY, Kind.NUMBER: "DOUBLE", Kind.INTEGER: "BIGINT", Kind.DATE: "DATE",
             Kind.TIMESTAMP: "TIMESTAMP WITH TIME ZONE", Kind.BOOLEAN: "BOOLEAN"}  # fmt: skip
    return types.get(kind, "VARCHAR")


def cell_text(name: str, source: Source, *, keep_blanks: bool = False) -> str:
    """Return the expression of a source column's text: trimmed, NULL where it is empty or a text that means empty.

    :param keep_blanks: blanks around a filled cell stay, for ids, where they are an error.
    """
    raw = source.table.cell(name)
    trimmed = f"trim({raw}, {literal(BLANKS)})" if source.table.has_space or not source.table.is_ascii else raw
    kept = raw if keep_blanks else trimmed
    if trimmed == raw and source.table.has_nulls and not source.read.empty:
        return raw
    empties = "".join(f", {literal(text)}" for text in source.read.empty)
    return f"CASE WHEN {trimmed} IN (''{empties}) THEN NULL ELSE {kept} END"


def failed(code: str) -> str:
    """Return the expression of a code given where a filled cell could not be parsed."""
    return f"CASE WHEN {{t}} IS NOT NULL AND {{p}} IS NULL THEN {code} END"


PARSED = "{p} IS NOT NULL"
