"""Owns the local copies of files in object storage: bounded, shared by the processes of a machine, and never wrong.

A copy is named by place, name, size and version of what it was made from, so it needs no invalidation: what is replaced in the
storage has another version. Losing the cache loses nothing.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

IN_USE_SECONDS = 24 * 3600
"""A copy that was used within a day stays, whatever the bound: a run opens its files again and again."""


@dataclass(frozen=True, slots=True)
class FileCache:
    """Copies below a folder.

    :param limit: bytes; what was used longest ago goes first.
    """

    folder: Path
    limit: int

    def copy_of(self, identity: tuple[str, ...], size: int, fetch: Callable[[Path], None]) -> Path:
        """Return the copy of a file, fetched when it is not there; two processes at once may both fetch it.

        :param identity: place, name and version of the file. :param fetch: writes the bytes to a path.
        """
        path = self.path_of(identity, size)
        try:
            whole = path.stat().st_size == size
            os.utime(path)
        except FileNotFoundError:
            whole = False
        if not whole:
            draft = self.draft()
            try:
                fetch(draft)
                self.put(draft, path)
            finally:
                draft.unlink(missing_ok=True)
        return path

    def path_of(self, identity: tuple[str, ...], size: int) -> Path:
        """Return where the copy of a file is; it keeps the name's ending."""
        digest = hashlib.sha256("\\0".join((*identity, str(size))).encode()).hexdigest()
        return self.folder / digest[:2] / f"{digest}{Path(identity[1]).suffix}"

    def draft(self) -> Path:
        """Return a new name on the same disk."""
        aside = self.folder / "aside"
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        return aside / f"{os.getpid()}-{secrets.token_hex(8)}"

    def put(self, made: Path, path: Path) -> None:
        """Move a file in under its name, after making room for it."""
        self._make_room(made.stat().st_size)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made.replace(path)

    def _make_room(self, size: int) -> None:
        kept = sorted((state.st_mtime, state.st_size, path) for path in self.folder.glob("[0-9a-f][0-9a-f]/*") if (state := _state(path)))  # fmt: skip
        over = sum(length for _, length, _ in kept) + size - self.limit
        for used, length, path in kept:
            if over <= 0 or time.time() - used < IN_USE_SECONDS:
                return
            path.unlink(missing_ok=True)
            over -= length


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:  # another process made room
        return None
