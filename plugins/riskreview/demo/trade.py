"""Owns the invented trade: orders, the invoices that follow from them and the receipts that settle these."""

from dataclasses import dataclass

import numpy as np

from riskreview.demo.behavior import Behavior
from riskreview.demo.population import Flags, Floats, Ints, Population

HISTORY_DAYS = 1030
"""Length of the history, just under three years."""
UNPAID = 99_999
"""A day no receipt reaches."""


@dataclass(frozen=True, slots=True)
class Orders:
    """One entry per order, oldest first; days from 1970-01-01, amounts in hundredths of the customer's currency, net of tax.

    :param serial: running number within the day.
    """

    customer: Ints
    day: Ints
    serial: Ints
    cents: Ints
    delivered: Ints
    cancelled: Flags


@dataclass(frozen=True, slots=True)
class Invoices:
    """One entry per invoice, oldest first; amounts with tax.

    :param order: position of the order.
    :param paid: day of the last receipt, :data:`UNPAID` when none came.
    :param part_paid: day of an earlier receipt of 60 %, :data:`UNPAID` for most.
    """

    customer: Ints
    order: Ints
    issued: Ints
    due: Ints
    serial: Ints
    cents: Ints
    paid: Ints
    part_paid: Ints

    def part_cents(self) -> Ints:
        """Return what the earlier receipt settles."""
        return np.where(self.part_paid < UNPAID, self.cents * 6 // 10, 0)

    def open_cents(self, day: int) -> Ints:
        """Return what is open at the end of ``day``."""
        rest = np.where(self.part_paid <= day, self.cents - self.part_cents(), self.cents)
        return np.where(self.paid <= day, 0, rest)


@dataclass(frozen=True, slots=True)
class Receipts:
    """One entry per receipt and settled invoice; ``reverses`` is the position of the bounced receipt, -1 for most."""

    customer: Ints
    invoice: Ints
    day: Ints
    cents: Ints
    reverses: Ints


def make_orders(people: Population, behavior: Behavior, rng: np.random.Generator, today: int) -> Orders:
    """Draw each customer's orders backward from ``today`` in nearly regular intervals."""
    gap = 30.4 / people.rate
    start = np.maximum(people.onboarded, today - HISTORY_DAYS)
    count = np.ceil((today - start) / (gap * 0.8)).astype(np.int64) + 2
    customer = np.repeat(np.arange(people.size), count)
    steps = gap[customer] * rng.uniform(0.8, 1.2, len(customer))
    first = np.cumsum(count) - count
    steps[first] = gap * rng.uniform(0.0, 0.85, people.size)
    running = np.cumsum(steps)
    back = running - (running[first] - steps[first])[customer]
    day = _workday_before((today - back).astype(np.int64))
    kept = (day >= start[customer]) & _still_ordering(people, customer, today - day)
    customer, day = customer[kept], day[kept]
    order = np.lexsort((customer, day))
    customer, day = customer[order], day[order]
    return Orders(
        customer, day, _serial(day), _order_cents(people, behavior, customer, today - day, rng),
        day + rng.integers(3, 10, len(day)), (rng.random(len(day)) < 0.012) & (people.rate[customer] > 2.0),
    )  # fmt: skip


def _still_ordering(people: Population, customer: Ints, age: Ints) -> Flags:
    """Thin out the last hundred days of the collapsed customers to about one order a month."""
    collapsed = people.case[customer] == "order_collapse"
    silent: Flags = collapsed & (age < 100) & ~np.isin(age % 31, (17, 18))
    return ~silent


def _order_cents(people: Population, behavior: Behavior, customer: Ints, age: Ints, rng: np.random.Generator) -> Ints:
    """Draw order values; who is near the limit orders a little less, except who means to burst it."""
    yearly = people.sales / people.rate_to_cny
    typical = (yearly / (people.rate * 12))[customer]
    trend = (1 + behavior.growth[customer]) ** (-age / 365.25)
    season = 1 + 0.06 * np.sin(2 * np.pi * age / 365.25)
    surge = np.where((people.case[customer] == "fraud_surge") & (age < 30), 5.0, 1.0)
    at_limit = (behavior.limit_use[customer] > 0.75) & (people.case[customer] != "fraud_surge")
    restrained = np.where(at_limit & (age < 31), 0.7, 1.0)
    noise = np.exp(rng.normal(0.0, 0.16, len(customer)).clip(-0.4, 0.4))
    tens = (typical * trend * season * surge * restrained * noise / 10).round()
    return np.asarray(tens.clip(5) * 1000, dtype=np.int64)


def make_invoices(
    people: Population, behavior: Behavior, orders: Orders, rng: np.random.Generator, today: int
) -> Invoices:
    """Invoice each order after its delivery and draw when it is paid; later than ``today`` means not yet."""
    issued = _workday_after(orders.delivered + rng.integers(0, 4, len(orders.day)))
    position = np.flatnonzero(~orders.cancelled & (issued <= today))
    position = position[np.lexsort((orders.customer[position], issued[position]))]
    issued, customer = issued[position], orders.customer[position]
    due = issued + people.terms[customer]
    tax = np.where(people.country[customer] == "CN", 113, 100)
    paid = _workday_after(due + _delay(behavior, customer, due, rng, today))
    paid = np.where(behavior.stopped[customer] & (due > today - behavior.stopped_for[customer]), UNPAID, paid)
    in_parts = (rng.random(len(due)) < 0.03) & (paid < UNPAID)
    return Invoices(
        customer, position, issued, due, _serial(issued), orders.cents[position] * tax // 100,
        paid, np.where(in_parts, _workday_before(paid - 6), UNPAID),
    )  # fmt: skip


def _delay(behavior: Behavior, customer: Ints, due: Ints, rng: np.random.Generator, today: int) -> Ints:
    """Draw days between due date and receipt; those who get slower do so over the last five months."""
    ramp = ((due - (today - 150)) / 90).clip(0, 1)
    mean = behavior.delay[customer] + behavior.slower[customer] * ramp
    drawn = mean + behavior.spread[customer] * rng.normal(0.0, 1.0, len(customer))
    return np.asarray(np.minimum(drawn, behavior.latest[customer]).clip(-20).round(), dtype=np.int64)


def make_receipts(invoices: Invoices, behavior: Behavior, rng: np.random.Generator, today: int) -> Receipts:
    """Turn paid invoices into receipts up to ``today``, some of which bounced once before."""
    part = np.flatnonzero(invoices.part_paid <= today)
    whole = np.flatnonzero(invoices.paid <= today)
    invoice = np.concatenate((part, whole))
    day = np.concatenate((invoices.part_paid[part], invoices.paid[whole]))
    cents = np.concatenate((invoices.part_cents()[part], (invoices.cents - invoices.part_cents())[whole]))
    bounced = whole[_one_each(invoices.customer[whole], behavior.bounces, invoices.paid[whole] - today, rng)]
    invoice = np.concatenate((invoice, bounced, bounced))
    day = np.concatenate((day, invoices.paid[bounced] - 5, invoices.paid[bounced] - 3))
    due_cents = (invoices.cents - invoices.part_cents())[bounced]
    cents = np.concatenate((cents, due_cents, due_cents))
    kind = np.concatenate((np.zeros(len(day) - 2 * len(bounced)), np.ones(len(bounced)), np.full(len(bounced), 2.0)))
    order = np.lexsort((invoice, kind, invoices.customer[invoice], day))
    return Receipts(
        invoices.customer[invoice][order], invoice[order], day[order], cents[order], _reversed(kind, invoice, order)
    )


def _reversed(kind: Floats, invoice: Ints, order: Ints) -> Ints:
    """Find, for each reversal, where the receipt it takes back stands after sorting."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    bounced = {int(invoice[i]): int(place[i]) for i in np.flatnonzero(kind == 1)}
    reverses = np.full(len(order), -1, dtype=np.int64)
    for i in np.flatnonzero(kind == 2):
        reverses[place[i]] = bounced[int(invoice[i])]
    return reverses


def _one_each(customer: Ints, wanted: Flags, age: Ints, rng: np.random.Generator) -> Ints:
    """Choose one entry of the last ten months for each wanted customer."""
    chosen = np.flatnonzero(wanted[customer] & (age > -300) & (age < -20))
    chosen = chosen[rng.permutation(len(chosen))]
    _, first = np.unique(customer[chosen], return_index=True)
    return np.asarray(chosen[first], dtype=np.int64)


def _serial(day: Ints) -> Ints:
    """Number the entries of each day; ``day`` ascends."""
    return np.arange(len(day)) - np.searchsorted(day, day) + 1


def _workday_before(day: Ints) -> Ints:
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    return np.asarray(day - (weekday - 4).clip(0), dtype=np.int64)


def _workday_after(day: Ints) -> Ints:
    weekday = (day + 3) % 7
    return day + np.where(weekday > 4, 7 - weekday, 0)
