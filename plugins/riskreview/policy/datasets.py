"""Owns the canonical datasets: the columns every source is mapped to, whatever system it comes from."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a canonical column is typed; money is decimal(18,2) in major units of its currency."""

    ID = "id"
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CURRENCY = "currency"
    COUNTRY = "country"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column.

    :param key: part of the natural key.
    :param required: empty is refused (R-REQUIRED).
    :param choices: allowed values of a CHOICE.
    :param minimum: smallest allowed value of a MONEY, NUMBER or INTEGER, None for none.
    :param past: a DATE that may not lie after the extract's as-of date (R-DATE-FUTURE).
    """

    name: str
    kind: Kind
    key: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    past: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """A canonical dataset.

    :param account: names the column that must be a known account of the same source system.
    :param note: what a reader of the reference page must know beside the columns.
    :param personal: columns that name or describe a person in words, which an erasure takes away; no figure is computed from them.
    """

    name: str
    columns: tuple[Column, ...]
    account: str | None = "customer_id"
    note: str = ""
    personal: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the natural key's columns."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def is_shared(self) -> bool:
        """Tell whether it speaks of no customer: of industries, countries, currencies."""
        return all(column.name != "customer_id" for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by name.

        :raises KeyError: when there is none.
        """
        return next((c for c in self.columns if c.name == name), None) or _missing(self.name, name)


def _missing(dataset: str, name: str) -> Column:
    raise KeyError(f"{dataset} has no column {name}")


def _key(name: str, kind: Kind = Kind.ID, **more: object) -> Column:
    return Column(name, kind, key=True, required=True, **more)  # type: ignore[arg-type]  # forwarded keywords


def _must(name: str, kind: Kind, **more: object) -> Column:
    return Column(name, kind, required=True, **more)  # type: ignore[arg-type]  # forwarded keywords


STATEMENT_ITEMS = (
    "cash", "trade_receivables", "contract_assets", "inventories", "current_assets", "fixed_assets", "total_assets",
    "short_term_debt", "trade_payables", "contract_liabilities", "current_liabilities", "long_term_debt",
    "total_liabilities", "share_capital", "retained_earnings", "equity", "market_equity", "revenue", "cost_of_sales", "gross_profit",
    "depreciation", "selling_general_admin", "interest_expense", "credit_impairment", "operating_profit", "ebit",
    "profit_before_tax", "net_income", "operating_cash_flow", "capex", "investing_cash_flow", "financing_cash_flow",
)  # fmt: skip

CUSTOMERS = Dataset("customers", (
    _key("customer_id"), _must("name", Kind.TEXT), Column("tax_id", Kind.TEXT), Column("country", Kind.COUNTRY),
    Column("industry_code", Kind.TEXT), Column("group_id", Kind.ID), Column("owner_user", Kind.TEXT),
    Column("onboarded_on", Kind.DATE, past=True), Column("payment_terms_days", Kind.INTEGER, minimum=0),
    Column("status", Kind.CHOICE, choices=("active", "blocked", "closed")), Column("segment", Kind.TEXT),
    Column("currency", Kind.CURRENCY), Column("kyc_review_due_on", Kind.DATE), Column("ubo_verified_pct", Kind.NUMBER, minimum=0),
    Column("address", Kind.TEXT), Column("phone", Kind.TEXT), Column("website", Kind.TEXT),
), account=None, personal=("name", "tax_id", "address", "phone", "website"))  # fmt: skip

CONTACTS = Dataset("contacts", (
    _key("contact_id"), _must("customer_id", Kind.ID), Column("role", Kind.TEXT), Column("since_on", Kind.DATE, past=True),
    Column("until_on", Kind.DATE),
), note=(
    "`role` tells who left and who came: `ceo`, `cfo`, `auditor` and `owner` count for E2; other roles are kept."
), personal=("contact_id",))  # fmt: skip

INVOICES = Dataset("invoices", (
    _key("invoice_id"), _must("customer_id", Kind.ID), Column("invoice_no", Kind.TEXT),
    _must("doc_type", Kind.CHOICE, choices=("invoice", "credit_note", "debit_note", "down_payment", "other")),
    _must("issue_date", Kind.DATE, past=True), _must("due_date", Kind.DATE), _must("currency", Kind.CURRENCY),
    _must("amount", Kind.MONEY), Column("open_amount", Kind.MONEY),
    Column("status", Kind.CHOICE, choices=("open", "partial", "cleared", "written_off", "reversed")),
    Column("cleared_date", Kind.DATE, past=True), Column("ref_invoice_id", Kind.ID),
    Column("dunning_level", Kind.INTEGER, minimum=0), Column("order_id", Kind.ID),
), note=(
    "A credit note settles the invoice of its account that `ref_invoice_id` names; without one it lowers the exposure and leaves every item "
    "open. What is open is the amount less payments and credit notes for it, or what `open_amount` says where that is less. "
    "When an item was settled is told by `cleared_date`, by payments, and by the first list of open items without it. `status` and "
    "`open_amount` do not tell the day unless the list is no later than the due date: such an item counts as neither late nor on time, and "
    "where most of what was settled is such, P3 to P5 are not known."
))  # fmt: skip

