"""
### Ingest CRM

Pulls what changed in the connected CRM systems and takes their extracts from the inbox, every source whose mapping says
`stage: crm`: lands the bytes, checks and types the rows, validates them and publishes them as facts.

**When** every 15 minutes; a pass that finds nothing new ends as *skipped* and starts nothing. So does one behind which another
ingest waits: that one hands the day on for both. What a skipped pass took in stands in its log, its XCom and under Runs.

**Rerun, clear, trigger twice** safe: a file is known by the hash of its bytes and an interrupted batch is taken up where it
stopped; a pull begins at the mark of the last one that landed. The second of two runs waits for the first. Pausing only lets files
wait in the inbox.

**Business date** empty takes the newest date of the extracts that are not assessed yet, and never a day before the current
assessment: late extracts change what is current. An entered one is handed on to the stages after this one, which then run even if
no file is new.

**When it fails** the sentence in the log names file, line and column. Repair the file or the mapping (`riskreview source check
FILE`), put it into the inbox and trigger again. Refused rows wait in quarantine: `riskreview quarantine list`. A *held* batch
does not fail the run: the last good facts stay, marked stale, and the data engineer is told.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, at


@dag(
    schedule=at("*/15 * * * *"),
    params=as_of_form(),
    tags=["riskreview", "ingest", "crm"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def ingest_crm() -> None:
    tasks.ingest("crm")


ingest_crm()
