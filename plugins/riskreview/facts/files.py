"""Owns the digests of the fact tables' files: kept when a version is published, compared with the files when somebody reads them again.

The event that publishes a version names one digest over its files, so neither a file, nor the table's own log, nor what is kept here can be
altered without being named. Files of versions from before digests were kept are compared from their next publication on.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from riskreview.facts import delta_tables
from riskreview.facts.erased import proven_erased
from riskreview.facts.register import REGISTER
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class FileDigest:
    """One file, by its name in its table; the SHA-256 of one that is gone is empty."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SealedVersion:
    """The files of a table version in the order of their names; ``fresh`` are those whose digest was not kept before."""

    dataset: str
    version: int
    files: tuple[FileDigest, ...]
    fresh: tuple[FileDigest, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over all of them."""
        return _digest_of(self.files)


def seal(services: Services, versions: Mapping[str, int]) -> list[SealedVersion]:
    """Return what the files of table versions come to; only files that are not known yet are read."""
    found = []
    for dataset, version in versions.items():
        table = delta_tables.open_table(services.instance, dataset, version)
        if table is not None:
            with services.engine.connect() as connection:
                known = {item.path: item for item in _kept(connection, dataset)}
            names = delta_tables.names_of(table)
            fresh = {name: read_digest(services.instance, dataset, name) for name in names if name not in known}
            files = tuple(known.get(name) or fresh[name] for name in names)
            found.append(SealedVersion(dataset, version, files, tuple(fresh.values())))
    return found


def keep(connection: Connection, sealed: list[SealedVersion], *, at: datetime) -> dict[str, str]:
    """Keep the digests of new files, in the caller's transaction, and return the digest of each version for its event."""
    rows = [{"dataset": version.dataset, "path": file.path, "sha256": file.sha256, "size_bytes": file.size_bytes, "at": at}
            for version in sealed for file in version.fresh]  # fmt: skip
    if rows:
        connection.execute(text(sql("facts", "keep_files")), rows)
    return {version.dataset: version.digest for version in sealed}


class FactFiles:
    """Compares files with what was kept of them; each file is read once, however often it is asked for.

    One that an erasure rewrote, as its event in the log says, counts as the file it was; as it was before it counts as altered.
    """

    def __init__(self, services: Services, connection: Connection) -> None:
        """Take what was kept from a connection."""
        rows = connection.execute(text(sql("facts", "published_digests"))).all()
        self._instance = services.instance
        self._published = {(str(row.dataset), int(row.version)): str(row.digest) for row in rows}
        kept = connection.execute(text(sql("facts", "list_files")), {"dataset": None}).all()
        self._kept = {
            (str(row.dataset), str(row.path)): FileDigest(row.path, row.sha256, row.size_bytes) for row in kept
        }
        self._erased = {item.name: item for item in proven_erased(connection) if item.place == "facts"}
        self._read: dict[tuple[str, str], FileDigest] = {}

    def altered(self) -> dict[str, str]:
        """Return every kept file that is not as it was, by table and name, with what is wrong; one of an old version may be gone."""
        there = ((dataset, path) for dataset, path in self._kept if self._digest(dataset, path).sha256)
        problems = {f"{dataset}/{path}": self._problem(dataset, path) for dataset, path in there}
        return {name: problem for name, problem in problems.items() if problem}

    def problem(self, versions: Mapping[str, int]) -> str:
        """Return what is wrong with the files of table versions; empty when they are those that were published."""
        tables = {dataset: version for dataset, version in versions.items() if dataset != REGISTER}
        found = (self._problem_of(dataset, version) for dataset, version in sorted(tables.items()))
        return next((problem for problem in found if problem), "")

    def _problem_of(self, dataset: str, version: int) -> str:
        said = self._published.get((dataset, version))
        try:
            table = delta_tables.open_table(self._instance, dataset, version, look_again=True)
        except delta_tables.FactsGone as error:
            return str(error)
        names = [] if table is None else delta_tables.names_of(table)
        problem = next((found for name in names if (found := self._problem(dataset, name))), "")
        if problem or said is None or said == _digest_of(tuple(self._digest(dataset, name) for name in names)):
            return problem
        return f"the files of version {version} of the fact table {dataset} are not those that were published"

    def _problem(self, dataset: str, path: str) -> str:
        kept = self._kept.get((dataset, path))
        if kept is None:
            return ""
        found = self._digest(dataset, path)
        if not found.sha256:
            return f"the file {path} of the fact table {dataset} is gone"
        if found == kept:
            return ""
        if found.sha256 == kept.sha256:
            return f"the file {path} of the fact table {dataset} still says what erasure {self._erased[f'{dataset}/{path}'].erasure_id} took out of it"
        return f"the file {path} of the fact table {dataset} was altered: its SHA-256 is {found.sha256}, when published it was {kept.sha256}"

    def _digest(self, dataset: str, path: str) -> FileDigest:
        if (dataset, path) not in self._read:
            found, erased = read_digest(self._instance, dataset, path), self._erased.get(f"{dataset}/{path}")
            if erased is not None and found.sha256:
                same = found.sha256 == erased.sha256 and (dataset, path) in self._kept
                found = self._kept[dataset, path] if same else FileDigest(path, found.sha256, -1)
            self._read[dataset, path] = found
        return self._read[dataset, path]


def read_digest(instance: Instance, dataset: str, path: str) -> FileDigest:
    """Read a file and return its digest."""
    try:
        with delta_tables.open_file(instance, dataset, path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return FileDigest(path, digest, int(file.tell()))
    except FileNotFoundError:
        return FileDigest(path, "", 0)


def _kept(connection: Connection, dataset: str) -> list[FileDigest]:
    rows = connection.execute(text(sql("facts", "list_files")), {"dataset": dataset})
    return [FileDigest(row.path, row.sha256, row.size_bytes) for row in rows]


def _digest_of(files: tuple[FileDigest, ...]) -> str:
    lines = (f"{file.sha256} {file.size_bytes} {file.path}\n" for file in sorted(files, key=lambda file: file.path))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
