"""Owns generating the demo portfolio: two deliveries of an invented company's extracts, with planted cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from riskreview.demo import crm_records, dossier_files, ledger_files, office_files, relation_files, risk_files
from riskreview.demo.behavior import make_behavior
from riskreview.demo.expected import write_expected
from riskreview.demo.ledger_files import WINDOW_DAYS, Rows
from riskreview.demo.notices import FILE as NOTICES
from riskreview.demo.notices import write_notices
from riskreview.demo.population import Floats, Population, make_population
from riskreview.demo.problems import bad_orders, bad_receipts, bad_receivables, spread
from riskreview.demo.statements import Statements, make_statements
from riskreview.demo.texts import day_number
from riskreview.demo.trade import HISTORY_DAYS, Invoices, Orders, Receipts, make_invoices, make_orders, make_receipts

LATE_SOURCE, LATE_DAYS = "customer_dossier", 12
EMPTY_SOURCE = "finance_credit_limits"


@dataclass(frozen=True, slots=True)
class GeneratedPortfolio:
    """What was written.

    :param customers: legal entities.
    :param rows: data rows per file, by path below the inbox.
    :param planted: number of planted cases.
    """

    customers: int
    rows: Mapping[str, int]
    planted: int


@dataclass(frozen=True, slots=True)
class _World:
    """Everything that happened, before it is cut into deliveries."""

    people: Population
    orders: Orders
    invoices: Invoices
    receipts: Receipts
    limits: Floats
    statements: tuple[Statements, Statements]
    bureau: list[tuple[int, risk_files.Record]]
    promises: Rows
    disputes: Rows
    rates: Rows
    dossier: Rows
    stream: np.random.SeedSequence
    contacts: np.random.SeedSequence

    def dossier_of(self, *, crm: bool) -> Rows:
        """Return the entries that sales keeps in a CRM, visits to the customers it knows, or all others."""
        known = set(self.people.code[self.people.in_crm])
        return [row for row in self.dossier if (row[2] == "visit" and row[1] in known) is crm]


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One night's exports; ``window`` is None for the first, which holds the whole history."""

    folder: Path
    day: date
    window: int | None

    def path(self, name: str, suffix: str, day: date | None = None) -> Path:
        return self.folder / f"{name}_{day or self.day:%Y%m%d}.{suffix}"


def generate(
    *, target: Path, expected_path: Path, customers: int = 2000, seed: int = 7, as_of: date = date(2026, 10, 30)
) -> GeneratedPortfolio:
    """Write two deliveries into ``target`` and the expected outcomes to ``expected_path``.

    Beside these come what the CRMs hold and the notices that are sent later. The first folder holds the history up to the day before ``as_of``, the second what changed with ``as_of`` and the planted
    problems of the feeds. The same arguments give the same bytes.

    :raises ValueError: when there are too few customers for the planted cases.
    """
    world = _make_world(customers, seed, as_of)
    before = as_of - timedelta(days=1)
    rows = _write_first(world, _Delivery(target / before.isoformat(), before, None))
    later, refused = _write_second(world, _Delivery(target / as_of.isoformat(), as_of, WINDOW_DAYS))
    planted = write_expected(
        expected_path,
        people=world.people,
        as_of=as_of,
        feeds={LATE_SOURCE: "stale", EMPTY_SOURCE: "held"},
        refused=refused,
    )
    write_notices(expected_path.with_name(NOTICES), world.people, as_of)
    folder, visits = expected_path.with_name(crm_records.FOLDER), world.dossier_of(crm=True)
    crm_records.write_crms(folder, world.people, visits, np.random.default_rng(world.contacts), before)
    counts = {path.relative_to(target).as_posix(): count for path, count in (rows | later).items()}
    return GeneratedPortfolio(customers, counts, planted)


def _make_world(customers: int, seed: int, as_of: date) -> _World:
    children = np.random.SeedSequence(seed).spawn(12)
    streams = [np.random.default_rng(child) for child in children]
    today = day_number(as_of)
    people = make_population(customers, streams[0], as_of)
    behavior = make_behavior(people, streams[1])
    orders = make_orders(people, behavior, streams[2], today)
    invoices = make_invoices(people, behavior, orders, streams[3], today)
    receipts = make_receipts(invoices, behavior, streams[4], today)
    return _World(
        people, orders, invoices, receipts,
        office_files.limits_for(_exposure(people, orders, invoices, today), behavior.limit_use),
        make_statements(people, streams[5], as_of), risk_files.bureau_records(people, streams[6], as_of),
        risk_files.promise_rows(people, invoices, streams[7], today),
        risk_files.dispute_rows(people, invoices, streams[7], today),
        risk_files.fx_rows(streams[8], as_of - timedelta(days=HISTORY_DAYS + 60), as_of),
        dossier_files.dossier_rows(people, streams[9], today), children[10], children[11],
    )  # fmt: skip


