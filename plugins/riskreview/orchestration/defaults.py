"""Owns what every DAG of riskreview shares: owner, retries, time zone, start, the trigger form."""

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable, Param

from riskreview.foundation.instance import buckets_of
from riskreview.orchestration.timetables import FiscalPeriodTimetable
from riskreview.policy.calendars import calendar_of_zone

TIME_ZONE = os.environ.get("RISKREVIEW_TIME_ZONE", "Asia/Shanghai")
"""Zone of the clock times in the schedules: the instance's, handed over by whoever starts Airflow."""

FISCAL_YEAR = os.environ.get("RISKREVIEW_FISCAL_YEAR", "01-01")
"""Month and day the fiscal year begins on, as ``fiscal_year_starts`` of the review policy says it to the rest."""

CALENDAR = os.environ.get("RISKREVIEW_CALENDAR") or calendar_of_zone(TIME_ZONE)
"""The shipped calendar, or the country, whose business days schedules follow; where nobody handed one over that of the zone's country."""

BUCKETS = buckets_of(os.environ.get("RISKREVIEW_BUCKETS") or "1")
"""In how many buckets everybody is assessed: the instance's ``assessment_buckets``, handed over by whoever starts Airflow."""

TASK_DEFAULTS: dict[str, Any] = {  # keyword arguments of any operator
    "owner": "risk-engineering",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=15),
    "execution_timeout": timedelta(hours=1),
}
DAG_DEFAULTS: dict[
    str, Any
] = {  # keyword arguments of dag(); without a start date no run is made for a time before the DAG was known
    "catchup": False,
    "max_active_runs": 1,
    "default_args": TASK_DEFAULTS,
    "dagrun_timeout": timedelta(hours=6),
}


def at(cron: str) -> CronTriggerTimetable:
    """Return a schedule by clock time in the instance's zone, from the next such time on.

    Left alone, Airflow 3.3 would run a new DAG at once when its last time is less than a tenth of the period ago.
    """
    return CronTriggerTimetable(cron, timezone=TIME_ZONE, run_immediately=timedelta(seconds=1))


def at_fiscal_quarters(time_of_day: str) -> FiscalPeriodTimetable:
    """Return a schedule on the first business day of each fiscal quarter."""
    return FiscalPeriodTimetable(months=3, starts=FISCAL_YEAR, calendar=CALENDAR, at=time_of_day, time_zone=TIME_ZONE)


def on(asset: Asset, *, and_at: str) -> AssetOrTimeSchedule:
    """Return a schedule that runs on every new version of ``asset`` and, lest a missed event stop the chain, by the clock."""
    return AssetOrTimeSchedule(timetable=at(and_at), assets=[asset])


def as_of_form() -> dict[str, Param]:
    """Return the trigger form of a stage: the business date."""
    return {
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Business date",
            description_md="The day the run stands for. Empty: the day handed on by the run before, else today.",
        )
    }
