"""Owns judging one staged batch: contract, breaker, rules, in this order. Reads staged rows, touches no database of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from riskreview.validation import breaker, contract, expectations
from riskreview.validation.breaker import Delivery
from riskreview.validation.conditions import rule_condition
from riskreview.validation.expectations import RuleOutcome
from riskreview.validation.problems import Problem
from riskreview.validation.profiles import Profile, profile_batch
from riskreview.validation.rules import ValidationPolicy
from riskreview.validation.staged import StagedBatch, Tally


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of earlier deliveries of the source.

    :param baseline: profile of the last good batch, None on a first delivery.
    :param published_as_of: newest published as-of date.
    :param landed: accepted and refused rows per data set as intake counted them.
    :param overridden: two people accepted this batch, so the breaker's findings do not hold it.
    """

    baseline: Profile | None = None
    published_as_of: date | None = None
    overridden: bool = False
    landed: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What judging found, before anything is stored."""

    problems: tuple[Problem, ...]
    tallies: Mapping[str, Tally]
    profile: Profile
    outcomes: tuple[RuleOutcome, ...] = ()
    warnings: Mapping[str, int] = field(default_factory=dict)
    late: bool = False

    @property
    def is_held(self) -> bool:
        """Whether anything holds the batch."""
        return bool(self.problems)


def judge(
    staged: StagedBatch, *, policy: ValidationPolicy, delivery: Delivery, past: Past, docs: Path | None = None
) -> Judgement:
    """Judge a batch; on return the session holds every row's problem."""
    problems = breaker.check_dates(
        delivery, published_as_of=past.published_as_of, future_days=policy.contract.future_days
    )
    limits = policy.contract.model_copy(update={"orphan_share_max": 1.0}) if delivery.is_event else policy.contract
    problems += contract.check_contract(staged, as_of=delivery.as_of, limits=limits)
    tallies = {dataset.name: staged.tally(dataset) for dataset in staged.datasets}
    rows_in = {name: tally.accepted + tally.failed + tally.repeated + tally.refused for name, tally in tallies.items()}
    profile = profile_batch(staged, limits=policy.breaker, rows_in=rows_in)
    problems = problems or ([] if delivery.is_event else _compare(profile, past, delivery, policy))
    if past.overridden:
        problems = [item for item in problems if item.code == "E-BATCH-EMPTY"]
    problems += _lost_rows(tallies, past.landed)
    late = breaker.is_late(delivery, past.published_as_of)
    if problems:
        return Judgement(tuple(problems), tallies, profile, late=late)
    outcomes = tuple(_apply_rules(staged, policy, docs))
    tallies = {dataset.name: staged.tally(dataset) for dataset in staged.datasets}
    problems = [item for item in _rule_problems(outcomes) if not (past.overridden and item.code == "E-RULE")]
    if not delivery.is_event and not any(tally.accepted for tally in tallies.values()):
        problems.append(Problem("E-BATCH-EMPTY", "every row was refused"))
    return Judgement(tuple(problems), tallies, profile, outcomes, _warned(staged, outcomes), late)


def _compare(profile: Profile, past: Past, delivery: Delivery, policy: ValidationPolicy) -> list[Problem]:
    """Open the breaker; what breaks the contract as a whole is not compared, it would only repeat itself."""
    problems = breaker.check_empty(profile)
    if past.baseline is not None and not problems:
        problems += breaker.compare(profile, past.baseline, delivery=delivery, limits=policy.breaker)
    return problems


def _apply_rules(staged: StagedBatch, policy: ValidationPolicy, docs: Path | None) -> list[RuleOutcome]:
    frames = [expectations.frame_of(staged, dataset, policy) for dataset in staged.datasets]
    outcomes = expectations.run_rules([f for f in frames if f is not None], docs=docs, sample=policy.docs_sample)
    for dataset in staged.datasets:
        failed = [
            item.rule for item in outcomes if item.dataset == dataset.name and not item.passed and not item.broken
        ]
        refused = [rule for rule in failed if rule.severity == "quarantine"]
        staged.look_at_accepted(dataset)
        found = [rule_condition(rule, number) for number, rule in enumerate(refused)]
        staged.keep_failures(dataset, found, step=contract.RULES)
    return outcomes


def _lost_rows(tallies: Mapping[str, Tally], landed: Mapping[str, tuple[int, int]]) -> list[Problem]:
    """Compare with what intake counted: every row is accepted, quarantined or a duplicate (invariant I10)."""
    problems = []
    for name, (accepted, refused) in landed.items():
        tally = tallies.get(name)
        staged = (0, 0) if tally is None else (tally.accepted + tally.failed + tally.repeated, tally.refused)
        if staged != (accepted, refused):
            problems.append(
                Problem(
                    "E-COUNT", f"{accepted} + {refused} rows of {name} were landed, {staged[0]} + {staged[1]} found"
                )
            )
    return problems


def _rule_problems(outcomes: tuple[RuleOutcome, ...]) -> list[Problem]:
    broken = [item for item in outcomes if item.broken]
    if broken:
        return [Problem("E-RULES-BROKEN", f"{broken[0].broken}: {broken[0].rule.id} and {len(broken) - 1} more")]
    failed = [item.rule for item in outcomes if not item.passed and item.rule.severity == "fail"]
    return [Problem("E-RULE", f"{rule.id}: {rule.reason.en}") for rule in failed]


def _warned(staged: StagedBatch, outcomes: tuple[RuleOutcome, ...]) -> dict[str, int]:
    warned: dict[str, int] = {}
    for item in outcomes:
        if not item.passed and not item.broken and item.rule.severity == "warn":
            warned[item.rule.id] = staged.count_failures(item.dataset, item.rule) if item.rule.is_about_rows else 1
    return warned
