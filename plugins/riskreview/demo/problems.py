"""Owns the rows that must be quarantined: what a bad export really contains, with the code each row must get."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from riskreview.demo.ledger_files import Rows


@dataclass(frozen=True, slots=True)
class BadRows:
    """Rows to add to one file and how many of them each code must refuse."""

    rows: Rows
    codes: dict[str, int]


def bad_receivables(good: Rows, day: date) -> BadRows:
    """Return receivables no system may accept; two pairs contradict each other, three rows are harmless repetitions."""
    issued, due = day.isoformat(), (day + timedelta(days=30)).isoformat()

    def row(number: int, **changes: str) -> list[str]:
        code, name = good[number][4], good[number][5]
        cells = [f"YSD{day:%Y%m%d}9{number:03d}", "标准应收单", issued, due, code, name, "", "CNY", "12000.00", "0.00", "12000.00", "未核销", "", "0"]  # fmt: skip
        return [changes.get(f"c{place}", cell) for place, cell in enumerate(cells)]

    return BadRows(
        [
            *(row(n, c2=f"{day.year}-02-30") for n in range(3)),
            *(row(n, c4=f"0999{n:03d}", c5="（系统外客户）") for n in range(3, 7)),
            *(row(n, c8="1.234,56") for n in range(7, 10)), row(10, c8="NaN"),
            *(row(n, c0="") for n in range(11, 13)), *(row(n, c7="RMB") for n in range(13, 15)),
            row(15), row(15, c8="15000.00", c10="15000.00"), row(16), row(16, c3=issued),
            *(list(good[n]) for n in range(18, 21)),
        ],
        {"R-DATE": 3, "R-ORPHAN": 4, "R-NUMBER": 3, "R-NUMBER-NONFINITE": 1, "R-REQUIRED": 2, "R-CURRENCY": 2, "R-DUP-CONFLICT": 4},
    )  # fmt: skip


def bad_receipts(good: Rows, day: date) -> BadRows:
    """Return receipts from the future, with negative amounts and from strangers."""
    future = (day + timedelta(days=40)).strftime("%Y/%m/%d")

    def row(number: int, **changes: str) -> list[str]:
        code, name = good[number][4], good[number][5]
        cells = [f"SKD{day:%Y%m%d}9{number:03d}", "1", "收款单", day.strftime("%Y/%m/%d"), code, name, "", "CNY", "8,000.00", "银行转账", "", "", ""]  # fmt: skip
        return [changes.get(f"c{place}", cell) for place, cell in enumerate(cells)]

    return BadRows(
        [
            *(row(n, c3=future) for n in range(2)), *(row(n, c8="-8,000.00") for n in range(2, 4)),
            *(row(n, c4=f"0999{n:03d}") for n in range(4, 6)),
        ],
        {"R-DATE-FUTURE": 2, "R-RANGE": 2, "R-ORPHAN": 2},
    )  # fmt: skip


def bad_orders(good: Rows, day: date) -> BadRows:
    """Return order lines with a state nobody knows and with no order number."""

    def row(number: int, *, order: str, state: str) -> list[str]:
        return [order, "1", good[number][1], day.isoformat(), "900.00", good[number][5], state, ""]

    return BadRows(
        [
            *(row(n, order=f"SO{day:%Y%m%d}9{n:03d}", state="???") for n in range(2)),
            *(row(n, order="", state="open") for n in range(2, 4)),
        ],
        {"R-CHOICE": 2, "R-REQUIRED": 2},
    )  # fmt: skip


def spread(good: Rows, bad: Sequence[list[str]]) -> Rows:
    """Put the bad rows among the good ones at even distances, the last one last."""
    step = max(1, len(good) // len(bad))
    mixed = list(good)
    for number, row in enumerate(bad):
        mixed.insert(min(len(mixed), (number + 1) * (step + 1) - 1), row)
    return mixed
