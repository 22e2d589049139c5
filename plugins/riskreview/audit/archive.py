"""Owns what is kept of the log outside the database: checkpoints in a folder or object storage, written once, in order; and its tip."""

from collections.abc import Iterator
from contextlib import contextmanager

from riskreview.foundation.errors import BadInput, RuleViolation, Unavailable
from riskreview.foundation.instance import Instance
from riskreview.foundation.storage import Storage, open_storage

NEWEST = "newest.checkpoint"
KEYS = "keys.txt"
TIP = "tip.txt"


class Archive:
    """Where an instance's checkpoints are kept: ``checkpoints_url`` of its settings, else the folder ``checkpoints``."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def newest(self) -> str | None:
        """Return the newest checkpoint that was brought out, None when none was.

        :raises Unavailable: when the place cannot be reached.
        """
        return self._read(NEWEST)

    def read(self, number: int) -> str | None:
        """Return a checkpoint by number."""
        return self._read(file_name(number))

    def keys(self) -> str:
        """Return the statements about the log's keys, one after the other."""
        return self._read(KEYS) or ""

    def keep(self, number: int, content: str, keys: str) -> None:
        """Bring a checkpoint out, and the statements about the keys; the same one twice changes nothing.

        :raises RuleViolation: when another checkpoint with its number is there.
        :raises Unavailable: when the place cannot be reached.
        """
        with self._reaching() as place:
            name, written = file_name(number), content.encode()
            if place.read(name) is None:
                place.write(KEYS, keys.encode())
                place.create(name, written)
            if place.read(name) != written:
                raise RuleViolation(f"another checkpoint {number} was brought out before; reconcile the log first")
            place.write(NEWEST, written)

    def _read(self, name: str) -> str | None:
        with self._reaching() as place:
            found = place.read(name)
        try:
            return None if found is None else found.decode()
        except UnicodeDecodeError as error:
            raise RuleViolation(
                f"what stands as {name} among the log's checkpoints is no text; put back what was there"
            ) from error

    def tip(self) -> str | None:
        """Return how far the log was when messages went out last, None when none did.

        :raises Unavailable: when the place cannot be reached.
        """
        return self._read(TIP)

    def keep_tip(self, content: str) -> None:
        """Write how far the log is.

        :raises Unavailable: when the place cannot be reached.
        """
        with self._reaching() as place:
            place.write(TIP, content.encode())

    @contextmanager
    def _reaching(self) -> Iterator[Storage]:
        try:
            yield open_storage(self._instance, self._instance.checkpoints)
        except (OSError, BadInput) as error:
            raise Unavailable(f"the place of the log's checkpoints cannot be reached: {error}") from error


def file_name(number: int) -> str:
    """Return the name of a checkpoint's file."""
    return f"{number:010d}.checkpoint"
