"""Owns the workbooks of the finance department: credit limits in ten thousands with title rows, statements in wide form."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from riskreview.demo.ledger_files import COMPANY
from riskreview.demo.population import Floats, Population
from riskreview.demo.statements import ITEMS, Statements
from riskreview.demo.texts import day_texts

LIMIT_HEADER = (
    "客户编码",
    "客户名称",
    "信用控制范围",
    "额度类型",
    "信用额度",
    "币别",
    "生效日期",
    "失效日期",
    "是否冻结",
)
STATEMENT_HEADER = (
    "客户编码",
    "客户名称",
    "报告期",
    "报告类型",
    "口径",
    "币种",
    "是否审计",
    "审计意见",
    "公告日期",
    *ITEMS,
)
UNIT = 10_000
"""Limits are written in 万元."""


def limits_for(exposure: Floats, use: Floats) -> Floats:
    """Return limits in ten thousands that leave each customer at about the wanted use of its limit."""
    wanted = np.maximum(exposure, 30_000) / use / UNIT
    step = np.where(wanted < 20, 0.5, np.where(wanted < 100, 1, 5))
    return np.asarray((np.ceil(wanted / step) * step).clip(5), dtype=np.float64)


def write_limits(path: Path, people: Population, limits: Floats, day: date, *, empty: bool = False) -> int:
    """Write the credit limits, or only their head when the export has failed; returns the number of rows."""
    year = day.year
    rows: list[Sequence[Any]] = [
        (code, name, "1000", "标准", float(limit), "CNY", f"{year}-01-01", f"{year + 1}-12-31", "否")
        for code, name, limit in zip(people.code, people.name, limits.tolist(), strict=True)
    ]
    rows = [] if empty else rows
    footer = [] if empty else [("合计", "", "", "", float(limits.sum()))]
    preamble = (("客户信用额度表",), (f"编制单位：{COMPANY}", "", "", f"{day:%Y年%m月%d日}"), ("单位：万元",))
    write_workbook(path, "信用额度", preamble, LIMIT_HEADER, [*rows, *footer], day)
    return len(rows)


def write_statements(path: Path, people: Population, statements: Sequence[Statements], day: date) -> int:
    """Write statements in wide form, one row per customer and period; returns the number of rows."""
    rows = [row for part in statements for row in _statement_rows(people, part)]
    preamble = (("客户财务报表汇总",), (f"编制单位：{COMPANY}", f"{day:%Y年%m月%d日}"), ("单位：元",))
    write_workbook(path, "报表", preamble, STATEMENT_HEADER, rows, day)
    return len(rows)


def _statement_rows(people: Population, part: Statements) -> list[Sequence[Any]]:
    published = day_texts(part.published)
    heads = zip(
        part.customer.tolist(), part.period_end, part.period, part.opinion, published, part.values.tolist(), strict=True
    )
    return [
        (
            people.code[customer], people.name[customer], end.isoformat(), period, "合并", people.currency[customer],
            "是", opinion, announced, *values,
        )
        for customer, end, period, opinion, announced, values in heads
    ]  # fmt: skip


def write_workbook(
    path: Path,
    sheet: str,
    preamble: Sequence[Sequence[str]],
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    day: date,
) -> None:
    """Write one sheet: lines above the header, the header in bold, the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"title": preamble[0][0], "created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001  a workbook knows no zone
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True})
        for number, line in enumerate((*preamble, header)):
            page.write_row(number, 0, line, bold)
        for number, row in enumerate(rows, start=len(preamble) + 1):
            page.write_row(number, 0, row)
