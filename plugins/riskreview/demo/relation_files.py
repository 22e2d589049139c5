"""Owns the register of owners and guarantees, with a chain of control below a parent in default and guarantors in default."""

from datetime import date, timedelta
from pathlib import Path

from riskreview.demo.ledger_files import Rows
from riskreview.demo.population import Population
from riskreview.demo.texts import write_csv

HEADER = (
    "序号",
    "客户编码",
    "关系",
    "关联方编码",
    "关联方名称",
    "持股比例",
    "担保金额",
    "币别",
    "起始日期",
    "截止日期",
)
CONTROL, MINORITY = "60", "40"
FIRST = 2000
"""Days ago that the relations began."""


def relation_rows(people: Population, day: date) -> Rows:
    """Return the planted relations, and ordinary ones that tie nobody: minority stakes, and guarantees by a bank."""
    parents, middles, ends = (people.having(case).tolist() for case in ("group_parent", "chain_middle", "chain_end"))
    failing, guaranteed = (people.having(case).tolist() for case in ("payment_default", "guaranteed"))
    sound = [place for place in range(people.size) if not people.case[place] and people.risk[place] < 0.3][:9]
    begun, ended = day - timedelta(days=FIRST), day - timedelta(days=30)
    rows = [
        *(_owned(people, middle, parents[place], CONTROL, begun) for place, middle in enumerate(middles)),
        *(_owned(people, end, middle, CONTROL, begun) for middle, end in zip(middles, ends, strict=True)),
        *(_secured(people, place, people.code[failing[number]], people.name[failing[number]], begun) for number, place in enumerate(guaranteed)),
        *(_owned(people, one, other, MINORITY, begun) for one, other in zip(sound[:3], sound[3:6], strict=True)),
        *(_secured(people, place, "B001", "澜川银行", begun) for place in sound[6:8]),
        _owned(people, sound[8], failing[0], CONTROL, begun, ended),
    ]  # fmt: skip
    return [[f"R{number:04d}", *row] for number, row in enumerate(rows, start=1)]


def write_relations(path: Path, rows: Rows) -> int:
    """Write the register; returns the number of rows."""
    write_csv(path, HEADER, rows, encoding="gb18030")
    return len(rows)


def _owned(people: Population, place: int, owner: int, share: str, begun: date, ended: date | None = None) -> list[str]:
    last = "" if ended is None else ended.isoformat()
    return [people.code[place], "持股", people.code[owner], people.name[owner], share, "", "", begun.isoformat(), last]


def _secured(people: Population, place: int, guarantor: str, name: str, begun: date) -> list[str]:
    return [people.code[place], "担保", guarantor, name, "", "500000.00", "CNY", begun.isoformat(), ""]
