"""
### Watch

Compares every customer with the warning and alarm lines of the policy and with the last assessment; raises a signal when a line
was crossed, escalates it when it got worse, clears it when the cause is gone. A feed that is late raises one too.

**When** after every assessment, and daily at 07:00.

**Rerun, clear, backfill, trigger twice** safe: there is one open signal per subject and rule, and its severity only rises.

**Pause** keeps the open signals as they are. The next pass compares with the newest assessment; nothing is replayed.

**When it fails** no signal was half written. Look at the run's log for the sentence, repair, clear the task.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.assets import RISK_CLASSES
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, on


@dag(
    schedule=on(RISK_CLASSES, and_at="0 7 * * *"),
    params=as_of_form(),
    tags=["riskreview", "signals"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def watch() -> None:
    tasks.raise_signals()


watch()
