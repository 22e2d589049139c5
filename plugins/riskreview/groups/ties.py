"""Owns reading the ties between customers on a day, as they were known: groups, parents and guarantors."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import Connection

from riskreview.facts.reading import open_facts
from riskreview.facts.register import see_register
from riskreview.facts.results import Pins
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.groups import store
from riskreview.groups.control import NOBODY, Holdings, Keys, groups, parents


@dataclass(frozen=True, slots=True)
class Ties:
    """Every tie between customers.

    :param member: members of groups, ascending, with ``group`` a number of theirs.
    :param child: customers with a parent, ascending.
    :param guaranteed: customers for whom the customer beside them in ``guarantor`` guarantees.
    """

    member: Keys
    group: Keys
    child: Keys
    parent: Keys
    guaranteed: Keys
    guarantor: Keys


def read_ties(services: Services, *, pins: Pins | None, as_of: date, keep: bool = False) -> Ties:
    """Return the ties in force on a day; where they follow from the same as the current relations, the facts are not read again.

    :param pins: what was known; None for everything, without relations.
    :param keep: store the relations in force as the current ones.
    """
    if pins is None or "relations" not in pins.versions:
        with transaction(services.engine) as connection:
            if pins is not None:
                see_register(connection, pins)
            return _tied(connection, Holdings(NOBODY, NOBODY, np.zeros(0)), (NOBODY, NOBODY))
    with TemporaryDirectory(prefix="relations-") as folder, transaction(services.engine) as connection:
        see_register(connection, pins)
        state = store.state_of(connection, pins, as_of=as_of)
        if store.kept_state(connection) == state:
            with store.kept_relations(connection):
                return _tied(connection, store.read_holdings(connection), store.read_guarantors(connection))
        told = Path(folder) / "told.csv"
        with open_facts(services, pins=pins, as_of=as_of, datasets=("relations",)) as reader:
            store.write_told(reader.database.sql(sql("groups", "in_force"), params={"as_of": as_of}), told)
        store.load_told(connection, told)
        if keep:
            store.keep_relations(connection, state)
        return _tied(connection, store.read_holdings(connection), store.read_guarantors(connection))


def _tied(connection: Connection, holdings: Holdings, guarantees: tuple[Keys, Keys]) -> Ties:
    member, group = groups(holdings, *store.read_given_groups(connection))
    child, parent = parents(holdings, member, group)
    given_child, given_parent = store.read_given_parents(connection)
    fresh = ~np.isin(given_child, child)
    child, parent = np.concatenate([child, given_child[fresh]]), np.concatenate([parent, given_parent[fresh]])
    order = np.argsort(child, kind="stable")
    return Ties(member, group, child[order], parent[order], *guarantees)
