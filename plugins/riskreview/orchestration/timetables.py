"""Owns the fiscal timetable: a run at the start of each fiscal period, on its first business day, for the period that begins."""

import os
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from riskreview.foundation.instance import PACKAGED
from riskreview.policy.calendars import Calendar, country_calendar, read_calendar
from riskreview.policy.fiscal import FiscalYear, Period

GRACE = timedelta(hours=1)
"""A run of a new DAG whose time passed less than this ago is still made: the schedule is read anew while it waits."""


class FiscalPeriodTimetable(Timetable):
    """Runs once per fiscal period; the data interval is the period, so that a run says by itself which one it stands for.

    Everything it needs is an argument or a calendar, the instance's own or a shipped one: the scheduler reads it without database.

    :param months: length of the period: 3 for quarters, 6 for half-years.
    :param starts: month and day the fiscal year begins on, such as ``04-06``.
    :param calendar: a calendar of the instance, a shipped one, or a country; of a year it does not know what is certain counts.
    :param at: local time of the run, ``HH:MM``.
    """

    def __init__(
        self, *, months: int = 3, starts: str = "01-01", calendar: str = "cn", at: str = "06:30", time_zone: str = "Asia/Shanghai"
    ) -> None:  # fmt: skip
        self.months, self.starts, self.calendar, self.at, self.time_zone = months, starts, calendar, at, time_zone
        self._fiscal, self._time, self._zone = FiscalYear.parse(starts), time.fromisoformat(at), ZoneInfo(time_zone)

    @property
    def expression(self) -> str:
        """What the documentation of the DAGs calls its schedule."""
        return self.summary

    @property
    def timezone(self) -> ZoneInfo:
        """The zone of its local time."""
        return self._zone

    @property
    def summary(self) -> str:
        """The line people see in Airflow."""
        return f"first business day of every {self.months} fiscal months, {self.at} {self.time_zone}"

    def serialize(self) -> dict[str, Any]:  # the shape Airflow stores
        """Return the arguments."""
        return {"months": self.months, "starts": self.starts, "calendar": self.calendar, "at": self.at,
                "time_zone": self.time_zone}  # fmt: skip

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> "FiscalPeriodTimetable":  # the shape Airflow stores
        """Rebuild it from its arguments."""
        return cls(**data)

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """Return the period that holds the moment of a manual run."""
        return self._interval(self._period(run_after.astimezone(self._zone).date()))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Return the next run: of the period after the last one; without catch-up, of the newest whose time has come.

        A new DAG begins with the next period whose time has not passed.
        """
        now = pendulum.now("UTC")
        if last_automated_data_interval is not None:
            period = self._period(last_automated_data_interval.end.astimezone(self._zone).date())
            if not restriction.catchup:
                period = max(period, self._newest(now), key=lambda item: item.starts_on)
        else:
            first = restriction.earliest if restriction.catchup and restriction.earliest is not None else now - GRACE
            period = self._not_before(first)
        if restriction.earliest is not None:
            period = max(period, self._not_before(restriction.earliest), key=lambda item: item.starts_on)
        run_after = self._run_after(period)
        if restriction.latest is not None and run_after > restriction.latest:
            return None
        return DagRunInfo(run_after=run_after, data_interval=self._interval(period))

    def _newest(self, now: pendulum.DateTime) -> Period:
        period = self._period(now.astimezone(self._zone).date())
        return period if self._run_after(period) <= now else self._period(period.starts_on - timedelta(days=1))

    def _not_before(self, moment: pendulum.DateTime) -> Period:
        period = self._period(moment.astimezone(self._zone).date())
        return period if self._run_after(period) >= moment else self._period(period.ends_before)

    def _period(self, day: date) -> Period:
        return self._fiscal.period_of(day, self.months)

    def _run_after(self, period: Period) -> pendulum.DateTime:
        return self._moment(_calendar(self.calendar).next_business_day(period.starts_on), self._time)

    def _interval(self, period: Period) -> DataInterval:
        return DataInterval(self._moment(period.starts_on, time()), self._moment(period.ends_before, time()))

    def _moment(self, day: date, clock_time: time) -> pendulum.DateTime:
        return pendulum.instance(datetime.combine(day, clock_time, tzinfo=self._zone)).in_timezone("UTC")


def _calendar(code: str) -> Calendar:
    home = os.environ.get("RISKREVIEW_HOME")
    places = ([Path(home)] if home else []) + [Path(PACKAGED)]
    paths = [place / "calendars" / f"{code}.yaml" for place in places]
    path = next((path for path in paths if path.exists()), None)
    found = country_calendar(code) if path is None else read_calendar(path)
    if found is None:
        raise ValueError(f"there is no calendar {code}")
    return found
