"""Owns knowing whether delivery stands still because the database was set back, and what the pages tell whom about it."""

import time
from collections.abc import Set as AbstractSet

from riskreview.audit.checkpoints import LogSetBack, check_not_set_back
from riskreview.console.roles import LOG_READERS, OPERATIONS, Role
from riskreview.foundation.services import Services

SECONDS = 30.0
"""So long an answer is good: the checkpoints may lie in an object storage, and every page asks."""
KEEPERS = OPERATIONS | LOG_READERS
"""Who is told what to do about it; everybody else is told what it means for them."""


class Standstill:
    """Looks at the checkpoints outside the database now and then."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._is_halted, self._good_until = False, 0.0

    def sentence(self, roles: AbstractSet[Role]) -> str:
        """Return the key of the sentence for a visitor, empty while messages go out."""
        now = time.monotonic()
        if now >= self._good_until:
            self._is_halted, self._good_until = self._look(), now + SECONDS
        if not self._is_halted:
            return ""
        return "halted_keeper" if roles & KEEPERS else "halted"

    def _look(self) -> bool:
        with self._services.engine.connect() as connection:
            try:
                check_not_set_back(self._services, connection)
            except LogSetBack:
                return True
        return False
