"""Owns the files by which the tasks of one assessment hand on what they found: arrays as Parquet, the rest as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from riskreview.assessment.classes import Evaluation
from riskreview.assessment.decision import Before, Decision
from riskreview.assessment.freshness import LastFigures, nothing_before
from riskreview.assessment.grounds import Grounds, grounds_of
from riskreview.assessment.judging import Known, Stood
from riskreview.assessment.model_layer import Scores
from riskreview.assessment.positions import Positions
from riskreview.assessment.relations import TiedAcross
from riskreview.assessment.score import Assessment
from riskreview.assessment.standing_before import StoodBefore
from riskreview.assessment.store import Head
from riskreview.facts.results import Span
from riskreview.foundation.array_file import (
    read_arrays,
    remove,
    shared_folder,
    write_arrays,
    write_bytes,
)
from riskreview.foundation.errors import Conflict
from riskreview.foundation.instance import Instance
from riskreview.groups.ties import Ties

Folder = Any  # a local path or a universal path
Layer = TypeVar("Layer")
PLAN, PLANNED, GROUNDS, STOOD, LAST, ACROSS = "plan.json", "planned.json", "grounds.json", "stood", "last", "across"
LAYERS = ("positions", "scores", "evaluation", "before", "decision")
PAIRS = (("member", "group"), ("child", "parent"), ("guaranteed", "guarantor"))
RUN = "run_"
VALUE = "value."


@dataclass(frozen=True, slots=True)
class Plan:
    """What an assessment in parts rests on, fixed when it begins.

    :param grounds: without what is learned, and without where customers stood before.
    :param head: the current assessment before it. :param spans: the buckets. :param across: who is tied to others beyond its bucket.
    """

    grounds: Grounds
    head: Head | None
    ties: Ties
    spans: tuple[Span, ...]
    across: TiedAcross

    @property
    def parts(self) -> int:
        """How many parts there are: one for each bucket, then those of customers tied across buckets."""
        return len(self.spans) + self.across.parts


def folder_of(instance: Instance, run_id: int) -> Folder:
    """Return where the tasks of a run hand on what they found."""
    return shared_folder(instance, f"{RUN}{run_id}")


def forget(instance: Instance, run_id: int) -> None:
    """Remove what the tasks of a run handed on, once it is over."""
    remove(folder_of(instance, run_id))


def forget_older(instance: Instance, run_id: int) -> None:
    """Remove what runs left that never came to their end, but for the last one before a run: its tasks may still be at work."""
    root = shared_folder(instance)
    names = [path.name.removeprefix(RUN) for path in root.iterdir()] if root.exists() else []
    older = sorted(int(name) for name in names if name.isdigit() and int(name) < run_id)
    for number in older[:-1]:
        forget(instance, number)


def write_plan(instance: Instance, plan: Plan) -> None:
    """Put down the plan; its own file comes last."""
    folder = folder_of(instance, plan.grounds.run_id)
    for one, other in PAIRS:
        write_arrays(folder, f"ties_{one}", {one: getattr(plan.ties, one), other: getattr(plan.ties, other)})
    write_arrays(folder, ACROSS, {"customer_key": plan.across.customer_key, "part": plan.across.part})
    write_bytes(folder, PLANNED, plan.grounds.body)
    head = None if plan.head is None else {**asdict(plan.head), "as_of": plan.head.as_of.isoformat()}
    spans = [[span.low, span.high] for span in plan.spans]
    write_bytes(folder, PLAN, json.dumps({"head": head, "spans": spans}).encode())


def read_plan(instance: Instance, run_id: int) -> Plan:
    """Return the plan of a run.

    :raises Conflict: when the run is over and what its tasks handed on was removed.
    """
    folder = folder_of(instance, run_id)
    if not (folder / PLAN).exists():
        raise Conflict(f"run {run_id} is over and what its tasks handed on is gone; start the assessment again")
    found = json.loads((folder / PLAN).read_bytes())
    told = found["head"]
    ties = {name: values for one, _ in PAIRS for name, values in read_arrays(folder, f"ties_{one}").items()}
    across = read_arrays(folder, ACROSS)
    return Plan(
        grounds_of((folder / PLANNED).read_bytes()), None if told is None else Head(**{**told, "as_of": date.fromisoformat(told["as_of"])}),
        Ties(**ties), tuple(Span(low, high) for low, high in found["spans"]), TiedAcross(across["customer_key"], across["part"]),
    )  # fmt: skip


def write_grounds(folder: Folder, grounds: Grounds) -> None:
    """Put down everything the assessment rests on, what was learned included."""
    write_bytes(folder, GROUNDS, grounds.body)


def read_grounds(folder: Folder) -> Grounds:
    """Return everything the assessment rests on."""
    return grounds_of((folder / GROUNDS).read_bytes())


def write_stood(folder: Folder, keys: NDArray[np.int64], stood: Stood) -> None:
    """Put down where customers stood before, ascending by key."""
    before, last = stood.known.before, stood.known.last
    stood_at: dict[str, NDArray[Any]] = {
        "customer_key": keys,
        "standing": before.standing,
        "confirmed": before.confirmed,
    }
    write_arrays(folder, STOOD, stood_at | {f"late_{number}": found for number, found in enumerate(stood.where)})
    figures: dict[str, NDArray[Any]] = {"customer_key": last.customer_key, "flags": last.flags}
    write_arrays(folder, LAST, figures | {f"{VALUE}{name}": column for name, column in last.values.items()})


def read_stood(folder: Folder, keys: NDArray[np.int64], place: StoodBefore, *, late: int) -> Stood:
    """Return where some customers stood before."""
    found = read_arrays(folder, STOOD)
    rows = np.searchsorted(found["customer_key"], keys)
    before = Before(found["standing"][rows], found["confirmed"][rows])
    where = [found[f"late_{number}"][rows] for number in range(late)]
    return Stood(where, Known(before, _last(folder) if late else nothing_before(), place))


def _last(folder: Folder) -> LastFigures:
    found = read_arrays(folder, LAST)
    values = {name.removeprefix(VALUE): column for name, column in found.items() if name.startswith(VALUE)}
    return LastFigures(found["customer_key"], values, found["flags"])


def write_assessment(folder: Folder, name: str, result: Assessment, *, without_rate: int) -> None:
    """Put down a part of an assessment; the file that tells of it comes last."""
    arrays: dict[str, NDArray[Any]] = {"data_state": result.data_state, "late": result.late}
    for layer in LAYERS:
        arrays |= _flat(layer, getattr(result, layer))
    write_arrays(folder, name, arrays)
    told = {"version": result.scores.version, "digest": result.scores.digest, "without_rate": without_rate}
    write_bytes(folder, f"{name}.json", json.dumps(told).encode())


def read_assessment(folder: Folder, names: Sequence[str]) -> tuple[Assessment, int]:
    """Return parts put together, ascending by customer, and how many customers have an amount without a rate."""
    told = [json.loads((folder / f"{name}.json").read_bytes()) for name in names]
    pieces = [read_arrays(folder, name) for name in names]
    order = np.argsort(np.concatenate([piece["positions.customer_key"] for piece in pieces]), kind="stable")
    arrays = {column: np.concatenate([piece.pop(column) for piece in pieces])[order] for column in list(pieces[0])}
    scored = {"version": told[0]["version"], "digest": told[0]["digest"]}
    result = Assessment(
        _layer(Positions, "positions", arrays), _layer(Scores, "scores", arrays, **scored), _layer(Evaluation, "evaluation", arrays),
        _layer(Before, "before", arrays), _layer(Decision, "decision", arrays), arrays["data_state"], arrays["late"],
    )  # fmt: skip
    return result, sum(int(found["without_rate"]) for found in told)


def _flat(layer: str, thing: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays of a layer by name; one of many rows, or of many names, as many arrays."""
    found: dict[str, NDArray[Any]] = {}
    for name in (item.name for item in fields(thing)):
        value = getattr(thing, name)
        if isinstance(value, Mapping):
            found |= {f"{layer}.{name}.{key}": column for key, column in value.items()}
        elif isinstance(value, np.ndarray):
            many = value.ndim > 1
            found |= (
                {f"{layer}.{name}.{row}": value[row] for row in range(len(value))}
                if many
                else {f"{layer}.{name}": value}
            )
    return found


def _layer(
    kind: type[Layer], layer: str, arrays: Mapping[str, NDArray[Any]], **given: Any
) -> Layer:  # fields of any type
    for name in (item.name for item in fields(cast("Any", kind))):
        if name in given:
            continue
        one = f"{layer}.{name}"
        many = {key.removeprefix(f"{one}."): column for key, column in arrays.items() if key.startswith(f"{one}.")}
        if one in arrays:
            given[name] = arrays[one]
        elif all(key.isdigit() for key in many):
            given[name] = np.stack([many[str(row)] for row in range(len(many))])
        else:
            given[name] = many
    return kind(**given)
