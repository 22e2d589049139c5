"""Owns turning a back-test into rows for people: both versions side by side, the work, and whose class would change and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from riskreview.assessment.standing import HELD
from riskreview.assessment.wording import points, rule_text
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass

Report = Mapping[str, Any]  # JSON of a back-test
FIGURES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("defaults", "count", ("defaults", "judged")), ("foreseen", "count", ("defaults", "foreseen")), ("in_time", "count", ("defaults", "in_time")),
    ("missed", "count", ("defaults", "missed")), ("lead_quarter", "count", ("defaults", "lead", "quarter")),
    ("lead_median", "count", ("defaults", "lead", "median")), ("lead_three_quarters", "count", ("defaults", "lead", "three_quarters")),
    ("exposure_protected", "money", ("defaults", "exposure", "protected")), ("exposure_late", "money", ("defaults", "exposure", "late")),
    ("exposure_missed", "money", ("defaults", "exposure", "missed")), ("alerts", "count", ("alerts", "all", "alerts")),
    ("alerts_right", "count", ("alerts", "all", "right")), ("alerts_false", "count", ("alerts", "all", "false")),
    ("alerts_open", "count", ("alerts", "all", "open")), ("hit_rate", "share", ("alerts", "all", "hit_rate")),
    ("false_rate", "share", ("alerts", "all", "false_rate")),
    ("confirmed", "count", ("labels", "confirmed")), ("confirmed_held", "count", ("labels", "confirmed_held")),
    ("refuted", "count", ("labels", "refuted")), ("refuted_held", "count", ("labels", "refuted_held")), ("sales_constrained", "money", ("constrained", "billed")),
)  # fmt: skip
"""Name, kind and place of every figure that is shown of a version."""
WORK = ("new_alerts", "most_new_alerts", "new_signals", "most_new_signals", "reviews")
WORDS = tuple(word.name for word in RiskClass)
DECIDED_BY = {
    "index": {"en": "by the lines of the index", "zh": "由指数界线决定"}, "model": {"en": "by the credit model", "zh": "由信用模型决定"},
    "group": {"en": "by its parent", "zh": "由母公司决定"}, "history": {"en": "kept by its history", "zh": "受历史限制而保持"},
}  # fmt: skip
"""What decides a class where no rule does."""


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer whose class would change.

    :param why: in one sentence.
    """

    customer_key: int
    old_class: int
    new_class: int
    old_index: float
    new_index: float
    why: str


def compared(report: Report) -> list[dict[str, Any]]:
    """Return every figure with its value by the version in force and by the new one; shares in percent, money as a number."""
    return [{"figure": name, "kind": kind, **{side: _value(report["measured"][side], place, kind) for side in ("base", "new")}}
            for name, kind, place in FIGURES]  # fmt: skip


def work(report: Report) -> list[dict[str, Any]]:
    """Return the work per week by both versions, and how many reviews the team can take in one."""
    found = report["workload"]
    rows = [{"figure": name, **{side: found[side][name] for side in ("base", "new")}} for name in WORK]
    return [*rows, {"figure": "capacity", "base": found["capacity"], "new": found["capacity"]}]


def by_class(report: Report) -> list[dict[str, Any]]:
    """Return of each class how often a default followed within the horizon, and how its alerts fared, by both versions."""
    rows = []
    for code, word in enumerate(WORDS):
        row: dict[str, Any] = {"class": code}
        for side in ("base", "new"):
            measured = report["measured"][side]
            alerts = measured["alerts"].get(word, {})
            row |= {f"{side}_rate": _percent(measured["classes"][word]["rate"]), f"{side}_alerts": alerts.get("alerts", 0),
                    f"{side}_false": _percent(alerts.get("false_rate"))}  # fmt: skip
        rows.append(row)
    return rows


def moves(report: Report) -> list[dict[str, int]]:
    """Return how many customers go from one class to another one."""
    return [
        {"old_class": old, "new_class": new, "customers": count}
        for old, row in enumerate(report["migration"]) for new, count in enumerate(row) if count and old != new
    ]  # fmt: skip


def movers_told(report: Report, base: Policy, new: Policy, language: str) -> Iterable[Mover]:
    """Return whose class would change and why, those that get worst first."""
    for key, old_class, new_class, old_index, new_index, old_code, new_code, reasons in sorted(report["movers"], key=lambda row: (row[1] - row[2], row[0])):  # fmt: skip
        said = _why(reasons, (old_code, new_code), (base, new), language)
        yield Mover(key, old_class, new_class, old_index / 1e6, new_index / 1e6, said)


def _why(reasons: list[list[Any]], codes: tuple[int, int], policies: tuple[Policy, Policy], language: str) -> str:
    parts = [
        f"{_name(indicator, policies, language)} {'+' if micro > 0 else '-'}{points(abs(micro))}"
        for indicator, micro in reasons
    ]
    old, new = (_rule(code, policy, language) for code, policy in zip(codes, policies, strict=True))
    if old != new or not parts:
        parts.append(f"{old} → {new}" if old != new else new)
    return ("；" if language == "zh" else "; ").join(parts)


def _name(indicator: str, policies: tuple[Policy, Policy], language: str) -> str:
    item = policies[1].listed(indicator) or policies[0].listed(indicator)
    return indicator if item is None else f"{indicator} {item.name.of(language)}"


def _rule(code: int, policy: Policy, language: str) -> str:
    layers = {HELD: "history", policy.layers.model.code: "model", policy.layers.group_cap.code: "group"}
    return (
        rule_text(code, policy, language) or DECIDED_BY[layers.get(code, "index")]["zh" if language == "zh" else "en"]
    )


def _value(measured: Report, place: tuple[str, ...], kind: str) -> float | None:
    value: Any = measured
    for part in place:
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None:
        return None
    return _percent(value) if kind == "share" else float(value)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
