"""Owns the back-test of a policy: both versions over the past, measured, and kept as one report with a digest."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.approved import in_force, view_of
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.gate import store
from riskreview.gate.checking import check
from riskreview.gate.course import SIDES, Course, course_of
from riskreview.gate.failures import Days, default_days, read_told, sales_matrix
from riskreview.gate.files import PolicySet, own_set
from riskreview.gate.labels import held_against, read_labels
from riskreview.gate.measuring import measure, weeks_between
from riskreview.gate.movers import migration, movers
from riskreview.gate.replay import Side, is_measured_alike, replay, side_of
from riskreview.gate.workload import capacity_per_week, reviews_per_week
from riskreview.policy.gate_policy import BacktestPolicy, load_gate_policy
from riskreview.policy.model_policy import load_model_policy
from riskreview.policy.review_policy import load_review_policy
from riskreview.policy.team import load_team
from riskreview.portfolio.ageing import month_ends
from riskreview.validation import people

FORMAT = 1
LEFT_OUT = ("opinions", "late_feeds", "earlier_models", "daily_runs")
"""What a back-test does not follow; the report names it, for it is the same for both versions."""
Report = dict[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class Backtest:
    """A back-test that is kept.

    :param is_new: False where the same had been found before.
    """

    backtest_id: int
    digest: str
    set_digest: str
    report: Report
    seconds: float
    is_new: bool = True


def backtest(
    services: Services, *, actor: str, as_of: date | None = None, months: int | None = None, wanted: str | None = None,
    is_point_in_time: bool = True,
) -> Backtest:  # fmt: skip
    """Try the policy files, or a version that was kept, on the past beside the version in force, and keep the report.

    :param wanted: number of a version or beginning of a digest; None for the files as they stand.
    :param is_point_in_time: False tries by what is known today; such a report informs and supports no proposal.
    :raises RuleViolation: for a person who may not, files with an error, when nothing is in force, or when no customer was known on any day.
    """
    began = time.perf_counter()
    day = as_of or services.today
    base, candidate, found = _versions(services, wanted)
    policy = load_gate_policy(base)
    rules, person = (
        policy.backtest,
        people.check_can_decide(services.instance, actor, roles=(*policy.proposers, *policy.approvers)),
    )
    days = month_ends(day, months or rules.months)
    sides = side_of(base), side_of(candidate)
    course = course_of(
        replay(services, *sides, days, within_days=rules.known_within_days, is_point_in_time=is_point_in_time)
    )
    if course is None:
        raise RuleViolation(f"no customer was known at any of the {len(days)} month ends up to {day}")
    report = _head(services, sides, (base, candidate), course, days, is_point_in_time=is_point_in_time)
    report |= _figures(services, sides, (base, candidate), course, rules)
    return _keep(services, report, found, person, round(time.perf_counter() - began, 2))


def text_of(report: Mapping[str, Any]) -> str:
    """Return the report as it is kept: JSON with sorted keys."""
    return json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(report: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a report as it is kept."""
    return hashlib.sha256(text_of(report).encode()).hexdigest()


def _versions(services: Services, wanted: str | None) -> tuple[Instance, Instance, PolicySet]:
    with services.engine.connect() as connection:
        standing = in_force(connection, services.today)
        if standing is None:
            raise RuleViolation(
                "no policy is in force yet; the first run, or riskreview init, puts the files into force"
            )
        base = view_of(services.instance, connection, standing)
        found = own_set(services.instance) if wanted is None else store.read_set(connection, store.find_set(connection, wanted))  # fmt: skip
    candidate = found.laid_out(services.instance)
    with services.engine.connect() as connection:
        errors = [item for item in check(candidate, connection) if item.severity == "error"]
    if errors:
        more = f" ({len(errors) - 1} more: riskreview policy check)" if len(errors) > 1 else ""
        raise RuleViolation(f"the files have an error: {errors[0].sentence}{more}")
    return base, candidate, found


def _head(
    services: Services, sides: tuple[Side, Side], views: tuple[Instance, Instance], course: Course, wanted: Sequence[date], *,
    is_point_in_time: bool,
) -> Report:  # fmt: skip
    """Return what was tried on what."""
    last = course.last.base.result
    return {
        "format": FORMAT, "as_of": course.days[-1].isoformat(), "days": [day.isoformat() for day in course.days],
        "days_wanted": len(wanted), "is_point_in_time": is_point_in_time, "left_out": list(LEFT_OUT),
        "currency": services.instance.settings.reporting_currency,
        "versions": {name: {"set_digest": "" if view.approved is None else view.approved.name, "risk_version": side.policy.version,
                            "risk_digest": side.policy.digest} for name, side, view in zip(SIDES, sides, views, strict=True)},
        "same_figures": is_measured_alike(sides[0].policy, sides[1].policy),
        "customers": len(last), "exposure": f"{float(last.positions.exposure.sum()):.2f}",
        "customer_months": int((course.classes["base"] >= 0).sum()),
    }  # fmt: skip


