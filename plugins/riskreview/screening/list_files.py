"""Owns finding and reading the files of the lists in an instance's ``lists`` folder."""

import gzip
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.policy.screening_policy import SanctionsList
from riskreview.screening.entry import ListEntry
from riskreview.screening.lists import eu, ofac, table, un

READERS: Mapping[str, Callable[[Mapping[str, bytes]], Iterator[ListEntry]]] = {
    "ofac": ofac.read, "un": un.read, "eu": eu.read, "table": table.read,
}  # fmt: skip
MAX_BYTES = 512 << 20
LEAST_SHARE_PCT = 60
"""A version with fewer parties than this share of the one before is not taken."""
SUFFIXES = (".csv", ".xml", ".csv.gz", ".xml.gz")


@dataclass(frozen=True, slots=True)
class ListFiles:
    """The files of one list by name without suffixes, and the digest of their bytes."""

    definition: SanctionsList
    files: Mapping[str, bytes]
    digest: str


def find_files(instance: Instance, definition: SanctionsList) -> ListFiles | None:
    """Return the files of a list, None when there are none: the list is not used.

    :raises BadInput: E-FILE-KIND, E-ARCHIVE-RATIO, E-ARCHIVE-DAMAGED.
    """
    paths = _paths(instance.home / "lists" / definition.id)
    whole, files = hashlib.sha256(), {}
    for path in paths:
        data = _bytes_of(path)
        whole.update(path.name.encode() + b"\0" + hashlib.sha256(data).digest())
        files[path.name.removesuffix(".gz").rpartition(".")[0]] = data
    return ListFiles(definition, files, whole.hexdigest()) if files else None


def read_entries(found: ListFiles, *, entries_before: int = 0) -> tuple[ListEntry, ...]:
    """Return the entries of a list.

    :raises BadInput: naming list, line and repair; E-LIST-EMPTY for a list of nobody, E-LIST-DUPLICATE for an entry named twice,
        E-LIST-SHRUNK for one with far fewer parties than ``entries_before``.
    """
    entries: dict[str, ListEntry] = {}
    for item in READERS[found.definition.format](found.files):
        if not item.names or not item.entry_id:
            raise BadInput("E-LIST-FORMAT", f"the entry {item.entry_id or '?'} has no name or no number", "Download the list again, whole",
                           found.definition.id)  # fmt: skip
        if item.entry_id in entries:
            raise BadInput("E-LIST-DUPLICATE", f"the entry {item.entry_id} is listed twice", "Keep one version of the list in the folder",
                           found.definition.id)  # fmt: skip
        entries[item.entry_id] = item
    if not entries:
        raise BadInput(
            "E-LIST-EMPTY",
            "the list names nobody",
            "Download it again; an empty list clears no one",
            found.definition.id,
        )
    if len(entries) * 100 < entries_before * LEAST_SHARE_PCT:
        raise BadInput("E-LIST-SHRUNK", f"the list names {len(entries)} parties, the version before it {entries_before}",
                       "Download it again, whole; a list that shrank clears no one", found.definition.id)  # fmt: skip
    return tuple(entries.values())


def _paths(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    paths = sorted(path for path in folder.iterdir() if path.name.lower().endswith(SUFFIXES))
    odd = next((path for path in paths if path.is_symlink() or not path.is_file()), None)
    if odd is not None:
        raise BadInput(
            "E-FILE-KIND", f"{odd.name} is no plain file", "Put the list's files themselves there", folder.name
        )
    return paths


def _bytes_of(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise BadInput(
            "E-ARCHIVE-DAMAGED", "the gzip file cannot be unpacked", "Download it again, whole", path.name
        ) from error
    if len(data) > MAX_BYTES:
        raise BadInput(
            "E-ARCHIVE-RATIO", f"unpacked it is larger than {MAX_BYTES >> 20} MiB", "Check what the file is", path.name
        )
    return data
