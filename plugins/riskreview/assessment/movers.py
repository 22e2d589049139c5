"""Owns naming what made customers worse since the assessment before: indicators by how much they added to the index, many at once."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, text

from riskreview.assessment import history, store
from riskreview.assessment.scale import scale_of
from riskreview.assessment.score import points_of
from riskreview.assessment.stand import Row, positions_of_rows
from riskreview.foundation.instance import Instance
from riskreview.foundation.sql import sql
from riskreview.policy.risk_policy import Policy

NAMED = 3


def movers(
    instance: Instance, connection: Connection, customer_keys: Collection[int], policy: Policy
) -> dict[int, tuple[str, ...]]:
    """Return for each customer the indicators that added most to its index since the assessment before, the first one first.

    A customer that was not assessed before, or whose class moved by a rule or a person alone, has none.
    """
    if not customer_keys:
        return {}
    values = {"customer_keys": sorted(customer_keys)}
    rows = [dict(row) for row in connection.execute(text(sql("assessment", "read_customers")), values).mappings()]
    if not rows:
        return {}
    table = history.read_before(instance, as_of=rows[0]["as_of"], customer_keys=[row["customer_key"] for row in rows])
    kept = [] if table is None or not table.num_rows else table.sort_by("customer_key").to_pylist()
    if not kept:
        return {}
    now = dict(zip([row["customer_key"] for row in rows], _micros(rows, policy), strict=True))
    was = _micros(kept, store.used_policy(connection, kept[0]["policy_version"]))
    return {row["customer_key"]: _most(now[row["customer_key"]], before) for row, before in zip(kept, was, strict=True)}


def _micros(rows: Sequence[Row], policy: Policy) -> list[dict[str, int]]:
    found: list[dict[str, int]] = [{} for _ in rows]
    for dimension in points_of(positions_of_rows(rows, policy), scale_of(policy.content)):
        for name, (places, micros) in dimension.contributions.items():
            for place, micro in zip(places.tolist(), micros.tolist(), strict=True):
                found[place][name] = micro
    return found


def _most(now: dict[str, int], before: dict[str, int]) -> tuple[str, ...]:
    grown = {name: micro - before.get(name, 0) for name, micro in now.items()}
    ordered = sorted((name for name, micro in grown.items() if micro > 0), key=lambda name: (-grown[name], name))
    return tuple(ordered[:NAMED])