def _figures(
    services: Services,
    sides: tuple[Side, Side],
    views: tuple[Instance, Instance],
    course: Course,
    rules: BacktestPolicy,
) -> Report:
    first = course.days[0].replace(day=1)
    told = read_told(services, first=first, as_of=course.days[-1])
    days_past_due = load_model_policy(views[0]).history.default_days
    failed, source = default_days(course, told, days_past_due=days_past_due)
    sales = sales_matrix(course, told, course.days)
    labels = read_labels(services, first=first, as_of=course.days[-1])
    measured = {name: measure(course, name, failed, source, sales, rules)
                | {"labels": held_against(course, name, labels, alert_class=rules.alert_class)} for name in SIDES}  # fmt: skip
    return {
        "rules": {**rules.model_dump(mode="json"), "default_days": days_past_due}, "measured": measured,
        "workload": _workload(services, sides, views, course, measured),
        "migration": migration(course.last), "movers": movers(course.last, sides[0].scale, sides[1].scale),
        "defaults": _defaults_of(course, failed, source),
    }  # fmt: skip


def _defaults_of(course: Course, failed: Days, source: NDArray[np.int8]) -> list[list[int]]:
    """Return the customers that defaulted: key, day as ordinal, source."""
    where = np.flatnonzero(failed)
    return [
        list(row)
        for row in zip(course.keys[where].tolist(), failed[where].tolist(), source[where].tolist(), strict=True)
    ]


def _workload(
    services: Services,
    sides: tuple[Side, Side],
    views: tuple[Instance, Instance],
    course: Course,
    measured: Mapping[str, Any],
) -> Report:
    """Return the work per week: new alerts and signals on average and in the busiest month, periodic reviews of today's classes."""
    weeks = weeks_between(course.days[0], course.days[-1])
    gaps = [weeks_between(*pair) for pair in zip(course.days, course.days[1:], strict=False)]
    found: Report = {"capacity": capacity_per_week(load_team(services.instance))}
    for name, side, view in zip(SIDES, sides, views, strict=True):
        result = (course.last.base if name == "base" else course.last.new).result
        periodic = reviews_per_week(result.risk_class, result.positions.exposure, side.policy, load_review_policy(view))
        rates = {
            kind: [count / gap for count, gap in zip(measured[name][kind][1:], gaps, strict=True)]
            for kind in ("new_alerts", "new_signals")
        }
        found[name] = {"reviews": periodic} | {
            part: round(value, 2)
            for kind, per_week in rates.items()
            for part, value in (
                (kind, sum(measured[name][kind][1:]) / weeks if gaps else 0.0),
                (f"most_{kind}", max(per_week, default=0.0)),
            )
        }
    return found


def _keep(services: Services, report: Report, found: PolicySet, actor: str, seconds: float) -> Backtest:
    at, digest, base = services.clock.now(), digest_of(report), report["versions"]["base"]["set_digest"]
    with transaction(services.engine) as connection:
        store.keep_set(connection, found, risk_version=report["versions"]["new"]["risk_version"], person=actor, at=at)
        values = {"digest": digest, "set_digest": found.digest, "base_digest": base, "as_of": report["as_of"], "customers": report["customers"],
                  "exposure": report["exposure"], "is_point_in_time": report["is_point_in_time"], "report": text_of(report),
                  "seconds": seconds, "person": actor, "at": at}  # fmt: skip
        number = store.insert_backtest(connection, values)
        if number is None:
            return Backtest(
                store.find_backtest(connection, digest), digest, found.digest, report, seconds, is_new=False
            )
        said = {"digest": digest, "set_digest": found.digest, "base_digest": base, "as_of": report["as_of"], "customers": report["customers"],
                "is_point_in_time": report["is_point_in_time"]}  # fmt: skip
        append(connection, [AuditEvent("policy:backtested", "policy_backtest", str(number), actor, new=said)], at=at)
    return Backtest(number, digest, found.digest, report, seconds)
