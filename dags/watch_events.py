"""
### Watch events

Takes what cannot wait for the night: messages about customers (web hook, queue, command) and small files of continuous sources.
Lands, validates and publishes them like any extract, judges the customers they speak of and their groups as of now, raises or
escalates their signals, starts emergency plans, sends the messages and opens the reviews that this calls for. One task does all
of it, because each further one would cost more than the work.

**When** as soon as something waits: a watcher in the triggerer looks every second, and only looks. Also every 5 minutes, for
what a missed look left; a pass that finds nothing ends as *skipped*.

**Rerun, clear, trigger twice** safe: a message is received once by source and id and settled after its customers were judged; a
second pass waits for the first. It runs beside the nightly chain: it waits for an ingest under way, and for an assessment of everybody
only until that has fixed the facts it rests on; such an assessment leaves alone whom it finds judged since.

**Pause** lets messages wait, none is lost; what they say counts from the next assessment of everybody on, without a signal in
seconds.

**When it fails** nothing is settled half: the next pass takes up what the failed one left. `riskreview events list` shows where each
message is; rows in quarantine and held batches are handled like those of a file.
"""

from airflow.sdk import dag

from riskreview.orchestration import tasks
from riskreview.orchestration.assets import EVENTS
from riskreview.orchestration.defaults import DAG_DEFAULTS, as_of_form, on


@dag(
    schedule=on(EVENTS, and_at="*/5 * * * *"),
    params=as_of_form(),
    tags=["riskreview", "events"],
    doc_md=__doc__,
    **DAG_DEFAULTS,
)
def watch_events() -> None:
    tasks.take_events()


watch_events()
