"""Owns finding deliveries: files in the inbox that are complete, folders and object storage alike."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskreview.foundation.errors import Unavailable
from riskreview.foundation.instance import Instance
from riskreview.foundation.storage import path_of
from riskreview.policy.mapping import Mapping

IGNORED = (".done", ".manifest.json", ".part", ".tmp", ".crdownload", ".filepart", ".refused")
STABLE_SECONDS = 2.0
QUEUE = "queue"
"""Folder of the inbox where other systems put events, one a file; see the events room."""


class SourceUnreachable(Unavailable):
    """A database or object storage does not answer; other sources are not affected."""


@dataclass(frozen=True, slots=True)
class InboxFile:
    """One file in the inbox.

    :param path: a local path or a universal path.
    :param key: its place under the inbox. :param modified: time of change in nanoseconds, or a hash of the object's version.
    """

    path: Any
    key: str
    size: int
    modified: int


def find_files(instance: Instance, mapping: Mapping) -> Iterator[InboxFile]:
    """Return the files a mapping's path matches, in the order of their names; the queue of events is no part of the inbox.

    :raises SourceUnreachable: when object storage does not answer.
    """
    if mapping.read.path is not None:
        files = files_matching(instance, mapping.read.path)
        yield from (file for file in files if not file.key.startswith(f"{QUEUE}/"))


def files_matching(instance: Instance, pattern: str) -> Iterator[InboxFile]:
    """Return the files under the inbox that match a pattern, in the order of their names; what is unfinished by its name is left out.

    :raises SourceUnreachable: when object storage does not answer.
    """
    root = root_of(instance)
    for path in _matches(root, pattern):
        name = path.name
        if name.endswith(IGNORED) or name.startswith(("~$", ".")) or (path.is_dir() and not _is_link(path)):
            continue
        try:
            state = path.lstat() if isinstance(path, Path) else path.stat()
        except FileNotFoundError:
            continue
        modified = getattr(state, "st_mtime_ns", None) or int(float(state.st_mtime or 0) * 1e9)
        yield InboxFile(path, str(path)[len(str(root)) :].lstrip("/"), int(state.st_size), int(modified))


def _matches(root: Any, pattern: str) -> list[Any]:  # local or universal paths
    if isinstance(root, Path):
        return sorted(root.glob(pattern), key=str)
    try:
        return sorted(root.glob(pattern), key=str)
    except Exception as error:
        raise SourceUnreachable(f"the inbox in object storage does not answer: {type(error).__name__}") from error


def is_complete(file: InboxFile, *, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Return whether a file is finished: announced by ``.done`` or a manifest, or its size has stopped changing.

    A file in object storage is complete when it is seen.
    """
    if not isinstance(file.path, Path):
        return True
    if any(file.path.with_name(file.path.name + end).exists() for end in (".done", ".manifest.json")):
        return True
    if time.time() - file.modified / 1e9 >= STABLE_SECONDS:
        return True
    sleep(STABLE_SECONDS / 4)
    try:
        state = file.path.lstat()
    except FileNotFoundError:
        return False
    return (state.st_size, state.st_mtime_ns) == (file.size, file.modified)


def _is_link(path: Any) -> bool:  # a local or universal path
    return isinstance(path, Path) and path.is_symlink()


def root_of(instance: Instance) -> Any:  # a local or universal path
    """Return the inbox: a local path, or a universal one in object storage."""
    return path_of(instance, instance.inbox)
