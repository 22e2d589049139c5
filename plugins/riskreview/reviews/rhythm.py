"""Rules of how often: what the policies say of cadence on a day, as the parameters of the query for what is due."""

from collections.abc import Iterable
from datetime import date

from riskreview.policy.fiscal import add_months
from riskreview.policy.review_cadence import CloserRule
from riskreview.policy.review_policy import REVIEWED, ReviewPolicy
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import FLAGS, RiskClass
from riskreview.reviews.cadence import line_name

EVERY_CLASS = sum(1 << int(item) for item in RiskClass)


def due_parameters(
    policy: Policy, reviews: ReviewPolicy, agreed: Iterable[int], *, as_of: date, zone: str
) -> dict[str, object]:
    """Return what the query for due reviews asks with on a day.

    :param agreed: rhythms agreed on for single customers.
    """
    base = {int(RiskClass[word]): policy.cadence_months(word) for word in REVIEWED}
    rules = reviews.cadence.closer
    rhythms = sorted({*base.values(), *(rule.every_months for rule in rules), *agreed})
    periods = [reviews.fiscal_year.period_of(as_of, months) for months in rhythms]
    return {
        "as_of": as_of, "zone": zone, "event_from": int(RiskClass[reviews.event_from]),
        "classes": list(base), "base_months": list(base.values()),
        "rule_classes": [_bits(rule) for rule in rules], "rule_exposures": [rule.exposure_from or -1.0 for rule in rules],
        "rule_events": [",".join(rule.after_events) for rule in rules],
        "rule_since": [add_months(as_of, -rule.for_months) if rule.for_months else date.min for rule in rules],
        "rule_months": [rule.every_months for rule in rules],
        "months": rhythms, "lines": [line_name(months) for months in rhythms],
        "period_keys": [period.key for period in periods], "starts": [period.starts_on for period in periods],
        "ends": [period.ends_before for period in periods],
        "rate_missing": 1 << FLAGS.index("rate_missing"), "anchor": reviews.cadence.anchor, "event_counts": reviews.cadence.event_review_counts,
    }  # fmt: skip


def _bits(rule: CloserRule) -> int:
    return sum(1 << int(RiskClass[word]) for word in rule.classes) or EVERY_CLASS
