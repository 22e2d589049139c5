"""Tells Airflow what riskreview adds to it: declarations only, because every component and every task executes this file."""

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from riskreview.foundation.lazy_app import LazyApp, PreparedSoon
from riskreview.orchestration.timetables import FiscalPeriodTimetable
from riskreview.orchestration.web import console_app, console_root, crm_app, events_app

CONSOLE = console_root()
CONSOLE_APP = LazyApp(console_app)


class RiskReviewPlugin(AirflowPlugin):
    """The extension points riskreview uses: apps, links into the console, timetables."""

    name = "riskreview"
    timetables: ClassVar[list[Any]] = [FiscalPeriodTimetable]  # Airflow's base class declares list[Any]
    fastapi_apps: ClassVar[list[Any]] = [
        {"app": CONSOLE_APP, "url_prefix": "/riskreview", "name": "riskreview console"},
        {"app": LazyApp(events_app), "url_prefix": "/riskreview-events", "name": "riskreview events"},
        {"app": LazyApp(crm_app), "url_prefix": "/riskreview-crm", "name": "riskreview CRM notices"},
    ]
    fastapi_root_middlewares: ClassVar[list[Any]] = [
        {
            "middleware": PreparedSoon,
            "args": [CONSOLE_APP],
            "name": "riskreview console, built before its first visitor",
        },
    ]
    external_views: ClassVar[list[Any]] = [
        {"name": "Risk review", "href": f"{CONSOLE}/work", "destination": "nav", "nav_top_level": True},
        {
            "name": "Risk review",
            "href": CONSOLE + "/runs?dag={DAG_ID}&dag_run={RUN_ID}",
            "destination": "dag_run",
            "url_route": "riskreview-runs",  # a tab has one, and not the name of another view, which Airflow would show instead
        },
    ]
