"""Owns the roles a program has in PostgreSQL, and letting a stage work as one; what each may do stands in ``rights``."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from riskreview.foundation.services import Services

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class DatabaseRole(StrEnum):
    """Who a part of the program is in the database, when it was given an address of its own."""

    MIGRATE = "migrate"
    INGEST = "ingest"
    SCORE = "score"
    DISPATCH = "dispatch"
    CONSOLE = "console"
    AUDITOR = "auditor"

    @property
    def login(self) -> str:
        """The role's name in PostgreSQL."""
        return f"riskreview_{self.value}"

    @property
    def variable(self) -> str:
        """The environment's name for the address by which this role connects."""
        return f"RISKREVIEW_DATABASE_URL_{self.name}"


WORKING = tuple(role for role in DatabaseRole if role is not DatabaseRole.MIGRATE)
"""Who works in the database; the other one only changes its schema."""


def as_role(
    role: DatabaseRole,
) -> Callable[
    [Callable[Concatenate["Services", Arguments], Result]], Callable[Concatenate["Services", Arguments], Result]
]:
    """Let a stage work as a role of the database, where that has an address; else by the one address there is."""

    def working_as(
        stage: Callable[Concatenate["Services", Arguments], Result],
    ) -> Callable[Concatenate["Services", Arguments], Result]:
        @wraps(stage)
        def working(services: "Services", /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            return stage(services.acting(role), *arguments, **named)

        return working

    return working_as
