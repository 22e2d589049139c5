"""Owns turning the instance's own assessments into rows to learn from, and saying so when there are too few of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import text

from riskreview.assessment import history
from riskreview.assessment.snapshots import TOLD, Figures, Following, Past, Snapshot, horizon_of, snapshots_of, usable
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.models.artefact import Purpose
from riskreview.models.dataset import Dataset, build_dataset
from riskreview.models.definition import Direction, FeatureRule, Label, ModelDefinition, Time
from riskreview.policy.model_policy import ModelPolicy, load_model_policy
from riskreview.policy.risk_policy import Policy, load_policy


@dataclass(frozen=True, slots=True)
class Extent:
    """How much history there is for a purpose.

    :param closed: snapshots whose outcome is known; ``wanted`` are needed; ``waiting`` for the end of their horizon.
    :param late: business dates that were assessed too long after themselves to be honest about what was known.
    """

    closed: int
    wanted: int
    waiting: int
    late: int

    @property
    def is_enough(self) -> bool:
        """Tell whether there are snapshots enough."""
        return self.closed >= self.wanted

    def sentence(self, language: str) -> str:
        """Say how much there is."""
        if language == "zh":
            late = f"；另有 {self.late} 个日期因评估过晚而不采用" if self.late else ""
            return (
                f"历史记录中有 {self.closed} 个结果已知的快照，需要 {self.wanted} 个；{self.waiting} 个尚待结果{late}"
            )
        late = f"; {self.late} dates were assessed too late to be used" if self.late else ""
        return (f"the history holds {self.closed} snapshots whose outcome is known and {self.wanted} are needed; "
                f"{self.waiting} wait for theirs{late}")  # fmt: skip


def extent_of(services: Services, purpose: Purpose, *, as_of: date) -> Extent:
    """Return how much history there is for a purpose on a date."""
    policy = load_model_policy(services.instance)
    found = _pasts(services, as_of)
    chosen = usable(found, within_days=policy.history.known_within_days, until=as_of)
    return _extent(found, chosen, _snapshots(chosen, policy, purpose), policy, purpose)


def complete(definition: ModelDefinition, services: Services) -> ModelDefinition:
    """Return a definition on own history with what the policies say: outcome, order in time, and title, dimension and lines per figure.

    The direction of a figure holds for default; a change starts from where a customer stands, so there it is found out.
    """
    policy, models = load_policy(services.instance), load_model_policy(services.instance)
    named = {rule.name for rule in definition.features}
    rules = [rule for rule in _rules(policy, definition.purpose) if rule.name not in named | set(definition.drop)]
    split = definition.split.model_copy(
        update={"earliest_pct": definition.split.earliest_pct or 100.0 - models.history.latest_share_pct}
    )
    return definition.model_copy(update={
        "features": (*definition.features, *rules), "split": split, "identifier": "customer_key", "time": Time(column="as_of"),
        "label": Label(column="bad", bad=("1",), known_on="known_on", meaning=definition.label.meaning),
    })  # fmt: skip


def read_own_history(services: Services, definition: ModelDefinition, *, as_of: date) -> Dataset:
    """Return the rows of a completed definition: figures of then, outcomes from the assessments after.

    :raises RuleViolation: when there are too few snapshots, or too few customers whose class got worse.
    """
    policy, purpose = load_model_policy(services.instance), definition.purpose
    found = _pasts(services, as_of)
    chosen = usable(found, within_days=policy.history.known_within_days, until=as_of)
    snapshots = _snapshots(chosen, policy, purpose)
    extent = _extent(found, chosen, snapshots, policy, purpose)
    if not extent.is_enough:
        raise RuleViolation(extent.sentence("en"))
    columns = _laid_out(services, chosen, [item for item in snapshots if item.closing is not None], purpose, policy)
    described = {rule.name for rule in definition.features}
    used = definition.model_copy(
        update={"features": tuple(rule for rule in definition.features if rule.name in columns)}
    )
    rows = build_dataset(used, {name: column for name, column in columns.items() if name in described | set(_OWN)})
    if purpose == "change" and rows.bad_customers < policy.change.least_worsened:
        raise RuleViolation(f"the class of {rows.bad_customers} customers got worse within the time and "
                            f"{policy.change.least_worsened} are needed to learn from")  # fmt: skip
    return rows


_OWN = ("customer_key", "as_of", "known_on", "bad")


def _rules(policy: Policy, purpose: Purpose) -> list[FeatureRule]:
    rules = []
    for item in policy.indicators:
        rising: Direction = "increasing" if item.direction == "up" else "decreasing"
        rules.append(FeatureRule(
            name=item.id, title=item.name, dimension=item.dimension, direction=rising if purpose == "default" else "auto",
            lines=(min(item.warning, item.alarm), max(item.warning, item.alarm)),
        ))  # fmt: skip
    return rules


def _pasts(services: Services, as_of: date) -> list[Past]:
    """Return the stored assessments of everybody with the day up to which each knew; one whose run is not recorded cannot tell."""
    stored = [(day, run) for day, run in history.stored_runs(services.instance) if day <= as_of]
    with services.engine.connect() as connection:
        given = {"runs": sorted({run for _, run in stored})}
        known = {
            row.run_id: row.known_at for row in connection.execute(text(sql("assessment", "runs_known_at")), given)
        }
    zone = ZoneInfo(services.instance.settings.time_zone)
    return [Past(day, run, _day(known[run], zone) if run in known else date.max) for day, run in stored]


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _snapshots(chosen: Sequence[Past], policy: ModelPolicy, purpose: Purpose) -> list[Snapshot]:
    return snapshots_of(chosen, every_months=policy.history.every_months, horizon_months=horizon_of(policy, purpose))


def _extent(
    found: Sequence[Past], chosen: Sequence[Past], snapshots: Sequence[Snapshot], policy: ModelPolicy, purpose: Purpose
) -> Extent:
    closed = sum(item.closing is not None for item in snapshots)
    wanted = policy.history.least_snapshots if purpose == "default" else policy.change.least_snapshots
    late = len({item.day for item in found}) - len(chosen)
    return Extent(closed, wanted, len(snapshots) - closed, late)


def _laid_out(
    services: Services, chosen: Sequence[Past], snapshots: Sequence[Snapshot], purpose: Purpose, policy: ModelPolicy
) -> Figures:
    """Return the rows of the snapshots, reading each assessment once and in the order of their dates."""
    begin = {item.past: item for item in snapshots}
    share = _share(services, snapshots, policy)
    following: list[Following] = []
    parts: list[Figures] = []
    for number, past in enumerate(chosen, start=1):
        whole = past in begin
        if following or whole:
            rows = history.read_run(
                services.instance, past.day, past.run_id, columns=None if whole else TOLD, share=share
            )
            for item in following:
                item.observe(past, rows)
            if whole:
                following.append(Following(begin[past], rows, purpose, policy))
        done = [item for item in following if item.snapshot.closing == past]
        parts += [item.columns() for item in done]
        following = [item for item in following if item not in done]
        services.progress.advance("history", number, len(chosen))
    shared = set.intersection(*(set(part) for part in parts))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name in shared}


def _share(services: Services, snapshots: Sequence[Snapshot], policy: ModelPolicy) -> float:
    """Return the share of the customers that snapshots of so many rows as the policy allows are of."""
    known = history.rows_of_runs(services.instance)
    return policy.history.most_rows / max(1, sum(known[item.past.day, item.past.run_id] for item in snapshots))
