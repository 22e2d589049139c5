"""
### Check the invariants

Examines what must hold of the whole whatever happened: one review per period, every event told, every message ended or due, the log
unaltered, two persons where two must decide, every row accounted for, every active customer assessed, every high-risk customer under
review. Keeps what was found and tells the data engineer on duty of what is broken, once per invariant and day.

**When** daily at 08:30, after the morning's assessment.

**Rerun, clear, trigger twice** safe: it only looks; each run keeps its own findings.

**Pause** leaves the days in between unexamined. `riskreview doctor` examines at any time.

**When it fails** nothing was changed. A broken invariant does not fail it: the message and `riskreview doctor` name what is broken and
how to repair it.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, at


@dag(
    schedule=at("30 8 * * *"),
    params=as_of_form(),
    tags=["riskreview", "audit"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def check_invariants() -> None:
    tasks.check_invariants()


check_invariants()
