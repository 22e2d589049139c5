"""
### Plan the reviews of the quarter

Tells every reviewer at the start of a fiscal quarter how many reviews will fall due and when, levelled over what each can take, and
the credit manager how many there are in all. Opening them stays with `open_due_reviews`, day by day.

**When** on the first business day of each fiscal quarter at 06:30; the quarter is the run's data interval.

**Rerun, clear, backfill, trigger twice** safe: a person is told once per quarter.

**Pause** leaves people without the overview; their reviews are opened all the same. After unpausing, the quarter that runs is planned.

**When it fails** nobody was told. Look at the run's log for the sentence, repair, clear the task.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, at_fiscal_quarters


@dag(
    schedule=at_fiscal_quarters("06:30"),
    params=as_of_form(),
    tags=["riskreview", "reviews"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def plan_reviews() -> None:
    tasks.plan_the_quarter()


plan_reviews()
