"""Owns the extracts of the Chinese ERP: customers, receivables and receipts as GB18030 CSV, orders as UTF-8 CSV."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np

from riskreview.demo.population import Flags, Ints, Population, Texts
from riskreview.demo.texts import day_texts, grouped_money_texts, money_texts, write_csv
from riskreview.demo.trade import UNPAID, Invoices, Orders, Receipts

COMPANY = "澜川恒拓机电有限公司"
COUNTRIES = {
    "CN": "中国", "DE": "德国", "US": "美国", "GB": "英国", "FR": "法国", "SG": "新加坡", "NL": "荷兰", "IT": "意大利",
    "HK": "中国香港", "MX": "墨西哥", "VN": "越南", "AT": "奥地利", "IE": "爱尔兰", "MM": "缅甸",
}  # fmt: skip
WINDOW_DAYS = 365
"""A daily export repeats what changed in the last twelve months."""

Rows: TypeAlias = list[list[str]]


def customer_rows(people: Population) -> Rows:
    """Return the rows of the customer list."""
    return [
        [code, name, registration, COUNTRIES[country], industry, group, owner, str(terms), onboarded, currency, "已审核"]
        for code, name, registration, country, industry, group, owner, terms, onboarded, currency in zip(
            people.code, people.name, people.registration, people.country, people.industry, people.group, people.owner,
            people.terms.tolist(), day_texts(people.onboarded), people.currency, strict=True,
        )
    ]  # fmt: skip


def write_customers(path: Path, rows: Rows, day: date) -> None:
    """Write the customer list."""
    header = ("客户编码", "客户名称", "统一社会信用代码", "国家地区", "行业代码", "集团编码", "销售员", "收款天数", "开户日期", "币别", "单据状态")  # fmt: skip
    footer = [["合计", f"共 {len(rows)} 条", *[""] * 9]]
    write_csv(path, header, rows, encoding="gb18030", preamble=_preamble("客户列表", day, len(header)), footer=footer)


def invoice_number(invoices: Invoices, position: Ints) -> list[str]:
    """Return the document numbers of invoices."""
    serials = invoices.serial[position].tolist()
    return [
        f"YSD{day}{serial:04d}"
        for day, serial in zip(day_texts(invoices.issued[position], "%Y%m%d"), serials, strict=True)
    ]


def receivable_rows(people: Population, orders: Orders, invoices: Invoices, day: int, window: int | None) -> Rows:
    """Return the receivables issued up to ``day``, in a daily export only the open and recently changed ones."""
    known = invoices.issued <= day
    left = invoices.open_cents(day)
    if window is not None:
        recent = (invoices.issued > day - window) | ((invoices.paid <= day) & (invoices.paid > day - window))
        known &= recent | (left > 0)
    kept = np.flatnonzero(known)
    customer, cents, left = invoices.customer[kept], invoices.cents[kept], left[kept]
    state = np.where(left == 0, "已核销", np.where(left < cents, "部分核销", "未核销"))
    cleared = np.where(left == 0, invoices.paid[kept], -1)
    late = np.where(left > 0, day - invoices.due[kept], 0)
    columns = (
        invoice_number(invoices, kept), ["标准应收单"] * len(kept), day_texts(invoices.issued[kept]), day_texts(invoices.due[kept]),
        people.code[customer], people.name[customer], order_number(orders, invoices.order[kept]), people.currency[customer],
        money_texts(cents), money_texts(cents - left), money_texts(left), state.tolist(), day_texts(cleared),
        np.digitize(late, (10, 30, 60)).astype(str).tolist(),
    )  # fmt: skip
    return [list(row) for row in zip(*columns, strict=True)]


def write_receivables(path: Path, rows: Rows, day: date, totals: Sequence[str]) -> None:
    """Write the receivables with the totals row of the program."""
    header = ("单据编号", "单据类型", "业务日期", "到期日", "客户编码", "客户名称", "销售订单号", "币别", "价税合计", "已核销金额", "未核销金额", "核销状态", "核销日期", "催款级别")  # fmt: skip
    footer = [["合计", *[""] * 7, *totals, "", "", ""]]
    write_csv(path, header, rows, encoding="gb18030", preamble=_preamble("应收单列表", day, len(header)), footer=footer)


def receivable_totals(rows: Rows) -> list[str]:
    """Add up the three amounts of the receivables, as the program prints them below the list; what is no number counts as nothing."""
    digits = [[row[column].replace(".", "", 1) for row in rows] for column in (8, 9, 10)]
    totals = [sum(int(cell) for cell in column if cell.isdecimal()) for column in digits]
    return money_texts(np.array(totals, dtype=np.int64))


def receipt_numbers(receipts: Receipts) -> tuple[Texts, Ints]:
    """Number the receipts: what one customer paid on one day is one document with a line for each invoice."""
    back = receipts.reverses >= 0
    same = np.zeros(len(back), dtype=bool)
    same[1:] = (
        (receipts.day[1:] == receipts.day[:-1])
        & (receipts.customer[1:] == receipts.customer[:-1])
        & (back[1:] == back[:-1])
    )
    first = np.maximum.accumulate(np.where(same, 0, np.arange(len(same))))
    document = np.cumsum(~same)
    serial = document - document[np.searchsorted(receipts.day, receipts.day)] + 1
    texts = zip(day_texts(receipts.day, "%Y%m%d"), serial.tolist(), strict=True)
    return np.array([f"SKD{day}{number:04d}" for day, number in texts], dtype=object), np.arange(len(same)) - first + 1


def receipt_rows(people: Population, invoices: Invoices, receipts: Receipts, day: int, window: int | None) -> Rows:
    """Return the receipts up to ``day``, in a daily export only those of the last weeks."""
    numbers, lines = receipt_numbers(receipts)
    kept = np.flatnonzero((receipts.day <= day) & (receipts.day > (day - window if window is not None else 0)))
    customer, invoice, back = receipts.customer[kept], receipts.invoice[kept], receipts.reverses[kept]
    original = [f"{numbers[place]}-{lines[place]}" if place >= 0 else "" for place in back.tolist()]
    columns = (
        numbers[kept], lines[kept].astype(str).tolist(), np.where(back >= 0, "收款退款单", "收款单").tolist(),
        day_texts(receipts.day[kept], "%Y/%m/%d"), people.code[customer], people.name[customer],
        invoice_number(invoices, invoice), people.currency[customer], grouped_money_texts(receipts.cents[kept]),
        np.where(people.country[customer] == "CN", "银行转账", "电汇").tolist(), original,
        people.code[customer], np.where(_from_abroad(people, customer, invoice), "HK", people.country[customer]).tolist(),
    )  # fmt: skip
    return [list(row) for row in zip(*columns, strict=True)]


def _from_abroad(people: Population, customer: Ints, invoice: Ints) -> Flags:
    """Every ninth invoice of a few ordinary customers is paid from Hong Kong."""
    return np.asarray((people.case[customer] == "") & (customer % 50 == 7) & (invoice % 9 == 0), dtype=bool)


def write_receipts(path: Path, rows: Rows, day: date) -> None:
    """Write the receipts."""
    header = (
        "单据编号",
        "行号",
        "单据类型",
        "收款日期",
        "客户编码",
        "客户名称",
        "应收单号",
        "币别",
        "实收金额",
        "结算方式",
        "原收款单号",
        "付款方编码",
        "付款方国家",
    )
    footer = [["合计", *[""] * 12]]
    write_csv(path, header, rows, encoding="gb18030", preamble=_preamble("收款单列表", day, len(header)), footer=footer)


def order_number(orders: Orders, position: Ints) -> list[str]:
    """Return the numbers of orders."""
    serials = orders.serial[position].tolist()
    return [
        f"SO{day}{serial:04d}" for day, serial in zip(day_texts(orders.day[position], "%Y%m%d"), serials, strict=True)
    ]


def order_rows(people: Population, orders: Orders, invoices: Invoices, day: int, window: int | None) -> Rows:
    """Return order lines up to ``day``; every seventh order has two lines."""
    kept = np.flatnonzero((orders.day <= day) & (orders.day > (day - window if window is not None else 0)))
    issued = np.full(len(orders.day), UNPAID)
    issued[invoices.order] = invoices.issued
    delivered = orders.delivered[kept] <= day
    state = np.where(delivered, "delivered", "open")
    state = np.where(orders.cancelled[kept], "cancelled", np.where(issued[kept] <= day, "invoiced", state))
    shipped = np.where(delivered & ~orders.cancelled[kept], orders.delivered[kept], -1)
    customer, cents = orders.customer[kept], orders.cents[kept]
    second = np.where(kept % 7 == 0, cents // 3, 0)
    columns = (
        order_number(orders, kept), people.code[customer], day_texts(orders.day[kept]), money_texts(cents - second),
        people.currency[customer], state.tolist(), day_texts(shipped), money_texts(second),
    )  # fmt: skip
    rows: Rows = []
    for number, code, ordered, amount, currency, how, shipped_on, other in zip(*columns, strict=True):
        rows.append([number, "1", code, ordered, amount, currency, how, shipped_on])
        if other != "0.00":
            rows.append([number, "2", code, ordered, other, currency, how, shipped_on])
    return rows


def write_orders(path: Path, rows: Rows) -> None:
    """Write the order lines."""
    header = ("order_no", "line_no", "customer_code", "order_date", "net_amount", "currency", "state", "delivered_on")
    write_csv(path, header, rows, encoding="utf-8")


def _preamble(title: str, day: date, width: int) -> list[str]:
    blank = "," * (width - 1)
    lines = (title, f"结算组织：{COMPANY}", f"制表日期：{day:%Y-%m-%d}  第 1 页")
    return [line + blank for line in lines]
