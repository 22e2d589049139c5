"""The end state of an instance as sets of natural keys and values: no surrogate keys, no run numbers, nothing that counts attempts."""

from collections import Counter
from typing import Any

from sqlalchemy import text
from tests.torture.portfolio import crm_records

from riskreview.crm.emulator.keeping import read_records
from riskreview.doctor.use_cases import examine
from riskreview.facts import delta_tables
from riskreview.facts.register import REGISTER
from riskreview.foundation.services import Services
from riskreview.orchestration.stages import business_today

Difference = dict[str, list[str]]
"""Rows that are missing and rows there are too many of, the first few of each."""
QUERIES = {
    "batches": "SELECT source_id, as_of, state, counts FROM batch",
    "events": "SELECT source_id, event_key, rows, accounts, state, first_row, last_row, version FROM event",
    "quarantine": "SELECT q.source_id, q.dataset, q.source_row, q.code, q.state FROM quarantine_row AS q",
    "feeds": "SELECT source_id, last_good_as_of, held_as_of FROM feed",
    "customers": "SELECT customer_id, name, tax_id, merged_into IS NOT NULL AS is_merged FROM customer",
    "accounts": """SELECT a.system, a.account_id, c.customer_id FROM account AS a LEFT JOIN customer AS c USING (customer_key)""",
    "published": "SELECT dataset, source_id, as_of, rows_appended FROM fact_batch",
    "classes": """SELECT c.customer_id, a.as_of, a.risk_class, a.previous_class, a.class_since, round(a.index_points::numeric, 3) AS points,
        a.rule_code, a.data_state, round(a.exposure::numeric, 2) AS exposure, round(a.overdue::numeric, 2) AS overdue
        FROM current_assessment AS a JOIN customer AS c USING (customer_key)""",
    "changes": "SELECT c.customer_id, h.as_of, h.old_class, h.new_class FROM class_change AS h JOIN customer AS c USING (customer_key)",
    "signals": """SELECT s.subject_type, coalesce(c.customer_id, s.subject_id) AS subject, s.rule_id, s.severity, s.state, s.opened_on,
        s.cleared_on, s.version FROM signal AS s LEFT JOIN customer AS c USING (customer_key)""",
    "reviews": """SELECT c.customer_id, r.policy_line, r.period_key, r.state, r.owner, r.deputy, r.due_on, r.risk_class, r.version
        FROM review AS r JOIN customer AS c USING (customer_key)""",
    "activations": """SELECT p.playbook_id, c.customer_id, p.rule_id, p.state, p.owner, p.version
        FROM activation AS p JOIN customer AS c USING (customer_key)""",
    "steps": """SELECT p.playbook_id, c.customer_id, s.step_id, s.owner, s.deputy, s.due_at, s.state, s.version
        FROM step AS s JOIN activation AS p USING (activation_id) JOIN customer AS c USING (customer_key)""",
    "measures": """SELECT c.customer_id, m.kind, m.state, m.amount, m.days, m.share_pct, m.expires_on, m.implementer, m.version
        FROM measure AS m JOIN customer AS c USING (customer_key)""",
    "crm writes": "SELECT record_id, regexp_replace(task_key, '[0-9]+', '') AS task, changes, state FROM crm_write",
    "crm fields": "SELECT record_id, fact, value, original FROM crm_field",
    "duties": "SELECT kind, subject_type, role, owner, due_at, level, state FROM duty",
    "outbox": "SELECT kind, subject_type, urgency, audience, expanded_at IS NOT NULL AS is_expanded FROM outbox_event",
    "messages": "SELECT kind, recipient, channel, step, urgency, items, state FROM message",
    # whoever is killed while sending leaves an unknown outcome behind, for everybody to see, and the message is sent again; a customer
    # with an event is judged alone or with everybody, whichever comes first
    "audit": """SELECT action, subject_type, count(*) AS events FROM audit_event
        WHERE action NOT IN ('message:unknown', 'portfolio:assessed', 'customers:assessed') GROUP BY action, subject_type""",
    "unfinished runs": "SELECT stage FROM run WHERE state = 'running'",
}


def broken_invariants(services: Services) -> list[str]:
    """Return the invariants that do not hold."""
    found = examine(services, as_of=business_today(services))
    return [f"{item.invariant.id} {', '.join(item.subjects)}" for item in found.broken]


def read_state(services: Services) -> dict[str, list[str]]:
    """Return the sorted rows of each part of the state."""
    with services.engine.connect() as connection:
        parts = {name: _sorted(connection.execute(text(query)).all()) for name, query in QUERIES.items()}
        published = {
            row.batch_id: row for row in connection.execute(text("SELECT batch_id, source_id FROM fact_batch"))
        }
        tables = connection.execute(text("SELECT dataset, version FROM fact_table ORDER BY dataset")).all()
    return parts | {"facts": _sorted(_facts(services, tables, published)), "crm": _sorted(_crm(services))}


def _crm(services: Services) -> list[tuple[str, str, str]]:
    """Return what the CRM shows; a task made twice would show, whatever its number."""
    rows = {(item.object, item.record_id): item.row for item in read_records(crm_records(services.instance.home))}
    return [("task", str(row["What_Id"]), str(row["Due_Date"])) if name == "Tasks" else (name, record_id, str(row["Risk_Class"]))
            for (name, record_id), row in rows.items() if row is not None]  # fmt: skip


def _facts(services: Services, tables: Any, published: Any) -> list[tuple[str, str, int]]:  # rows of SQLAlchemy
    """Count the rows of published batches in each table as readers see it; a batch appended twice would show."""
    counts: dict[tuple[str, str], int] = {}
    for dataset, version in tables:
        table = None if dataset == REGISTER else delta_tables.open_table(services.instance, dataset, version)
        if table is None:
            continue
        for batch_id in table.to_pyarrow_table(columns=["batch_id"]).column("batch_id").to_pylist():
            if batch_id in published:
                key = (dataset, published[batch_id].source_id)
                counts[key] = counts.get(key, 0) + 1
    return [(dataset, source, count) for (dataset, source), count in counts.items()]


def _sorted(rows: Any) -> list[str]:  # rows of SQLAlchemy
    return sorted(str(tuple(row)) for row in rows)


def difference(wanted: dict[str, list[str]], found: dict[str, list[str]]) -> dict[str, Difference]:
    """Return what differs in each part of two states."""
    return {name: _missing_and_extra(wanted[name], found[name]) for name in wanted if wanted[name] != found[name]}


def _missing_and_extra(wanted: list[str], found: list[str]) -> Difference:
    missing, extra = Counter(wanted), Counter(found)
    return {"missing": list((missing - extra).elements())[:5], "extra": list((extra - missing).elements())[:5]}
