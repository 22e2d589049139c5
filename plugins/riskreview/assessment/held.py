"""Owns saying who is held for data: our feed is late, which is another thing than a customer who is worse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from riskreview.assessment.inputs import held_rules, judged_datasets
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.policy.datasets import DATASETS
from riskreview.policy.risk_policy import Policy, load_policy
from riskreview.policy.risk_terms import Text
from riskreview.validation.feeds import feed_states
from riskreview.validation.results import FeedState

STALE = Text(
    en="held for data: the feed {feed} is late, its last good data are of {day}; these are neither raised nor cleared until it comes: {rules}",
    zh="因数据暂缓：数据源 {feed} 延迟，最近有效数据为 {day}；在其到达之前，以下各项既不触发也不解除：{rules}",
)
HELD = Text(
    en="held for data: the newest delivery of {feed} was refused, its last good data are of {day}; these are neither raised nor cleared until"
    " it is repaired: {rules}",
    zh="因数据暂缓：数据源 {feed} 的最新批次被拦截，最近有效数据为 {day}；在修复之前，以下各项既不触发也不解除：{rules}",
)
NO_DAY = Text(en="none", zh="无")


@dataclass(frozen=True, slots=True)
class HeldFeed:
    """A feed that is late or held, and what cannot be judged because of it.

    :param datasets: those the policy judges by; ``rules`` the indicators and special rules that read them.
    :param customers: how many assessed customers it concerns.
    """

    source_id: str
    system: str
    state: str
    last_good_as_of: date | None
    due_on: date | None
    datasets: tuple[str, ...]
    rules: tuple[str, ...]
    customers: int

    def sentence(self, policy: Policy, language: str) -> str:
        """Return it in words."""
        names = {item.id: item.name for item in policy.indicators} | {
            rule.id: rule.title for rule in policy.signals.rules
        }
        rules = ("、" if language == "zh" else ", ").join(names[rule].of(language) for rule in self.rules)
        day = self.last_good_as_of.isoformat() if self.last_good_as_of else NO_DAY.of(language)
        return (HELD if self.state == "held" else STALE).of(language).format(feed=self.source_id, day=day, rules=rules)


@dataclass(frozen=True, slots=True)
class HeldForData:
    """Everything that is held on a day; ``customers`` counts each customer once."""

    feeds: tuple[HeldFeed, ...] = ()
    customers: int = 0


def read_held(services: Services, *, as_of: date, customer_key: int | None = None) -> HeldForData:
    """Return which feeds hold which rules on a day, of everybody or of one customer, by the policy in use."""
    states, policy = feed_states(services, as_of=as_of), load_policy(services.instance)
    with services.engine.connect() as connection:
        return held_for_data(connection, policy, states, customer_key=customer_key)


def held_sentences(services: Services, *, customer_key: int, on_day: date, language: str) -> tuple[str, ...]:
    """Return, in words, which feeds are late or held and what of a customer cannot be judged because of it."""
    policy = load_policy(services.instance)
    return tuple(
        feed.sentence(policy, language) for feed in read_held(services, as_of=on_day, customer_key=customer_key).feeds
    )


def held_for_data(
    connection: Connection, policy: Policy, states: Sequence[FeedState], *, customer_key: int | None = None
) -> HeldForData:
    """Return which feeds hold which rules of how many customers, or of one customer."""
    judged = judged_datasets(policy)
    late = [(state, tuple(name for name in state.datasets if name in judged))
            for state in states if state.state in {"stale", "held"} and judged & set(state.datasets)]  # fmt: skip
    if not late:
        return HeldForData()
    systems = {name for state, datasets in late for name in _concerned(state, datasets)}
    rows = connection.execute(
        text(sql("assessment", "count_held")), {"systems": sorted(systems), "customer_key": customer_key}
    )
    found = {row.system: int(row.customers) for row in rows}
    feeds = (
        _feed(state, datasets, policy, max(found.get(name, 0) for name in _concerned(state, datasets)))
        for state, datasets in late
    )
    return HeldForData(tuple(feed for feed in feeds if feed.customers), found.get(None, 0))


def _concerned(state: FeedState, datasets: Sequence[str]) -> set[str]:
    """Return whose customers a feed concerns: its system's, and everybody (the empty name) for data that speak of no customer."""
    return {"" if DATASETS[name].is_shared else state.system for name in datasets}


def _feed(state: FeedState, datasets: tuple[str, ...], policy: Policy, customers: int) -> HeldFeed:
    return HeldFeed(state.source_id, state.system, state.state, state.last_good_as_of, state.due_on, datasets,
                    held_rules(datasets, policy), customers)  # fmt: skip