PAYMENTS = Dataset("payments", (
    _key("payment_id"), _must("customer_id", Kind.ID), Column("invoice_id", Kind.ID),
    _must("payment_date", Kind.DATE, past=True), _must("amount", Kind.MONEY, minimum=0), _must("currency", Kind.CURRENCY),
    Column("method", Kind.TEXT), Column("is_reversal", Kind.BOOLEAN), Column("reversed_payment_id", Kind.ID),
    Column("payer_account_id", Kind.ID), Column("payer_country", Kind.COUNTRY),
), note=(
    "`payer_account_id` is the account, of the same system, that paid: filled always, or only where it is not the customer's own. "
    "A bank account number does not fit here. A payment without `invoice_id` settles what its customer owed in its "
    "currency, the item due first, and is shown as cash not applied beyond that; better map `open_amount` of the invoices, or deliver the list of open items as a snapshot."
))  # fmt: skip

ORDERS = Dataset("orders", (
    _key("order_id"), _key("line_no"), _must("customer_id", Kind.ID), _must("order_date", Kind.DATE, past=True),
    _must("amount", Kind.MONEY), _must("currency", Kind.CURRENCY),
    _must("status", Kind.CHOICE, choices=("open", "delivered", "invoiced", "cancelled", "returned")),
    Column("delivered_on", Kind.DATE),
))  # fmt: skip

DISPUTES = Dataset("disputes", (
    _key("dispute_id"), _must("customer_id", Kind.ID), Column("invoice_id", Kind.ID),
    _must("opened_on", Kind.DATE, past=True), Column("resolved_on", Kind.DATE), Column("amount", Kind.MONEY, minimum=0),
    Column("currency", Kind.CURRENCY), Column("reason", Kind.TEXT),
), personal=("reason",))  # fmt: skip

PROMISES = Dataset("promises", (
    _key("promise_id"), _must("customer_id", Kind.ID), Column("invoice_id", Kind.ID),
    _must("promised_on", Kind.DATE, past=True), _must("due_on", Kind.DATE), _must("amount", Kind.MONEY, minimum=0),
    _must("currency", Kind.CURRENCY),
))  # fmt: skip

FINANCIAL_STATEMENTS = Dataset("financial_statements", (
    _key("customer_id"), _key("period_end", Kind.DATE, past=True),
    _key("period_type", Kind.CHOICE, choices=("FY", "H1", "Q1", "Q2", "Q3", "YTD")),
    _key("scope", Kind.CHOICE, choices=("consolidated", "parent")),
    _key("item", Kind.CHOICE, choices=STATEMENT_ITEMS), _must("value", Kind.MONEY), _must("currency", Kind.CURRENCY),
    Column("audited", Kind.BOOLEAN),
    Column("auditor_opinion", Kind.CHOICE, choices=("unqualified", "qualified", "adverse", "disclaimer")),
    Column("published_on", Kind.DATE, past=True),
))  # fmt: skip

CREDIT_LIMITS = Dataset("credit_limits", (
    _key("customer_id"), _key("credit_area", Kind.TEXT), _key("valid_from", Kind.DATE), Column("valid_to", Kind.DATE),
    _must("limit_amount", Kind.MONEY, minimum=0), _must("currency", Kind.CURRENCY),
    Column("limit_type", Kind.CHOICE, choices=("standard", "temporary", "insured", "collateral")),
    Column("blocked", Kind.BOOLEAN),
))  # fmt: skip

EXTERNAL_SIGNALS = Dataset("external_signals", (
    _key("signal_id"), _must("customer_id", Kind.ID),
    _must("signal_type", Kind.CHOICE, choices=("credit_bureau", "news", "litigation", "sanction", "insolvency",
          "registry_change", "tax_arrears", "dishonest_debtor", "fraud")),
    _must("provider", Kind.TEXT), _must("observed_on", Kind.DATE, past=True), Column("event_on", Kind.DATE),
    Column("severity", Kind.NUMBER, minimum=0), Column("amount", Kind.MONEY), Column("currency", Kind.CURRENCY),
    Column("status", Kind.CHOICE, choices=("open", "closed", "confirmed", "appealed")), Column("closed_on", Kind.DATE),
))  # fmt: skip

CUSTOMER_FIGURES = Dataset("customer_figures", (
    _key("customer_id"), _key("figure", Kind.CHOICE, choices=("top_buyer_share_pct",)),
    _key("observed_on", Kind.DATE, past=True), _must("value", Kind.NUMBER), Column("source", Kind.TEXT),
), note=(
    "What the customer disclosed or a report says about it. `top_buyer_share_pct`: the share of its largest buyer in its sales."
))  # fmt: skip