def _exposure(people: Population, orders: Orders, invoices: Invoices, today: int) -> Floats:
    """Return what each customer owes or has ordered without an invoice yet, in CNY."""
    owed = np.bincount(invoices.customer, weights=invoices.open_cents(today), minlength=people.size)
    pending = ~orders.cancelled
    pending[invoices.order] = False
    ordered = np.bincount(orders.customer[pending], weights=orders.cents[pending], minlength=people.size)
    return np.asarray((owed + ordered) / 100 * people.rate_to_cny, dtype=np.float64)


def _write_first(world: _World, delivery: _Delivery) -> dict[Path, int]:
    people, day = world.people, day_number(delivery.day)
    receivables = ledger_files.receivable_rows(people, world.orders, world.invoices, day, None)
    receipts = ledger_files.receipt_rows(people, world.invoices, world.receipts, day, None)
    orders = ledger_files.order_rows(people, world.orders, world.invoices, day, None)
    path = delivery.path
    limits, statements = path("finance_credit_limits", "xlsx"), path("finance_statements", "xlsx")
    return (
        _write_ledger(delivery, receivables, receipts, orders)
        | _write_common(world, delivery)
        | _write_rare(world, delivery)
        | {
            limits: office_files.write_limits(limits, people, world.limits, delivery.day),
            statements: office_files.write_statements(statements, people, world.statements[:1], delivery.day),
        }
    )


def _write_second(world: _World, delivery: _Delivery) -> tuple[dict[Path, int], dict[str, dict[str, int]]]:
    people, day, window = world.people, day_number(delivery.day), delivery.window
    receivables = ledger_files.receivable_rows(people, world.orders, world.invoices, day, window)
    receipts = ledger_files.receipt_rows(people, world.invoices, world.receipts, day, window)
    orders = ledger_files.order_rows(people, world.orders, world.invoices, day, window)
    bad = (
        bad_receivables(receivables, delivery.day),
        bad_receipts(receipts, delivery.day),
        bad_orders(orders, delivery.day),
    )
    good = (receivables, receipts, orders)
    mixed = [spread(rows, problem.rows) for rows, problem in zip(good, bad, strict=True)]
    limits, statements = delivery.path("finance_credit_limits", "xlsx"), delivery.path("finance_statements", "xlsx")
    written = (
        _write_ledger(delivery, *mixed)
        | _write_common(world, delivery)
        | {
            limits: office_files.write_limits(limits, people, world.limits, delivery.day, empty=True),
            statements: office_files.write_statements(statements, people, world.statements[1:], delivery.day),
        }
    )
    sources = ("kingdee_receivables", "kingdee_receipts", "kingdee_orders")
    return written, {source: problem.codes for source, problem in zip(sources, bad, strict=True)}


def _write_ledger(delivery: _Delivery, receivables: Rows, receipts: Rows, orders: Rows) -> dict[Path, int]:
    paths = [delivery.path(name, "csv") for name in ("kingdee_receivables", "kingdee_receipts", "kingdee_orders")]
    ledger_files.write_receivables(paths[0], receivables, delivery.day, ledger_files.receivable_totals(receivables))
    ledger_files.write_receipts(paths[1], receipts, delivery.day)
    ledger_files.write_orders(paths[2], orders)
    return dict(zip(paths, map(len, (receivables, receipts, orders)), strict=True))


def _write_rare(world: _World, delivery: _Delivery) -> dict[Path, int]:
    """Write what is exported weekly or more rarely: KYC, relations, dossier (which is late), countries, industries."""
    people, day, path = world.people, delivery.day, delivery.path
    kyc, industry = (np.random.default_rng(child) for child in world.stream.spawn(2))
    late = day + timedelta(days=1 - LATE_DAYS)
    register, dossier = path("kyc_register", "xlsx"), path("customer_dossier", "csv", late)
    countries, figures = (path(name, "csv") for name in ("country_lists", "industry_statistics"))
    relations = path("relation_register", "csv")
    return {
        relations: relation_files.write_relations(relations, relation_files.relation_rows(people, day)),
        register: dossier_files.write_kyc_register(register, people, kyc, day),
        dossier: dossier_files.write_dossier(dossier, dossier_files.known_on(world.dossier_of(crm=False), late)),
        countries: dossier_files.write_countries(countries, day),
        figures: dossier_files.write_industry(figures, industry, day),
    }


def _write_common(world: _World, delivery: _Delivery) -> dict[Path, int]:
    """Write what every delivery repeats: master data, bureau records, promises, disputes, rates."""
    people, day, path = world.people, delivery.day, delivery.path
    customers, rows = path("kingdee_customers", "csv"), ledger_files.customer_rows(people)
    ledger_files.write_customers(customers, rows, day)
    bureau = path("bureau_signals", "jsonl")
    promises, disputes, rates = (
        path(name, "csv") for name in ("collection_promises", "collection_disputes", "fx_rates")
    )
    return {
        customers: len(rows),
        bureau: risk_files.write_bureau(bureau, world.bureau, day_number(day), delivery.window),
        promises: risk_files.write_promises(promises, world.promises, day),
        disputes: risk_files.write_disputes(disputes, world.disputes, day),
        rates: risk_files.write_fx(rates, world.rates, day),
    }
