"""Owns the history of assessments: Delta tables that are only ever appended to, one commit per assessment.

One table holds the assessments of everybody, another those of single customers in between; readers see them as one history.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskreview.facts.delta_tables import columns_of, open_table, rows_of, table_uri
from riskreview.facts.table_format import NOTE
from riskreview.foundation.instance import Instance
from riskreview.foundation.storage import options_for, reaching

TABLE, PARTIAL = "assessments", "assessments_partial"
BATCH = 131_072
LOTS, GOLDEN = 1 << 16, -7046029254386353131
"""Lots that customers are drawn by; 2 to the 64th by the golden ratio, as a signed number."""
Keys = Sequence[int]
Versions = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HistoryKey:
    """What one appended assessment is identified by; the same result for the same date is appended once."""

    as_of: date
    run_id: int
    policy_version: str
    policy_digest: str
    result_digest: str
    model_version: str = ""
    model_digest: str = ""


def append_history(
    instance: Instance, key: HistoryKey, columns: dict[str, NDArray[np.generic]], *, name: str = TABLE
) -> bool:
    """Append an assessment; False when it is what the date's newest one says already.

    A crash after the append and before anything else leaves a result that the next attempt finds and keeps. A result that another
    one replaced meanwhile is appended again: the newest of a date is the one that counts.

    :param name: ``PARTIAL`` for an assessment of some customers only; another one for what is kept beside the assessments.
    """
    from deltalake import CommitProperties, Transaction, write_deltalake
    from deltalake.exceptions import DeltaError

    if not len(columns["customer_key"]):
        return False
    table = open_history(instance, name)
    if table is not None and _says(table, key):
        return False
    rows = _rows(key, columns)
    with reaching(instance.facts, errors=(OSError, DeltaError)):
        write_deltalake(
            table if table is not None else table_uri(instance, name), rows, mode="append",
            storage_options=options_for(instance, instance.facts) or None, schema_mode="merge" if table is not None else None, description=NOTE,
            writer_properties=_writing(rows.schema),
            commit_properties=CommitProperties(
                custom_metadata={"run_id": str(key.run_id), "policy_digest": key.policy_digest},
                app_transactions=[Transaction(marker, key.run_id) for marker in _markers(key)],
            ),
        )  # fmt: skip
    return True


def is_known(instance: Instance, key: HistoryKey) -> bool:
    """Tell whether an assessment is what the date's newest one over everybody says already."""
    table = open_history(instance)
    return table is not None and _says(table, key)


def _says(table: Any, key: HistoryKey) -> bool:  # deltalake has no usable types here
    date_marker, result_marker = _markers(key)
    stored = table.transaction_version(result_marker)
    return stored is not None and bool(stored == table.transaction_version(date_marker))


def _markers(key: HistoryKey) -> tuple[str, str]:
    return f"assessment {key.as_of}", f"assessment {key.as_of} {key.result_digest}"


def open_history(
    instance: Instance, name: str = TABLE, *, version: int | None = None
) -> Any:  # deltalake has no usable types here
    """Return a Delta table of the history as it is, or as of a version; None before its first assessment.

    :raises FactsGone: when the version is not there. :raises Unavailable: when object storage does not answer.
    """
    return open_table(instance, name, version)


def versions_now(instance: Instance) -> Versions:
    """Return the present version of each table of assessments that there is."""
    tables = {name: open_history(instance, name) for name in (TABLE, PARTIAL)}
    return {name: int(table.version()) for name, table in tables.items() if table is not None}


def read_before(
    instance: Instance, *, as_of: date, customer_keys: Keys | None = None, versions: Versions | None = None
) -> pa.Table | None:
    """Return the last assessment of a business date before ``as_of``, of all customers or of some; None when there is none.

    :param versions: as it was then, a table without one left out; None for as it is.
    """
    return _newest(instance, lambda day: day < as_of, customer_keys, versions=versions)


def read_at(
    instance: Instance, *, as_of: date, customer_keys: Keys | None = None, columns: Sequence[str] | None = None
) -> pa.Table | None:
    """Return the last assessment of exactly ``as_of``, of all customers or of some; None when there is none.

    :param columns: those wanted, as far as they were kept; None for all.
    """
    return _newest(instance, lambda day: day == as_of, customer_keys, columns)


def read_last(instance: Instance, name: str, *, until: date, customer_keys: Keys) -> pa.Table | None:
    """Return what a table beside the assessments said last of some customers, up to a date; None when it said nothing yet."""
    table = open_history(instance, name)
    runs = {} if table is None else {day: run for day, run in _runs(table).items() if day <= until}
    if not runs:
        return None
    day = max(runs)
    chosen = (pc.field("as_of") == day) & (pc.field("run_id") == runs[day]) & _of(customer_keys)
    return rows_of(instance, table, where=chosen)


