"""Owns moving things through their states: one transition table per thing, applied with its audit event and messages at once.

Table and column names come from the ``Lifecycle`` constants of the rooms, never from outside; the statements are composed with
SQLAlchemy's quoted identifiers here and nowhere else.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, TableClause, column, select, table, update

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.training import check_trained

SYSTEM = "system"
"""The role of our own stages."""

STAYS = ""
"""Target of a verb that is recorded and leaves the state as it is."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a transition table.

    :param sources: states the verb may be used in.
    :param roles: who may use it; ``system`` is our own stages.
    :param audit_action: ``subject:verb`` in the past tense.
    :param approves: the verb grants what somebody else proposed; whose mandatory training lapsed may not use it.
    """

    verb: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    audit_action: str
    approves: bool = False

    def leads_to(self, source: str) -> str:
        """Return the state after the verb."""
        return source if self.target == STAYS else self.target


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The transition table of one kind of thing, kept in ``table`` with columns ``state`` and ``version``."""

    name: str
    table: str
    key_column: str
    initial: str
    transitions: tuple[Transition, ...]

    @property
    def _article(self) -> str:
        return "an" if self.name[0] in "aeiou" else "a"

    @property
    def states(self) -> tuple[str, ...]:
        """All states, the initial one first, in the order the table mentions them."""
        named = [self.initial]
        for item in self.transitions:
            named += [*item.sources, item.leads_to(item.sources[0])]
        return tuple(dict.fromkeys(named))

    @property
    def final_states(self) -> tuple[str, ...]:
        """States no verb leads out of."""
        leaving = [item for item in self.transitions if item.target != STAYS]
        return tuple(s for s in self.states if not any(s in item.sources for item in leaving))

    @property
    def open_states(self) -> tuple[str, ...]:
        """States some verb leads out of."""
        return tuple(s for s in self.states if s not in self.final_states)

    def transition(self, verb: str) -> Transition:
        """Return the row of a verb.

        :raises RuleViolation: when the thing knows no such verb.
        """
        found = next((item for item in self.transitions if item.verb == verb), None)
        if found is None:
            raise RuleViolation(f"{self._article} {self.name} cannot be told to {verb}")
        return found

    def check_can(self, verb: str, *, state: str, roles: Collection[str]) -> Transition:
        """Return the transition when somebody with ``roles`` may use ``verb`` in ``state``.

        :raises RuleViolation: saying which state or role is missing.
        """
        found = self.transition(verb)
        if state not in found.sources:
            ways = self._ways(state, found.sources)
            if ways:
                raise RuleViolation(
                    f"{self._article} {self.name} that is {state} cannot be told to {verb}; it must be {_either(found.sources)}; first: {_either(ways)}"
                )
            raise RuleViolation(
                f"{self._article} {self.name} that is {state} cannot be told to {verb}; it must be {_either(found.sources)}"
            )
        if not set(found.roles) & set(roles):
            raise RuleViolation(f"only {_either(found.roles)} may {verb} {self._article} {self.name}")
        return found

    def _ways(self, state: str, wanted: Collection[str]) -> list[str]:
        """Return the verbs by which people bring a thing from a state to a wanted one."""
        return [
            item.verb
            for item in self.transitions
            if state in item.sources and item.leads_to(state) in wanted and set(item.roles) != {SYSTEM}
        ]

    def can(self, verb: str, *, state: str, roles: Collection[str]) -> bool:
        """Tell whether ``check_can`` would pass."""
        try:
            self.check_can(verb, state=state, roles=roles)
        except RuleViolation:
            return False
        return True

    def mermaid(self) -> str:
        """Return the state diagram as Mermaid text."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [
            f"    {source} --> {item.leads_to(source)}: {item.verb}"
            for item in self.transitions
            for source in item.sources
        ]
        lines += [f"    {state} --> [*]" for state in self.final_states]
        return "\n".join(lines) + "\n"


def apply(  # noqa: PLR0913  the keywords of one act
    connection: Connection, lifecycle: Lifecycle, verb: str, subject_id: int, *, version: int, actor: str,
    roles: Collection[str], at: datetime, changes: Mapping[str, object] | None = None,
    cause: Mapping[str, object] | None = None, events: Sequence[OutboxEvent] = (),
) -> int:  # fmt: skip
    """Move one thing, append its audit event and record its messages in the caller's transaction; return the new version.

    :param version: the version the actor saw; compare-and-set.
    :param changes: further columns to set. Bytes are audited by their SHA-256, texts of people by a commitment.
    :raises NotFound: when there is no such thing.
    :raises Conflict: when somebody else changed it meanwhile.
    :raises RuleViolation: when its state, the actor's roles or a lapsed training do not allow the verb.
    """
    things = _things(lifecycle, changes or {})
    key = things.c[lifecycle.key_column]
    found = connection.execute(
        select(things.c.state, things.c.version).where(key == subject_id).with_for_update()
    ).first()
    if found is None:
        raise NotFound(f"there is no {lifecycle.name} {subject_id}")
    if found.version != version:
        raise Conflict(
            f"{lifecycle.name} {subject_id} was changed meanwhile: it is {found.state}, version {found.version}"
        )
    allowed = lifecycle.check_can(verb, state=found.state, roles=roles)
    if allowed.approves:
        check_trained(connection, actor, at=at)
    values = {**(changes or {}), "state": allowed.leads_to(found.state), "version": version + 1}
    connection.execute(update(things).where(key == subject_id, things.c.version == version).values(values))
    event = _event(lifecycle, allowed, subject_id, (found.state, version), actor, changes or {}, cause or {})
    append(connection, [event], at=at)
    enqueue(connection, events, at=at)
    return version + 1


def apply_many(  # noqa: PLR0913  the keywords of one act
    connection: Connection, lifecycle: Lifecycle, verb: str, subject_ids: Sequence[int], *, actor: str,
    roles: Collection[str], at: datetime, changes: Mapping[str, object] | None = None,
    cause: Mapping[str, object] | None = None, events: Sequence[OutboxEvent] = (),
) -> tuple[int, ...]:  # fmt: skip
    """Move every thing of ``subject_ids`` whose state allows it, set-based, and return the ids that moved, ascending.

    Rows are locked in key order, so that two callers cannot deadlock. ``changes`` and ``cause`` are the same for all.

    :raises RuleViolation: when the roles do not allow the verb.
    """
    allowed = lifecycle.transition(verb)
    lifecycle.check_can(verb, state=allowed.sources[0], roles=roles)
    things = _things(lifecycle, changes or {})
    key = things.c[lifecycle.key_column]
    chosen = select(key.label("subject_id"), things.c.state, things.c.version).where(
        key.in_(list(subject_ids)), things.c.state.in_(allowed.sources)
    )
    rows = connection.execute(chosen.order_by(key).with_for_update()).all()
    if not rows:
        return ()
    state = things.c.state if allowed.target == STAYS else allowed.target
    values = {**(changes or {}), "state": state, "version": things.c.version + 1}
    connection.execute(update(things).where(key.in_([row.subject_id for row in rows])).values(values))
    audit = [
        _event(lifecycle, allowed, row.subject_id, (row.state, row.version), actor, changes or {}, cause or {})
        for row in rows
    ]
    append(connection, audit, at=at)
    enqueue(connection, events, at=at)
    return tuple(int(row.subject_id) for row in rows)


def reference_page(lifecycles: Sequence[Lifecycle]) -> str:
    """Return the generated Markdown page of the given lifecycles: a diagram and a table each."""
    parts = [
        "# Lifecycles\n\nGenerated from the transition tables; do not edit. A verb needs one of the roles named beside it.\n"
    ]
    for item in lifecycles:
        parts.append(f"\n## {item.name.capitalize()}\n\n```mermaid\n{item.mermaid()}```\n\n")
        parts.append("| verb | from | to | roles | audit event |\n|---|---|---|---|---|\n")
        parts += [
            f"| {row.verb} | {', '.join(row.sources)} | {row.target or 'stays'} | {', '.join(row.roles)} | `{row.audit_action}` |\n"
            for row in item.transitions
        ]
        parts.append(f"\n{_matrix(item)}")
    return "".join(parts)


def _matrix(lifecycle: Lifecycle) -> str:
    """Return who may do what: a line per verb, a column per role."""
    roles = list(dict.fromkeys(role for row in lifecycle.transitions for role in row.roles))
    lines = [f"| | {' | '.join(roles)} |", f"|---|{'---|' * len(roles)}"]
    lines += [
        f"| {row.verb} | {' | '.join('x' if role in row.roles else '' for role in roles)} |"
        for row in lifecycle.transitions
    ]
    return "\n".join(lines) + "\n"


def _things(lifecycle: Lifecycle, changes: Mapping[str, object]) -> TableClause:
    names = dict.fromkeys([lifecycle.key_column, "state", "version", *changes])
    return table(lifecycle.table, *(column(name) for name in names))


def _event(
    lifecycle: Lifecycle, allowed: Transition, subject_id: int, before: tuple[str, int], actor: str,
    changes: Mapping[str, object], cause: Mapping[str, object],
) -> AuditEvent:  # fmt: skip
    old = {"state": before[0], "version": before[1]}
    new = {
        **{name: _audited(value) for name, value in changes.items()},
        "state": allowed.leads_to(before[0]),
        "version": before[1] + 1,
    }
    return AuditEvent(allowed.audit_action, lifecycle.name, str(subject_id), actor, old, new, cause)


def _audited(value: object) -> object:
    if isinstance(value, bytes):
        return "sha256:" + hashlib.sha256(value).hexdigest()
    return value


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
