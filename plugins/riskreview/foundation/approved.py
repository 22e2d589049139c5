"""Owns which approved files an instance works by on a day: the database says which, a folder named by their digest holds them.

Which files these are, who approved them and what for is the business of others; here a set of files is names and texts.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from riskreview.foundation.errors import Unavailable
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql

FOLDER = "approved"


def digest_of(files: Mapping[str, str]) -> str:
    """Return the SHA-256 of a set of files: every name with its text, whatever their order."""
    return hashlib.sha256(json.dumps(dict(sorted(files.items())), ensure_ascii=False).encode()).hexdigest()


def lay_out(instance: Instance, digest: str, files: Mapping[str, str]) -> Path:
    """Return the folder that holds exactly these files; one that was tampered with is laid out anew."""
    place = instance.home / FOLDER / digest
    if _is_whole(place, digest):
        return place
    place.parent.mkdir(exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix="laying-", dir=place.parent))
    try:
        for name, content in files.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content.encode())
        shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):  # another process was faster
            aside.rename(place)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    if not _is_whole(place, digest):
        raise Unavailable(f"the approved files could not be laid out in {place}")
    return place


def view_on(instance: Instance, engine: Engine, day: date) -> Instance:
    """Return the instance as it works on a day: by the set of files in force then; as it is where nothing was ever put into force."""
    with engine.connect() as connection:
        digest = in_force(connection, day)
        return instance if digest is None else view_of(instance, connection, digest)


def view_of(instance: Instance, connection: Connection, digest: str) -> Instance:
    """Return the instance as it would work by a stored set of files."""
    place = instance.home / FOLDER / digest
    if not _is_whole(place, digest):
        stored = connection.execute(text(sql("foundation", "read_approved")), {"digest": digest}).scalar_one()
        place = lay_out(instance, digest, stored)
    return replace(instance, approved=place)


def in_force(connection: Connection, day: date) -> str | None:
    """Return the digest of the set in force on a day; before the first day of any, that first one's; None without any."""
    found = connection.execute(text(sql("foundation", "approved_on")), {"on_day": day}).scalar_one_or_none()
    return None if found is None else str(found)


def _is_whole(place: Path, digest: str) -> bool:
    """Tell whether a folder holds the files of its digest; what was read once is read again when a file changed."""
    paths = sorted(path for path in place.rglob("*") if path.is_file())
    marks = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
    if not marks or marks == _whole.get(place):
        return bool(marks)
    found = {path.relative_to(place).as_posix(): path.read_bytes().decode("utf-8", "replace") for path in paths}
    if digest_of(found) != digest:
        return False
    _whole[place] = marks
    return True


_whole: dict[Path, tuple[tuple[str, int, int], ...]] = {}
"""Folders that were found whole, with the times and sizes of their files then."""
