"""Owns what is kept of the log outside the database: checkpoints in a folder or object storage, written once, in order; and its tip."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riskreview.foundation.errors import RiskReviewError, RuleViolation, Unavailable
from riskreview.foundation.instance import Instance

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
        with self._reaching() as place:
            path = place / NEWEST
            return str(path.read_text(encoding="utf-8")) if path.exists() else None

    def read(self, number: int) -> str | None:
        """Return a checkpoint by number."""
        with self._reaching() as place:
            path = place / file_name(number)
            return str(path.read_text(encoding="utf-8")) if path.exists() else None

    def keys(self) -> str:
        """Return the statements about the log's keys, one after the other."""
        with self._reaching() as place:
            path = place / KEYS
            return str(path.read_text(encoding="utf-8")) if path.exists() else ""

    def keep(self, number: int, content: str, keys: str) -> None:
        """Bring a checkpoint out, and the statements about the keys; the same one twice changes nothing.

        :raises RuleViolation: when another checkpoint with its number is there.
        :raises Unavailable: when the place cannot be reached.
        """
        with self._reaching() as place:
            place.mkdir(parents=True, exist_ok=True)
            path = place / file_name(number)
            if path.exists() and path.read_text(encoding="utf-8") != content:
                raise RuleViolation(f"another checkpoint {number} was brought out before; reconcile the log first")
            _write(place / KEYS, keys)
            _write(path, content)
            _write(place / NEWEST, content)

    def tip(self) -> str | None:
        """Return how far the log was when messages went out last, None when none did.

        :raises Unavailable: when the place cannot be reached.
        """
        with self._reaching() as place:
            path = place / TIP
            return str(path.read_text(encoding="utf-8")) if path.exists() else None

    def keep_tip(self, content: str) -> None:
        """Write how far the log is.

        :raises Unavailable: when the place cannot be reached.
        """
        with self._reaching() as place:
            place.mkdir(parents=True, exist_ok=True)
            _write(place / TIP, content)

    @contextmanager
    def _reaching(self) -> Iterator[Any]:  # a local path or a universal path
        try:
            yield self._place()
        except RiskReviewError:
            raise
        except Exception as error:  # every object storage has its own errors
            raise Unavailable(
                f"the place of the log's checkpoints cannot be reached: {type(error).__name__}"
            ) from error

    def _place(self) -> Any:  # see _reaching
        place = self._instance.checkpoints
        if "://" not in place or place.startswith("file://"):
            return Path(place.removeprefix("file://"))
        from fsspec import get_filesystem_class
        from upath import UPath

        get_filesystem_class(place.partition("://")[0])  # refuses an unknown kind, which would become a local folder
        return UPath(place, **self._instance.filesystem_options())


def file_name(number: int) -> str:
    """Return the name of a checkpoint's file."""
    return f"{number:010d}.checkpoint"


def _write(path: Any, content: str) -> None:  # see Archive._reaching
    if isinstance(path, Path):
        draft = path.with_name(f".{path.name}")
        draft.write_text(content, encoding="utf-8")
        draft.replace(path)
    else:
        path.write_text(content, encoding="utf-8")
