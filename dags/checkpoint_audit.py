"""
### Checkpoint the event log

Verifies what was added to the event log since the last checkpoint, proves that the log continues it, signs what the log is now with
the instance's key and brings the checkpoint outside the database, where `checkpoints_url` of the settings says.

**When** every hour, also when nothing happened: a checkpoint that is missing tells something too.

**Rerun, clear, trigger twice** safe: within an hour a log that did not grow is signed once.

**Pause** leaves what happens meanwhile unsigned; the next checkpoint covers it.

**When it fails** the log does not hold, or the database is older than a checkpoint outside it: a backup was restored. No message is
sent then. Look with `riskreview verify`; after a restore a person says so with `riskreview audit reconcile`. That the place outside
cannot be reached fails nothing: checkpoints wait and come out in order, and after two hours people are told.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.defaults import DAG_DEFAULTS, at


@dag(
    schedule=at("5 * * * *"),
    tags=["riskreview", "audit"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def checkpoint_audit() -> None:
    tasks.checkpoint()


checkpoint_audit()
