"""Owns checking the policy files before anybody proposes them: what is wrong and must be repaired, and what is worth a second look."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from riskreview.assessment.store import used_digest
from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import line_of, parse_yaml
from riskreview.gate.files import PLANS
from riskreview.gate.plans import strange_drills, strange_to
from riskreview.policy.drill_policy import load_drill_policy
from riskreview.policy.gate_policy import load_gate_policy
from riskreview.policy.measure_policy import load_measure_policy
from riskreview.policy.model_policy import load_model_policy
from riskreview.policy.monitoring_policy import load_monitoring_policy
from riskreview.policy.playbook import check_playbook, check_playbooks
from riskreview.policy.portfolio_policy import load_portfolio_policy
from riskreview.policy.review_checklists import load_checklists
from riskreview.policy.review_policy import load_review_policy
from riskreview.policy.risk_policy import FILE, Policy, every_problem, load_policy
from riskreview.policy.screening_policy import load_screening_policy

Severity = Literal["error", "hint"]
LOADERS: tuple[tuple[str, Callable[[Instance], object]], ...] = (
    ("reviews.yaml", load_review_policy), ("checklists.yaml", load_checklists), ("measures.yaml", load_measure_policy),
    ("models.yaml", load_model_policy), ("monitoring.yaml", load_monitoring_policy), ("portfolio.yaml", load_portfolio_policy),
    ("screening.yaml", load_screening_policy), ("drills.yaml", load_drill_policy), ("gate.yaml", load_gate_policy),
)  # fmt: skip
HARSH_POINTS = 0.5
"""An indicator of fewer points hardly ever moves anybody."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    :param severity: an error keeps the files from being proposed; a hint does not.
    :param sentence: what was found, with line and repair.
    """

    file: str
    line: int | None
    severity: Severity
    sentence: str


def check(instance: Instance, connection: Connection | None = None) -> tuple[Finding, ...]:
    """Return everything found in the policy files an instance works by, errors first.

    :param connection: also look whether the version of the risk policy was used with another content.
    """
    found = [*_of_risk_policy(instance, connection), *_of_others(instance), *_of_playbooks(instance)]
    return tuple(sorted(dict.fromkeys(found), key=lambda item: (item.severity == "hint", item.file, item.line or 0)))


def _of_risk_policy(instance: Instance, connection: Connection | None) -> Iterator[Finding]:
    path = instance.configuration_file("policies", FILE)
    try:
        errors = every_problem(instance)
    except BadInput as error:
        yield _error(error, FILE)
        return
    yield from (_error(error, FILE) for error in errors)
    if errors:
        return
    policy = load_policy(instance)
    used = None if connection is None else used_digest(connection, policy.version)
    if used is not None and used != policy.digest:
        line = line_of(parse_yaml(path), ("version",))
        yield Finding(FILE, line, "error", f"E-POLICY-IMMUTABLE {FILE} line {line}, column version: version {policy.version} was used with "
                      "another content. Give the changed policy a new version.")  # fmt: skip
    yield from _hints(policy, path)


def _hints(policy: Policy, path: Path) -> Iterator[Finding]:
    document = parse_yaml(path)
    for place, item in enumerate(policy.indicators):
        line = line_of(document, ("indicators", place))
        if item.points < HARSH_POINTS:
            yield Finding(FILE, line, "hint", f"{FILE} line {line}: {item.id} has {item.points:g} points and hardly moves anybody.")  # fmt: skip
        if item.missing == "not_applicable" and item.missing_why is None:
            yield Finding(FILE, line, "hint", f"{FILE} line {line}: nothing says why {item.id} does not apply where it is missing.")  # fmt: skip
        if item.name.en == item.name.zh:
            yield Finding(FILE, line, "hint", f"{FILE} line {line}: {item.id} has the same name in both languages.")
    for place, dimension in enumerate(policy.dimensions):
        used = sum(item.points for item in policy.indicators if item.dimension == dimension.id)
        if used < dimension.points:
            line = line_of(document, ("dimensions", place))
            yield Finding(FILE, line, "hint", f"{FILE} line {line}: the indicators of {dimension.id} have {used:g} of its {dimension.points:g} "
                          "points; the rest weighs nothing.")  # fmt: skip
    months = [line.review_every_months for line in policy.classes]
    for place, (better, worse) in enumerate(pairwise(months), start=1):
        if worse > better:
            line = line_of(document, ("classes", place, "review_every_months"))
            yield Finding(FILE, line, "hint", f"{FILE} line {line}: {policy.classes[place].id} is reviewed more rarely than the better class "
                          "before it.")  # fmt: skip


def _of_others(instance: Instance) -> Iterator[Finding]:
    for name, load in LOADERS:
        try:
            load(instance)
        except BadInput as error:
            yield _error(error, name)


def _of_playbooks(instance: Instance) -> Iterator[Finding]:
    paths = instance.configuration(PLANS)
    errors = [(path.name, error) for path in paths for error in check_playbook(path)]
    yield from (_error(error, name) for name, error in errors)
    if not errors:
        try:
            known = [book.id for book in check_playbooks(paths)]
            yield from (_error(error, error.source) for error in strange_to(instance, paths))
            yield from (_error(error, error.source) for error in strange_drills(instance, known))
        except BadInput as error:
            yield _error(error, error.source)


def _error(error: BadInput, name: str) -> Finding:
    return Finding(name, error.line, "error", str(error))
