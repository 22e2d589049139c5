"""Owns what the facts room returns: pinned versions, published batches, contradictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pins:
    """Exactly what a run may read.

    :param versions: Delta version by fact table; a data set that was never delivered has no entry.
    :param known_at: batches received later are not read.
    """

    versions: dict[str, int]
    known_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedBatch:
    """A batch whose rows are facts; ``appended`` counts rows by data set."""

    batch_id: int
    appended: dict[str, int]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two systems that say different things about one customer; ``values`` by system."""

    customer_key: int
    attribute: str
    values: Mapping[str, str]
