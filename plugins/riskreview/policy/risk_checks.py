"""Owns the checks of a risk policy that look at more than one of its entries; each problem names the place of the entry."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from riskreview.policy.risk_lines import ClassLine, HardRule, SignalRule
from riskreview.policy.risk_terms import INDICATOR_IDS, TESTED_BY, Condition

if TYPE_CHECKING:
    from riskreview.policy.risk_policy import Policy

ORDER = ("low", "medium", "high", "critical", "default")
EARLIEST = date(1990, 1, 1)
LATEST = date(2199, 12, 31)
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at which place of the document."""

    code: str
    place: Place
    found: str
    repair: str


def problems(policy: "Policy") -> Iterator[Problem]:
    """Yield every problem of a policy, the most basic first."""
    yield from _dates(policy)
    yield from _repeated(policy)
    yield from _weights(policy)
    yield from _bands(policy)
    yield from _references(policy)
    yield from _conditions(policy)
    yield from _master_scale(policy)
    yield from _line_overrides(policy)
    yield from _dormancy(policy)


def _dates(policy: "Policy") -> Iterator[Problem]:
    if not EARLIEST <= policy.effective_from <= LATEST:
        yield Problem("E-POLICY-DATE", ("effective_from",), f"the policy would be effective from {policy.effective_from}",
                      f"Give a date between {EARLIEST} and {LATEST}")  # fmt: skip


def _repeated(policy: "Policy") -> Iterator[Problem]:
    lists: tuple[tuple[Place, list[str | int]], ...] = (
        (("dimensions",), [item.id for item in policy.dimensions]),
        (("indicators",), [item.id for item in policy.indicators]),
        (("hard_rules",), [item.id for item in policy.hard_rules]),
        (("hard_rules",), [item.code for item in policy.hard_rules]),
        (("signals", "rules"), [item.id for item in policy.signals.rules]),
        (("line_overrides",), [item.id for item in policy.line_overrides]),
    )
    for place, names in lists:
        for name, number in Counter(names).items():
            if number > 1:
                last = len(names) - 1 - names[::-1].index(name)
                yield Problem(
                    "E-POLICY-DUPLICATE", (*place, last), f"{name} is defined {number} times", "Keep one of them"
                )
    codes = [policy.dimension_rule.code, policy.alarm_rule.code, policy.insufficient_data.code,
             *(layer.code for layer in policy.layers.all)]  # fmt: skip
    if len(set(codes)) < len(codes):
        yield Problem(
            "E-POLICY-DUPLICATE", ("alarm_rule",), "two rules or layers have the same code", "Give each its own code"
        )


def _weights(policy: "Policy") -> Iterator[Problem]:
    total = sum(item.points for item in policy.dimensions)
    if abs(total - 100) > 1e-9:
        yield Problem("E-POLICY-WEIGHT", ("dimensions",), f"the points of the dimensions add up to {total:g}",
                      "Make them add up to 100")  # fmt: skip
    for place, dimension in enumerate(policy.dimensions):
        used = sum(item.points for item in policy.indicators if item.dimension == dimension.id)
        if used > dimension.points + 1e-9:
            yield Problem("E-POLICY-WEIGHT", ("dimensions", place),
                          f"the indicators of {dimension.id} have {used:g} points, the dimension has {dimension.points:g}",
                          "Lower the indicators' points or raise the dimension's")  # fmt: skip


def _bands(policy: "Policy") -> Iterator[Problem]:
    if tuple(line.id for line in policy.classes) != ORDER:
        yield Problem("E-POLICY-KEY", ("classes",), "the classes are not the five known ones from low to default",
                      f"Give {', '.join(ORDER)} in this order")  # fmt: skip
        return
    *lines, default = policy.classes
    reached = 0.0
    for place, line in enumerate(lines):
        yield from _band(line, place, reached, 100 if line.id == "critical" else None)
        reached = line.end if line.end is not None else reached
    if (default.start, default.end, default.exit) != (None, None, None):
        yield Problem("E-POLICY-OVERLAP", ("classes", 4), "default has lines on the index",
                      "Remove them; only a hard rule leads there")  # fmt: skip


