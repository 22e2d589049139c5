"""Owns the invented customers: who they are, how large, how healthy, and which of them carry a planted case."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskreview.demo import names

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]

SMALLEST = 120
"""Fewer customers do not leave enough ordinary ones beside the planted cases."""

CASES = {
    "payment_default": 5, "group_parent": 2, "group_member": 5, "insolvency": 3, "order_collapse": 4, "fraud_surge": 3,
    "financial_deterioration": 5, "key_account": 1, "sanctions": 2, "contradiction": 4, "restatement": 3,
    "jurisdiction": 2, "unknown_owner": 3, "adverse_media": 2, "leadership": 3,
    "guaranteed": 2, "chain_middle": 2, "chain_end": 2, "duplicate": 3,
}  # fmt: skip
"""How many customers carry each planted case."""

FOREIGN = ("DE", "US", "GB", "FR", "SG", "NL", "IT", "HK", "MX", "VN", "AT", "IE")
LISTED_COUNTRY = "MM"
"""Where the customers are whose country is on a call-for-action list."""
CURRENCIES = {"CN": "CNY", "US": "USD", "GB": "GBP", "DE": "EUR", "FR": "EUR", "NL": "EUR", "IT": "EUR", "AT": "EUR",
              "IE": "EUR", "HK": "HKD", "SG": "USD", "MX": "USD", "VN": "USD", "MM": "USD"}  # fmt: skip
RATES = {"CNY": 1.0, "USD": 7.08, "EUR": 7.72, "GBP": 9.05, "HKD": 0.91}
"""CNY for one unit, the level around which the demo's exchange rates move."""
INDUSTRIES = ("C33", "C34", "C35", "C36", "C38", "C39", "C40", "F51")
SALES = ("1001", "1002", "1003", "1004")
"""Employee numbers of the account owners."""


@dataclass(frozen=True, slots=True)
class Population:
    """One entry per customer; amounts are CNY per year, days count from 1970-01-01.

    :param case: the planted case, empty for an ordinary customer.
    :param risk: 0 to 1; above 0.5 weak, above 0.85 frail.
    :param rate: orders per month.
    """

    code: Texts
    name: Texts
    country: Texts
    currency: Texts
    registration: Texts
    industry: Texts
    group: Texts
    owner: Texts
    case: Texts
    terms: Ints
    onboarded: Ints
    risk: Floats
    sales: Floats
    rate: Floats
    in_crm: Flags

    @property
    def size(self) -> int:
        """Number of customers."""
        return len(self.code)

    @property
    def rate_to_cny(self) -> Floats:
        """CNY for one unit of each customer's currency."""
        return np.array([RATES[currency] for currency in self.currency])

    def having(self, *cases: str) -> Ints:
        """Return the positions of the customers carrying one of ``cases``."""
        return np.flatnonzero(np.isin(self.case.astype(str), cases))


def make_population(customers: int, rng: np.random.Generator, as_of: date) -> Population:
    """Invent customers.

    :raises ValueError: when there are fewer than :data:`SMALLEST`.
    """
    if customers < SMALLEST:
        raise ValueError(f"the demo needs at least {SMALLEST} customers, not {customers}")
    case = _planted(customers, rng)
    country = np.where(rng.random(customers) < 0.8, "CN", rng.choice(FOREIGN, customers)).astype(object)
    country[np.isin(case.astype(str), ("payment_default", "financial_deterioration", "leadership", "duplicate"))] = "CN"
    country[case == "jurisdiction"] = LISTED_COUNTRY
    sales = np.exp(rng.normal(13.7, 0.75, customers)).clip(150_000, 9_000_000)
    risk = _risk(customers, rng, case)
    sales = _with_planted_size(sales, case, risk)
    today = (as_of - date(1970, 1, 1)).days
    return Population(
        code=np.array([f"{100_001 + i:07d}" for i in range(customers)], dtype=object),
        name=_names(country, rng), country=country,
        currency=np.array([CURRENCIES[c] for c in country], dtype=object),
        registration=np.array([_registration(c, i) for i, c in enumerate(country)], dtype=object),
        industry=rng.choice(INDUSTRIES, customers).astype(object),
        group=_groups(case, risk, rng), owner=rng.choice(SALES, customers).astype(object), case=case,
        terms=np.where(case == "key_account", 60, rng.choice(np.array([30, 45, 60, 90]), customers, p=(0.4, 0.2, 0.3, 0.1))),
        onboarded=_onboarded(customers, rng, today, case), risk=risk, sales=sales,
        rate=_rate(sales, case), in_crm=(rng.random(customers) < 0.93) | np.isin(case.astype(str), ("contradiction", "leadership", "duplicate")),
    )  # fmt: skip


