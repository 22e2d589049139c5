"""Owns which files an erasure rewrote, as kept in the database and named by its event in the log."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class ErasedFile:
    """A file that an erasure rewrote; ``sha256`` is empty where nothing stands in its place.

    :param place: ``facts``, by table and name, or ``raw``, by the hash it was kept under.
    """

    place: str
    name: str
    erasure_id: int
    before_sha256: str
    sha256: str
    size_bytes: int

    @property
    def values(self) -> dict[str, object]:
        """As bound values."""
        return asdict(self)


def list_erased(connection: Connection) -> list[ErasedFile]:
    """Return what was kept, by erasure."""
    return [ErasedFile(**row) for row in connection.execute(text(sql("facts", "list_erased"))).mappings()]


def digest_of(files: Iterable[ErasedFile]) -> str:
    """Return the SHA-256 over the files of an erasure, which its event names."""
    lines = sorted(f"{item.place} {item.name} {item.before_sha256} {item.sha256} {item.size_bytes}\n" for item in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def proven_erased(connection: Connection) -> list[ErasedFile]:
    """Return the files of erasures whose event says the same of them; what no event proves is no erasure."""
    said = {int(row.erasure_id): str(json.loads(bytes(row.body))["new"]["sha256"]) for row in connection.execute(text(sql("facts", "erasures_told")))}  # fmt: skip
    found = [(number, list(files)) for number, files in groupby(list_erased(connection), lambda item: item.erasure_id)]
    return [item for number, files in found if said.get(number) == digest_of(files) for item in files]
