"""Owns waiting for bytes that are still arriving: a file is read from its beginning while it grows to its end."""

from dataclasses import dataclass, field
from threading import Condition


@dataclass(slots=True)
class Arrival:
    """How far a file has come: one thread lets it grow, others wait for the bytes they need."""

    _changed: Condition = field(default_factory=Condition)
    _size: int = 0
    _is_over: bool = False

    def grew(self, size: int) -> None:
        """Tell that the first ``size`` bytes are there."""
        with self._changed:
            self._size = size
            self._changed.notify_all()

    def close(self) -> None:
        """Tell that nothing more comes, whether it is all there or its sender failed."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def wait(self, size: int | None = None) -> None:
        """Wait until the first ``size`` bytes are there, or all that come; None waits for all."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or (size is not None and self._size >= size))


def whole() -> Arrival:
    """Return the arrival of a file that is there already."""
    return Arrival(_is_over=True)
