"""
### Summarize the portfolio

Proves that every active customer was assessed from fresh data or is listed with the reason why not, and writes the figures of the
portfolio: expected loss by class, industry and owner, the provision matrix with its roll rates, DSO and collection effectiveness,
migration between classes, and what late payment costs.

**When** after every assessment, and daily at 07:30, so that a day without an assessment is found too.

**Rerun, clear, backfill, trigger twice** safe: the summary of a business date replaces itself; for a date before that of the current
assessment the figures stay as they are.

**Pause** leaves the last summary. The next pass catches up; the days in between have none.

**When it fails** the last summary stands as it was. Look at the run's log for the sentence, repair, clear the task.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.assets import RISK_CLASSES
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, on


@dag(
    schedule=on(RISK_CLASSES, and_at="30 7 * * *"),
    params=as_of_form(),
    tags=["riskreview", "portfolio"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def summarize_portfolio() -> None:
    tasks.summarize()


summarize_portfolio()
