"""A database whose roles are parted, and services that connect as one of them."""

import pytest
from sqlalchemy import Engine

from riskreview.foundation.connections import Connections
from riskreview.foundation.granting import part_roles
from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.services import Services


def part(services: Services, environment: pytest.MonkeyPatch) -> Services:
    """Part the roles of a database and return the services as ``riskreview_app``, with a way of its own for each role."""
    with services.engine.begin() as connection:
        part_roles(connection)
    for role in DatabaseRole:
        environment.setenv(role.variable, address(services.engine, role.login))
    environment.setenv("RISKREVIEW_DATABASE_URL", address(services.engine, "riskreview_app"))
    connections = Connections(services.instance)
    return Services(services.instance, connections.any(None), services.clock, services.progress, connections)


def address(engine: Engine, name: str) -> str:
    """Return the URL by which a role connects to the same database."""
    return engine.url.set(username=name).render_as_string(hide_password=False)
