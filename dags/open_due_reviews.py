"""
### Open due reviews

Opens a review for every customer whose quarterly or semi-annual cycle, or an event, makes one due by the policy. Opening freezes
the pack the reviewer decides on, assigns owner and deputy from the duty list, and tells them.

**When** after every watch, and daily at 07:15. The policy, not this schedule, knows who is due; a day on which nothing ran is
made good by the next one.

**Rerun, clear, backfill, trigger twice** safe: a review is keyed by customer, policy line and period.

**Pause** opens nothing. After unpausing, what fell due meanwhile is opened once, with its true due date.

**When it fails** no review was opened without its pack, duty and audit event. Repair and clear the task.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.assets import SIGNALS
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, on


@dag(
    schedule=on(SIGNALS, and_at="15 7 * * *"),
    params=as_of_form(),
    tags=["riskreview", "reviews"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def open_due_reviews() -> None:
    tasks.open_reviews()


open_due_reviews()
