"""Owns saying in words what would lead a customer back, and which rules began or ended to hold, in both languages."""

from riskreview.assessment import wording
from riskreview.assessment.classes import Evaluation, rules_holding
from riskreview.assessment.contrast import Way
from riskreview.assessment.explanation import Needed, RuleChange, WayBack
from riskreview.assessment.levers import PAYMENT
from riskreview.assessment.positions import Positions
from riskreview.assessment.scale import Scale
from riskreview.assessment.score import points_of
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass
from riskreview.policy.risk_text import class_name, figure


def told_way(way: Way, held: int, target: int, policy: Policy, *, language: str, currency: str) -> WayBack:
    """Return a way back in words.

    :param held: class code the customer is in; ``target`` the one the way leads to.
    """
    changes = tuple(_needed(name, pair, policy, language) for name, pair in way.needed.items())
    joined = ("，且" if language == "zh" else " and ").join(
        _said(change, policy, language, currency) for change in changes
    )
    word = RiskClass(target).name
    text = wording.BACK.of(language).format(cls=class_name(word, policy, language), changes=joined,
                                            day=way.reached_on.isoformat(), evaluations=way.evaluations)  # fmt: skip
    if held != RiskClass.unknown and policy.risk_class(RiskClass(held).name).leaves_by_closure:
        text += wording.BACK_CLOSED.of(language)
    return WayBack(changes, word, way.reached_on, way.evaluations, text)


def no_way(target: int, policy: Policy, language: str, *, leads_already: bool) -> str:
    """Return why no change is named."""
    text = wording.WAITS if leads_already else wording.NO_WAY
    return text.of(language).format(cls=class_name(RiskClass(target).name, policy, language))


def rule_changes(
    before: tuple[Positions, Evaluation, Scale] | None, now: tuple[Positions, Evaluation, Scale], language: str
) -> tuple[RuleChange, ...]:
    """Return the rules that hold now and did not before, and the other way round."""
    if before is None:
        return ()
    old, new = _holding(*before, language), _holding(*now, language)
    began = [RuleChange(code, text, began=True) for code, text in new.items() if code not in old]
    return (*began, *(RuleChange(code, text, began=False) for code, text in old.items() if code not in new))


def _holding(positions: Positions, evaluation: Evaluation, scale: Scale, language: str) -> dict[int, str]:
    found = rules_holding(positions, points_of(positions, scale), scale, evaluation.warnings, evaluation.alarms)
    texts = {rule.code: rule.text.of(language) for rule, holds in found if holds[0]}
    if evaluation.insufficient[0]:
        rule = scale.policy.insufficient_data
        texts[rule.code] = rule.text.of(language)
    return texts


def _needed(name: str, pair: tuple[float, float], policy: Policy, language: str) -> Needed:
    label = wording.PAID_NAME.of(language) if name == PAYMENT else policy.indicator(name).name.of(language)
    return Needed(name, label, *pair)


def _said(change: Needed, policy: Policy, language: str, currency: str) -> str:
    if change.id == PAYMENT:
        return wording.PAID.of(language).format(amount=f"{change.needed:,.0f}", currency=currency)
    item = policy.indicator(change.id)
    return wording.CHANGE.of(language).format(name=change.name, needed=figure(change.needed, item, policy, language),
                                              now=figure(change.now, item, policy, language))  # fmt: skip
