"""Owns showing what proposed measures are expected to change, figure by figure, and why a figure cannot be said."""

from collections.abc import Mapping
from typing import Any

from riskreview.console.tables import Column, Rows, Table
from riskreview.console.visit import Row, Visit
from riskreview.console.words import words
from riskreview.measures.expectation import DAYS, expected_of
from riskreview.measures.lifecycle import MEASURE
from riskreview.measures.of_reviews import terms_of
from riskreview.policy.measure_policy import load_measure_policy

COLUMNS = (Column("kind_name"), Column("figure"), Column("before", "figure"), Column("after", "figure"), Column("unit"), Column("why"))  # fmt: skip


def of_review(pack: Mapping[str, Any], taken: Rows, visit: Visit) -> Table:
    """Return what the measures a review proposes are expected to change; before there are any, those the strategy suggests.

    What was proposed shows the figures that are stored with it, what is suggested those of the same rule.
    """
    policy, strategy = load_measure_policy(visit.services.instance), pack.get("strategy") or {}
    proposed = [(row["kind"], row["expected"]) for row in taken if row["state"] in MEASURE.open_states]
    offered = [(item["kind"], expected_of(strategy, policy.kind(item["kind"]), terms_of(item))) for item in strategy.get("measures") or ()]  # fmt: skip
    return Table("expected", COLUMNS, [row for kind, found in proposed or offered for row in told(kind, found, visit)])


def told(kind: str, expected: Mapping[str, Any] | None, visit: Visit) -> list[Row]:
    """Return one row for each figure that changes, and one for each that cannot be said; nothing for a measure no review proposed.

    The measure is named in the first of its rows.
    """
    said = words(visit.visitor.language)
    if expected is None:
        return []
    blank = {"kind": kind, "kind_name": "", "figure": "", "before": None, "after": None, "unit": "", "why": ""}
    rows = [
        {**blank, "figure": said["expected_figure"][item["figure"]], "before": item["before"], "after": item["after"],
         "unit": said["word"]["days"] if item["figure"] in DAYS else expected["currency"]} for item in expected["changes"]
    ]  # fmt: skip
    rows += [{**blank, "figure": said["expected_figure"][name], "why": said["expected_because"][why]}
             for name, why in expected["missing"].items()]  # fmt: skip
    rows += [{**blank, "why": said["expected_because"][expected["because"]]}] if expected["because"] else []
    name = load_measure_policy(visit.services.instance).kind(kind).name.of(visit.visitor.language)
    return [{**row, "kind_name": "" if place else name} for place, row in enumerate(rows)]
