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
class Missing:
    """An indicator that is not known although it applies, or an exchange rate.

    :param sources: data sets that bring it.
    :param is_felt: points or the class rest on its absence: the dimension counts as neutral, or the class cannot relax without it.
    """

    id: str
    name: str
    sources: tuple[str, ...]
    sentence: str
    is_felt: bool


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
class Needed:
    """One figure that would be enough; ``payment`` is an amount to be paid out of what is open."""

    id: str
    name: str
    now: float
    needed: float


@dataclass(frozen=True, slots=True)
class WayBack:
    """The fewest and smallest changes that, everything else equal, lead back to a better class.

    :param reached_on: the day the class is reached when the figures are so from the day after the assessment on.
    :param evaluations: how many evaluations that takes.
    """

    changes: tuple[Needed, ...]
    risk_class: str
    reached_on: date
    evaluations: int
    sentence: str


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that holds now and did not before, or the other way round."""

    code: int
    text: str
    began: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a customer is in a class.

    :param contributions: the largest first, those of nothing left out; they add up to ``index_micro`` exactly.
    :param changes: how contributions moved since the assessment before; they add up to the change of the index exactly.
    :param moved_by: the layer that decides now; empty when class and layer are as before.
    :param missing: indicators that apply and are not known, in the order of the policy.
    :param circumstances: what the figures rest on beside the facts, in words.
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
    rule_changes: tuple[RuleChange, ...]
    moved_by: str
    ways_back: tuple[WayBack, ...]
    headline: str
    circumstances: tuple[str, ...]
    sentences: tuple[str, ...]
    previous_as_of: date | None
    data_state: str
    missing: tuple[Missing, ...]
    policy_version: str
    policy_digest: str

    @property
    def index(self) -> float:
        """Index points, for display."""
        return self.index_micro / MICRO
