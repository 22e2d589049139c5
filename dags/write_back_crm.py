"""
### Write back into the CRMs

Puts class, index, reasons, next review, limit, terms and hold where sales works, and a task for each open review, as
`policies/crm.yaml` says: looks at what the CRM shows, proposes what differs, writes what the policy or a person agreed to, reads it
back. The same look finds drift: what was changed there by hand since we wrote is proposed for a person to decide, never overwritten.

**When** every hour. Without a target in the policy, or without its connection, it does nothing.

**Rerun, clear, trigger twice** safe: a write is recorded before it is sent, and an interrupted one is looked up in the CRM before
anything is sent again. The second of two runs waits for the first.

**Pause** lets the CRM fall behind; after unpausing one run brings it up to date.

**When it fails** the sentence in the log names the connection and what it said. Single records that the CRM refuses do not fail the
run: `riskreview crm writes --state failed`. What waits for a person: `riskreview crm writes --state proposed`.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.defaults import DAG_DEFAULTS, at


@dag(
    schedule=at("35 * * * *"),
    tags=["riskreview", "crm"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def write_back_crm() -> None:
    tasks.write_back()


write_back_crm()
