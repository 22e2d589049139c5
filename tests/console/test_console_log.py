"""The search of the event log: page by page, by time either way, nothing left out and nothing twice, even where the clock went back."""

import re
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.console.conftest import Console

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

NOTHING = {
    "action": None,
    "subject_type": None,
    "subject_id": None,
    "actor": None,
    "since": None,
    "until": None,
    "after_text": "",
}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.integers(0, 20), min_size=1, max_size=25),
    how_many=st.integers(1, 7),
    since=st.integers(0, 20),
    is_down=st.booleans(),
)
def test_pages_hold_every_event_of_the_days_asked_for_once_by_time(
    services: Services, minutes: list[int], how_many: int, since: int, *, is_down: bool
):
    begun = services.clock.now()
    with services.engine.connect() as connection:
        for minute in minutes:
            append(
                connection,
                [AuditEvent("review:opened", "review", "1", "maria.stein")],
                at=begun + timedelta(minutes=minute),
            )
        found, last = [], None
        wanted = NOTHING | {
            "sort": "recorded_at",
            "is_down": is_down,
            "since": begun + timedelta(minutes=since),
            "subject_id": "1",
            "how_many": how_many,
        }
        while page := connection.execute(text(sql("console", "search_log")), wanted | {"after_key": last}).all():
            found += [(row.recorded_at, row.seq) for row in page]
            last = page[-1].seq
        connection.rollback()

    expected = [
        (begun + timedelta(minutes=minute), seq) for seq, minute in enumerate(minutes, start=1) if minute >= since
    ]
    assert found == sorted(expected, reverse=is_down)


def test_the_log_is_searched_by_the_words_and_names_it_shows(console: Console):
    with console.client("compliance") as client:
        page = client.get("/audit").text
        found = client.get("/audit.csv?action=measure:proposed&actor=wang%20FANG").text
        strange = client.get("/audit?action=no:such").text

    assert re.search(r'<option value="measure:proposed">[^<]*[\u4e00-\u9fff]', page)
    assert '<option value="Wang Fang"></option>' in page
    assert found.count("measure:proposed") >= 1
    assert {line.split(",")[5] for line in found.splitlines()[1:]} == {"wang.fang"}
    assert "<option selected>no:such</option>" in strange
