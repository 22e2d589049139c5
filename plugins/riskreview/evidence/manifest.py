"""Owns the manifest of a pack: the SHA-256 of each of its files, signed with the log's key; ``verify.py`` reads it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from riskreview.audit.keys import open_signer
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services

FILE = "manifest.txt"
HEADING = "riskreview evidence pack 1"


def write_manifest(services: Services, folder: Path, said: Sequence[tuple[str, str]], *, at: datetime) -> str:
    """Write the signed manifest of everything in a folder and return its SHA-256.

    :param said: what else it says, by name; values of one line.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != FILE)
    lines = [HEADING, *(f"{name} {' '.join(value.split())}" for name, value in said)]
    for path in files:
        content = path.read_bytes()
        lines.append(f"file {hashlib.sha256(content).hexdigest()} {len(content)} {path.relative_to(folder).as_posix()}")
    with transaction(services.engine) as connection:
        note = open_signer(services.instance, connection, at=at).sign("\n".join(lines) + "\n")
    (folder / FILE).write_text(note, encoding="utf-8")
    return hashlib.sha256(note.encode()).hexdigest()
