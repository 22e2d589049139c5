"""Helps the tests of writing back: the policy of it, customers that are judged and known to the CRM, what was written and told."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import text
from tests.reviews.portfolio import add_customers

from riskreview.crm import write_store
from riskreview.crm.deciding import decide
from riskreview.policy.team import load_team

if TYPE_CHECKING:
    from tests.crm.conftest import Place


POLICY = {
    "zoho": """
version: "1.0"
approvers: [credit_manager]
targets:
  - connection: crm_zoho
    system: zoho
    object: Accounts
    origin: Risk_Written_By
    fields:
      class: {field: Risk_Class, owner: ours}
      index: {field: Risk_Index, owner: ours}
      reasons: {field: Risk_Reasons, owner: ours}
      next_review: {field: Risk_Next_Review, owner: ours}
      credit_limit: {field: Credit_Limit, owner: shared}
      terms_days: {field: Payment_Terms_Days, owner: OWNER}
      order_hold: {field: Order_Hold, owner: ours}
    tasks: {object: Tasks, text: Description, constants: {Status: Not Started, Priority: High}}
""",
    "fxiaoke": """
version: "1.0"
approvers: [credit_manager]
targets:
  - connection: crm_fxiaoke
    system: fxiaoke
    object: AccountObj
    origin: risk_written_by__c
    fields:
      class: {field: risk_class__c, owner: ours}
      index: {field: risk_index__c, owner: ours}
      reasons: {field: risk_reasons__c, owner: ours}
      next_review: {field: risk_next_review__c, owner: ours}
      credit_limit: {field: credit_limit__c, owner: shared}
      terms_days: {field: payment_terms_days__c, owner: OWNER}
      order_hold: {field: order_hold__c, owner: ours}
    tasks: {object: object_risk_task__c, key: name, account: account_id__c, due: due_date__c, text: reason__c, constants: {status__c: todo}}
""",
}
NAMES = {
    "zoho": {"object": "Accounts", "class": "Risk_Class", "limit": "Credit_Limit", "terms": "Payment_Terms_Days", "origin": "Risk_Written_By",
             "tasks": "Tasks", "reasons": "Risk_Reasons"},
    "fxiaoke": {"object": "AccountObj", "class": "risk_class__c", "limit": "credit_limit__c", "terms": "payment_terms_days__c",
                "origin": "risk_written_by__c", "tasks": "object_risk_task__c", "reasons": "risk_reasons__c"},
}  # fmt: skip
AGREES = "zhao.min"
NOBODY = "sun.yan"
JULY = date(2026, 7, 1)


def assessed(services, crm: "Place") -> None:
    customers = [{"customer_key": number, "risk_class": 3 if number < 3 else 2} for number in range(1, 6)]
    add_customers(services.engine, customers, as_of=JULY)
    ids = list(crm.accounts.rows)
    with services.engine.begin() as connection:
        for number in range(1, 6):
            values = {"system": crm.service, "id": ids[number], "key": number}
            connection.execute(text("INSERT INTO account (account_key, system, account_id, customer_key, known_at)"
                                    " VALUES (:key, :system, :id, :key, now())"), values)  # fmt: skip


def wanted(services, service: str, owner: str = "shared", **more: str) -> None:
    content = POLICY[service].replace("OWNER", owner)
    for old, new in more.items():
        content = content.replace(old, new)
    (services.instance.home / "policies" / "crm.yaml").write_text(content, encoding="utf-8")


def record(crm: "Place", number: int) -> dict[str, object]:
    return crm.accounts.rows[list(crm.accounts.rows)[number]]


def stamp(crm: "Place", number: int, name: str, value: object) -> None:
    names = NAMES[crm.service]
    crm.timer.sleep(60)
    crm.emulator.stamp(names["object"], list(crm.accounts.rows)[number], {names[name]: value})


def stored(services, state: str | None = None) -> list[dict[str, object]]:
    with services.engine.connect() as connection:
        return write_store.listed(connection, state=state, limit=100)


def agree(services, write: dict[str, object], *, yes: bool = True) -> None:
    decide(services, write["write_id"], person=AGREES, digest=write["digest"], reason="Seen.", agree=yes)


def open_review(services) -> None:
    with services.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO review (customer_key, kind, policy_line, period_key, period_months, state, owner, risk_class, due_on, opened_on, opened_at,"
            " run_id, pack, pack_sha256, policy_digest) VALUES (1, 'periodic', 'high', '2026Q3', 3, 'assigned', 'wang.fang', 3, '2026-07-31',"
            " '2026-06-30', now(), 1, 'x', encode(sha256('x'::bytea), 'hex'), 'd')"))  # fmt: skip


def told(services) -> list[tuple[str, set[str]]]:
    with services.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT kind, audience FROM outbox_event WHERE kind LIKE 'crm%' ORDER BY outbox_id")
        )
        return [(row.kind, set(row.audience)) for row in rows]


def owner_of(services, customer_key: int) -> str | None:
    with services.engine.connect() as connection:
        found = connection.execute(
            text("SELECT owner_user FROM customer WHERE customer_key = :key"), {"key": customer_key}
        ).scalar_one()
    person = load_team(services.instance).person(found or "")
    return person.id if person else None
