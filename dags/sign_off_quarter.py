"""
### Sign off the quarter

Counts the duties of the fiscal quarter that ended (due, opened, done, overdue, excepted with reasons) and asks the person responsible
to sign or return them, here under *Required Actions* or with `riskreview campaign sign`. Nobody can sign while a duty is overdue that
was not excepted with a reason; silence signs nothing. What was signed is kept with its digest and an audit event.

**When** on the first business day of each fiscal quarter at 07:30, for the quarter before.

**Rerun, clear, backfill, trigger twice** safe: a quarter is signed once; trigger it again to have it counted and to be asked anew. Clear
nothing: Airflow goes on showing what it showed first, and such an answer is refused.

**Pause** leaves the quarter unsigned; after unpausing, the newest quarter is counted. The duty to sign climbs its ladder all the same once
it is counted.

**When Airflow denies the answer** the login was none of somebody who may sign when it asked. Grant it, and trigger the DAG again.

**When it asks again** an answer came in the very second of the question, before the scheduler knew that the task waits. Answer once more.

**When it fails** the log says which rule refused the answer. Do what it says, then trigger the DAG again.
"""

from airflow.sdk import dag

from riskreview.orchestration import sign_off, tasks
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, at_fiscal_quarters


@dag(
    schedule=at_fiscal_quarters("07:30"),
    params=as_of_form(),
    tags=["riskreview", "reviews"],
    doc_md=__doc__,
    **(DAG_DEFAULTS | {"dagrun_timeout": sign_off.LONGEST_RUN}),
)
def sign_off_quarter() -> None:
    counted = tasks.count_quarter()
    tasks.settle_quarter(counted, sign_off.question(counted).output)


sign_off_quarter()
