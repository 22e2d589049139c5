"""The fiscal timetable runs once per period on its first business day, whatever was missed, and survives being stored."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.airflow
SHANGHAI = ZoneInfo("Asia/Shanghai")


def timetable(**changes: Any) -> Any:  # Airflow's class, imported late
    from riskreview.orchestration.timetables import FiscalPeriodTimetable

    return FiscalPeriodTimetable.deserialize(FiscalPeriodTimetable(**changes).serialize())


def restriction(*, earliest: datetime | None = None, latest: datetime | None = None, catchup: bool = True) -> Any:
    import pendulum
    from airflow.timetables.base import TimeRestriction

    bounds = [None if moment is None else pendulum.instance(moment) for moment in (earliest, latest)]
    return TimeRestriction(*bounds, catchup=catchup)


def runs(table: Any, start: date, count: int, **more: Any) -> list[Any]:
    earliest = datetime(start.year, start.month, start.day, tzinfo=SHANGHAI)
    found: list[Any] = []
    while len(found) < count:
        last = found[-1].data_interval if found else None
        info = table.next_dagrun_info(
            last_automated_data_interval=last, restriction=restriction(earliest=earliest, **more)
        )
        if info is None:
            break
        found.append(info)
    return found


def test_quarters_run_on_their_first_business_day_in_local_time() -> None:
    found = runs(timetable(), date(2025, 12, 15), 4)

    local = [info.run_after.astimezone(SHANGHAI) for info in found]
    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in local] == [
        "2026-01-04 06:30", "2026-04-01 06:30", "2026-07-01 06:30", "2026-10-08 06:30"]  # fmt: skip
    assert found[3].logical_date.astimezone(SHANGHAI).date() == date(2026, 10, 1)


def test_the_instance_s_own_calendar_moves_the_first_business_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calendars").mkdir()
    own = "calendar: cn\nyears:\n  '2026': {holidays: [2026-04-01], workdays: []}\n"
    (tmp_path / "calendars" / "cn.yaml").write_text(own, encoding="utf-8")
    monkeypatch.setenv("RISKREVIEW_HOME", str(tmp_path))
    found = runs(timetable(), date(2026, 3, 15), 1)
    assert f"{found[0].run_after.astimezone(SHANGHAI):%Y-%m-%d}" == "2026-04-02"


@given(
    st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    st.sampled_from([1, 3, 6, 12]),
    st.sampled_from(["01-01", "04-06", "10-31"]),
)
def test_periods_follow_one_another_without_gap(start: date, months: int, fiscal: str) -> None:
    found = runs(timetable(months=months, starts=fiscal, calendar="de", time_zone="Europe/Berlin"), start, 6)

    for one, following in pairwise(found):
        assert one.data_interval.end == following.data_interval.start
        assert one.data_interval.start <= one.run_after < following.run_after
        assert one.run_after.astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M") == "06:30"


def test_without_catch_up_the_newest_missed_period_runs_once_and_a_new_dag_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pendulum
    from airflow.timetables.base import DataInterval

    monkeypatch.setattr(pendulum, "now", lambda *_: pendulum.datetime(2026, 8, 10, tz="UTC"))
    last = DataInterval(pendulum.datetime(2025, 9, 30, 16), pendulum.datetime(2025, 12, 31, 16))
    now = restriction(catchup=False)

    missed = timetable().next_dagrun_info(last_automated_data_interval=last, restriction=now)
    following = timetable().next_dagrun_info(last_automated_data_interval=missed.data_interval, restriction=now)
    new = timetable().next_dagrun_info(last_automated_data_interval=None, restriction=now)

    assert [f"{item.run_after:%Y-%m-%d}" for item in (missed, following, new)] == [
        "2026-06-30",
        "2026-10-07",
        "2026-10-07",
    ]


def test_nothing_runs_after_the_end_and_a_manual_run_stands_for_its_period() -> None:
    import pendulum

    end = datetime(2026, 6, 1, tzinfo=SHANGHAI)
    assert len(runs(timetable(), date(2026, 1, 1), 9, latest=end)) == 2
    interval = timetable().infer_manual_data_interval(run_after=pendulum.datetime(2026, 8, 10))
    assert interval.start.astimezone(SHANGHAI).date() == date(2026, 7, 1)
    assert interval.end - interval.start == timedelta(days=92)
