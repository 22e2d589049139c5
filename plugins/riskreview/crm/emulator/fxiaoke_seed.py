"""Owns the invented records of the imitated Fxiaoke: the same for the same seed, money as text, days as milliseconds."""

import random
from datetime import datetime, timedelta

from riskreview.crm.emulator.fxiaoke import FxiaokeEmulator
from riskreview.crm.emulator.fxiaoke_data import EMPLOYEES
from riskreview.crm.emulator.tables import Row
from riskreview.crm.timing import Timer

DAY_MS = 86_400_000
SHANGHAI_MS = 8 * 3_600_000
"""Midnight in Shanghai is that long before midnight in UTC."""
OWNERS = tuple(number for number in EMPLOYEES if number != "1000")


def seeded_fxiaoke(timer: Timer, *, accounts: int, seed: int = 1) -> FxiaokeEmulator:
    """Return a tenant with accounts, and contacts, orders and receipts of some of them."""
    emulator, chance = FxiaokeEmulator(timer), random.Random(seed)  # noqa: S311  invents records
    changed = timer.now() - timedelta(days=30)
    day = int(timer.now().timestamp() * 1000) // DAY_MS * DAY_MS - SHANGHAI_MS
    for number in range(accounts):
        record_id = f"5f{number:022x}"
        put_row(emulator, "AccountObj", record_id, _account(number, chance, day), changed, OWNERS[number % len(OWNERS)])
        if number % 3 == 0:
            amount = f"{chance.uniform(1000, 900_000):.2f}"
            issued = day - chance.randrange(5, 300) * DAY_MS
            put_row(emulator, "ContactObj", f"6a{number:022x}", {"name": "周敏", "account_id": record_id, "job_title__c": "财务总监",
                    "start_date__c": day - 2000 * DAY_MS}, changed, OWNERS[0])  # fmt: skip
            put_row(emulator, "SalesOrderObj", f"6b{number:022x}", {"name": f"SO-{number:06d}", "account_id": record_id,
                    "order_amount": amount, "order_time": issued, "order_status": "open", "mc_currency": "CNY"}, changed, OWNERS[0])  # fmt: skip
            put_row(emulator, "NewOpportunityObj", f"6d{number:022x}", {"name": f"商机 {number:06d}", "account_id": record_id,
                    "amount": amount, "close_date": issued, "sales_stage": "won"}, changed, OWNERS[0])  # fmt: skip
            put_row(emulator, "ActiveRecordObj", f"6e{number:022x}", {"name": f"拜访 {number:06d}", "account_id__c": record_id,
                    "visited_on__c": issued, "visit_finding__c": "none"}, changed, OWNERS[0])  # fmt: skip
            put_row(emulator, "PaymentObj", f"6c{number:022x}", {"name": f"HK-{number:06d}", "account_id": record_id,
                    "payment_amount": amount, "payment_time": issued + 20 * DAY_MS, "mc_currency": "CNY"}, changed, OWNERS[0])  # fmt: skip
    return emulator


def put_row(emulator: FxiaokeEmulator, name: str, record_id: str, values: Row, at: datetime, owner: str) -> None:
    """Put a record in as it was at a moment."""
    emulator.tables[name].put(record_id, stamped(record_id, values, at, owner), at)


def stamped(record_id: str, values: Row, at: datetime, owner: str) -> Row:
    """Return a record as Fxiaoke shows it: with its id, its owner, its states and its times."""
    moment = int(at.timestamp() * 1000)
    return {"_id": record_id, "owner": [owner], "life_status": "normal", "lock_status": "0", "record_type": "default__c",
            "is_deleted": False, "version": "1", "create_time": moment, "last_modified_time": moment, "last_modified_by": [owner], **values}  # fmt: skip


def _account(number: int, chance: random.Random, day: int) -> Row:
    return {
        "name": f"苏州 {number:06d} {chance.choice(('机电有限公司', '电子有限公司', '科技股份有限公司'))}", "account_no": f"F{number:06d}",
        "account_level": chance.choice("ABC"), "industry__c": chance.choice(("C33", "C39", "F51")), "country__c": "CN",
        "credit_code__c": f"91320500MB{number:08d}", "onboard_date__c": day - chance.randrange(400, 4000) * DAY_MS,
        "payment_terms_days__c": str(chance.choice((30, 45, 60))), "credit_limit__c": f"{chance.randrange(1, 100) * 10_000}.00",
        "order_hold__c": False,
    }  # fmt: skip
