"""Owns the assessment room's statements: reading what a new assessment rests on, and replacing the current one in one transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from riskreview.assessment.conditions import RANK
from riskreview.assessment.decision import Before
from riskreview.assessment.positions import Bools
from riskreview.assessment.scale import scale_of
from riskreview.assessment.standing import NEVER, unpack
from riskreview.foundation.binary_copy import Column, copy_in, copy_out
from riskreview.foundation.errors import BadInput
from riskreview.foundation.sql import sql
from riskreview.indicators.across import Learned
from riskreview.policy.risk_policy import FILE, Policy, policy_of

Keys = NDArray[np.int64]
NOBODY: Keys = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Head:
    """What the current assessment is."""

    as_of: date
    run_id: int
    policy_version: str
    policy_digest: str
    result_digest: str
    customers: int
    model_version: str | None = None
    model_digest: str | None = None


@dataclass(frozen=True, slots=True)
class ClassChange:
    """One customer whose class is another than at the business date before, or no longer is."""

    customer_key: int
    old_class: int
    new_class: int
    rule_code: int
    withdrawn: bool


def read_head(connection: Connection, *, lock: bool = False) -> Head | None:
    """Return what the current assessment is; with ``lock`` other writers wait for this transaction."""
    if lock:
        connection.execute(text(sql("assessment", "lock_writers")))
    row = connection.execute(text(sql("assessment", "lock_head" if lock else "read_head"))).one_or_none()
    return None if row is None else Head(**row._asdict())


def register_policy(connection: Connection, policy: Policy, *, at: datetime) -> None:
    """Keep the policy's text at its first use.

    :raises BadInput: when the version was used before with another content.
    """
    names = {"policy": FILE, "version": policy.version}
    values = {
        **names,
        "digest": policy.digest,
        "effective_from": policy.effective_from,
        "content": policy.content,
        "at": at,
    }
    connection.execute(text(sql("assessment", "register_policy")), values)
    used = connection.execute(text(sql("assessment", "read_policy")), names).one()
    if used.digest != policy.digest:
        raise BadInput("E-POLICY-IMMUTABLE", f"version {policy.version} was used with another content",
                       "Give the changed policy a new version", FILE, None, "version")  # fmt: skip


def used_policy(connection: Connection, version: str) -> Policy:
    """Return a policy version that was used; it must have been."""
    row = connection.execute(text(sql("assessment", "read_policy")), {"policy": FILE, "version": version}).one()
    return policy_of(row.content)


def used_digest(connection: Connection, version: str) -> str | None:
    """Return the digest of the content a policy version was used with; None for a version that never was."""
    row = connection.execute(text(sql("assessment", "read_policy")), {"policy": FILE, "version": version}).one_or_none()
    return None if row is None else str(row.digest)


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Which customers were retired, ascending, and which one lives on for each."""

    retired: Keys
    survivor: Keys

    def living(self, keys: Keys) -> Keys:
        """Return the keys with those of retired customers replaced."""
        if not len(self.retired):
            return keys
        place = np.minimum(np.searchsorted(self.retired, keys), len(self.retired) - 1)
        return np.where(self.retired[place] == keys, self.survivor[place], keys)


def read_taken_over(connection: Connection) -> TakenOver:
    """Return which customers another one took over."""
    rows = copy_out(connection, sql("assessment", "read_taken_over"), {"retired": "int8", "survivor": "int8"})
    return TakenOver(rows["retired"].astype(np.int64), rows["survivor"].astype(np.int64))


def read_standing(connection: Connection, *, as_of: date) -> tuple[Keys, Keys, Keys]:
    """Return customers with where they stood before a date, and what that rests on.

    That is after their last assessment, or before it where that was on the date itself.
    """
    connection.execute(text(sql("assessment", "set_date")), {"as_of": as_of})
    kinds = {"customer_key": "int8", "standing": "int8", "confirmed": "int8"}
    rows = copy_out(connection, sql("assessment", "read_standing"), kinds)
    key, standing, confirmed = (rows[name].astype(np.int64) for name in kinds)
    return key, standing, confirmed


