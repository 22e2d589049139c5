"""Every log line of a run says which run it belongs to, also the last one of a run that fails."""

import pytest
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from riskreview.foundation.services import Services
from riskreview.mechanisms.runs import recorded_run


def test_lines_of_a_run_carry_its_number_and_lines_after_it_do_not(services: Services):
    with recorded_run(services, "watch", business_key="x", triggered_by="airflow:watch:manual__1") as run:
        bound = get_contextvars()

    assert bound == {"run_id": run.run_id, "stage": "watch", "triggered_by": "airflow:watch:manual__1"}
    assert get_contextvars() == {}


def test_the_end_of_a_run_is_a_line_whether_it_finished_or_failed(services: Services):
    with capture_logs() as lines:
        with recorded_run(services, "watch", business_key="x") as run:
            run.counts["signals"] = 2
        with pytest.raises(KeyError), recorded_run(services, "watch", business_key="x"):
            raise KeyError("a name that no log line may have")

    assert [(line["event"], line.get("counts"), line.get("error")) for line in lines] == [
        ("run_finished", {"signals": 2}, None),
        ("run_failed", None, "KeyError"),
    ]
