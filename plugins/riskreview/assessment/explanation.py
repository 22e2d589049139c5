"""Owns the parts of an explanation: contributions, layers, what changed, and what would lead back. Values only."""

from dataclasses import dataclass
from datetime import date

from riskreview.assessment.scale import MICRO


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one indicator, or one dimension's missing data, adds to the index.

    :param id: indicator id; ``missing:<dimension>`` for what is not known.
    :param severity: 0 none, 1 warning, 2 alarm.
    :param micro: millionths of an index point; all contributions of a customer add up to the index exactly.
    """

    id: str
    dimension: str
    name: str
    sentence: str
    value: float | None
    line: float | None
    severity: int
    micro: int

    @property
    def points(self) -> float:
        """Index points, for display."""
        return self.micro / MICRO


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer of the decision says by itself; an empty class means that it says nothing.

    :param name: ``index``, ``model``, ``rules``, ``group``, ``opinion``, ``evaluation`` or ``history``.
    """

    name: str
    risk_class: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Change:
    """How one contribution moved since the assessment before."""

    id: str
    name: str
    before: float | None
    now: float | None
    micro: int


@dataclass(frozen=True, slots=True)
class WayBack:
    """The smallest change of one indicator that, everything else equal, leads back to a better class."""

    id: str
    name: str
    now: float
    needed: float
    risk_class: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a customer is in a class.

    :param contributions: the largest first, those of nothing left out; they add up to ``index_micro`` exactly.
    :param sentences: the same in words, in the language asked for.
    :param risk_class: as it reads on the day asked for: ``unknown`` after ``valid_until``; ``last_class`` as it was decided.
    :param previous_as_of: date of the assessment before, None when there is none.
    """

    customer_key: int
    as_of: date
    valid_until: date
    risk_class: str
    last_class: str
    previous_class: str | None
    index_micro: int
    contributions: tuple[Contribution, ...]
    layers: tuple[Layer, ...]
    changes: tuple[Change, ...]
    ways_back: tuple[WayBack, ...]
    headline: str
    sentences: tuple[str, ...]
    previous_as_of: date | None
    data_state: str
    policy_version: str
    policy_digest: str

    @property
    def index(self) -> float:
        """Index points, for display."""
        return self.index_micro / MICRO
