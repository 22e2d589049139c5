"""Owns opening the facts of a date and a moment as DuckDB views, with only the joins that the stored data make necessary."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from riskreview.facts import delta_tables
from riskreview.facts.files import FactFiles
from riskreview.facts.held import WHOLE
from riskreview.facts.register import see_register
from riskreview.facts.results import Customers, Pins, Span
from riskreview.facts.staged import open_database
from riskreview.facts.statements import ENDED_BY_ABSENCE, completed, empty_rows, has_account, items_read, view_of
from riskreview.facts.versions import versions_name
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.datasets import DATASETS

if TYPE_CHECKING:
    import duckdb

RATED = (
    "invoices",
    "payments",
    "orders",
    "disputes",
    "promises",
    "credit_limits",
    "external_signals",
    "financial_statements",
)


@dataclass(frozen=True, slots=True)
class FactReader:
    """Facts as of a date, as known at a moment.

    Every data set is a view: its columns, ``customer_key``, and for amounts ``rate`` to the reporting currency (NULL when no
    rate is known). Views read the customer of a row from its ``account_key``; customers whose accounts changed hands since
    (``moved_customers``) are only right after ``show_moved``. Which account belonged to whom is part of what was known.

    :param delivered: data sets that have at least one batch.
    :param notes_name_invoices: whether any credit note names the invoice it is for; most ledgers' do not. ``pays_on_account``: whether any
        payment names none. Where neither is so the view ``settlements`` is that of payments.
    :param only_some: the views show the accounts of some customers only; ``span`` those of a range of customers only.
    """

    database: "duckdb.DuckDBPyConnection"
    as_of: date
    known_at: datetime
    delivered: frozenset[str]
    sources: dict[str, "_Source"]
    moved_customers: NDArray[np.int64]
    notes_name_invoices: bool = False
    pays_on_account: bool = False
    only_some: bool = False
    span: Span | None = None

    def told(self, dataset: str, column: str) -> frozenset[str]:
        """Return the texts that a column has held so far, whoever it was about, also where the views show some customers only."""
        known = f"SELECT DISTINCT {column} FROM {self.sources[dataset].source} SEMI JOIN read_batches USING (batch_id)"  # noqa: S608  our own names
        return frozenset(
            text
            for (text,) in self.database.execute(f"{known} WHERE as_of <= $as_of", {"as_of": self.as_of}).fetchall()
        )

    def show_all(self) -> None:
        """Let the views show every account under the customer of its key."""
        self._create_views(moved=False)

    def show_moved(self) -> None:
        """Let the views show only the accounts of moved customers, under their present customer."""
        self._create_views(moved=True)

    def fetch(self, statement: str, parameters: dict[str, object]) -> dict[str, NDArray[Any]]:
        """Run a statement and return its columns as plain arrays; NULL becomes NaN or NaT, None in texts."""
        columns = self.database.execute(statement, parameters).fetchnumpy()
        return {name: _filled(column) for name, column in columns.items()}

    def _create_views(self, *, moved: bool) -> None:
        for name, source in self.sources.items():
            self.database.execute(
                view_of(name, source.source, versioned=source.versioned, filtered=source.filtered,
                        converted=source.converted, absence=source.absence, moved=moved, chosen=self.only_some and not moved,
                        between=self.span is not None and not moved)
            )  # fmt: skip
        if {"invoices", "payments"} <= self.sources.keys():
            notes = sql("facts", "applied_notes" if self.notes_name_invoices else "no_applied_notes")
            self.database.execute(f"CREATE OR REPLACE TEMP VIEW applied_notes AS {notes}")
            self.database.execute(
                f"CREATE OR REPLACE TEMP VIEW named_settlements AS {sql('facts', 'named_settlements')}"
            )
            on_account = sql("facts", "on_account" if self.pays_on_account else "nothing_on_account")
            self.database.execute(f"CREATE OR REPLACE TEMP TABLE on_account AS {on_account}")
            self.database.execute(f"CREATE OR REPLACE TEMP VIEW settlements AS {sql('facts', 'settlements')}")


@dataclass(frozen=True, slots=True)
class _Source:
    source: str
    versioned: bool = False
    filtered: bool = False
    converted: bool = False
    absence: bool = False
    rows: int = 0


@contextmanager
def open_facts(
    services: Services, *, pins: Pins, as_of: date, customers: Customers | None = None, datasets: Collection[str] = tuple(DATASETS),
) -> Iterator[FactReader]:  # fmt: skip
    """Open the pinned facts as of a date, of everybody or of the given customers.

    :param datasets: what is read of them; only these are opened, since each costs a few milliseconds.

    Only what was received by ``pins.known_at`` is read. Of several versions of an item the newest extract up to ``as_of``
    counts, else the newest at all; what an extract later than ``as_of`` says about states is for the reader to ignore.

    :raises FactsGone: when a file of the facts is gone, or is not the one that was published.
    """
    import duckdb

    with TemporaryDirectory(prefix="facts-") as folder:
        database = open_database(services.instance, Path(folder))
        try:
            reader = _prepare(services, database, pins, as_of, customers, datasets)
            reader.show_all()
            yield reader
        except duckdb.Error as error:
            damaged = _damaged(services, pins)
            if damaged is None:
                raise
            raise damaged from error
        finally:
            database.close()


def _damaged(services: Services, pins: Pins) -> delta_tables.FactsGone | None:
    """Return what is wrong with the files of the facts, None when they are those that were published and something else failed."""
    with services.engine.connect() as connection:
        problem = FactFiles(services, connection).problem(pins.versions)
    return delta_tables.FactsGone(f"{problem}; restore it from a backup") if problem else None


def _prepare(
    services: Services, database: "duckdb.DuckDBPyConnection", pins: Pins, as_of: date,
    customers: Customers | None, datasets: Collection[str],
) -> FactReader:  # fmt: skip
    with services.engine.begin() as connection:
        see_register(connection, pins)
        batches = connection.execute(text(sql("facts", "read_fact_batches")), {"known_at": pins.known_at}).all()
        moved = connection.execute(text(sql("facts", "read_moved"))).all()
        held = connection.execute(text(sql("facts", "read_held")), {"known_at": pins.known_at, "as_of": as_of}).all()
        if isinstance(customers, Span):
            moved = [row for row in moved if customers.low <= row.customer_key <= customers.high]
            _set_span(database, customers)
        elif customers is not None:
            chosen = {"customers": customers.tolist()}
            accounts = connection.execute(text(sql("facts", "read_accounts_of")), chosen).all()
            _load(database, "chosen_accounts", ("account_key",), [tuple(row) for row in accounts])
            wanted = set(chosen["customers"])
            moved = [row for row in moved if row.customer_key in wanted]
    batches = [b for b in batches if b.version <= pins.versions.get(b.dataset, -1)]
    _load_batches(database, batches)
    _load(database, "moved_accounts", ("account_key", "customer_key"), [tuple(row) for row in moved])
    _load_absences(database, batches, list(held), as_of)
    database.execute("SET VARIABLE run_as_of = $value", {"value": as_of})
    span = customers if isinstance(customers, Span) else None
    sources = {
        name: _source(services, database, name, pins, batches, span) for name in dict.fromkeys((*datasets, "fx_rates"))
    }
    _load_rates(services, database, sources["fx_rates"])
    keys = np.unique(np.array([row.customer_key for row in moved], dtype=np.int64))
    return FactReader(database, as_of, pins.known_at, frozenset(b.dataset for b in batches), sources, keys,
                      _has(database, sources, "invoices", "ref_invoice_id IS NOT NULL AND doc_type = 'credit_note'"),
                      _has(database, sources, "payments", "invoice_key IS NULL"), customers is not None and span is None, span)  # fmt: skip


def _has(database: "duckdb.DuckDBPyConnection", sources: dict[str, _Source], name: str, condition: str) -> bool:
    """Tell whether any stored row of a data set is so."""
    if name not in sources:
        return False
    return bool(database.sql(f"SELECT 1 FROM {sources[name].source} WHERE {condition} LIMIT 1").fetchall())  # noqa: S608  our own names


def _set_span(database: "duckdb.DuckDBPyConnection", span: Span) -> None:
    for name in ("first_account", "last_account"):
        database.execute(f"SET VARIABLE {name} = $value", {"value": getattr(span, name)})


def _source(
    services: Services, database: "duckdb.DuckDBPyConnection", name: str, pins: Pins, batches: list[Any],
    span: Span | None,
) -> _Source:  # fmt: skip
    instance, version = services.instance, pins.versions.get(name)
    known = {b.batch_id for b in batches if b.dataset == name}
    table = None if version is None else delta_tables.open_table(instance, name, version)
    files = [] if table is None else delta_tables.files_of(table)
    chosen = [file for file in files if any(file.first_batch <= batch <= file.last_batch for batch in known)]
    source = delta_tables.source_of(instance, name, version=version, files=chosen) if chosen else None
    if source is None:
        return _Source(f"({empty_rows(DATASETS[name])})")
    own = services.instance.settings.reporting_currency
    mixed = any(file.first_batch != file.last_batch for file in chosen)
    return _Source(
        completed(DATASETS[name], source, database.sql(f"FROM {source}").columns),
        versioned=_load_replaced(services, database, name, pins, batches, within=source if span is not None and has_account(DATASETS[name]) else None),
        filtered=mixed and _is_mixed_with_unread(services, chosen, known),
        converted=any(file.currencies != (own, own) for file in chosen),
        absence=name in ENDED_BY_ABSENCE and bool(database.sql("SELECT 1 FROM absences LIMIT 1").fetchall()),
        rows=sum(file.rows for file in chosen),
    )  # fmt: skip


def _is_mixed_with_unread(services: Services, files: list[delta_tables.FactFile], known: set[int]) -> bool:
    """Tell whether a file holds rows of a batch outside ``known``; batch ids are dense enough to ask for each."""
    with services.engine.connect() as connection:
        everything = set(connection.execute(text(sql("facts", "list_published"))).scalars())
    unread = everything - known
    return any(file.first_batch <= batch <= file.last_batch for file in files for batch in unread)


def _load_replaced(
    services: Services, database: "duckdb.DuckDBPyConnection", name: str, pins: Pins, batches: list[Any],
    *, within: str | None = None,
) -> bool:  # fmt: skip
    """Create ``replaced_<name>``: versions that a better one replaces for this date and moment.

    Several sources of a system may describe a customer, each with attributes of its own: there the versions of each source are
    compared only with one another.

    :param within: rows of the data set of which only those of a range of customers are read; None for all.
    """
    version = pins.versions.get(versions_name(name))
    source = None
    if version is not None:
        source = delta_tables.source_of(services.instance, versions_name(name), version=version)
    if source is None:
        return False
    origins = sorted({b.source_id for b in batches if b.dataset == name}) if name == "customers" else []
    known = [(b.batch_id, origins.index(b.source_id) if origins else 0) for b in batches if b.dataset == name]
    _load(database, "known_batches", ("batch_id", "origin"), known)
    only = "" if within is None else f" SEMI JOIN ({items_read(within)}) AS i USING (item_key)"
    database.execute(f"CREATE OR REPLACE TEMP VIEW version_rows AS FROM {source}{only}")
    database.execute(f'CREATE OR REPLACE TEMP TABLE "replaced_{name}" AS {sql("facts", "replaced")}')
    return bool(database.sql(f'SELECT 1 FROM "replaced_{name}" LIMIT 1').fetchall())  # noqa: S608  our own names


def _load_batches(database: "duckdb.DuckDBPyConnection", batches: list[Any]) -> None:
    _load(database, "read_batches", ("batch_id",), [(batch,) for batch in sorted({b.batch_id for b in batches})])


def _load_absences(database: "duckdb.DuckDBPyConnection", batches: list[Any], held: list[Any], as_of: date) -> None:
    """Create ``absences`` (when the items of a snapshot are gone unless a later one names them) and ``kept_open``.

    A snapshot of which a row could not be read, and nobody knows which item that was, ends nothing.
    """
    broken = {(item.dataset, item.batch_id) for item in held if item.item_key == WHOLE}
    snapshots = [b for b in batches if b.dataset in ENDED_BY_ABSENCE and b.kind == "snapshot" and b.as_of <= as_of]
    days: dict[tuple[str, str], list[date]] = {}
    for batch in snapshots:
        if (batch.dataset, batch.batch_id) not in broken:
            days.setdefault((batch.dataset, batch.source_id), []).append(batch.as_of)

    def next_day(dataset: str, source: str, day: date) -> date | None:
        return min((later for later in days.get((dataset, source), ()) if later > day), default=None)

    rows = [
        (b.batch_id, b.dataset, day)
        for b in snapshots
        if (day := next_day(b.dataset, b.source_id, b.as_of)) is not None
    ]
    _load(database, "absences", ("batch_id", "dataset", "absent_on"), rows, ("BIGINT", "VARCHAR", "DATE"))
    latest: dict[int, Any] = {}
    for item in sorted(held, key=lambda h: (h.as_of, h.batch_id)):
        if item.dataset == "invoices":
            latest[item.item_key] = item
    kept = [(key, item.as_of, next_day("invoices", item.source_id, item.as_of)) for key, item in latest.items()]
    _load(database, "kept_open", ("item_key", "as_of", "absent_on"), kept, ("BIGINT", "DATE", "DATE"))


def _load_rates(services: Services, database: "duckdb.DuckDBPyConnection", source: _Source) -> None:
    database.execute(view_of("fx_rates", source.source, versioned=source.versioned, filtered=source.filtered,
                             converted=False, absence=False, moved=False))  # fmt: skip
    database.execute(
        "SET VARIABLE reporting_currency = $value", {"value": services.instance.settings.reporting_currency}
    )
    database.execute(f"CREATE OR REPLACE TEMP TABLE rates AS {sql('facts', 'rates')}")


def _load(
    database: "duckdb.DuckDBPyConnection", name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]],
    types: tuple[str, ...] = (),
) -> None:  # fmt: skip
    kinds = types or ("BIGINT",) * len(columns)
    shape = ", ".join(f"{column} {kind}" for column, kind in zip(columns, kinds, strict=True))
    database.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({shape})")
    if rows:
        lists = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in kinds)
        database.execute(f"INSERT INTO {name} SELECT {lists}", [list(column) for column in zip(*rows, strict=True)])


def _filled(column: Any) -> NDArray[Any]:  # plain or masked array, as the driver chose
    if not isinstance(column, np.ma.MaskedArray):
        return np.asarray(column)
    if column.dtype.kind == "M":
        return np.asarray(column.filled(np.datetime64("NaT")))
    if column.dtype.kind == "O":
        texts: NDArray[Any] = np.array(column.data, dtype=object)
        texts[np.ma.getmaskarray(column)] = None
        return texts
    return np.asarray(np.ma.filled(column.astype(np.float64), np.nan))
