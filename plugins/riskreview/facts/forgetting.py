"""Owns taking a person out of the fact tables: its personal columns are rewritten in every file of every version, figures stay.

A file keeps its name and its rows, so every version keeps its number and every replay of others its result. The tables' own logs
lose the statistics of personal columns and learn the new sizes. Writers hold ``one_publisher``. Done again it changes nothing.
"""

import hashlib
import io
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskreview.facts.delta_tables import ROW_GROUP_ROWS
from riskreview.foundation.instance import Instance
from riskreview.foundation.storage import Storage, open_storage, path_of
from riskreview.policy.datasets import DATASETS, Dataset

PERSONAL = tuple(dataset for dataset in DATASETS.values() if dataset.personal)
PARTIES = "relations"
"""Names others: a row is about the person where it names it, whoever's relation it is."""
REGISTERS = {name: DATASETS[name] for name in ("customers", "contacts")}
"""Data sets whose rows describe the person; they are read first, for how it is called."""
MARKS = frozenset({"tax_id", "phone", "address", "contact_id"})
LEAST_VALUE = 4
"""A shorter text is no sign of a person."""


@dataclass(slots=True)
class Told:
    """What the facts say of a person: the texts, and in which rows of which delivery.

    :param marks: those texts that nobody else has: numbers, phones, addresses; a name may be that of a namesake.
    """

    values: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    rows: dict[int, dict[str, set[int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A file as it was and as it is to be."""

    dataset: str
    path: str
    before: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Digest of the new content."""
        return hashlib.sha256(self.content).hexdigest()


def told_of(instance: Instance, accounts: Collection[int]) -> Told:
    """Return what the facts say of a person in any version."""
    told = Told()
    for dataset in (*REGISTERS.values(), *(item for item in DATASETS.values() if item.name not in REGISTERS)):
        for path in _paths(instance, dataset.name).values() if not dataset.is_shared else ():
            rows = _rows_about(path, dataset, accounts, told.values)
            for row in rows.to_pylist():
                told.rows.setdefault(int(row["batch_id"]), {}).setdefault(dataset.name, set()).add(int(row["source_row"]))  # fmt: skip
                if dataset.name != PARTIES:
                    told.values |= {str(row[name]) for name in dataset.personal if _says(row.get(name))}
                    told.marks |= {
                        str(row[name]) for name in dataset.personal if name in MARKS and _says(row.get(name))
                    }
    return told


def _rows_about(path: Path, dataset: Dataset, accounts: Collection[int], values: Collection[str]) -> pa.Table:
    """Return the rows about a person; of data sets without personal columns only where they came from."""
    if dataset.personal:
        rows = pq.read_table(path)
        chosen = _own(rows, accounts)
        return rows.filter(pc.or_(chosen, _naming(rows, values)) if dataset.name == PARTIES else chosen)
    wanted = [("account_key", "in", set(accounts))] if accounts else None
    return pq.read_table(path, columns=["batch_id", "source_row"], filters=wanted)


def _says(value: object) -> bool:
    return isinstance(value, str) and len(value) >= LEAST_VALUE and not value.startswith("[erasure ")


def rewritings(instance: Instance, accounts: Collection[int], told: Told, said: str) -> Iterator[Rewriting]:
    """Return the files that still name a person, each as it is to be; those first that are searched by how the others call it.

    :param said: what stands where a text is required.
    """
    for dataset in sorted(PERSONAL, key=lambda item: item.name != PARTIES):
        for name, path in _paths(instance, dataset.name).items():
            rows = pq.read_table(path)
            chosen = _naming(rows, told.values) if dataset.name == PARTIES else _own(rows, accounts)
            changed = _without(rows, dataset, chosen, said)
            if not changed.equals(rows):
                stream = io.BytesIO()
                pq.write_table(changed, stream, compression="zstd", row_group_size=ROW_GROUP_ROWS)
                before = hashlib.sha256(path.read_bytes()).hexdigest()
                yield Rewriting(dataset.name, name, before, stream.getvalue())


def put(instance: Instance, made: Rewriting) -> None:
    """Put a file in the place of the one it was."""
    _storage(instance).write(f"{made.dataset}/{made.path}", made.content)


def clean_logs(instance: Instance) -> None:
    """Let the tables' own logs say the sizes of their files, and nothing of what personal columns hold."""
    for dataset in PERSONAL:
        sizes = {name: path.stat().st_size for name, path in _paths(instance, dataset.name).items()}
        for path in _names(instance, f"{dataset.name}/_delta_log"):
            name, stored = f"{dataset.name}/_delta_log/{path.name}", path.read_bytes()
            cleaned = _clean_checkpoint(stored, sizes, dataset) if path.name.endswith(".parquet") else _clean_commit(stored, sizes, dataset)  # fmt: skip
            if cleaned != stored and path.name[0] != "_":
                _storage(instance).write(name, cleaned)


def _own(rows: pa.Table, accounts: Collection[int]) -> pa.ChunkedArray:
    return pc.is_in(rows["account_key"], pa.array(sorted(accounts), pa.int64()))


def _naming(rows: pa.Table, values: Collection[str]) -> pa.ChunkedArray:
    known = pa.array(sorted(values), pa.string())
    by_name, by_number = (pc.is_in(rows[name].cast(pa.string()), known) for name in ("party_name", "party_tax_id"))
    return pc.or_(by_name, by_number)


def _without(rows: pa.Table, dataset: Dataset, chosen: pa.ChunkedArray, said: str) -> pa.Table:
    for name in dataset.personal:
        if name not in rows.column_names:
            continue
        place, kind = rows.schema.get_field_index(name), rows.schema.field(name)
        given = said if dataset.column(name).required else None
        filled = pc.and_(
            chosen,
            pc.and_(rows[name].is_valid(), pc.fill_null(pc.not_equal(rows[name], pa.scalar(said, kind.type)), False)),
        )
        rows = rows.set_column(place, kind, pc.if_else(filled, pa.scalar(given, kind.type), rows[name]))
    return rows


def _clean_commit(stored: bytes, sizes: Mapping[str, int], dataset: Dataset) -> bytes:
    lines = [json.loads(line) for line in stored.splitlines() if line.strip()]
    changed = [_clean_action(line, sizes, dataset) for line in lines]
    return stored if changed == lines else "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in changed).encode()  # fmt: skip


def _clean_checkpoint(stored: bytes, sizes: Mapping[str, int], dataset: Dataset) -> bytes:
    table = pq.read_table(io.BytesIO(stored))
    rows = table.to_pylist()
    changed = [_clean_action(row, sizes, dataset) for row in rows]
    if changed == rows:
        return stored
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(changed, schema=table.schema), stream)
    return stream.getvalue()


def _clean_action(action: dict[str, Any], sizes: Mapping[str, int], dataset: Dataset) -> dict[str, Any]:
    """Return an action of a Delta log with the file's size of now and without statistics of personal columns."""
    found = dict(action)
    for kind in ("add", "remove"):
        told = found.get(kind)
        if told and told["path"] in sizes:
            size = {"size": sizes[told["path"]]} if told.get("size") is not None else {}
            stats = {"stats": _clean_statistics(told["stats"], dataset)} if told.get("stats") else {}
            found[kind] = {**told, **size, **stats}
    return found


def _clean_statistics(stored: str, dataset: Dataset) -> str:
    told = json.loads(stored)
    kept = {name: {column: item for column, item in value.items() if column not in dataset.personal} if isinstance(value, dict) else value
            for name, value in told.items()}  # fmt: skip
    return stored if kept == told else json.dumps(kept, separators=(",", ":"))


def _paths(instance: Instance, dataset: str) -> dict[str, Path]:
    """Return by name local files with the bytes of all data files of a table, those of old versions too; a copy is called otherwise."""
    names = [path.name for path in _names(instance, dataset) if path.name.endswith(".parquet")]
    return dict(zip(names, _storage(instance).files(dataset, names), strict=True))


def _names(instance: Instance, below: str) -> list[Any]:  # local or universal paths
    folder = path_of(instance, instance.facts) / below
    return sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.name) if folder.exists() else []  # fmt: skip


def _storage(instance: Instance) -> Storage:
    return open_storage(instance, instance.facts)
