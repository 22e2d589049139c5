"""Owns taking our own writes out of what a CRM says: a limit we set there is no statement about the customer. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from riskreview.crm.difference import as_text
from riskreview.crm.records import Record
from riskreview.policy.crm_policy import Fact

Echoes = Mapping[str, Mapping[str, tuple[Fact, str | None, str | None]]]
"""By record and field: the fact, what we wrote, and what stood there before us."""


def without_echoes(record: Record, echoes: Echoes) -> Record:
    """Return a record with what stood in our fields before us, unless a person wrote something else there since."""
    values = dict(record.values)
    for field, (fact, written, original) in echoes.get(record.record_id, {}).items():
        if as_text(fact, values.get(field)) != written:
            continue
        values.pop(field, None)
        if original is not None:
            values[field] = original
    return replace(record, values=values)