def aligned(keys: Keys, taken_over: TakenOver, stored: Keys, standing: Keys, confirmed: Keys) -> Before:
    """Return stored standings in the order of ``keys``; a customer that was never assessed has none.

    A customer that took others over stands where the worst of them stood: a merge relaxes nothing.
    """
    stored = taken_over.living(stored)
    order = _worst_last(stored, standing) if len(taken_over.retired) else np.argsort(stored, kind="stable")
    stored, standing, confirmed = stored[order], standing[order], confirmed[order]
    if not len(stored):
        return Before(np.full(len(keys), NEVER), np.zeros(len(keys), dtype=np.int64))
    place = np.maximum(np.searchsorted(stored, keys, side="right") - 1, 0)
    known = stored[place] == keys
    return Before(np.where(known, standing[place], NEVER), np.where(known, confirmed[place], 0))


def _worst_last(stored: Keys, standing: Keys) -> NDArray[np.intp]:
    return np.lexsort((RANK[np.maximum(unpack(standing).risk_class, 0)], stored))


def narrow(connection: Connection, customers: Keys) -> None:
    """Let every further statement of this transaction see the given customers and those they took over only; for reading.

    ``see_register`` comes before.
    """
    given = {"customers": customers.tolist()}
    for name in ("narrow_customers", "narrow_accounts"):
        connection.execute(text(sql("assessment", name)), given)
    taken_over = read_taken_over(connection)
    narrow_current(connection, np.concatenate([customers, taken_over.retired]))


def narrow_current(connection: Connection, customers: Keys) -> None:
    """Let every further statement of this transaction see the assessments of the given customers only; for reading."""
    connection.execute(text(sql("assessment", "narrow_current")), {"customers": customers.tolist()})


def read_stale(connection: Connection, keys: Keys, systems: Sequence[str | None]) -> list[Bools]:
    """Return, for each of the systems, which customers have an account there; everybody for None."""
    if not systems:
        return []
    connection.execute(text(sql("assessment", "note_stale_systems")), {"systems": [name or "" for name in systems]})
    kinds = {"customer_key": "int8", "system_number": "int2"}
    rows = copy_out(connection, sql("assessment", "read_stale_customers"), kinds)
    return [np.ones(len(keys), dtype=bool) if name is None else np.isin(keys, rows["customer_key"][rows["system_number"] == number])
            for number, name in enumerate(systems)]  # fmt: skip


def replace_current(
    connection: Connection, columns: Sequence[Column], policy: Policy, *, as_of: date, but_for: Keys = NOBODY
) -> None:
    """Load an assessment into a new table and make it the current one; readers wait only for the renames. ``order_current`` comes after.

    What single customers were assessed at after ``as_of`` stays, and so do the assessments of ``but_for``.
    """
    connection.execute(text(sql("assessment", "create_next")))
    copy_in(connection, "current_assessment_next", columns, is_new=True)
    connection.execute(text(sql("assessment", "index_next")))
    for name in ("forget_older", *(["forget_kept"] if but_for.size else []), "keep_newer"):
        connection.execute(text(sql("assessment", name)), {"as_of": as_of, "but_for": but_for.tolist()})
    connection.execute(text(sql("assessment", "swap_next")))
    connection.execute(text(sql("assessment", "clear_lines")))
    note_lines(connection, policy)


def order_current(connection: Connection) -> None:
    """Index the current assessment in the orders of the console's lists, which are slower until then; nothing is done where they are."""
    connection.execute(text(sql("assessment", "order_current")))


def note_lines(connection: Connection, policy: Policy) -> None:
    """Note the lines by which current assessments were judged, for each set of overrides that fits somebody."""
    sets = [0]
    if policy.line_overrides:
        sets = sorted({0, *connection.execute(text(sql("assessment", "read_line_sets"))).scalars()})
    scale = scale_of(policy.content)
    lines = [
        {"line_set": line_set, "position": found.bit, "indicator_id": found.item.id,
         "warning": float(warning), "alarm": float(alarm)}
        for line_set in sets for found in scale.indicators() for warning, alarm in (found.lines(np.asarray(line_set)),)
    ]  # fmt: skip
    connection.execute(text(sql("assessment", "insert_line")), lines)