def read_course(
    instance: Instance, *, since: date, until: date, customer_keys: Keys, columns: Sequence[str]
) -> pa.Table | None:
    """Return columns of some customers from the last assessment of every date of a span, with the dates; None without any.

    :param columns: those wanted, as far as they were kept.
    """
    table = open_history(instance)
    runs = {} if table is None else {day: run for day, run in _runs(table).items() if since <= day <= until}
    if not runs:
        return None
    span = (pc.field("as_of") >= since) & (pc.field("as_of") <= until) & _of(customer_keys)
    kept = columns_of(table)
    named = ["as_of", "run_id", "customer_key", *(name for name in columns if name in kept)]
    rows = rows_of(instance, table, columns=named, where=span)
    newest = [runs[day] == run for day, run in zip(rows["as_of"].to_pylist(), rows["run_id"].to_pylist(), strict=True)]
    return rows.filter(pa.array(newest, pa.bool_()))


def read_customer_rows(instance: Instance, *, customer_key: int) -> list[dict[str, Any]]:  # rows of the history
    """Return everything that was ever stored of a customer, also what was replaced, in no order."""
    tables = (open_history(instance, name) for name in (TABLE, PARTIAL))
    return [
        row
        for table in tables
        if table is not None
        for row in rows_of(instance, table, where=_of([customer_key])).to_pylist()
    ]


def stored_runs(instance: Instance) -> list[tuple[date, int]]:
    """Return business date and run of every assessment of everybody, also of those that were replaced."""
    table = open_history(instance)
    if table is None:
        return []
    files = pa.table(table.get_add_actions(flatten=True))
    return sorted(set(zip(files["max.as_of"].to_pylist(), files["max.run_id"].to_pylist(), strict=True)))


def rows_of_runs(instance: Instance) -> dict[tuple[date, int], int]:
    """Return how many customers every assessment of everybody has, by business date and run."""
    table, rows = open_history(instance), dict[tuple[date, int], int]()
    files = {} if table is None else pa.table(table.get_add_actions(flatten=True)).to_pydict()
    names = ("max.as_of", "max.run_id", "num_records")
    for day, run, length in zip(*(files.get(name, ()) for name in names), strict=True):
        rows[day, run] = rows.get((day, run), 0) + length
    return rows


def read_run(
    instance: Instance, day: date, run_id: int, *, columns: Sequence[str] | None = None, share: float = 1.0
) -> pa.Table:
    """Return one assessment of everybody, replaced or not, in the order of the customers.

    :param columns: those wanted, as far as they were kept; None for all.
    :param share: of the customers, drawn by their keys: always the same ones, and those of a smaller share are among those of a larger.
    """
    table = open_history(instance)
    wanted = (pc.field("as_of") == day) & (pc.field("run_id") == run_id)
    if share < 1.0:
        wanted &= _lot() < max(1, int(share * LOTS))
    return rows_of(instance, table, columns=_kept(table, columns), where=wanted).sort_by("customer_key")


def assessed_days(instance: Instance) -> tuple[date, ...]:
    """Return every business date with an assessment, ascending."""
    table = open_history(instance)
    return () if table is None else tuple(sorted(_runs(table)))


def _newest(
    instance: Instance, wanted: Callable[[date], bool], customer_keys: Keys | None, columns: Sequence[str] | None = None,
    *, versions: Versions | None = None,
) -> pa.Table | None:  # fmt: skip
    """Return the newest assessment of everybody with those of single customers since then laid over it."""
    table = _as_of(instance, TABLE, versions)
    runs = {} if table is None else {day: run for day, run in _runs(table).items() if wanted(day)}
    day = max(runs, default=None)
    single = _since(
        instance, _as_of(instance, PARTIAL, versions), wanted, customer_keys, (day, runs[day]) if day else None
    )
    if day is None:
        return None if single is None else _named(single, columns)
    wanted = (pc.field("as_of") == day) & (pc.field("run_id") == runs[day])
    wanted = wanted if customer_keys is None else wanted & _of(customer_keys)
    if single is None:
        return rows_of(instance, table, columns=_kept(table, columns), where=wanted)
    whole = rows_of(instance, table, where=wanted)
    others = pc.invert(pc.is_in(whole["customer_key"], value_set=single["customer_key"].combine_chunks()))
    return _named(pa.concat_tables([whole.filter(others), single], promote_options="default"), columns)


