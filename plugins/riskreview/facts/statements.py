"""Owns the SQL whose columns come from the canonical data sets; the one place of this room that composes statements.

Only names of our own data sets and columns, quoted, are composed; every value is bound.
"""

from riskreview.policy.datasets import DATASETS, Column, Dataset, Kind

TYPES = {
    Kind.ID: "VARCHAR", Kind.TEXT: "VARCHAR", Kind.CHOICE: "VARCHAR", Kind.CURRENCY: "VARCHAR", Kind.COUNTRY: "VARCHAR",
    Kind.MONEY: "DECIMAL(18,2)", Kind.NUMBER: "DOUBLE", Kind.INTEGER: "BIGINT", Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMPTZ", Kind.BOOLEAN: "BOOLEAN",
}  # fmt: skip
SEPARATOR = "chr(31)"
ACCOUNT_BITS = 8
"""``account_key >> 8`` is the customer the account was first given to."""

ENDED_BY_ABSENCE = {
    "invoices": ("CASE WHEN k.item_key IS NOT NULL THEN k.absent_on ELSE n.absent_on END AS absent_on",
                 "LEFT JOIN kept_open AS k ON k.item_key = f.item_key AND k.as_of > f.as_of"),
    "relations": ("n.absent_on", ""),
}  # fmt: skip
"""Data sets whose items are over when a later snapshot no longer names them: the day, and what keeps an item from it."""


BETWEEN = "account_key BETWEEN getvariable('first_account') AND getvariable('last_account')"


def has_account(dataset: Dataset) -> bool:
    """Tell whether rows of a data set belong to an account."""
    return dataset.name == "customers" or dataset.account is not None


def item_key(*parts: str) -> str:
    """Return the expression of the stable 63-bit key of the batch's system and the given text expressions."""
    joined = f" || {SEPARATOR} || ".join(("getvariable('batch_system')", *parts))
    return f"(md5_number_lower({joined}) >> 1)::BIGINT"


def natural_key(dataset: Dataset) -> str:
    """Return the columns of a fact row that tell items apart, as one text expression; for detecting colliding keys."""
    names = ["account_key"] if has_account(dataset) else []
    names += [_quoted(name) for name in dataset.key if name != "customer_id"]
    return f" || {SEPARATOR} || ".join(f"{name}::VARCHAR" for name in names)


def batch_rows(dataset: Dataset) -> str:
    """Return the SELECT that turns accepted staged rows (view ``accepted``) into fact rows.

    Variables: batch_system, batch_id, batch_as_of, batch_known_at. Grain: one row per accepted row.
    """
    keys = ["a.account_key"] if has_account(dataset) else []
    keys.append(f"{item_key(*(f's.{_quoted(name)}::VARCHAR' for name in dataset.key))} AS item_key")
    keys += [f"{expression} AS {name}" for name, expression in _derived(dataset).items()]
    own = [_typed(column) for column in dataset.columns if column.name != "customer_id"]
    columns = ", ".join([*keys, *own, *_stamps()])
    join = f" JOIN account_keys AS a ON a.account_id = s.{_quoted('customer_id')}" if has_account(dataset) else ""
    return f"SELECT {columns} FROM accepted AS s{join}"  # noqa: S608  our own names only


def empty_rows(dataset: Dataset) -> str:
    """Return a SELECT without rows and with the columns of a fact table; for data sets never delivered."""
    columns = [f"NULL::{kind} AS {_quoted(name)}" for name, kind in _stored(dataset).items()]
    return f"SELECT {', '.join(columns)} WHERE false"


def completed(dataset: Dataset, source: str, stored: list[str]) -> str:
    """Return a FROM item with every column of a data set: those that the stored rows are older than are NULL."""
    lacking = [f"NULL::{kind} AS {_quoted(name)}" for name, kind in _stored(dataset).items() if name not in stored]
    return f"(SELECT *, {', '.join(lacking)} FROM {source})" if lacking else source  # noqa: S608  our own names


def _stored(dataset: Dataset) -> dict[str, str]:
    """Return the columns of a data set's fact table with their types, in order."""
    keys = [*(["account_key"] if has_account(dataset) else []), "item_key", *_derived(dataset)]
    own = {column.name: TYPES[column.kind] for column in dataset.columns if column.name != "customer_id"}
    stamps = {"batch_id": "BIGINT", "source_row": "BIGINT", "as_of": "DATE", "known_at": "TIMESTAMPTZ"}
    return {**dict.fromkeys(keys, "BIGINT"), **own, **stamps}


