"""Owns finding what two systems say differently about one customer."""

import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher

from sqlalchemy import text

from riskreview.facts.results import Contradiction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

ATTRIBUTES = ("name", "payment_terms_days", "status", "country", "owner_user")
SIMILAR_NAMES = 0.6
"""Names that share less than this part of their letters, words sorted, are two companies rather than two spellings."""
FIRST_IDEOGRAPH, LAST_IDEOGRAPH = "\u3400", "\u9fff"


def find_contradictions(services: Services) -> tuple[Contradiction, ...]:
    """Return every attribute on which the systems disagree about one customer, ordered by customer and attribute."""
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("facts", "shared_customers"))).mappings().all()
    by_customer: dict[int, list[Mapping[str, object]]] = {}
    for row in rows:
        by_customer.setdefault(int(row["customer_key"]), []).append(dict(row))
    return tuple(
        Contradiction(customer, attribute, values)
        for customer, accounts in sorted(by_customer.items())
        for attribute in ATTRIBUTES
        if disagree(attribute, values := _values(accounts, attribute))
    )


def disagree(attribute: str, values: Mapping[str, str]) -> bool:
    """Tell whether systems disagree: names when they cannot be two spellings of one, everything else when it differs."""
    found = list(values.values())
    if attribute != "name":
        return len({value.strip().casefold() for value in found}) > 1
    return any(not same_company(first, other) for number, first in enumerate(found) for other in found[number + 1 :])


def same_company(first: str, other: str) -> bool:
    """Tell whether two names may be one company's; a Chinese and a Latin name are never compared."""
    one, two = _plain(first), _plain(other)
    if _is_chinese(one) != _is_chinese(two):
        return True
    return SequenceMatcher(a=one, b=two, autojunk=False).ratio() >= SIMILAR_NAMES


def _values(accounts: list[Mapping[str, object]], attribute: str) -> dict[str, str]:
    return {str(account["system"]): str(account[attribute]) for account in accounts if account[attribute] is not None}


def _plain(name: str) -> str:
    return " ".join(sorted(unicodedata.normalize("NFKC", name).casefold().split()))


def _is_chinese(name: str) -> bool:
    return any(FIRST_IDEOGRAPH <= letter <= LAST_IDEOGRAPH for letter in name)
