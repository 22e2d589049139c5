"""Owns the raw zone: the bytes of each extract exactly as received, under their SHA-256, written once."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.failpoints import reach, register
from riskreview.foundation.instance import Instance
from riskreview.foundation.storage import Storage, open_storage
from riskreview.intake.arrival import Arrival

BLOCK = 1 << 20
RAW_KEPT = register("intake.raw_kept", "the bytes are in the raw zone, nothing else is known of them")


class FileChanged(BadInput):
    """An extract changed while it was copied; it stays in the inbox and is tried again."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An extract's bytes: their hash, and a local file holding them."""

    sha256: str
    size: int
    local: Path


@dataclass(frozen=True, slots=True)
class Received:
    """Our own copy of an extract, which nobody else writes to: what is staged from it is what is hashed.

    :param size: bytes the extract had when its copy began. :param arrival: how much of the copy can be read.
    """

    instance: Instance
    path: Path
    size: int
    arrival: Arrival
    digest: Future[str]

    def keep(self) -> KeptFile:
        """Move the copy into the raw zone under its hash, atomically; object storage gets the bytes once.

        :raises FileChanged: when the extract changed while it was copied.
        :raises Unavailable: when object storage does not take it.
        """
        sha256 = self.digest.result()
        kept = KeptFile(sha256, self.size, _zone(self.instance).keep(_name(sha256), self.path))
        reach(RAW_KEPT)
        return kept


@contextmanager
def receive(instance: Instance, source: Any, owner: str) -> Iterator[Received]:  # a local path or a universal path
    """Copy and hash an extract in a thread, to be read while it arrives; the copy is gone at the end unless it was kept.

    :param owner: the source id; one extract of a source is received at a time.
    :raises BadInput: E-FILE-KIND when it cannot be read.
    """
    path, arrival = incoming_path(instance, owner), Arrival()
    path.parent.mkdir(parents=True, exist_ok=True)
    version = _version(source)
    try:
        with _opened(source) as reader, path.open("wb") as writer, ThreadPoolExecutor(max_workers=1) as pool:
            size = int(source.stat().st_size)
            copied = pool.submit(_copy, reader, writer, size, arrival, lambda: _version(source) == version)
            yield Received(instance, path, size, arrival, copied)
    finally:
        path.unlink(missing_ok=True)


def keep_bytes(instance: Instance, data: bytes) -> KeptFile:
    """Put bytes that came in one piece into the raw zone; safe to call from many threads at once."""
    sha256 = hashlib.sha256(data).hexdigest()
    found = _zone(instance).find(_name(sha256))
    if found is None:
        path = incoming_path(instance, f"{os.getpid()}-{secrets.token_hex(8)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as writer:
            writer.write(data)
            writer.flush()
            os.fsync(writer.fileno())
        found = _zone(instance).keep(_name(sha256), path)
    return KeptFile(sha256, len(data), found)


def incoming_path(instance: Instance, owner: str) -> Path:
    """Return where the bytes of a source are received."""
    return _zone(instance).aside / owner


def _opened(source: Any) -> IO[bytes]:  # a local path or a universal path
    try:
        reader: IO[bytes] = source.open("rb")
    except OSError as error:
        raise BadInput("E-FILE-KIND", f"the file cannot be read: {error.strerror}",
                       "Check its permissions and that it is still there", "inbox") from error  # fmt: skip
    return reader


def _copy(reader: IO[bytes], writer: IO[bytes], size: int, arrival: Arrival, is_unchanged: Callable[[], bool]) -> str:
    """Copy an extract block by block and return the hash of what was written, which is on the disk by then."""
    digest, copied, block = hashlib.sha256(), 0, memoryview(bytearray(BLOCK))
    with closing(arrival):
        while copied <= size and (count := reader.readinto(block)):  # type: ignore[attr-defined]  # every binary reader has it
            digest.update(block[:count])
            writer.write(block[:count])
            writer.flush()
            arrival.grew(copied := copied + count)
        if copied != size or not is_unchanged():
            raise FileChanged("E-MANIFEST", "the file changed while it was read",
                              "Write it under another name and rename it when it is complete", "inbox")  # fmt: skip
    os.fsync(writer.fileno())
    return digest.hexdigest()


def _version(source: Any) -> tuple[int, int, int] | None:
    """Return what changes with a local file's content; object storage replaces objects whole."""
    if not isinstance(source, Path) or not source.exists():
        return None
    state = source.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


def find(instance: Instance, sha256: str) -> Path | None:
    """Return a local file with the bytes of that hash, which are read to see that they are; None when they are gone.

    :raises RuleViolation: when other bytes stand under the hash.
    """
    found = _zone(instance).find(_name(sha256))
    if found is not None and _sha256(found) != sha256:
        raise RuleViolation(
            f"the raw zone holds other bytes under {sha256[:12]} than were received; restore them from a backup"
        )
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def _zone(instance: Instance) -> Storage:
    return open_storage(instance, instance.raw)


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