def view_of(  # noqa: PLR0913, RUF100  each join a run may need
    name: str, source: str, *, versioned: bool, filtered: bool, converted: bool, absence: bool, moved: bool,
    chosen: bool = False, between: bool = False,
) -> str:  # fmt: skip
    """Return the CREATE VIEW of a data set as a run sees it, with only the joins that this run needs.

    :param source: table function or table holding the rows.
    :param versioned: rows that a better version replaces are listed in ``replaced_<name>``.
    :param filtered: rows of batches outside ``read_batches`` are mixed in and must be left out.
    :param converted: several currencies occur: ``rate`` comes from ``rates``, else it is 1.
    :param absence: snapshot batches have successors: ``absent_on`` comes from ``absences``, for invoices also ``kept_open``.
    :param moved: only accounts in ``moved_accounts``, under their present customer.
    :param chosen: only accounts in ``chosen_accounts``.
    :param between: only accounts from ``first_account`` to ``last_account``, so that other parts of sorted files are not read.
    """
    dataset = DATASETS[name]
    extra, joins = [], []
    if has_account(dataset):
        extra.append("m.customer_key" if moved else f"(f.account_key >> {ACCOUNT_BITS}) AS customer_key")
        joins += ["JOIN moved_accounts AS m ON m.account_key = f.account_key"] if moved else []
    if any(column.name == "currency" for column in dataset.columns) and name not in {"fx_rates", "customers"}:
        extra.append("r.rate" if converted else "1.0::DOUBLE AS rate")
        joins += ["LEFT JOIN rates AS r ON r.currency = f.currency"] if converted else []
    if name in ENDED_BY_ABSENCE:
        day, keeping = ENDED_BY_ABSENCE[name]
        extra.append(day if absence else "NULL::DATE AS absent_on")
        joins += (
            [f"LEFT JOIN absences AS n ON n.batch_id = f.batch_id AND n.dataset = '{name}'", keeping] if absence else []
        )
    joins += (
        ["SEMI JOIN chosen_accounts AS o ON o.account_key = f.account_key"] if chosen and has_account(dataset) else []
    )
    joins += ["SEMI JOIN read_batches AS b ON b.batch_id = f.batch_id"] if filtered else []
    joins += (
        [f"ANTI JOIN {_quoted('replaced_' + name)} AS v ON v.item_key = f.item_key AND v.batch_id = f.batch_id"]
        if versioned
        else []
    )
    joins += [f"WHERE f.{BETWEEN}"] if between and has_account(dataset) else []
    columns = ", ".join(["f.*", *extra])
    return f"CREATE OR REPLACE TEMP VIEW {_quoted(name)} AS SELECT {columns} FROM {source} AS f {' '.join(joins)}"  # noqa: S608


def items_read(source: str) -> str:
    """Return the SELECT of the items that a range of customers has: under the first customer of its accounts, and by accounts that moved to it."""
    own = f"SELECT item_key FROM {source} WHERE {BETWEEN}"  # noqa: S608  our own paths
    return f"{own} UNION ALL SELECT item_key FROM {source} SEMI JOIN moved_accounts USING (account_key)"  # noqa: S608  as above


def file_list(uris: list[str]) -> str:
    """Return the table function reading Parquet files; names come from our own Delta log, quotes are doubled.

    Several files need not have the same columns: what an older one lacks is NULL there.
    """
    quoted = ", ".join("'" + uri.replace("'", "''") + "'" for uri in uris)
    return f"read_parquet([{quoted}]{', union_by_name = true' if len(uris) > 1 else ''})"


def _derived(dataset: Dataset) -> dict[str, str]:
    """Return what is computed from a staged row when it is published: the keys of the items it refers to.

    ``payer_key`` is the key of the account that paid, 0 for the customer's own.
    """
    names = {column.name for column in dataset.columns if not column.key}
    found = {"invoice_key": item_key("s.invoice_id")} if "invoice_id" in names else {}
    if "payer_account_id" in names:
        other = f"CASE WHEN s.payer_account_id <> s.customer_id THEN {item_key('s.payer_account_id')}"
        found["payer_key"] = f"{other} WHEN s.payer_account_id IS NOT NULL THEN 0 END"
    return found


def _typed(column: Column) -> str:
    return f"s.{_quoted(column.name)}::{TYPES[column.kind]} AS {_quoted(column.name)}"


def _stamps() -> list[str]:
    return ["getvariable('batch_id')::BIGINT AS batch_id", "s.source_row::BIGINT AS source_row",
            "getvariable('batch_as_of')::DATE AS as_of", "getvariable('batch_known_at')::TIMESTAMPTZ AS known_at"]  # fmt: skip


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
