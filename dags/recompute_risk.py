"""
### Recompute risk

Computes the indicators, the index and the risk class of every customer from the facts as they are at the start of the run,
and swaps the result in as a whole.

**When** after every ingest that finds published facts by which nobody was judged, and daily at 06:30, because days pass even when no
file arrives. It waits for an ingest under way, so that CRM and finance extracts arriving together are assessed together.

**Rerun, clear, backfill, trigger twice** safe: the same facts, policy and business date give the same classes. A reader sees the
old result or the new one, never a mix. The run records the versions of facts and policy it used: `riskreview show run`.

**On many workers** (`assessment_buckets` above 1) buckets of customers are computed side by side, then what they share is learned,
then they are assessed side by side and published as a whole; the result is the same to the byte. Any of these tasks may be repeated.

**Pause** keeps the last classes. After unpausing, trigger it once by hand or wait for 06:30: missed ingests are not replayed,
their facts are all taken into account.

**When it fails** nothing was changed. A refusal names the policy file and line; a database that did not answer is tried again.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.assets import FACTS
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, on


@dag(
    schedule=on(FACTS, and_at="30 6 * * *"),
    params=as_of_form(),
    tags=["riskreview", "assessment"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def recompute_risk() -> None:
    tasks.recompute_everybody()


recompute_risk()
