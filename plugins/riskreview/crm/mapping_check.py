"""Owns checking a mapping against what a CRM describes, before anything is read: names, lookups, types. Pure."""

import difflib
from collections.abc import Mapping as AbstractMapping

from riskreview.crm.extract import OWN_KEYS
from riskreview.crm.reading import CrmField
from riskreview.crm.records import LOOKUPS
from riskreview.foundation.errors import BadInput
from riskreview.policy.datasets import DATASETS, Kind
from riskreview.policy.mapping import Mapping

REFERENCES = LOOKUPS | {"object_reference", "master_detail"}
DAYS = frozenset({"date", "datetime", "date_time"})
TRUTHS = frozenset({"boolean", "true_or_false"})
NUMBERS = frozenset(
    {"number", "currency", "percentile", "percent", "double", "integer", "bigint", "formula", "count", "quote"}
)
TEXTS = frozenset({"text", "textarea", "long_text", "autonumber", "auto_number", "formula", "quote"})
"""Types whose cells intake reads as anything that fits; a wrong one is quarantined by row."""
FITTING = {
    Kind.MONEY: NUMBERS | TEXTS, Kind.NUMBER: NUMBERS | TEXTS, Kind.INTEGER: NUMBERS | TEXTS,
    Kind.DATE: DAYS | TEXTS, Kind.TIMESTAMP: DAYS | TEXTS,
}  # fmt: skip


def top_fields(mapping: Mapping) -> tuple[str, ...]:
    """Return the fields of the CRM a mapping needs, each once, without what stands behind a dot and without our own keys."""
    names = [name.partition(".")[0].removesuffix("__r") for name in mapping.sources if name not in OWN_KEYS]
    return tuple(dict.fromkeys(names))


def paths(mapping: Mapping) -> tuple[str, ...]:
    """Return the same with what stands behind the dot."""
    return tuple(dict.fromkeys(name for name in mapping.sources if name not in OWN_KEYS))


def problems(mapping: Mapping, described: AbstractMapping[str, CrmField]) -> list[BadInput]:
    """Return everything that keeps a mapping from being used, one sentence each."""
    found: list[BadInput] = []
    for path in paths(mapping):
        top, _, inner = path.partition(".")
        name = top.removesuffix("__r")
        known = described.get(name)
        if known is None:
            near = difflib.get_close_matches(name, list(described), n=1)
            repair = (
                f"Did you mean {near[0]}? Correct the mapping"
                if near
                else "Correct the mapping, or add the field in the CRM"
            )
            found.append(_problem(mapping, "E-CRM-FIELD", f"the CRM has no field {name}", repair, path))
        elif known.type in LOOKUPS and not inner:
            found.append(_problem(mapping, "E-CRM-TYPE", f"{name} is another record", f"Map {name}.id", path))
        elif inner and known.type not in REFERENCES | {"employee", "department"} and not top.endswith("__r"):
            found.append(_problem(mapping, "E-CRM-TYPE", f"{name} is a plain {known.type}", f"Map {name} alone", path))
    return found or _types(mapping, described)


def _types(mapping: Mapping, described: AbstractMapping[str, CrmField]) -> list[BadInput]:
    found: list[BadInput] = []
    for name, given in mapping.datasets.items():
        for column in DATASETS[name].columns:
            pick = given.columns.get(column.name)
            source = pick.column if pick is not None and not pick.map else None
            known = described.get(source or "")
            fitting = FITTING.get(column.kind)
            if known is not None and fitting is not None and known.type not in fitting:
                text = f"{source} is a {known.type}, {name}.{column.name} is a {column.kind.value}"
                found.append(
                    _problem(
                        mapping, "E-CRM-TYPE", text, "Map another field, or give a map of its values", source or ""
                    )
                )
    return found


def _problem(mapping: Mapping, code: str, text: str, repair: str, column: str) -> BadInput:
    return BadInput(code, text, repair, mapping.source, None, column)
