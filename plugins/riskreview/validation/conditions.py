"""Owns composing SQL over a dataset's columns: the one module of this room that does.

Column names come from the canonical datasets only and are quoted; every value is a bound parameter. Dialect: DuckDB.
"""
# ruff: noqa: S608  quoted identifiers only, see above

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from riskreview.policy.datasets import Column, Dataset, Kind
from riskreview.validation.rules import Rule

ROWS = "current_rows"
"""The view every composed statement reads: the staged rows of one dataset."""
NUMERIC = frozenset({Kind.MONEY, Kind.NUMBER, Kind.INTEGER})
TEXTUAL = frozenset({Kind.ID, Kind.TEXT, Kind.CHOICE, Kind.CURRENCY, Kind.COUNTRY})


@dataclass(frozen=True, slots=True)
class Condition:
    """What makes a row fail: true for a bad row, false or null for a good one.

    :param found: expression whose text is shown as what was found.
    """

    code: str
    column: str
    text: str
    found: str
    parameters: Mapping[str, object]
    rule: str | None = None


def quoted(name: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def column_conditions(dataset: Dataset, as_of: date) -> list[Condition]:
    """Return the contract's conditions on single columns: smallest value, and no date after the extract's as-of date."""
    conditions = []
    for number, column in enumerate(dataset.columns):
        name = quoted(column.name)
        if column.minimum is not None:
            below = f"{name} < $least{number}"
            if column.kind is Kind.NUMBER:
                below = f"({below} OR isnan({name}) OR ({name} = 0 AND signbit({name})))"
            conditions.append(Condition("R-RANGE", column.name, below, name, {f"least{number}": column.minimum}))
        if column.past:
            after = Condition("R-DATE-FUTURE", column.name, f"{name} > $as_of", name, {"as_of": as_of})
            conditions.append(after)
    if dataset.name == "invoices":
        conditions.append(_open_within_amount())
    return conditions


def _open_within_amount() -> Condition:
    text = 'NOT ("open_amount" BETWEEN least("amount", 0) AND greatest("amount", 0))'
    return Condition("R-RANGE", "open_amount", text, 'concat("open_amount", \' of \', "amount")', {})


def rule_condition(rule: Rule, number: int) -> Condition:
    """Return a row rule as a condition, with the meaning Great Expectations gives it: empty values pass all but not_null."""
    name = quoted(rule.column or "")
    prefix = f"rule{number}_"
    least, most = _typed(rule.min), _typed(rule.max)
    parameters: dict[str, object] = {}
    if rule.check == "pair":
        other = quoted(rule.other or "")
        return Condition(
            "R-RULE", rule.column or "", f"{name} < {other}", f"concat({name}, ' < ', {other})", {}, rule.id
        )
    if rule.check == "not_null":
        text = f"{name} IS NULL"
    elif rule.check == "in_set":
        text, parameters = f"NOT list_contains(${prefix}set, {name})", {f"{prefix}set": list(rule.values)}
    elif rule.check == "regex":
        text, parameters = f"NOT regexp_matches({name}, ${prefix}regex)", {f"{prefix}regex": rule.regex}
    else:
        measured = f"length({name})" if rule.check == "length" else name
        bounds = [("<", "least", least), (">", "most", most)]
        text = " OR ".join(f"{measured} {sign} ${prefix}{word}" for sign, word, value in bounds if value is not None)
        parameters = {f"{prefix}{word}": value for _, word, value in bounds if value is not None}
    return Condition("R-RULE", rule.column or "", text, name, parameters, rule.id)


def _typed(value: float | date | None) -> float | date | None:
    return value.date() if isinstance(value, datetime) else value


def first_failures(conditions: Sequence[Condition]) -> tuple[str, dict[str, object]]:
    """Return one pass that yields, per failing row, ``source_row``, the number of its first failed condition and what was found."""
    which = " ".join(f"WHEN {item.text} THEN {number}" for number, item in enumerate(conditions))
    found = " ".join(f"WHEN {number} THEN CAST({item.found} AS VARCHAR)" for number, item in enumerate(conditions))
    text = (
        f"SELECT source_row, failed, CASE failed {found} END AS found FROM "
        f"(SELECT *, CASE {which} END AS failed FROM {ROWS}) WHERE failed IS NOT NULL"
    )
    return text, _merged(conditions)  # fmt: skip


def rule_counts(rules: Sequence[Rule]) -> tuple[str, dict[str, object]]:
    """Return one pass that counts rows, and per rule its violations and the rows it applies to (``<id>`` and ``<id>__of``)."""
    parts, conditions = ["count(*) AS row_count"], []
    for number, rule in enumerate(rules):
        name = quoted(rule.column or "")
        if rule.check == "row_count":
            continue
        if rule.check == "distinct_count":
            parts.append(f"count(DISTINCT {name}) AS {quoted(rule.id)}")
            continue
        condition = rule_condition(rule, number)
        conditions.append(condition)
        parts.append(f"{_counted(condition.text)} AS {quoted(rule.id)}")
        if rule.mostly < 1:
            parts.append(f"{_applicable(rule)} AS {quoted(rule.id + '__of')}")
    return f"SELECT {', '.join(parts)} FROM {ROWS}", _merged(conditions)


def _applicable(rule: Rule) -> str:
    if rule.check == "not_null":
        return "count(*)"
    return _counted(" AND ".join(f"{quoted(column)} IS NOT NULL" for column in rule.columns))


def _counted(condition: str) -> str:
    return f"count(*) FILTER (WHERE {condition})"


def _merged(conditions: Sequence[Condition]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for item in conditions:
        merged |= item.parameters
    return merged


def folded_key(dataset: Dataset) -> str:
    """Return the natural key with case folded, as a list of expressions."""
    return ", ".join(
        f"lower({quoted(c.name)})" if c.kind in TEXTUAL else quoted(c.name) for c in dataset.columns if c.key
    )


def exact_key(dataset: Dataset) -> str:
    """Return the natural key as a list of columns."""
    return ", ".join(quoted(name) for name in dataset.key)


def all_columns(dataset: Dataset) -> str:
    """Return every canonical column as a list."""
    return ", ".join(quoted(column.name) for column in dataset.columns)


def suspects(dataset: Dataset) -> str:
    """Return a statement that keeps the rows whose folded key occurs more than once; hashes, so that the pass stays small."""
    key = f"hash({folded_key(dataset)})"
    return (
        f"CREATE OR REPLACE TEMP TABLE suspect AS SELECT * FROM {ROWS} WHERE {key} IN "
        f"(SELECT {key} FROM {ROWS} GROUP BY ALL HAVING count(*) > 1)"
    )


def repeated_rows(dataset: Dataset) -> str:
    """Return a statement that marks exact repetitions of an earlier suspect row as ``repeated``."""
    return (f"CREATE OR REPLACE TEMP TABLE marked AS SELECT source_row, {all_columns(dataset)}, row_number() OVER "
            f"(PARTITION BY {all_columns(dataset)} ORDER BY source_row) > 1 AS repeated FROM suspect")  # fmt: skip


def key_clashes(dataset: Dataset) -> str:
    """Return the rows whose key clashes once repetitions are gone: ``source_row``, ``by_case``, ``found`` (the key)."""
    exact, folded = exact_key(dataset), folded_key(dataset)
    shown = f"concat_ws('/', {exact})"
    return (
        f"SELECT source_row, same_folded > same_exact AS by_case, {shown} AS found FROM (SELECT *, "
        f"count(*) OVER (PARTITION BY {exact}) AS same_exact, count(*) OVER (PARTITION BY {folded}) AS same_folded "
        f"FROM marked WHERE NOT repeated) WHERE same_folded > 1"
    )


def orphans(dataset: Dataset) -> str:
    """Return the rows whose account is not among ``known_account``: ``source_row`` and what was found."""
    account = quoted(dataset.account or "")
    return (
        f"SELECT source_row, CAST({account} AS VARCHAR) AS found FROM {ROWS} "
        f"ANTI JOIN known_account ON {account} = account_id"
    )


def profile(columns: Sequence[Column]) -> str:
    """Return one pass over the rows: how many, empty cells per column, and the size of numbers (median, share not zero)."""
    parts = ["count(*) AS row_count"]
    for column in columns:
        name = quoted(column.name)
        parts.append(f"count({name}) AS {quoted(column.name + '__given')}")
        if column.kind in NUMERIC:
            size = f"abs(CAST({name} AS DOUBLE))"
            parts.append(f"{_counted(f'{name} <> 0')} AS {quoted(column.name + '__nonzero')}")
            parts.append(
                f"approx_quantile(CASE WHEN {name} <> 0 THEN {size} END, 0.5) AS {quoted(column.name + '__median')}"
            )
    return f"SELECT {', '.join(parts)} FROM {ROWS}"


def category_counts(column: str) -> str:
    """Return how many rows each value of a column has."""
    return f"SELECT {quoted(column)} AS value, count(*) AS row_count FROM {ROWS} GROUP BY ALL"


def into(table: str, statement: str) -> str:
    """Return a statement that keeps the rows of another in a temporary table."""
    return f"CREATE OR REPLACE TEMP TABLE {table} AS {statement}"


def count_of(condition: Condition) -> str:
    """Return a statement that counts the rows a condition is true for."""
    return f"SELECT {_counted(condition.text)} FROM {ROWS}"


def context_rows(dataset: Dataset) -> str:
    """Return the candidate rows and those accepted rows that share a key or an account with one of them."""
    key = f"hash({folded_key(dataset)})"
    shared = f"{key} IN (SELECT {key} FROM candidate_rows)"
    if dataset.account is not None:
        account = quoted(dataset.account)
        shared += f" OR {account} IN (SELECT {account} FROM candidate_rows)"
    columns = f"source_row, {all_columns(dataset)}"
    return f"SELECT {columns} FROM candidate_rows UNION ALL SELECT {columns} FROM accepted_before WHERE {shared}"


def repeated_keys(dataset: Dataset) -> str:
    """Return the keys that occur more than once among candidate and accepted rows."""
    key = exact_key(dataset)
    both = f"SELECT {key} FROM candidate_rows UNION ALL SELECT {key} FROM accepted_before"
    candidates = f"SELECT {key} FROM candidate_rows"
    return (
        f"SELECT {key} FROM ({both}) WHERE ({key}) IN ({candidates}) GROUP BY {key} HAVING count(*) > 1 "
        f"ORDER BY {key} LIMIT 1"
    )
