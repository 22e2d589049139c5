"""Owns waiting: the time a CRM call may need, real or virtual, so that hours of rate limits can be rehearsed in seconds."""

import time
from datetime import datetime, timedelta
from typing import Protocol

from riskreview.foundation.clock import FixedClock, SystemClock


class Timer(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemTimer(SystemClock):
    """The machine's time: tokens and limits follow it even where the business clock is rehearsed."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class VirtualTimer(FixedClock):
    """Time that passes only where somebody waits."""

    def sleep(self, seconds: float) -> None:
        """Move the clock on at once."""
        self.moment += timedelta(seconds=seconds)