def _kept(table: Any, columns: Sequence[str] | None) -> list[str] | None:  # deltalake has no usable types here
    """Return which of the wanted columns were kept; None for all."""
    return None if columns is None else [name for name in columns if name in columns_of(table)]


def _named(rows: pa.Table, columns: Sequence[str] | None) -> pa.Table:
    return rows if columns is None else rows.select([name for name in columns if name in rows.column_names])


def _as_of(instance: Instance, name: str, versions: Versions | None) -> Any:  # deltalake has no usable types here
    if versions is None:
        return open_history(instance, name)
    return open_history(instance, name, version=versions[name]) if name in versions else None


def _since(
    instance: Instance,
    table: Any,
    wanted: Callable[[date], bool],
    customer_keys: Keys | None,
    after: tuple[date, int] | None,  # as above
) -> pa.Table | None:
    """Return the newest assessment of each single customer after a run over everybody, None when there is none."""
    if table is None:
        return None
    chosen = None if customer_keys is None else _of(customer_keys)
    rows = rows_of(instance, table, where=chosen)
    days, runs = rows["as_of"].to_pylist(), rows["run_id"].to_pylist()
    newer = [wanted(day) and (after is None or (day, run) > after) for day, run in zip(days, runs, strict=True)]
    rows = rows.filter(pa.array(newer, pa.bool_()))
    if not rows.num_rows:
        return None
    rows = rows.sort_by([("customer_key", "ascending"), ("as_of", "ascending"), ("run_id", "ascending")])
    key = rows["customer_key"].to_numpy()
    return rows.filter(pa.array(np.r_[key[1:] != key[:-1], True]))


def _runs(table: Any) -> dict[date, int]:  # deltalake has no usable types here
    """Return the last run of every business date, from the statistics of the files: an assessment's files hold that one alone."""
    files = pa.table(table.get_add_actions(flatten=True))
    newest: dict[date, int] = {}
    for day, run in zip(files["max.as_of"].to_pylist(), files["max.run_id"].to_pylist(), strict=True):
        newest[day] = max(run, newest.get(day, run))
    return newest


def _lot() -> pc.Expression:
    """Return the lot of a customer, 0 to ``LOTS`` - 1: the product with the golden ratio spreads neighbouring keys evenly."""
    product = pc.multiply(pc.field("customer_key"), pa.scalar(GOLDEN, pa.int64()))
    return pc.bit_wise_and(pc.shift_right(product, pa.scalar(40, pa.int64())), pa.scalar(LOTS - 1, pa.int64()))


def _of(customer_keys: Keys) -> pc.Expression:
    return pc.field("customer_key").isin(pa.array(customer_keys, pa.int64()))


def _rows(key: HistoryKey, columns: dict[str, NDArray[np.generic]]) -> pa.RecordBatchReader:
    """Return the rows as a stream, so that a large portfolio is not in memory once more."""
    length = len(next(iter(columns.values())))
    batches = (_batch(key, columns, slice(start, min(start + BATCH, length))) for start in range(0, length, BATCH))
    schema = _batch(key, columns, slice(0, 0)).schema
    return pa.RecordBatchReader.from_batches(schema, batches)


def _batch(key: HistoryKey, columns: dict[str, NDArray[np.generic]], part: slice) -> pa.RecordBatch:
    length = part.stop - part.start
    nought = pa.array(np.zeros(length, dtype=np.int8))
    constants = {
        "as_of": pa.repeat(pa.scalar(key.as_of, pa.date32()), length), "run_id": pa.repeat(pa.scalar(key.run_id, pa.int64()), length),
        **{name: pa.DictionaryArray.from_arrays(nought, pa.array([getattr(key, name)]))
           for name in ("policy_version", "policy_digest", "result_digest", "model_version", "model_digest")},
    }  # fmt: skip
    return pa.record_batch({**constants, **{name: _arrow(column[part]) for name, column in columns.items()}})


def _arrow(column: NDArray[np.generic]) -> pa.Array:
    if not np.issubdtype(column.dtype, np.floating):
        return pa.array(column)
    return pa.array(column, mask=np.isnan(column))


def _writing(schema: pa.Schema) -> Any:  # deltalake has no usable types here
    """Return how to write: no dictionaries for figures, which hardly repeat (five times faster, and smaller)."""
    from deltalake import ColumnProperties, WriterProperties

    figures = [field.name for field in schema if pa.types.is_floating(field.type)]
    plain = {name: ColumnProperties(dictionary_enabled=False) for name in figures}
    return WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=BATCH, column_properties=plain)
