"""Owns letting DuckDB read pieces of one file as if they were files, so that several threads number records at once."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem

PROTOCOL = "riskreview"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class ByteRange(io.RawIOBase):
    """A read-only view of the bytes from ``start`` to ``end`` of a file."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._start, self._end, self._at = start, end, start
        self._file.seek(start)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the place inside the range."""
        return self._at - self._start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move inside the range."""
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = base + offset
        self._file.seek(self._at)
        return self.tell()

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes of the range."""
        left = max(0, self._end - self._at)
        data = self._file.read(left if size is None or size < 0 else min(size, left)) or b""
        self._at += len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class ByteRanges(AbstractFileSystem):
    """Pieces of one file, named by their number."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, path: Path, ranges: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self._path, self._ranges = path, list(ranges)

    def _range(self, name: str) -> tuple[int, int]:
        return self._ranges[int(name.rpartition("/")[2].partition(".")[0])]

    def open(self, path: str, mode: str = "rb", **_: Any) -> ByteRange:  # noqa: ARG002  fsspec names it
        """Open a piece for reading."""
        return ByteRange(self._path, *self._range(path))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return a piece's size."""
        return {"name": path, "size": self.size(path), "type": "file"}

    def size(self, path: str) -> int:
        """Return a piece's size in bytes."""
        start, end = self._range(path)
        return end - start

    def exists(self, path: str, **_: Any) -> bool:  # noqa: ARG002  fsspec names it
        """Return True: every name given out is a piece."""
        return True

    def glob(self, path: str, **_: Any) -> list[str]:
        """Return the name itself; it holds no pattern."""
        return [path]

    def modified(self, path: str) -> datetime:  # noqa: ARG002  fsspec names it
        """Return a fixed moment; a piece does not change while it is read."""
        return EPOCH
