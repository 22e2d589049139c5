"""Owns what a pack is about: which things belong to a customer, a review, an activated plan, a run or a span of days, and to nobody else."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, text

from riskreview.foundation.clock import midnight_utc
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.sql import sql

Kind = Literal["customer", "review", "activation", "run", "period"]
THINGS = {
    "customer": "things_customer",
    "review": "things_review",
    "activation": "things_activation",
    "run": "things_run",
}
GROUPS = ("review", "review_remark", "signal", "opinion", "measure", "activation", "step", "batch", "run")
"""Things that have a section of their own and a number."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a pack is about.

    :param name: how it is called: the customer's id, a number, or ``SINCE..UNTIL``.
    :param customer: whose pack it is; None for a run and a span of days.
    :param things: type and id of everything that belongs to it, as the event log names them.
    """

    kind: Kind
    name: str
    customer: int | None = None
    things: tuple[tuple[str, str], ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def values(self) -> dict[str, Any]:  # bound values of statements
        """The bound values of the sections' statements."""
        ids = {group: sorted({int(name) for kind, name in self.things if kind == group}) for group in GROUPS}
        customers = [] if self.customer is None or self.kind != "customer" else [self.customer]
        types, names = [kind for kind, _ in self.things], [name for _, name in self.things]
        run_id = self.name if self.kind == "run" else None
        changing = ids["run"] if self.kind in {"run", "period"} else []
        return {
            **ids,
            "customer": customers,
            "types": types,
            "ids": names,
            "run_id": run_id,
            "changing_run": changing,
            "since": self.since,
            "until": self.until,
        }

    def wider(self, things: Iterable[tuple[str, str]]) -> "Scope":
        """Return the scope with more things."""
        return Scope(
            self.kind, self.name, self.customer, tuple(sorted({*self.things, *things})), self.since, self.until
        )


def scope_of(connection: Connection, kind: Kind, number: int) -> Scope:
    """Return what belongs to a customer (by its key), a review, an activated plan or a run.

    :raises NotFound: when there is no such thing.
    """
    if kind == "customer":
        row = connection.execute(text(sql("evidence", "customer")), {"customer_key": number}).one_or_none()
        name, customer = (None, None) if row is None else (row.customer_id, number)
    elif kind == "run":
        known = connection.execute(text(sql("evidence", "runs")), {"run": [number]}).one_or_none()
        name, customer = (None if known is None else str(number)), None
    else:
        values = {"review_id": None, "activation_id": None, f"{kind}_id": number}
        found_one = connection.execute(text(sql("evidence", "subject_customer")), values).one_or_none()
        name, customer = (None, None) if found_one is None else (str(number), found_one.customer_key)
    if name is None:
        raise NotFound(f"there is no {kind} {number}")
    found = connection.execute(text(sql("evidence", THINGS[kind])), {"id": str(number)}).all()
    scope = Scope(kind, name, customer, tuple((row.subject_type, row.subject_id) for row in found))
    if kind != "run":
        return scope
    batches = connection.execute(text(sql("evidence", "batches_of_run")), {"id": str(number)}).scalars()
    return scope.wider(("batch", str(batch)) for batch in batches)


def scope_of_days(connection: Connection, since: date, until: date) -> Scope:
    """Return what happened on the days ``since`` to ``until`` (UTC, both included).

    :raises BadInput: when the first day is after the last.
    """
    if since > until:
        raise BadInput(
            "E-EVIDENCE-PERIOD",
            f"the period begins on {since} and ends on {until}",
            "Give the earlier day first",
            "--period",
        )
    first, after = midnight_utc(since), midnight_utc(until + timedelta(days=1))
    span = {"since": first, "until": after}
    found = connection.execute(text(sql("evidence", "things_period")), span).all()
    things = [
        (str(row.subject_type), str(row.subject_id))
        for row in found
        if row.subject_type not in GROUPS or row.subject_id.isdigit()
    ]
    runs = [("run", str(run)) for run in connection.execute(text(sql("evidence", "runs_between")), span).scalars()]
    return Scope("period", f"{since}..{until}", None, tuple(sorted({*things, *runs})), first, after)
