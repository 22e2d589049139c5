"""
### Deliver notifications

Sends what reviews, playbooks and feeds have put into the outbox: groups it into digests, sends it through the channels of each
person and writes into the ledger what each channel answered: accepted, refused or unknown.

**When** after every opening of reviews or activation of playbooks, and every 10 minutes.

**Rerun, clear, trigger twice** safe: what was accepted is not sent again. A process killed while sending leaves the outcome
*unknown*; the message is sent once more and carries the same `Ref`, so that a reader can tell.

**Pause** lets messages wait in the outbox; they are sent, in digests, after unpausing.

**When it fails** the channel or the database did not answer and it is tried again. Refused messages do not fail the run; they are
in the ledger and follow the escalation ladder.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.assets import DUTIES
from riskreview.orchestration.defaults import DAG_DEFAULTS, on


@dag(
    schedule=on(DUTIES, and_at="*/10 * * * *"),
    tags=["riskreview", "notifications"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def deliver_notifications() -> None:
    tasks.deliver()


deliver_notifications()
