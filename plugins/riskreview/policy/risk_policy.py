"""Owns the risk policy: ``policies/risk_policy.yaml`` read, checked by line, and identified by its digest."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal

from pydantic import Field

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel, line_of, parse_yaml
from riskreview.policy.line_overrides import MOST, LineOverride
from riskreview.policy.master_scale import MasterScale
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.ratio_models import RatioPolicy
from riskreview.policy.risk_checks import Place, Problem, problems
from riskreview.policy.risk_layers import ExplanationPolicy, Layers, Validity
from riskreview.policy.risk_lines import (
    AlarmRule,
    Capacity,
    ClassLine,
    Dimension,
    DimensionRule,
    Dormancy,
    HardRule,
    Indicator,
    InsufficientRule,
    Relaxation,
    SignalPolicy,
    SignalRule,
)
from riskreview.policy.risk_opinions import OpinionPolicy

FILE = "risk_policy.yaml"
UnappliedCash = Literal["apart", "set_off"]
"""What payments beyond everything that was due do to exposure: shown beside it, or taken off it."""


class Policy(StrictModel):
    """Everything a risk officer may set about indicators, classes and signals, in one effective-dated version."""

    version: str = Field(pattern=r"^[0-9A-Za-z._-]{1,40}$")
    effective_from: date
    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    classes: tuple[ClassLine, ...]
    relaxation: Relaxation
    validity: Validity
    layers: Layers
    opinions: OpinionPolicy
    explanation: ExplanationPolicy
    hard_rules: tuple[HardRule, ...]
    dimension_rule: DimensionRule
    alarm_rule: AlarmRule
    insufficient_data: InsufficientRule
    signals: SignalPolicy
    capacity: Capacity
    master_scale: MasterScale | None = None
    ratio_models: RatioPolicy = Field(default_factory=RatioPolicy)
    line_overrides: tuple[LineOverride, ...] = Field((), max_length=MOST)
    dormancy: Dormancy | None = None
    unapplied_cash: UnappliedCash = "apart"

    @cached_property
    def content(self) -> str:
        """The canonical text: JSON with sorted keys and no spaces, whatever the layout of the file was.

        Where overrides of lines, dormancy and unapplied cash are left to their defaults it is what it was before there were any: a version
        that was used keeps its digest.
        """
        document = self.model_dump(mode="json", by_alias=True)
        for name in ("line_overrides", "dormancy", "unapplied_cash"):
            if not document[name] or document[name] == "apart":
                del document[name]
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical text, in hexadecimal."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @cached_property
    def _by_id(self) -> dict[str, Indicator]:
        return {item.id: item for item in self.indicators}

    @property
    def indicator_ids(self) -> tuple[str, ...]:
        """The indicator ids in the order of the file."""
        return tuple(item.id for item in self.indicators)

    def indicator(self, indicator_id: str) -> Indicator:
        """Return one indicator; KeyError when the policy has none of that id."""
        return self._by_id[indicator_id]

    def listed(self, indicator_id: str) -> Indicator | None:
        """Return one indicator, None when the policy leaves it out."""
        return self._by_id.get(indicator_id)

    def least_count(self, indicator_id: str) -> int:
        """Return how many observations an indicator needs at least; 1 for one that the policy does not list."""
        item = self._by_id.get(indicator_id)
        return item.min_count or 1 if item is not None else 1

    def fitting(self, line_set: int) -> tuple[LineOverride, ...]:
        """Return the overrides of lines that fit a customer, given as bits in the order of the policy."""
        return tuple(item for place, item in enumerate(self.line_overrides) if line_set >> place & 1)

    def risk_class(self, word: str) -> ClassLine:
        """Return the lines of a class; KeyError for a word that is no class, or for ``unknown``."""
        return {line.id: line for line in self.classes}[word]  # type: ignore[index]  # any word may be asked for

    def cadence_months(self, word: str) -> int:
        """Return how many months may pass between two reviews; an ``unknown`` customer is reviewed like a medium one."""
        return self.risk_class("medium" if word == "unknown" else word).review_every_months

    @property
    def class_rules(self) -> tuple[HardRule | DimensionRule | AlarmRule | InsufficientRule, ...]:
        """Every rule that sets a minimum class, each with its code."""
        return (*self.hard_rules, self.dimension_rule, self.alarm_rule, self.insufficient_data)

    def signal_rule(self, rule_id: str) -> SignalRule:
        """Return one signal rule; KeyError when the policy has none of that id."""
        return {rule.id: rule for rule in self.signals.rules}[rule_id]

    def reference_page(self, language: str) -> str:
        """Return docs/reference/indicators.md: indicators, classes, rules and signals in Markdown."""
        from riskreview.policy.risk_reference import reference_page

        return reference_page(self, language)


def load_policy(instance: Instance) -> Policy:
    """Read and check the policy of an instance, the shipped one when it has none of its own.

    :raises BadInput: naming file, line, key, what was found and the repair.
    """
    path = instance.configuration_file("policies", FILE)
    policy = load_policy_file(instance, FILE, Policy)
    raw = path.read_bytes()
    if raw not in _sound:
        _check(policy, path)
        _sound.clear()
        _sound.add(raw)
    return policy


def every_problem(instance: Instance) -> tuple[BadInput, ...]:
    """Return everything that is wrong with the risk policy of an instance, beyond what keeps it from being read.

    :raises BadInput: for a file that cannot be read as a policy at all.
    """
    path = instance.configuration_file("policies", FILE)
    policy, document = load_policy_file(instance, FILE, Policy), parse_yaml(path)
    return tuple(_refused(problem, path, document) for problem in chain(_odd_numbers(document, ()), problems(policy)))


_sound: set[bytes] = set()
"""The text that was checked last: a policy is read in many places and parsing it with line numbers takes its time."""


def _check(policy: Policy, path: Path) -> None:
    document = parse_yaml(path)
    problem = next(chain(_odd_numbers(document, ()), problems(policy)), None)
    if problem is not None:
        raise _refused(problem, path, document)


def _refused(problem: Problem, path: Path, document: object) -> BadInput:
    line, column = line_of(document, problem.place), ".".join(map(str, problem.place))
    return BadInput(problem.code, problem.found, problem.repair, path.name, line, column)


def _odd_numbers(node: object, place: Place) -> Iterator[Problem]:
    """Yield numbers written with leading zeros, which one reader takes for ten and another for eight."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _odd_numbers(value, (*place, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _odd_numbers(value, (*place, number))
    elif isinstance(node, int) and (getattr(node, "_width", None) or 0) > len(str(abs(node))):
        yield Problem("E-POLICY-TYPE", place, "a number is written with leading zeros", "Write it without them")


@lru_cache(maxsize=8)
def policy_of(content: str) -> Policy:
    """Return the policy whose canonical text was stored with a run."""
    return Policy.model_validate_json(content)
