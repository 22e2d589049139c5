"""A database whose roles are parted, and services that connect as one of them."""

import pytest
from sqlalchemy import Engine

from riskreview.foundation.connections import Connections
from riskreview.foundation.granting import part_roles
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.services import Services
from riskreview.gate.installing import install


def part(services: Services, environment: pytest.MonkeyPatch) -> Services:
    """Part the roles of a database and return the services as ``riskreview_app``, with a way of its own for each role."""
    with services.engine.begin() as connection:
        part_roles(connection)
    for role in DatabaseRole:
        environment.setenv(role.variable, address(services.engine, role.login))
    environment.setenv("RISKREVIEW_DATABASE_URL", address(services.engine, "riskreview_app"))
    connections = Connections(services.instance)
    return Services(services.instance, connections.any(None), services.clock, services.progress, connections)


def part_for_a_worker(services: Services, environment: pytest.MonkeyPatch) -> Services:
    """Do what ``riskreview init`` does and return the services as a worker has them: with the addresses of its stages and no other."""
    together = part(services, environment)
    install(together)
    together.engine.dispose()
    environment.delenv("RISKREVIEW_DATABASE_URL")
    for role in (DatabaseRole.MIGRATE, DatabaseRole.CONSOLE, DatabaseRole.AUDITOR):
        environment.delenv(role.variable)
    connections = Connections(services.instance)
    return Services(services.instance, connections.any(None), services.clock, services.progress, connections)


def address(engine: Engine, name: str, password: str | None = None) -> str:
    """Return the URL by which a role connects to the same database."""
    return engine.url.set(username=name, password=password).render_as_string(hide_password=False)
