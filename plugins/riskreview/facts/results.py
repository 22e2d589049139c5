"""Owns what the facts room returns: pinned versions, published batches, contradictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from riskreview.facts.statements import ACCOUNT_BITS


@dataclass(frozen=True, slots=True)
class Pins:
    """Exactly what a run may read.

    :param versions: Delta version by fact table; a data set that was never delivered has no entry.
    :param known_at: batches received later are not read.
    """

    versions: dict[str, int]
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Customers whose keys lie in a range, both ends included; the accounts first given to them lie in a range too."""

    low: int
    high: int

    @property
    def first_account(self) -> int:
        """The least key an account of theirs can have."""
        return self.low << ACCOUNT_BITS

    @property
    def last_account(self) -> int:
        """The greatest key an account of theirs can have."""
        return (self.high << ACCOUNT_BITS) | ((1 << ACCOUNT_BITS) - 1)


@dataclass(frozen=True, slots=True)
class PublishedBatch:
    """A batch whose rows are facts; ``appended`` counts rows by data set."""

    batch_id: int
    appended: dict[str, int]


Customers = NDArray[np.int64] | Span
"""Some customers: by their keys, or by the range these lie in."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two systems that say different things about one customer; ``values`` by system."""

    customer_key: int
    attribute: str
    values: Mapping[str, str]
