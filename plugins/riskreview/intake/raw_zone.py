"""Owns the raw zone: the bytes of each extract exactly as received, under their SHA-256, written once."""

import hashlib
import json
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
ERASED = ".erased"
"""Ends the name of the note that says what stands in the place of bytes an erasure changed."""
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
        if erased_by(self.instance, sha256) is not None:  # delivered again: what was taken out does not come back
            return KeptFile(sha256, self.size, self.path)
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
    """Put bytes that came in one piece into the raw zone; safe to call from many threads at once.

    Bytes an erasure changed stay away: what stands in their place is found under their hash.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    found = _zone(instance).find(_name(sha256)) or find(instance, sha256)
    if found is None:
        path = incoming_path(instance, f"{os.getpid()}-{secrets.token_hex(8)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("wb") as writer:
                writer.write(data)
                writer.flush()
                os.fsync(writer.fileno())
            found = _zone(instance).keep(_name(sha256), path)
        finally:
            path.unlink(missing_ok=True)
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

    Of bytes that an erasure changed, those that stand in their place.

    :raises RuleViolation: when other bytes stand under the hash.
    """
    found = _zone(instance).find(_name(sha256))
    if found is None and (note := _note(instance, sha256)) is not None:
        return find(instance, note["sha256"]) if note["sha256"] else None
    if found is not None and _sha256(found) != sha256:
        raise RuleViolation(
            f"the raw zone holds other bytes under {sha256[:12]} than were received; restore them from a backup"
        )
    return found


def erased_by(instance: Instance, sha256: str) -> int | None:
    """Return the number of the erasure that took something out of the bytes of a hash; None when none did."""
    note = _note(instance, sha256)
    return None if note is None else int(note["erasure"])


def replace(instance: Instance, sha256: str, data: bytes | None, *, erasure_id: int) -> str:
    """Let other bytes, or none, stand in the place of those of a hash, for an erasure; returns the new hash, empty for none.

    Stopped anywhere and done again it ends the same: the old bytes go last.
    """
    new = "" if data is None else keep_bytes(instance, data).sha256
    note = json.dumps({"erasure": erasure_id, "sha256": new})
    _zone(instance).write(f"{_name(sha256)}{ERASED}", note.encode())
    _zone(instance).remove(_name(sha256))
    return new


def standing(instance: Instance, sha256: str) -> str:
    """Return the hash of what stands in the place of bytes now: their own, another one after erasures, empty for nothing."""
    note = None if _zone(instance).find(_name(sha256)) is not None else _note(instance, sha256)
    if note is None or not note["sha256"]:
        return sha256 if note is None else ""
    return standing(instance, note["sha256"])


def sha256_of(data: bytes) -> str:
    """Return the hash that bytes are kept under."""
    return hashlib.sha256(data).hexdigest()


def _note(instance: Instance, sha256: str) -> dict[str, str] | None:
    found = _zone(instance).read(f"{_name(sha256)}{ERASED}")
    return None if found is None else json.loads(found)


def _sha256(path: Path) -> str:
    with path.open("rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()


def _zone(instance: Instance) -> Storage:
    return open_storage(instance, instance.raw)


def _name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