def _band(line: ClassLine, place: int, reached: float, last: float | None) -> Iterator[Problem]:
    where: Place = ("classes", place)
    if line.start is None or line.end is None or not line.start < line.end:
        yield Problem(
            "E-POLICY-TYPE", where, f"{line.id} has no stretch on the index", "Give from and to, from below to"
        )
        return
    if line.start != reached:
        code = "E-POLICY-GAP" if line.start > reached else "E-POLICY-OVERLAP"
        yield Problem(code, (*where, "from"), f"{line.id} starts at {line.start:g}, the class before it ends at {reached:g}",
                      f"Start it at {reached:g}")  # fmt: skip
    if last is not None and line.end != last:
        code = "E-POLICY-GAP" if line.end < last else "E-POLICY-OVERLAP"
        yield Problem(code, (*where, "to"), f"the last class ends at {line.end:g}", f"End it at {last:g}")
    if line.id == "low":
        if line.exit is not None:
            yield Problem("E-POLICY-LINE", (*where, "exit"), "the best class has an exit line", "Remove it")
    elif line.exit is None or not 0 <= line.exit <= line.start:
        yield Problem("E-POLICY-LINE", (*where, "exit"), f"{line.id} is entered at {line.start:g} and left below {line.exit}",
                      "Give an exit line between 0 and the entry line")  # fmt: skip


def _master_scale(policy: "Policy") -> Iterator[Problem]:
    grades = () if policy.master_scale is None else policy.master_scale.grades
    for place, item in enumerate(grades):
        where: Place = ("master_scale", "grades", place)
        if item.grade != place + 1:
            yield Problem("E-POLICY-GAP", (*where, "grade"), f"grade {item.grade} stands where grade {place + 1} belongs",
                          "Number the grades 1, 2, 3 and so on")  # fmt: skip
        before = grades[place - 1] if place else None
        if before is not None and item.pd_up_to_pct <= before.pd_up_to_pct:
            yield Problem("E-POLICY-OVERLAP", (*where, "pd_up_to_pct"),
                          f"grade {item.grade} ends at {item.pd_up_to_pct:g} %, the grade before it at {before.pd_up_to_pct:g} %",
                          "Let the probabilities rise from grade to grade")  # fmt: skip
        if before is not None and ORDER.index(item.risk_class) < ORDER.index(before.risk_class):
            yield Problem("E-POLICY-LINE", (*where, "class"), f"grade {item.grade} is {item.risk_class}, a better grade {before.risk_class}",
                          "Let the classes get worse with the grades")  # fmt: skip


def _line_overrides(policy: "Policy") -> Iterator[Problem]:
    for number, override in enumerate(policy.line_overrides):
        for name, lines in override.lines.items():
            where: Place = ("line_overrides", number, "lines", name)
            item = policy.listed(name)
            if item is None:
                yield Problem("E-POLICY-KEY", where, f"{name} is no indicator", "Name an indicator of the policy")
                continue
            if lines.warning == lines.alarm or (item.direction == "up") != (lines.warning < lines.alarm):
                yield Problem("E-POLICY-DIRECTION", where, f"{name} goes bad {item.direction}, its alarm line does not lie beyond its warning line",
                              "Put the alarm line beyond the warning line")  # fmt: skip
            if item.unit == "days" and item.direction == "up" and lines.warning <= item.grace_days:
                yield Problem("E-POLICY-LINE", where, f"{name} would warn inside its own grace of {item.grace_days} days",
                              "Put the warning line beyond the grace")  # fmt: skip


def _dormancy(policy: "Policy") -> Iterator[Problem]:
    for key in () if policy.dormancy is None else ("not_over", "not_missing"):
        for place, name in enumerate(getattr(policy.dormancy, key)):
            if name not in INDICATOR_IDS:
                yield Problem("E-POLICY-KEY", ("dormancy", key, place), f"no figure {name} is computed",
                              f"Use one of {', '.join(INDICATOR_IDS)}")  # fmt: skip


