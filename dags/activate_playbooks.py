"""
### Activate playbooks

Starts the emergency plan each open signal calls for: pins the plan's version, assigns every step to a named person with deputy
and deadline from the duty list, and tells them.

**When** after every watch, and daily at 07:15.

**Rerun, clear, backfill, trigger twice** safe: an activation is keyed by playbook, customer and trigger. A plan that already
runs for the same trigger is left alone.

**Pause** starts no plan; open signals wait. Do not leave it paused: emergencies are not noticed elsewhere.

**When it fails** no plan was started without its steps and duties. A refusal names the playbook file and line; correct the file
and clear the task.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.assets import SIGNALS
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, on


@dag(
    schedule=on(SIGNALS, and_at="15 7 * * *"),
    params=as_of_form(),
    tags=["riskreview", "playbooks"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def activate_playbooks() -> None:
    tasks.activate()


activate_playbooks()
