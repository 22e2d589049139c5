"""Owns the statements of the groups room: relations as told, which customers they are about, and who belongs to which group now."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, text

from riskreview.facts.register import REGISTER
from riskreview.facts.registration import read_number
from riskreview.facts.results import Pins
from riskreview.foundation.binary_copy import Column, copy_in, copy_out
from riskreview.foundation.sql import sql
from riskreview.groups.control import NOBODY, Holdings, Keys
from riskreview.groups.numbering import joined_with, numbered

if TYPE_CHECKING:
    import duckdb

State = dict[str, Any]
"""Day, versions and deliveries: relations that follow from the same are the same."""
TOLD = ("item_key", "account_key", "kind", "party_id", "party_name", "party_tax_id", "party_country", "share_pct", "amount",
        "currency", "reporting_amount", "starts_on", "ends_on")  # fmt: skip


def load_told(connection: Connection, told: Path) -> None:
    """Hold, for the rest of the transaction, the relations of a file and which customers they are about; ``see_register`` before."""
    connection.execute(text(sql("groups", "create_told")))
    with told.open("rb") as stream:
        _copy(connection, f"COPY told_relation ({', '.join(TOLD)}) FROM STDIN (FORMAT csv, NULL '\\N')", stream)
    connection.execute(text("ANALYZE told_relation"))
    _read_numbers(connection)
    connection.execute(text(sql("groups", "create_found")))


def write_told(rows: "duckdb.DuckDBPyRelation", told: Path) -> None:
    """Write the relations in force to a file."""
    rows.write_csv(str(told), header=False, quoting="ALL", na_rep="\\N")


def keep_relations(connection: Connection, state: State) -> None:
    """Make the relations held the current ones and note what they follow from; those that stay as they are are not touched."""
    for name in ("forget_relations", "keep_relations"):
        connection.execute(text(sql("groups", name)))
    connection.execute(text(sql("groups", "note_state")), {"state": json.dumps(state)})


def state_of(connection: Connection, pins: Pins, *, as_of: date) -> State:
    """Return what the relations in force on a day follow from, as they were known under ``pins``."""
    versions = {name: pins.versions.get(name) for name in ("relations", "fx_rates", REGISTER)}
    values = {"as_of": as_of, "versions": json.dumps(versions), "known_at": pins.known_at}
    found: State = connection.execute(text(sql("groups", "state_of")), values).scalar_one()
    return found


def kept_state(connection: Connection) -> State | None:
    """Return what the current relations follow from; None before the first."""
    found: State | None = connection.execute(text(sql("groups", "kept_state"))).scalar_one_or_none()
    return found


@contextmanager
def kept_relations(connection: Connection) -> Iterator[None]:
    """Hold the current relations for a block, as ``load_told`` holds those of a file for the rest of the transaction."""
    connection.execute(text(sql("groups", "show_kept")))
    yield
    connection.execute(text(sql("groups", "hide_kept")))


def read_holdings(connection: Connection) -> Holdings:
    """Return who owns how much of whom."""
    kinds = {"owner_key": "int8", "customer_key": "int8", "share_pct": "float8"}
    rows = copy_out(connection, sql("groups", "read_holdings"), kinds)
    return Holdings(*(rows[name] for name in kinds))


def read_guarantors(connection: Connection) -> tuple[Keys, Keys]:
    """Return customers and, beside each, one that guarantees for it."""
    return _pairs(connection, "read_guarantors", "customer_key", "guarantor_key")


def read_given_groups(connection: Connection) -> tuple[Keys, Keys]:
    """Return the customers that a source names in a group, and the numbers of these groups."""
    return _pairs(connection, "given_groups", "customer_key", "group_number")


def read_given_parents(connection: Connection) -> tuple[Keys, Keys]:
    """Return the customers that a source puts below another one, and those."""
    return _pairs(connection, "given_parents", "customer_key", "parent_key")


def current_members(connection: Connection) -> tuple[Keys, Keys]:
    """Return who belonged to which group at the last assessment, members ascending."""
    member, group = _pairs(connection, "read_members", "customer_key", "group_id")
    order = np.argsort(member)
    return member[order], group[order]


def keep_members(
    connection: Connection, member: Keys, group: Keys, *, but_for: Keys = NOBODY, only: Keys | None = None
) -> None:
    """Make the given groups the current ones, each under its lasting number; the same groups change nothing.

    :param but_for: customers that stay in the groups they are in; with ``only``, these are all others.
    """
    old_member, old_group = current_members(connection)
    if only is not None:
        but_for = np.setdiff1d(np.union1d(member, old_member), only)
    if but_for.size:
        member, group = joined_with(member, group, old_member, old_group, but_for)
    number = numbered(member, group, old_member, old_group)
    if np.array_equal(member, old_member) and np.array_equal(number, old_group):
        return
    connection.execute(text(sql("groups", "clear_members")))
    copy_in(connection, "group_member", [Column("customer_key", "int8", member), Column("group_id", "int8", number)])


def _pairs(connection: Connection, name: str, one: str, other: str) -> tuple[Keys, Keys]:
    rows = copy_out(connection, sql("groups", name), {one: "int8", other: "int8"})
    return rows[one].astype(np.int64), rows[other].astype(np.int64)


def _read_numbers(connection: Connection) -> None:
    rows = connection.execute(text(sql("groups", "foreign_numbers"))).all()
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        found = read_number(row.written, row.country)
        writer.writerow([row.written, row.country, None if found is None or found.is_valid is False else found.key])
    _copy(connection, "COPY party_number FROM STDIN (FORMAT csv)", io.BytesIO(buffer.getvalue().encode()))
    connection.execute(text("ANALYZE party_number"))


def _copy(connection: Connection, statement: str, stream: io.BufferedIOBase | io.BytesIO) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.copy_expert(statement, stream)
    finally:
        cursor.close()
