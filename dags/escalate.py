"""
### Escalate

Reminds the owner of an open duty, then tells the deputy, then the levels above, by the ladder of the policy and in business hours.
Wakes the signals that were put off until today, and lets measures begin and end whose day has come: renewals are asked for, effects measured.
Assigns the trainings policy asks for, and their renewals before they lapse.

**When** every 15 minutes. Deadlines are stored with the duty, so a late tick is late by minutes and skips nothing.

**Rerun, clear, trigger twice** safe: each rung of each duty is climbed once.

**Pause** stops reminders; after unpausing each duty climbs to the rung its age calls for, with one message.

**When it fails** no rung was climbed without its message in the outbox. Repair and clear the task.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.defaults import DAG_DEFAULTS, at


@dag(
    schedule=at("*/15 * * * *"),
    tags=["riskreview", "notifications"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def escalate() -> None:
    tasks.escalate_overdue()


escalate()
