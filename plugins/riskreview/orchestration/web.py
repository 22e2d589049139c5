"""Owns building the apps that Airflow's API server mounts, each at its first request; imports nothing heavy until then."""

import atexit
from contextlib import ExitStack

from riskreview.foundation.lazy_app import App


def events_app() -> App:
    """Build the web hook on services that live as long as the process."""
    from riskreview.events.app import make_app
    from riskreview.foundation.services import open_services

    stack = ExitStack()
    atexit.register(stack.close)
    return make_app(stack.enter_context(open_services()))