def _references(policy: "Policy") -> Iterator[Problem]:
    dimensions = {item.id for item in policy.dimensions}
    known = set(policy.indicator_ids)
    for place, item in enumerate(policy.indicators):
        if item.id not in INDICATOR_IDS:
            yield Problem("E-POLICY-KEY", ("indicators", place, "id"), f"no figure {item.id} is computed",
                          f"Use one of {', '.join(INDICATOR_IDS)}")  # fmt: skip
        if item.dimension not in dimensions:
            yield Problem("E-POLICY-KEY", ("indicators", place, "dimension"), f"{item.dimension} is no dimension",
                          f"Use one of {', '.join(sorted(dimensions))}")  # fmt: skip
        if item.requires is not None and not _gate_is_sound(policy, item.requires.indicator):
            yield Problem("E-POLICY-KEY", ("indicators", place, "requires"),
                          f"{item.requires.indicator} cannot open another indicator",
                          "Name an indicator of the policy that goes bad upwards and has no gate itself")  # fmt: skip
    for number, hard in enumerate(policy.hard_rules):
        if not set(hard.closure_by) <= set(policy.opinions.kinds["closure"].propose):
            yield Problem("E-POLICY-KEY", ("hard_rules", number, "closure_by"), f"not all of {', '.join(hard.closure_by)} may propose a closure",
                          "Name roles that opinions.kinds.closure.propose names too")  # fmt: skip
    for number, rule in enumerate(policy.signals.rules):
        if rule.shows is not None and rule.shows not in known:
            yield Problem("E-POLICY-KEY", ("signals", "rules", number, "shows"), f"{rule.shows} is no indicator",
                          "Name an indicator of the policy")  # fmt: skip


def _gate_is_sound(policy: "Policy", indicator_id: str) -> bool:
    gate = next((item for item in policy.indicators if item.id == indicator_id), None)
    return gate is not None and gate.requires is None and gate.direction == "up"


def _conditions(policy: "Policy") -> Iterator[Problem]:
    for number, rule in enumerate(policy.hard_rules):
        if rule.minimum in {"unknown", "low"}:
            yield Problem("E-POLICY-LINE", ("hard_rules", number, "minimum"), f"{rule.minimum} is no minimum class",
                          "Name medium, high, critical or default")  # fmt: skip
        for place, condition in _all_conditions(rule, ("hard_rules", number)):
            if condition.class_at_least is not None or condition.worsened is not None:
                yield Problem(
                    "E-POLICY-EXPR", place, "a hard rule asks for the class it decides", "Remove the condition"
                )
            if condition.challenger_apart_at_least is not None:
                yield Problem("E-POLICY-EXPR", place, "a hard rule asks for the challenger, which never decides",
                              "Use a signal")  # fmt: skip
            yield from _condition(policy, condition, place)
    for number, signal in enumerate(policy.signals.rules):
        for place, condition in _all_conditions(signal, ("signals", "rules", number)):
            yield from _condition(policy, condition, place)


def _all_conditions(rule: HardRule | SignalRule, place: Place) -> Iterator[tuple[Place, Condition]]:
    for one, alternative in enumerate(rule.when):
        for two, condition in enumerate(alternative.all):
            yield (*place, "when", one, "all", two), condition


def _condition(policy: "Policy", condition: Condition, place: Place) -> Iterator[Problem]:
    needed = TESTED_BY.get(condition.flag or "")
    if needed is not None and needed not in policy.indicator_ids:
        yield Problem("E-POLICY-KEY", (*place, "flag"), f"{condition.flag} is found by {needed}, which the policy does not list",
                      f"List {needed} or remove the condition")  # fmt: skip
    if condition.indicator is None:
        return
    item = next((item for item in policy.indicators if item.id == condition.indicator), None)
    if item is None:
        yield Problem("E-POLICY-KEY", (*place, "indicator"), f"{condition.indicator} is no indicator",
                      "Name an indicator of the policy")  # fmt: skip
        return
    upward, downward = (condition.above, condition.at_least), (condition.below, condition.at_most)
    wrong = downward if item.direction == "up" else upward
    if any(limit is not None for limit in wrong):
        yield Problem("E-POLICY-DIRECTION", place, f"{item.id} goes bad {item.direction}, the condition asks for the good side",
                      "Use above or at_least for up, below or at_most for down")  # fmt: skip
