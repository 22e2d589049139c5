"""Owns building the apps that Airflow's API server mounts, each when it is wanted; imports nothing heavy until then."""

import atexit
import os
from contextlib import ExitStack
from datetime import date
from urllib.parse import urlsplit

from riskreview.foundation.lazy_app import App
from riskreview.orchestration.airflow_settings import BUSINESS_DATE


def console_root() -> str:
    """Return where browsers find the console: below the path of Airflow's own address, if that has one."""
    return f"{_airflow_root()}/riskreview"


def _airflow_root() -> str:
    return urlsplit(_airflow_address()).path.rstrip("/")


def _airflow_address() -> str:
    from airflow.configuration import conf

    return str(conf.get("api", "base_url", fallback="") or "")


def events_app() -> App:
    """Build the web hook on services that live as long as the process."""
    from riskreview.events.app import make_app
    from riskreview.foundation.roles import DatabaseRole
    from riskreview.foundation.services import open_services

    stack = ExitStack()
    atexit.register(stack.close)
    return make_app(stack.enter_context(open_services(role=DatabaseRole.INGEST)))


def crm_app() -> App:
    """Build the address of the CRM's notices on services that live as long as the process."""
    from riskreview.crm.app import make_app
    from riskreview.crm.connections import configured
    from riskreview.crm.use_cases import Network
    from riskreview.foundation.roles import DatabaseRole
    from riskreview.foundation.services import open_services

    stack = ExitStack()
    atexit.register(stack.close)
    services = stack.enter_context(open_services(role=DatabaseRole.INGEST))
    return make_app(services, Network(configured(services.instance)))


def console_app() -> App:
    """Build the console behind Airflow's login, on services that live as long as the process."""
    from riskreview.console.app import make_app
    from riskreview.foundation.roles import DatabaseRole
    from riskreview.foundation.services import open_services
    from riskreview.orchestration.airflow_login import AirflowLogin
    from riskreview.orchestration.redrive import Publisher
    from riskreview.orchestration.stages import business_today

    stack = ExitStack()
    atexit.register(stack.close)
    services = stack.enter_context(open_services(role=DatabaseRole.CONSOLE))
    rehearsed = os.environ.get(BUSINESS_DATE)
    today = date.fromisoformat(rehearsed) if rehearsed else None
    return make_app(
        services,
        AirflowLogin(_airflow_root()),
        lambda: today or business_today(services),
        Publisher(),
        addresses=(_airflow_address(),),
    )