ASSESSOR_RATINGS = Dataset("assessor_ratings", (
    _key("customer_id"), _key("subject", Kind.CHOICE, choices=("management_quality",)),
    _key("rated_on", Kind.DATE, past=True), _key("rater"), _must("rating", Kind.NUMBER, minimum=1),
), note=(
    "One row per rater and day; what 1 to 5 mean stands in the policy (E1)."
))  # fmt: skip

INFORMATION_REQUESTS = Dataset("information_requests", (
    _key("request_id"), _must("customer_id", Kind.ID), Column("subject", Kind.TEXT),
    _must("requested_on", Kind.DATE, past=True), Column("due_on", Kind.DATE),
    Column("supplied_on", Kind.DATE, past=True), Column("withdrawn_on", Kind.DATE, past=True),
), note=(
    "`due_on` is the day agreed for the answer; without one the delay counts from the request. A withdrawn request does not count."
), personal=("subject",))  # fmt: skip

FIELD_REPORTS = Dataset("field_reports", (
    _key("report_id"), _key("flag", Kind.TEXT), _must("customer_id", Kind.ID), _must("visited_on", Kind.DATE, past=True),
    Column("visitor", Kind.ID),
), note=(
    "One row per visit and red flag; `flag` is a code of the checklist in the policy (E6), `none` for a visit without any."
))  # fmt: skip

INDUSTRY_FIGURES = Dataset("industry_figures", (
    _key("industry_code", Kind.TEXT), _key("region", Kind.TEXT), _key("figure", Kind.TEXT),
    _key("period_end", Kind.DATE, past=True), _must("value", Kind.NUMBER), Column("published_on", Kind.DATE, past=True),
), account=None, note=(
    "`industry_code` may be the beginning of the customers' codes (C33 for C3311). `region` is a country, or `*` for all. "
    "`insolvency_rate` is read by M1."
))  # fmt: skip

COUNTRY_RISK = Dataset("country_risk", (
    _key("scheme", Kind.TEXT), _key("valid_from", Kind.DATE), _key("country", Kind.COUNTRY),
    Column("risk_class", Kind.NUMBER, minimum=0), Column("listing", Kind.CHOICE, choices=("increased_monitoring", "call_for_action")),
    Column("source", Kind.TEXT),
), account=None, note=(
    "Each `scheme` (oecd, fatf, your own) is delivered as whole lists: the newest `valid_from` replaces the earlier list, and a "
    "country that it does not name is not listed. `risk_class` is read by M2, `listing` by C2."
))  # fmt: skip

RELATIONS = Dataset("relations", (
    _key("relation_id"), _must("customer_id", Kind.ID), _must("kind", Kind.CHOICE, choices=("ownership", "guarantee", "management")),
    _must("party_id", Kind.ID), Column("party_name", Kind.TEXT), Column("party_tax_id", Kind.TEXT),
    Column("party_country", Kind.COUNTRY), Column("share_pct", Kind.NUMBER, minimum=0), Column("amount", Kind.MONEY, minimum=0),
    Column("currency", Kind.CURRENCY), Column("valid_from", Kind.DATE), Column("valid_to", Kind.DATE),
), note=(
    "What a party is to the customer: it owns `share_pct` of it, guarantees for it up to `amount`, or shares its managers. "
    "`party_id` is an account of the same system, or the number the source gives a party that is no customer; `party_tax_id` finds a "
    "customer of any system. Without `valid_from` a relation holds from the extract that first names it. An ownership without a share "
    "gives no control. A snapshot that no longer names a relation ends it."
), personal=("party_name", "party_tax_id"))  # fmt: skip

FX_RATES = Dataset("fx_rates", (
    _key("currency", Kind.CURRENCY), _key("quote_currency", Kind.CURRENCY), _key("rate_date", Kind.DATE, past=True),
    _must("rate", Kind.NUMBER, minimum=0),
), account=None)  # fmt: skip

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (CUSTOMERS, CONTACTS, FX_RATES, INDUSTRY_FIGURES, COUNTRY_RISK, INVOICES, PAYMENTS, ORDERS, DISPUTES,
                    PROMISES, FINANCIAL_STATEMENTS, CREDIT_LIMITS, EXTERNAL_SIGNALS, CUSTOMER_FIGURES, ASSESSOR_RATINGS,
                    INFORMATION_REQUESTS, FIELD_REPORTS, RELATIONS)
}  # fmt: skip
"""All datasets by name, in the order they are loaded: a dataset comes after those it refers to."""


def item_column(dataset: Dataset) -> str:
    """Return the column that unpivoting fills with the item's name."""
    return "item" if any(column.name == "item" for column in dataset.columns) else "figure"
