"""Owns the current time: the one place that reads the wall clock, so that rules never do."""

from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
        return datetime.now(tz=UTC)


class FixedClock:
    """A clock that stands still until it is moved; for simulations and tests."""

    def __init__(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("a clock needs an aware moment")
        self.moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment the clock was set to."""
        return self.moment


def midnight_utc(day: date) -> datetime:
    """Return the first moment of ``day`` in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
