"""Tells Airflow what riskreview adds to it: declarations only, because every component and every task executes this file."""

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from riskreview.foundation.lazy_app import LazyApp
from riskreview.orchestration.timetables import FiscalPeriodTimetable
from riskreview.orchestration.web import events_app


class RiskReviewPlugin(AirflowPlugin):
    """The extension points riskreview uses; the console and the fiscal timetables are listed here."""

    name = "riskreview"
    timetables: ClassVar[list[Any]] = [FiscalPeriodTimetable]  # Airflow's base class declares list[Any]
    fastapi_apps: ClassVar[list[Any]] = [
        {"app": LazyApp(events_app), "url_prefix": "/riskreview-events", "name": "riskreview events"},
    ]
