"""A dozen invented customers in two systems: enough for every stage to have something to do, small enough to run a hundred times."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from riskreview.crm.emulator.keeping import Kept, write_records
from riskreview.crm.emulator.zoho import USERS
from riskreview.crm.emulator.zoho_seed import stamped
from riskreview.demo.names import credit_code
from riskreview.foundation.instance import Instance, Settings, create_instance

AS_OF = date(2026, 6, 30)
MORNING = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
"""When every loop begins."""
CUSTOMERS = 12
DEFAULTED, LATE, LISTED = (3, 8), 5, 7
NAME = "Quorlix"
"""A word of every customer's name, which must be nowhere but in their data."""
SECRET = "wJalr7canary0utnFEMI"  # noqa: S105  planted to be looked for
CHANNELS = """\
channels:
  mail:
    kind: mail
    url: "mailto://127.0.0.1:{port}?mode=insecure&from=riskreview@example.com&to={{address}}"
    allow_loopback: true
    rate_per_minute: 6000
    digest_minutes: 0
delivery:
  backoff_minutes: [0.05, 0.2, 1, 5]
  alarm_role: it
"""
CRM = """\
version: "1.0"
approvers: [credit_manager]
targets:
  - {connection: crm_zoho, system: crm, object: Accounts, origin: Risk_Written_By, fields: {class: {field: Risk_Class, owner: ours}},
     tasks: {object: Tasks, least_class: default}}
"""
TEAM = Path(__file__).resolve().parents[2] / "plugins" / "riskreview" / "demo" / "team.yaml"


def write_portfolio(home: Path, *, smtp_port: int) -> Instance:
    """Create an instance with mappings, people, a mail channel and one delivery in its inbox."""
    instance = create_instance(home, Settings(storage_options={"AWS_SECRET_ACCESS_KEY": SECRET}))  # type: ignore[call-arg]
    for path in (Path(__file__).parent / "mappings").glob("*.yaml"):
        shutil.copyfile(path, home / "mappings" / path.name)
    shutil.copyfile(TEAM, home / "policies" / "team.yaml")
    (home / "policies" / "channels.yaml").write_text(CHANNELS.format(port=smtp_port), encoding="utf-8")
    (home / "policies" / "crm.yaml").write_text(CRM, encoding="utf-8")
    write_records(crm_records(home), [_in_crm(number) for number in range(1, CUSTOMERS + 1)])
    accounts = [
        f"{number:03d},{NAME} {number},{tax(number)},2019-03-0{1 + number % 9}" for number in range(1, CUSTOMERS + 1)
    ]
    ledger = [
        f"K{number:03d},{NAME} {number},{tax(number)},2019-03-01,{800_000 + number}"
        for number in range(1, CUSTOMERS + 1)
    ]
    (home / "lists" / "own").mkdir(parents=True, exist_ok=True)
    listed = f"id,name,identifiers\n1,Blue Crane JSC,{tax(LISTED)}\n"
    (home / "lists" / "own" / "own.csv").write_text(listed, encoding="utf-8")
    _write(instance, "crm_accounts", "id,name,tax,since", accounts)
    _write(instance, "erp_customers", "code,name,tax,since,limit", ledger)
    _write(instance, "erp_invoices", "no,code,issued,due,amount,open,status,cleared", _invoices())
    queue = Path(instance.inbox) / "queue" / "erp_notices"
    queue.mkdir(parents=True)
    notice = {"id": "N1", "client": "K001", "type": "insolvency", "day": f"{AS_OF:%Y-%m-%d}", "weight": 95}
    (queue / "notice-1.json").write_text(json.dumps(notice), encoding="utf-8")
    (queue / "notice-1.json.done").touch()
    return instance


def crm_records(home: Path) -> Path:
    """What the CRM holds that is written back into; it outlives whoever is killed."""
    return home / "crm.jsonl"


def _in_crm(number: int) -> Kept:
    record_id = f"{number:03d}"
    row = stamped(
        record_id, {"Account_Name": f"{NAME} {number}", "Risk_Class": None}, MORNING, USERS[0], created=MORNING
    )
    return Kept("Accounts", record_id, MORNING, row)


def tax(number: int) -> str:
    """Return the registration number of a customer."""
    return credit_code(number)


def _invoices() -> list[str]:
    lines = [_invoice(number, month) for number in range(1, CUSTOMERS + 1) for month in range(24)]
    lines.append("I-BAD-DATE,K001,2026-02-31,2026-03-31,100.00,0.00,cleared,2026-03-30")
    lines.append("I-UNKNOWN,K999,2026-02-01,2026-03-03,100.00,0.00,cleared,2026-03-01")
    lines.append(lines[0])
    return lines


def _invoice(number: int, month: int) -> str:
    issued = AS_OF - timedelta(days=30 * (24 - month))
    due = issued + timedelta(days=30)
    amount = 20_000 + 500 * number + 100 * month
    is_unpaid = (number in DEFAULTED and month >= 17) or (number == LATE and month >= 21)
    paid = "" if is_unpaid or due > AS_OF else (due - timedelta(days=number % 3)).isoformat()
    state = "cleared" if paid else "open"
    left = 0 if paid else amount
    return f"I{number:03d}-{month:02d},K{number:03d},{issued},{due},{amount}.00,{left}.00,{state},{paid}"


def _write(instance: Instance, name: str, header: str, lines: list[str]) -> None:
    text = "\n".join([header, *lines]) + "\n"
    (Path(instance.inbox) / f"{name}_{AS_OF:%Y%m%d}.csv").write_text(text, encoding="utf-8")
