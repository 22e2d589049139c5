"""A dozen customers who trade, two groups, a chain of parents, and what may happen to them from one day to the next."""

from datetime import date, timedelta

from tests.facts.batches import customer, invoice, publish

from riskreview.assessment.use_cases import assess_customers
from riskreview.facts.affected import customers_of
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.clock import midnight_utc

DAY = date(2026, 6, 30)
NAMES = [f"C{number:02d}" for number in range(12)]
GROUPS = {"C01": "G1", "C02": "G1", "C03": "G1", "C05": "C04", "C06": "C05", "C08": "G2", "C09": "G2", "C04": "G2"}
"""G1 and G2 are groups; C05 belongs to C04, C06 to C05."""
RELATIONS = [
    {"relation_id": "R1", "customer_id": "C10", "kind": "ownership", "party_id": "C09", "share_pct": 60},
    {
        "relation_id": "R2",
        "customer_id": "C07",
        "kind": "guarantee",
        "party_id": "C03",
        "amount": 500,
        "currency": "CNY",
    },
]
"""C09 controls C10, which so joins G2; C03 guarantees for C07."""


def portfolio(services, chance):
    """A dozen customers with a year of business, two groups and a chain of parents; two systems know one of them."""
    publish(
        services,
        {"customers": [customer(name, group_id=GROUPS.get(name), tax_id=f"TAX-{name}-000") for name in NAMES]},
        as_of=DAY,
    )
    bills = [bill(name, number, chance) for name in NAMES for number in range(12)]
    publish(services, {"invoices": bills}, as_of=DAY)
    publish(services, {"orders": [order(name, number, chance) for name in NAMES for number in range(20)]}, as_of=DAY)
    publish(services, {"credit_limits": [limit(name, 1_000) for name in NAMES]}, as_of=DAY)
    publish(services, {"relations": RELATIONS}, as_of=DAY)
    publish(services, {"external_signals": [notice("C00", 0, "litigation", DAY - timedelta(days=40))]}, as_of=DAY)
    publish(services, {"payments": [returned("C11", 0, DAY - timedelta(days=400))]}, as_of=DAY)
    publish(
        services,
        {"customers": [customer("X1", tax_id="TAX-other-1"), customer("X2", tax_id="TAX-other-2")]},
        as_of=DAY,
        system="crm",
    )
    publish(
        services,
        {"customers": [customer("X1", tax_id="TAX-C07-000")]},
        as_of=DAY + timedelta(days=0),
        system="crm",
        source="crm_again",
    )


def bill(name, number, chance):
    issued = DAY - timedelta(days=30 * number + chance.randint(0, 20))
    cleared = issued + timedelta(days=chance.choice([25, 31, 50]))
    paid = cleared <= DAY and chance.random() < 0.9
    state = (
        {"status": "cleared", "open_amount": 0, "cleared_date": cleared}
        if paid
        else {"status": "open", "open_amount": 100}
    )
    return invoice(f"I-{name}-{number}", name, issued=issued, amount=100, **state)


def order(name, number, chance):
    return {"order_id": f"O-{name}-{number}", "line_no": "1", "customer_id": name, "amount": 50 + number, "currency": "CNY",
            "order_date": DAY - timedelta(days=18 * number + chance.randint(0, 9)), "status": "invoiced"}  # fmt: skip


def limit(name, amount, day=DAY - timedelta(days=300)):
    return {"customer_id": name, "credit_area": "all", "valid_from": day, "limit_amount": amount, "currency": "CNY"}


def notice(name, number, kind, day):
    return {"signal_id": f"S-{name}-{number}", "customer_id": name, "signal_type": kind, "provider": "bureau", "observed_on": day,
            "severity": 90}  # fmt: skip


def returned(name, number, day):
    return {
        "payment_id": f"R-{name}-{number}",
        "customer_id": name,
        "payment_date": day,
        "amount": 10,
        "currency": "CNY",
        "is_reversal": True,
    }


def event(chance, number, day):
    """One thing that happens to somebody."""
    name = chance.choice(NAMES)
    kinds = {
        "external_signals": lambda: notice(
            name, number + 1, chance.choice(["insolvency", "litigation", "tax_arrears", "sanction"]), day
        ),
        "payments": lambda: returned(name, number + 1, day),
        "invoices": lambda: bill(name, chance.randint(0, 11), chance),
        "orders": lambda: order(name, 100 + number, chance),
        "credit_limits": lambda: limit(name, chance.choice([50, 5_000]), day),
    }
    kind = chance.choice(list(kinds))
    return {kind: [kinds[kind]()]}


def happen(services, clock, content, number, day, **given):
    """Publish an event and judge whom it concerns; returns the result."""
    clock.moment = midnight_utc(day) + timedelta(hours=9, minutes=number)
    batch = publish(services, content, as_of=day, source=f"event_{number}", received=clock.moment)
    clock.moment += timedelta(seconds=30)
    found = customers_of(services, [batch])
    return assess_customers(services, found, as_of=day, run_id=100 + 2 * number, pins=current_pins(services), **given)
