"""Owns files with secrets: readable by their owner only, written whole or not at all."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from riskreview.foundation.errors import BadInput
from riskreview.foundation.whole_file import draft_of


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, replacing an older one."""
    with _draft(path, text) as draft:
        draft.replace(path)


def create_private(path: Path, text: str) -> bool:
    """Write such a file unless there is one; of two processes at once one is first. Tells whether this one was."""
    with _draft(path, text) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    return True


def read_private(path: Path) -> str:
    """Return the text of such a file.

    :raises BadInput: E-SECRET-FILE when others may read it, or it is a link.
    """
    state = path.lstat()
    if not stat.S_ISREG(state.st_mode) or state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadInput("E-SECRET-FILE", "others than its owner can read the file", f"chmod 600 {path.name}, and make a new secret",
                       path.name)  # fmt: skip
    return path.read_text(encoding="ascii")


@contextmanager
def _draft(path: Path, text: str) -> Iterator[Path]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with draft_of(path) as draft:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
        yield draft
