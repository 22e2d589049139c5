"""Owns finding what two systems say differently about one customer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, text

from riskreview.facts.reading import open_facts
from riskreview.facts.results import Contradiction
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.binary_copy import copy_out
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.groups.control import Keys
from riskreview.identity.lexicon import Lexicon, load_lexicon
from riskreview.identity.names import normalize, similarity
from riskreview.identity.owners import MAJORITY, SHARES, Same, Told, contradictory
from riskreview.identity.strangers import comparable
from riskreview.policy.identity_policy import load_identity_policy

ATTRIBUTES = ("name", "payment_terms_days", "status", "country", "owner_user", "registration_number")
LIMIT = "credit_limit"
LIMITED = {"account_key": "int8", "customer_key": "int8"}


def find_contradictions(services: Services, *, as_of: date, customers: Keys | None = None) -> tuple[Contradiction, ...]:
    """Return every attribute on which the systems disagree about one customer, limits that differ on a day, and owners that cannot all be.

    Ordered by customer and attribute.

    :param customers: look at these only; None = at everybody.
    """
    below, lexicon = load_identity_policy(services.instance).two_companies_below, load_lexicon(services.instance)
    with _register(services, customers) as connection:
        rows = connection.execute(text(sql("identity", "shared_customers"))).mappings().all()
        told = connection.execute(text(sql("identity", "told_owners"))).all()
        limited = copy_out(connection, sql("identity", "limited_accounts"), LIMITED)
    by_customer: dict[int, list[Mapping[str, object]]] = {}
    for row in rows:
        by_customer.setdefault(int(row["customer_key"]), []).append(dict(row))
    found = [
        Contradiction(customer, attribute, values)
        for customer, accounts in by_customer.items()
        for attribute in ATTRIBUTES
        if disagree(attribute, values := _values(accounts, attribute), below, lexicon)
    ]
    found += [
        Contradiction(customer, LIMIT, values)
        for customer, values in _limits(services, limited, as_of, customers).items()
    ]
    found += _owners(told, partial(same_company, below=below, lexicon=lexicon))
    order = (*ATTRIBUTES, LIMIT, MAJORITY, SHARES)
    return tuple(sorted(found, key=lambda item: (item.customer_key, order.index(item.attribute))))


def disagree(attribute: str, values: Mapping[str, str], below: float, lexicon: Lexicon | None = None) -> bool:
    """Tell whether systems disagree.

    Names do when they cannot be two spellings of one, registration numbers when two are of one kind, everything else when it differs.
    """
    found = list(dict.fromkeys(values.values()))
    if attribute == "registration_number":
        kinds = [value.partition(":")[0] for value in found]
        return len(kinds) > len(set(kinds))
    if attribute != "name":
        return len({value.strip().casefold() for value in found}) > 1
    pairs = ((first, other) for number, first in enumerate(found) for other in found[number + 1 :])
    return any(not same_company(first, other, below, lexicon) for first, other in pairs)


def same_company(first: str, other: str, below: float, lexicon: Lexicon | None = None) -> bool:
    """Tell whether two names may be one company's; unlikeness between two scripts says nothing, for it may be a translation."""
    one, two = normalize(first, lexicon), normalize(other, lexicon)
    return not comparable(one, two) or similarity(one, two) >= below


@contextmanager
def _register(services: Services, customers: Keys | None) -> Iterator[Connection]:
    """Open the register for reading; of some customers, temporary tables are found before the whole ones."""
    with services.engine.begin() as connection:
        if customers is not None:
            for name in ("narrow_accounts", "narrow_relations"):
                connection.execute(text(sql("identity", name)), {"customers": customers.tolist()})
        yield connection


def _owners(rows: Sequence[Row[Any]], same: Same) -> list[Contradiction]:
    """Return the customers about whose owners the relations of the last assessment contradict each other."""
    by_customer: dict[int, list[Told]] = {}
    for row in rows:
        told = Told(row.system, row.owner, row.party_name, float(row.share_pct))
        by_customer.setdefault(int(row.customer_key), []).append(told)
    return [Contradiction(customer, attribute, values) for customer, told in by_customer.items()
            for attribute, values in contradictory(told, same)]  # fmt: skip


def _limits(
    services: Services, accounts: dict[str, NDArray[Any]], as_of: date, customers: Keys | None
) -> dict[int, dict[str, str]]:
    """Return the limits by system of customers to whom two systems give different ones."""
    if not len(accounts["account_key"]):
        return {}
    with open_facts(
        services, pins=current_pins(services), as_of=as_of, customers=customers, datasets=("credit_limits",)
    ) as facts:
        facts.database.register("limited_account", pa.table(accounts))
        rows = facts.database.execute(sql("identity", "limits_apart"), {"as_of": as_of}).fetchall()
    with services.engine.connect() as connection:
        found = connection.execute(
            text(sql("identity", "systems_of")), {"account_keys": [row[0] for row in rows]}
        ).all()
    system = {int(row.account_key): str(row.system) for row in found}
    limits: dict[int, dict[str, str]] = {}
    for account, customer, amount in rows:
        limits.setdefault(customer, {})[system[account]] = f"{amount:,.2f}"
    return {customer: values for customer, values in limits.items() if len(values) > 1}


def _values(accounts: list[Mapping[str, object]], attribute: str) -> dict[str, str]:
    return {str(account["system"]): str(account[attribute]) for account in accounts if account[attribute] is not None}
