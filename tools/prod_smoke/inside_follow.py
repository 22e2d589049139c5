"""Runs inside a container: triggers the loop of one business date as a person would, waits for its end, and says each stage as it ends.

``python - AS_OF SECONDS < inside_follow.py``; the login is in SMOKE_LOGIN and SMOKE_PASSWORD.
"""

import os
import sys
from datetime import date

from riskreview.foundation.services import open_services
from riskreview.orchestration.airflow_api import AirflowApi
from riskreview.orchestration.chain import Chain, StageEnd


def main(as_of: date, seconds: float) -> None:
    """Run the ingest and everything it starts, then the reminders and the last messages."""
    api = AirflowApi("http://api-server:8080", os.environ["SMOKE_LOGIN"], os.environ["SMOKE_PASSWORD"])
    with open_services() as services:
        chain = Chain(services, api, _tell)
        triggered = {"ingest_finance": api.trigger("ingest_finance", {"as_of": as_of.isoformat()})}
        chain.finish(triggered, as_of=as_of, seconds=seconds)
        for dag_id in ("escalate", "deliver_notifications"):
            chain.run_once(dag_id, seconds=seconds)


def _tell(end: StageEnd) -> None:
    counts = ", ".join(f"{name} {number}" for name, number in end.counts.items() if number)
    print(f"{end.stage}\t{end.state}\t{end.problem or counts or 'nothing to do'}", flush=True)


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), float(sys.argv[2]))
