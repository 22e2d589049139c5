"""Owns the invented records of the imitated Zoho: the same for the same seed, names in both scripts, ids larger than a double holds."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from riskreview.crm.emulator.tables import Row
from riskreview.crm.emulator.zoho import USERS, ZohoEmulator
from riskreview.crm.timing import Timer

FIRST_ID = 5545974000001000000
PLACES = ("苏州", "无锡", "宁波", "Stuttgart", "Lyon", "Leeds", "东莞", "青岛")
TRADES = ("机电有限公司", "电子有限公司", "Maschinenbau GmbH", "Industries SAS", "Components Ltd", "科技股份有限公司")
COUNTRIES = ("China", "Germany", "France", "United Kingdom", "United States")


def seeded_zoho(timer: Timer, *, accounts: int, seed: int = 1, credits_per_day: int = 50_000) -> ZohoEmulator:
    """Return an organisation with accounts, and contacts, deals, orders and invoices of some of them."""
    emulator, chance = ZohoEmulator(timer, credits_per_day=credits_per_day), random.Random(seed)  # noqa: S311  invents records
    changed = timer.now() - timedelta(days=30)
    for number in range(accounts):
        record_id = str(FIRST_ID + number)
        _put(emulator, "Accounts", record_id, _account(number, chance), changed, number)
        if number % 3 == 0:
            for module, offset, row in _dependants(record_id, number, chance, timer.now().date()):
                _put(emulator, module, str(FIRST_ID + offset + number), row, changed, number)
    return emulator


def _put(emulator: ZohoEmulator, module: str, record_id: str, values: Row, at: datetime, number: int) -> None:
    row = stamped(record_id, values, at, USERS[number % len(USERS)], created=at - timedelta(days=900))
    emulator.tables[module].put(record_id, row, at)


def stamped(record_id: str, values: Row, at: datetime, owner: Row, *, created: datetime) -> Row:
    """Return a record as Zoho shows it: with its id, its owner and its times."""
    person = {"name": owner["full_name"], "id": owner["id"]}
    return {"id": record_id, **values, "Owner": {**person, "email": owner["email"]}, "Modified_By": person,
            "Created_Time": created.replace(microsecond=0).isoformat(),
            "Modified_Time": at.replace(microsecond=0).isoformat()}  # fmt: skip


def _account(number: int, chance: random.Random) -> Row:
    return {
        "Account_Name": f"{chance.choice(PLACES)} {number:06d} {chance.choice(TRADES)}", "Account_Number": f"C{number:06d}",
        "Registration_Number": f"91320500MA{number:08d}", "Billing_Country": chance.choice(COUNTRIES),
        "Industry_Code": chance.choice(("C33", "C34", "C39", "F51")), "Rating": "Active", "Phone": None, "Website": None,
        "Annual_Revenue": round(chance.uniform(1e5, 5e7), 2), "Payment_Terms_Days": chance.choice((30, 45, 60)),
        "Credit_Limit": float(chance.randrange(1, 100) * 10_000), "Order_Hold": False, "Risk_Class": None, "Risk_Index": None,
        "Risk_Reasons": None, "Risk_Next_Review": None, "Risk_Written_By": None,
    }  # fmt: skip


def _dependants(account: str, number: int, chance: random.Random, today: date) -> Iterator[tuple[str, int, Row]]:
    link = {"name": f"C{number:06d}", "id": account}
    amount = round(chance.uniform(1000, 900_000), 2)
    issued = today - timedelta(days=chance.randrange(5, 300))
    yield "Contacts", 1_000_000, {"Last_Name": "周", "First_Name": "敏", "Full_Name": "敏 周", "Email": f"zhou.{number}@example.com",
                                  "Phone": None, "Title": chance.choice(("CEO", "CFO", "Buyer")), "Account_Name": link,
                                  "Since": (today - timedelta(days=2000)).isoformat()}  # fmt: skip
    yield "Deals", 2_000_000, {"Deal_Name": f"SO-{number:06d} 伺服电机", "Amount": amount, "Stage": "Closed Won", "Probability": 100,
                               "Closing_Date": issued.isoformat(), "Account_Name": link, "Contact_Name": None}  # fmt: skip
    yield "Sales_Orders", 3_000_000, {"Subject": f"SO-{number:06d}", "SO_Number": f"{number:08d}", "Order_Date": issued.isoformat(),
                                      "Due_Date": None, "Status": "Approved", "Grand_Total": amount, "Currency": "CNY",
                                      "Account_Name": link}  # fmt: skip
    yield "Invoices", 4_000_000, {"Subject": f"INV-{number:06d}", "Invoice_Number": f"{number:08d}", "Invoice_Date": issued.isoformat(),
                                  "Due_Date": (issued + timedelta(days=45)).isoformat(), "Status": "Approved", "Grand_Total": amount,
                                  "Open_Amount": amount, "Currency": "CNY", "Account_Name": link}  # fmt: skip
    yield "Events", 6_000_000, {"Event_Title": "Visit", "Start_DateTime": issued.isoformat() + "T10:00:00+08:00",
                                "Visit_Finding": "none", "What_Id": link}  # fmt: skip
    yield "Calls", 5_000_000, {"Subject": "Follow up", "Call_Start_Time": issued.isoformat() + "T10:00:00+08:00", "Call_Result": None,
                               "What_Id": link}  # fmt: skip
