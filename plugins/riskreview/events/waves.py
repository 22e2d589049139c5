"""Owns which waiting events of one source land together: one batch costs as much as a hundred, yet events must not disturb each other.

Events share a batch when they are of one business date and no two of them speak of the same item; so the end state is the one
that a batch for each of them, in the order of receipt, would leave. Pure: the texts are compared as they came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from riskreview.events.payload import Record
from riskreview.policy.datasets import DATASETS
from riskreview.policy.mapping import Mapping, Pick

MOST_ROWS = 5000
"""Rows of one batch: beyond it nothing is saved."""


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event with its records; ``day`` is the day it was received where the instance lives."""

    event_id: int
    day: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Wave:
    """Events that land together, in the order of their rows."""

    events: tuple[WaitingEvent, ...]

    @property
    def records(self) -> tuple[Record, ...]:
        """All rows."""
        return tuple(record for item in self.events for record in item.records)

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """Yield each event with its first and last row in the batch, counted from 1."""
        start = 1
        for item in self.events:
            yield item.event_id, start, start + len(item.records) - 1
            start += len(item.records)


def plan_waves(events: Sequence[WaitingEvent], mapping: Mapping) -> tuple[Wave, ...]:
    """Return the waves of a source's waiting events, given in the order of receipt."""
    waves: list[list[WaitingEvent]] = []
    dates: list[object] = []
    sizes: list[int] = []
    placed: dict[object, int] = {}
    for item in events:
        date, items, size = _date(item, mapping), _items(item, mapping), len(item.records)
        first = max((placed[key] + 1 for key in items if key in placed), default=0)  # after what spoke of the same item
        fitting = (n for n in range(first, len(waves)) if dates[n] == date and sizes[n] + size <= MOST_ROWS)
        number = next(fitting, len(waves))
        if number == len(waves):
            waves.append([])
            dates.append(date)
            sizes.append(0)
        waves[number].append(item)
        sizes[number] += size
        placed |= dict.fromkeys(items, number)
    return tuple(Wave(tuple(wave)) for wave in waves)


def accounts_of(records: Sequence[Record], mapping: Mapping) -> tuple[str, ...]:
    """Return the accounts the records name, as far as the mapping takes them over as they are; each once."""
    picks = [
        given.columns[account]
        for name, given in mapping.datasets.items()
        if (account := DATASETS[name].account) is not None and account in given.columns
    ]
    columns = [pick.column for pick in picks if pick.column is not None and not pick.map and pick.default is None]
    found = (record.get(column) for record in records for column in columns)
    return tuple(dict.fromkeys(text for text in found if text))


def _date(item: WaitingEvent, mapping: Mapping) -> object:
    column = mapping.delivery.as_of.column
    return item.day if column is None else frozenset(record.get(column) for record in item.records)


def _items(item: WaitingEvent, mapping: Mapping) -> set[object]:
    return {
        (name, *(_text(given.columns.get(key), record) for key in DATASETS[name].key))
        for name, given in mapping.datasets.items()
        for record in item.records
    }


def _text(pick: Pick | None, record: Record) -> tuple[str | None, ...]:
    return () if pick is None else (pick.constant, *(record.get(source) for source in pick.sources))
