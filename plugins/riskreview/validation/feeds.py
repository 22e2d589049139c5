"""Owns how fresh each feed is, and telling the data engineer when one is not."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, Row, text

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.policy.mapping import Mapping
from riskreview.policy.mapping_checks import load_mapping
from riskreview.validation import people
from riskreview.validation.breaker import Delivery
from riskreview.validation.results import FeedState


def delivery_of(instance: Instance, source_id: str, *, as_of: date, received_on: date) -> Delivery:
    """Return what the breaker has to know of a delivery; a source without mapping counts as movement with default ratios."""
    mapping = mapping_of(instance, source_id)
    if mapping is None:
        return Delivery(as_of, received_on, is_snapshot=False)
    ratios = mapping.delivery.breaker
    return Delivery(as_of, received_on, mapping.delivery.kind == "snapshot", ratios.min_ratio, ratios.max_ratio,
                    mapping.read.events)  # fmt: skip


def mapping_of(instance: Instance, source_id: str) -> Mapping | None:
    """Return the mapping of a source, None without one; mappings that do not load are intake's to refuse."""
    return next((mapping for mapping in _sound(instance) if mapping.source == source_id), None)


def never_delivered(services: Services, *, as_of: date) -> tuple[FeedState, ...]:
    """Return the mapped sources of which nothing ever came by ``as_of``, ordered by source id; mappings that do not load are left out."""
    with services.engine.connect() as connection:
        states = states_of(connection, list(_sound(services.instance)), as_of=as_of)
    return tuple(state for state in states if state.state == "never")


def _sound(instance: Instance) -> Iterator[Mapping]:
    for path in instance.configuration("mappings"):
        try:
            yield load_mapping(path)
        except BadInput:
            continue


def feed_states(services: Services, *, as_of: date) -> tuple[FeedState, ...]:
    """Return the state of every mapped source on ``as_of``, ordered by source id. Batches of later days do not count.

    :raises BadInput: for a mapping that does not load.
    """
    mappings = [load_mapping(path) for path in services.instance.configuration("mappings")]
    with services.engine.connect() as connection:
        return states_of(connection, mappings, as_of=as_of)


def states_of(connection: Connection, mappings: Sequence[Mapping], *, as_of: date) -> tuple[FeedState, ...]:
    """Return the state of some sources on ``as_of``, ordered by source id."""
    rows = connection.execute(text(sql("validation", "feed_batches")), {"as_of": as_of}).all()
    found = {row.source_id: row for row in rows}
    return tuple(
        state_of(item, found.get(item.source), as_of=as_of) for item in sorted(mappings, key=lambda m: m.source)
    )


def state_of(mapping: Mapping, row: Row[tuple[date, date, str]] | None, *, as_of: date) -> FeedState:
    """Decide: held when the newest delivery is held, never, stale after the rhythm and its grace, else fresh.

    Events have no rhythm: their silence says nothing, and one that is held says nothing of the others.
    """
    good = None if row is None else row.last_good_as_of
    held = None if row is None else row.held_as_of
    rhythm = mapping.delivery.every_days + mapping.delivery.grace_days
    due = None if good is None else good + timedelta(days=rhythm)
    given = (mapping.source, mapping.system, mapping.stage, tuple(mapping.datasets), good)
    if mapping.read.events:
        return FeedState(*given, "fresh")
    if held is not None and (good is None or held >= good):
        return FeedState(*given, "held", due, "" if row is None else row.held_problem or "")
    if good is None or due is None:
        return FeedState(*given, "never", None, "nothing was ever delivered")
    if as_of > due:
        return FeedState(*given, "stale", due, f"the last good delivery is of {good}, one was due by {due}")
    return FeedState(*given, "fresh", due)


def report_feeds(services: Services, *, as_of: date, holding: dict[str, int] | None = None) -> int:
    """Tell the data engineer of stale and never delivered feeds, once per feed and watermark; returns how many are not fresh.

    A held feed was told of when its batch was held.

    :param holding: how many customers cannot be judged whole because of it, by source.
    """
    states = [item for item in feed_states(services, as_of=as_of) if item.state != "fresh"]
    at = services.clock.now()
    with services.engine.begin() as connection:
        silent = [item for item in states if item.state != "held"]
        enqueue(connection, _events(services.instance, silent, as_of, holding or {}), at=at)
    return len(states)


def _events(instance: Instance, states: Sequence[FeedState], as_of: date, holding: dict[str, int]) -> list[OutboxEvent]:
    told = people.audience(instance, as_of)
    return [
        OutboxEvent(
            f"feed_{item.state}:{item.source_id}:{item.last_good_as_of}",
            f"feed_{item.state}",
            "feed",
            item.source_id,
            "normal",
            told,
            {"source": item.source_id, "state": item.state, "as_of": as_of.isoformat(),
             "held_customers": holding.get(item.source_id),
             "last_good_as_of": item.last_good_as_of and item.last_good_as_of.isoformat()},
        )
        for item in states
    ]  # fmt: skip
