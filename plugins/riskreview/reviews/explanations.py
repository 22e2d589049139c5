"""Owns what a pack says of why: what moved since the assessment before, and what would lead back. Many customers at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from riskreview.assessment import history, store
from riskreview.assessment.contrast import ways_back
from riskreview.assessment.positions import Positions
from riskreview.assessment.scale import scale_of
from riskreview.assessment.stand import positions_of_rows, stand_of
from riskreview.assessment.telling import told_way
from riskreview.foundation.instance import Instance
from riskreview.opinions.store import in_force
from riskreview.reviews.contributions import Contributions, contributions

Row = Mapping[str, Any]  # a row of current_assessment as JSON
LANGUAGES = ("en", "zh")


def movements(
    instance: Instance, connection: Connection, rows: Sequence[Row], now: Sequence[Contributions]
) -> list[dict[str, object] | None]:
    """Return by how much each contribution moved since the assessment before; the parts add up to the index's change exactly.

    None for a customer that was not assessed before.
    """
    if not rows:
        return []
    day = date.fromisoformat(str(rows[0]["as_of"]))
    table = history.read_before(instance, as_of=day, customer_keys=[int(row["customer_key"]) for row in rows])
    kept = [] if table is None or not table.num_rows else table.sort_by("customer_key").to_pylist()
    policy = store.used_policy(connection, kept[0]["policy_version"]) if kept else None
    old = contributions(positions_of_rows(kept, policy), policy.content) if policy else []
    before = {row["customer_key"]: (row, parts) for row, parts in zip(kept, old, strict=True)}
    return [_movement(before.get(row["customer_key"]), parts) for row, parts in zip(rows, now, strict=True)]


def _movement(before: tuple[Row, Contributions] | None, now: Contributions) -> dict[str, object] | None:
    if before is None:
        return None
    row, old = before
    was, is_now = ({str(part["id"]): int(str(part["micro"])) for part in parts} for parts in (old, now))
    moved = {name: is_now.get(name, 0) - was.get(name, 0) for name in was.keys() | is_now.keys()}
    parts = [
        {"id": name, "micro": micro}
        for name, micro in sorted(moved.items(), key=lambda part: (-abs(part[1]), part[0]))
        if micro
    ]
    return {"since": row["as_of"], "index_micro": sum(moved.values()), "contributions": parts}


def remedies(
    connection: Connection, rows: Sequence[Row], positions: Positions, policy_content: str, *, currency: str
) -> list[list[dict[str, object]]]:
    """Return for each customer what leads it back, in both languages; nothing where nothing that somebody can change does.

    :param rows: ascending by key; ``positions`` are theirs.
    """
    if not rows:
        return []
    day, scale = date.fromisoformat(str(rows[0]["as_of"])), scale_of(policy_content)
    stand = stand_of(rows, positions, scale.policy, in_force(connection, on_day=day))
    found: list[list[dict[str, object]]] = [[] for _ in rows]
    for way in ways_back(stand, scale, as_of=day).ways:
        held, target = int(rows[way.row]["last_class"]), int(stand.target[way.row])
        told = {
            language: told_way(way, held, target, scale.policy, language=language, currency=currency)
            for language in LANGUAGES
        }
        one = told["en"]
        found[way.row].append({
            "risk_class": target, "reached_on": one.reached_on, "evaluations": one.evaluations,
            "changes": [{"id": change.id, "now": change.now, "needed": change.needed} for change in one.changes],
            "sentence": {language: said.sentence for language, said in told.items()},
        })  # fmt: skip
    return found