def load_assessed(connection: Connection, columns: Sequence[Column], *, also_unchanged: bool = False) -> Keys:
    """Hold new assessments of some customers for this transaction and return who of them is assessed differently than now.

    :param also_unchanged: hold and return all of them.
    """
    connection.execute(text(sql("assessment", "create_assessed")))
    copy_in(connection, "assessed_row", columns)
    if not also_unchanged:
        connection.execute(text(sql("assessment", "drop_unchanged")))
    changed = connection.execute(text(sql("assessment", "read_assessed"))).scalars().all()
    return np.array(changed, dtype=np.int64)


def merge_assessed(connection: Connection, customers: Keys, policy: Policy) -> None:
    """Put the held assessments that differ in the place of the old ones, those of customers taken over by ``customers`` included."""
    connection.execute(text(sql("assessment", "remove_replaced")))
    connection.execute(text(sql("assessment", "remove_retired")), {"customers": customers.tolist()})
    connection.execute(text(sql("assessment", "insert_assessed")))
    if policy.line_overrides:
        note_lines(connection, policy)


def read_since(connection: Connection, run_id: int) -> tuple[Keys, date]:
    """Return who was assessed by a run after this one, ascending, and the earliest date of these assessments."""
    rows = connection.execute(text(sql("assessment", "read_since")), {"run_id": run_id}).all()
    keys = np.array([row.customer_key for row in rows], dtype=np.int64)
    return keys, min((row.as_of for row in rows), default=date.max)


def read_learned(connection: Connection) -> Learned:
    """Return what the current assessment learned from all customers together."""
    found = connection.execute(text(sql("assessment", "read_learned"))).scalar_one_or_none() or {}
    return {name: tuple(values) for name, values in found.items()}


def write_learned(connection: Connection, learned: Learned) -> None:
    """Keep what the current assessment learned from all customers together."""
    connection.execute(text(sql("assessment", "write_learned")), {"learned": json.dumps(dict(learned))})


def write_head(connection: Connection, head: Head, *, at: datetime) -> None:
    """Say what the current assessment is."""
    values: Mapping[str, object] = {name: getattr(head, name) for name in Head.__slots__}
    connection.execute(text(sql("assessment", "write_head")), {**values, "at": at})


def record_changes(
    connection: Connection, columns: Sequence[Column], *, as_of: date, run_id: int, customers: Keys | None = None,
    but_for: Keys = NOBODY,
) -> list[ClassChange]:  # fmt: skip
    """Record the changes of class of a date and return those that were not known yet, withdrawn ones included.

    :param customers: who was assessed; None = everybody, ``but_for`` some.
    """
    connection.execute(text(sql("assessment", "create_changes")))
    copy_in(connection, "assessed_change", columns)
    judged = {
        "as_of": as_of,
        "customers": None if customers is None else customers.tolist(),
        "but_for": but_for.tolist(),
    }
    gone = connection.execute(text(sql("assessment", "withdraw_changes")), judged).all()
    new = connection.execute(text(sql("assessment", "record_changes")), {"as_of": as_of, "run_id": run_id}).all()
    found = [(row, True) for row in sorted(gone, key=lambda row: int(row.customer_key))] + [(row, False) for row in new]
    return [
        ClassChange(int(row.customer_key), row.old_class, row.new_class, row.rule_code, withdrawn)
        for row, withdrawn in found
    ]


def read_unreviewed(connection: Connection, *, as_of: date, customer_key: int | None = None) -> tuple[int, ...]:
    """Return the customers with a review that was due before ``as_of`` and not decided by then.

    :param customer_key: only this one.
    """
    values = {"as_of": as_of, "customer_key": customer_key}
    return tuple(connection.execute(text(sql("assessment", "read_unreviewed")), values).scalars())
