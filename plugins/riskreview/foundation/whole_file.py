"""Owns writing local files whole or not at all: what fails on the way, such as on a full disk, leaves nothing behind."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Yield where to write what may take the place of ``path`` in one step; readers of folders pass over its name, and what is not moved is gone."""
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield where to write what then takes the place of ``path``."""
    with draft_of(path) as draft:
        yield draft
        draft.replace(path)


@contextmanager
def whole_folder(folder: Path) -> Iterator[None]:
    """Make a folder and let it be filled; one that was empty is empty again after a failure. Others keep what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    was_empty = not any(folder.iterdir())
    try:
        yield
    except BaseException:
        for item in folder.iterdir() if was_empty else ():
            shutil.rmtree(item) if item.is_dir() else item.unlink()
        raise
