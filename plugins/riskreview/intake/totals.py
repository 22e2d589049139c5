"""Owns checking that an extract's totals rows say what its rows sum to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from riskreview.foundation.errors import BadInput
from riskreview.intake.cells import Source
from riskreview.intake.expressions import make_cell
from riskreview.intake.statements import is_total, sums
from riskreview.intake.typing_session import TypingSession
from riskreview.policy.datasets import Column, Kind
from riskreview.policy.mapping import Pick, Totals


@dataclass(frozen=True, slots=True)
class Sums:
    """One column's sum over the rows, what its totals rows say, and how many cells are no amount."""

    whole: Decimal
    given: tuple[Decimal, ...]
    unread: int


class TotalsReader:
    """Sums the columns whose totals an extract gives, block by block."""

    def __init__(self, session: TypingSession, totals: Totals, source: Source) -> None:
        cells = [
            make_cell(Column(f"sum_{number}", Kind.MONEY), Pick(column=column), source)  # type: ignore[call-arg]  # all defaulted
            for number, column in enumerate(totals.sums)
        ]
        self._session, self._statement = session, sums(cells, is_total(totals, source))

    def read(self, records: pa.Table) -> tuple[Sums, ...]:
        """Return the sums of a block's records, in the order of the columns."""
        (found,) = self._session.ask(self._statement, records=records).to_pylist()
        return tuple(Sums(item["whole"], tuple(item["given"] or ()), item["unread"]) for item in found.values())


def check_totals(totals: Totals, blocks: Iterable[Sequence[Sums]], name: str) -> None:
    """Compare each column's totals rows with its rows: one of them is the whole sum, or they are subtotals that add up to it.

    Where a cell is no amount its row is refused for that, and nothing is compared. An extract without totals rows has none to check.

    :raises BadInput: E-TOTALS naming the column and both sums.
    """
    for column, parts in zip(totals.sums, zip(*blocks, strict=True), strict=False):
        whole = sum((part.whole for part in parts), Decimal(0))
        given = [value for part in parts for value in part.given]
        if given and not any(part.unread for part in parts) and whole not in given and sum(given) != whole:
            said = ", ".join(str(value) for value in given[:5])
            raise BadInput("E-TOTALS", f"the rows of {column} sum to {whole}, the totals rows say {said}",
                           "Export it again; rows are missing or doubled", name, None, column)  # fmt: skip
