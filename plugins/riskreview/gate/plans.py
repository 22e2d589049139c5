"""Owns checking what emergency plans name outside their own file: rules that start them, and measures of the catalogue that steps carry out."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import line_of, parse_yaml
from riskreview.measures.strategy import usual_terms
from riskreview.measures.terms import Terms, check_terms, parse_wanted
from riskreview.policy.calendars import calendar_of, load_calendars, own_calendar
from riskreview.policy.drill_policy import load_drill_policy
from riskreview.policy.measure_policy import MeasurePolicy, load_measure_policy
from riskreview.policy.playbook import load_playbook
from riskreview.policy.playbook_model import Playbook
from riskreview.policy.risk_policy import load_policy


def strange_to(instance: Instance, paths: Sequence[Path]) -> Iterator[BadInput]:
    """Yield what playbooks that are in order by themselves name and the policies of an instance do not know, by file and line.

    :raises BadInput: when a playbook, the risk policy or the catalogue is wrong.
    """
    policy, catalogue = load_policy(instance), load_measure_policy(instance)
    rules = (*policy.indicator_ids, *(rule.id for rule in policy.signals.rules))
    for path in paths:
        book = load_playbook(path)
        yield from _rules(path, book, rules)
        yield from _measures(path, book, catalogue)


def strange_drills(instance: Instance, known: Sequence[str]) -> Iterator[BadInput]:
    """Yield what the drill policy names and nobody knows: a plan, so that nothing would be practised, or a calendar.

    :param known: ids of the plans.
    :raises BadInput: when the drill policy or a calendar is wrong.
    """
    path, policy = instance.configuration_file("policies", "drills.yaml"), load_drill_policy(instance)
    for name in policy.playbooks:
        if name not in known:
            found, repair = f"no plan is called {name}, so its months mean nothing", f"Name one of {', '.join(known)}"
            yield _at(path, ("playbooks", name), "E-POLICY-DRILL", found, repair)
    try:
        calendar_of(load_calendars(instance), policy.calendar or own_calendar(instance))
    except BadInput as error:
        yield _at(path, ("calendar",), error.code, error.found, error.repair)


def _rules(path: Path, book: Playbook, known: Sequence[str]) -> Iterator[BadInput]:
    for number, trigger in enumerate(book.identification.triggers):
        if trigger.rule not in known:
            near = get_close_matches(trigger.rule, known, 1)
            repair = (
                f"Did you mean {near[0]}?" if near else "Name an indicator or a rule under signals in risk_policy.yaml"
            )
            yield _at(path, ("identification", "triggers", number, "rule"), "E-PLAYBOOK-RULE",
                      f"no rule of the risk policy is called {trigger.rule}, so nothing would start the plan", repair)  # fmt: skip


def _measures(path: Path, book: Playbook, catalogue: MeasurePolicy) -> Iterator[BadInput]:
    for number, step in enumerate(book.measures.steps):
        problem = _problem(step.measure, catalogue) if step.measure else ""
        if problem:
            yield _at(
                path, ("measures", "steps", number, "measure"), "E-PLAYBOOK-MEASURE", problem, "Correct the measure"
            )


def _problem(text: str, catalogue: MeasurePolicy) -> str:
    """Return what is wrong with a measure as a step names it; an amount that is left out is computed when the plan starts."""
    try:
        wanted = parse_wanted(text, catalogue)
        kind = catalogue.kind(wanted.kind)
        if kind.relaxes:
            return f"{kind.id} makes it easier for the customer, which no emergency is the moment for"
        bounds = kind.parameters.get("amount")
        computed = Terms(amount=None if bounds is None else Decimal(str(bounds.least)))
        check_terms(kind, wanted.terms.over(usual_terms(kind)).over(computed), limit=None, terms_days=None)
    except RuleViolation as error:
        return str(error)
    return ""


def _at(path: Path, place: tuple[str | int, ...], code: str, found: str, repair: str) -> BadInput:
    return BadInput(code, found, repair, path.name, line_of(parse_yaml(path), place), ".".join(map(str, place)))
