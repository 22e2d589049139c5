"""Owns where files are kept that outlive a machine: a folder or object storage, as the place's URL says; both behave alike.

A file is written once under its name, whole or not at all. Readers get a local file: of a folder the file itself, of object storage
a copy that is fetched once (see ``file_cache``), so that whoever reads files needs to know of no storage.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from riskreview.foundation.errors import NotFound, RiskReviewError, Unavailable
from riskreview.foundation.file_cache import FileCache
from riskreview.foundation.instance import Instance, is_remote
from riskreview.foundation.whole_file import draft_of

WAITING = {
    "connect_timeout": "5s",
    "timeout": "60s",
    "max_retries": "4",
    "retry_timeout": "60s",
    "backoff_config.init_backoff": "200ms",
    "backoff_config.max_backoff": "5s",
}
"""How long object storage is waited for before the task is failed and retried; ``storage_options`` of the settings may say otherwise."""


class Storage(Protocol):
    """A place that keeps files by name."""

    @property
    def aside(self) -> Path:
        """A local folder for files in the making, on the disk that ``keep`` can move them from."""

    def keep(self, name: str, made: Path) -> Path:
        """Move a local file here unless it is here, and return a local file with the same bytes."""

    def find(self, name: str) -> Path | None:
        """Return a local file with the bytes, None when there are none."""

    def files(self, folder: str, names: Sequence[str]) -> list[Path]:
        """Return local files with the bytes of all of these, in order.

        :raises NotFound: when one of them is gone.
        """

    def read(self, name: str) -> bytes | None:
        """Return the bytes, None when there are none."""

    def create(self, name: str, content: bytes) -> bool:
        """Write bytes unless there are some; of two at once one is first. Tells whether this one was."""

    def write(self, name: str, content: bytes) -> None:
        """Write bytes, replacing others."""

    def remove(self, name: str) -> None:
        """Take a file away, also where it is gone already."""


def open_storage(instance: Instance, place: str) -> Storage:
    """Return what keeps files at a place: a path, or the URL of object storage.

    :raises BadInput: E-SETTING for options that nobody knows.
    """
    if not is_remote(place):
        return Folder(Path(place.removeprefix("file://")))
    from riskreview.foundation.object_storage import Bucket

    return Bucket(
        place.rstrip("/"),
        options_for(instance, place),
        FileCache(instance.cache, int(instance.settings.cache_gb * 1e9)),
    )


def path_of(instance: Instance, place: str) -> Any:  # a local path or a universal path
    """Return a place as a path, for whoever lists and opens what others put there."""
    if not is_remote(place):
        return Path(place.removeprefix("file://"))
    if not place.startswith("s3://"):
        from upath import UPath

        return UPath(place)
    from riskreview.foundation.object_storage import universal_path

    return universal_path(place, options_for(instance, place))


def options_for(instance: Instance, place: str) -> dict[str, str]:
    """Return with what options deltalake and obstore reach a place; none for a folder."""
    if not is_remote(place):
        return {}
    return {**WAITING, "aws_conditional_put": "etag", **instance.storage_options()}


class Folder:
    """Files below a folder of this machine, or one that is mounted on it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def aside(self) -> Path:
        """See ``Storage``."""
        return self._root / "incoming"

    def keep(self, name: str, made: Path) -> Path:
        """See ``Storage``."""
        target = self._made(name)
        made.replace(target)
        return target

    def find(self, name: str) -> Path | None:
        """See ``Storage``."""
        path = self._root / name
        return path if path.exists() else None

    def files(self, folder: str, names: Sequence[str]) -> list[Path]:
        """See ``Storage``."""
        found = [self._root / folder / name for name in names]
        gone = next((path for path in found if not path.exists()), None)
        if gone is not None:
            raise NotFound(f"the file {gone} is gone; restore it from a backup")
        return found

    def read(self, name: str) -> bytes | None:
        """See ``Storage``."""
        found = self.find(name)
        return None if found is None else found.read_bytes()

    def create(self, name: str, content: bytes) -> bool:
        """See ``Storage``."""
        target = self._made(name)
        with self._draft(target, content) as draft:
            try:
                os.link(draft, target)
            except FileExistsError:
                return False
        return True

    def write(self, name: str, content: bytes) -> None:
        """See ``Storage``."""
        target = self._made(name)
        with self._draft(target, content) as draft:
            draft.replace(target)

    def remove(self, name: str) -> None:
        """See ``Storage``."""
        (self._root / name).unlink(missing_ok=True)

    def _made(self, name: str) -> Path:
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    @staticmethod
    @contextmanager
    def _draft(target: Path, content: bytes) -> Iterator[Path]:
        """Yield a file beside the target with the bytes on the disk; it is gone afterwards unless it was moved."""
        with draft_of(target) as draft:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            yield draft


@contextmanager
def reaching(place: str, *, errors: tuple[type[Exception], ...] = (OSError,)) -> Iterator[None]:
    """Say in one sentence that object storage failed us; what a folder's files say stays as it is.

    :raises Unavailable: for any of ``errors``, worth a retry: nothing was half written.
    """
    try:
        yield
    except RiskReviewError:
        raise
    except errors as error:
        if not is_remote(place) or not _is_of_storage(error):
            raise
        raise Unavailable(
            f"the object storage {_shortened(place)} {_said(error)}; nothing is lost, run it again"
        ) from error


def _is_of_storage(error: Exception) -> bool:
    """Tell an error of object storage from that of a local file and from what a writer found wrong with the rows."""
    if isinstance(error, OSError):
        return error.errno is None
    known = type(error).__module__.startswith("obstore") or type(error).__name__ == "CommitFailedError"
    return known or "S3 error" in str(error) or "necessary privileges" in str(error)


def _shortened(place: str) -> str:
    scheme, _, rest = place.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _said(error: Exception) -> str:
    """Return what an error of object storage means; its own text holds addresses and is kept as the cause."""
    text = str(error)
    return next((sentence for sign, sentence in _SIGNS if sign.search(text)), "cannot be reached")


_SIGNS = (
    (
        re.compile(r"\b(?:403 Forbidden|401 Unauthorized)"),
        "does not let us in or not do this: repair the connection or its rights",
    ),
    (re.compile("[Tt]ransaction|[Cc]oncurrent"), "was written to by another process at the same time"),
    (re.compile("NoSuchBucket"), "does not know this bucket: make it, or correct the place in the settings"),
    (re.compile("timed out|TimedOut"), "does not answer in time"),
    (re.compile("end of file before|IncompleteBody"), "broke off in the middle of an answer"),
    (re.compile(r"\b5\d\d [A-Z]"), "is out of order"),
)
"""What is in the text of such errors, by what it means."""