def _planted(customers: int, rng: np.random.Generator) -> Texts:
    case = np.full(customers, "", dtype=object)
    places = iter(rng.permutation(customers))
    for name, count in CASES.items():
        for _ in range(count):
            case[next(places)] = name
    return case


def _risk(customers: int, rng: np.random.Generator, case: Texts) -> Floats:
    kind = rng.random(customers)
    risk = np.select(
        [kind < 0.05, kind < 0.2, kind < 0.37],
        [rng.uniform(0.86, 1.0, customers), rng.uniform(0.5, 0.85, customers), rng.uniform(0.3, 0.5, customers)],
        rng.uniform(0.0, 0.3, customers),
    )
    planted = case != ""
    risk[planted] = rng.uniform(0.05, 0.25, int(planted.sum()))
    risk[case == "key_account"] = 0.8
    return risk


def _with_planted_size(sales: Floats, case: Texts, risk: Floats) -> Floats:
    """Keep weak customers small, planted ones material, and nobody but the key account above a few percent of receivables."""
    sized: Floats = np.where(risk > 0.5, sales * 0.6, sales)
    planted = case != ""
    sized[planted] = sized[planted].clip(1_500_000, 4_000_000)
    sized = np.minimum(sized, sized.sum() * 0.02)
    sized[case == "key_account"] = sized[case != "key_account"].sum() * 0.10
    return sized


def _groups(case: Texts, risk: Floats, rng: np.random.Generator) -> Texts:
    """Put the planted members below their parents and every tenth healthy customer into a small group."""
    group = np.full(len(case), "", dtype=object)
    for number, parent in enumerate(np.flatnonzero(case == "group_parent")):
        group[parent] = f"GRP9{number + 1:02d}"
    for number, member in enumerate(np.flatnonzero(case == "group_member")):
        group[member] = f"GRP9{number % CASES['group_parent'] + 1:02d}"
    healthy = np.flatnonzero((case == "") & (risk < 0.3))
    chosen = rng.permutation(healthy)[: len(healthy) // 10]
    for place, customer in enumerate(chosen[: len(chosen) // 3 * 3]):
        group[customer] = f"GRP{place // 3 + 1:03d}"
    return group


def _onboarded(customers: int, rng: np.random.Generator, today: int, case: Texts) -> Ints:
    years = rng.uniform(2.2, 14.0, customers)
    young = rng.random(customers)
    years = np.where(young < 0.02, rng.uniform(0.5, 1.0, customers), years)
    years = np.where((young >= 0.02) & (young < 0.08), rng.uniform(1.4, 2.0, customers), years)
    years[case != ""] = rng.uniform(4.0, 12.0, int((case != "").sum()))
    return (today - years * 365.25).astype(np.int64)


def _rate(sales: Floats, case: Texts) -> Floats:
    rate = (sales / 400_000).clip(1.0, 6.0)
    rate[case == "order_collapse"] = 9.0
    rate[np.isin(case.astype(str), ("fraud_surge", "key_account"))] = 8.0
    return rate


def _names(country: Texts, rng: np.random.Generator) -> Texts:
    made = np.empty(len(country), dtype=object)
    abroad = country != "CN"
    made[~abroad] = names.chinese_names(int((~abroad).sum()), rng)
    made[abroad] = names.foreign_names(list(country[abroad]), rng)
    return made


def _registration(country: str, number: int) -> str:
    return (
        names.credit_code(10_000_019 + number * 37) if country == "CN" else names.foreign_registration(country, number)
    )
