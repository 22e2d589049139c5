"""Owns what one indicator, dimension, class and rule of the risk policy may say."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.datasets import DATASETS
from riskreview.policy.risk_terms import Alternative, Amount, ClassWord, Direction, Number, Sentence, Text
from riskreview.policy.roles import Role

Unit = Literal[
    "days", "percent", "ratio", "times", "probability", "count", "score", "grade", "class", "state", "months"
]
MissingRule = Literal["neutral", "not_applicable"]


def _weight(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 100:
        raise ValueError(f"E-POLICY-WEIGHT points must be a number above 0 and at most 100, found {value!r}")
    return float(value)


class Materiality(StrictModel):
    """Below these amounts (reporting currency) a breach does not count.

    ``item_*`` apply to a single open item while the indicator is measured; the others to the customer's totals while it is
    judged. Shares are percent of the customer's exposure.
    """

    item_amount: Amount = 0
    item_share_pct: Amount = 0
    overdue_amount: Amount = 0
    overdue_share_pct: Amount = 0
    exposure_amount: Amount = 0


class Gate(StrictModel):
    """An indicator that only speaks when another one has reached a value."""

    indicator: str
    at_least: Number


class Dimension(StrictModel):
    """A family of indicators. ``points`` is its share of the 100; a ``core`` dimension must be known for a good class."""

    id: str = Field(pattern=r"^[a-z_]{3,30}$")
    name: Text
    points: float
    core: bool = False

    _points = field_validator("points", mode="before")(_weight)


class Indicator(StrictModel):
    """One figure per customer with its two lines.

    :param direction: the direction that is bad.
    :param grace_days: days an item may be late before it counts as late.
    :param min_history: what must be known before the figure is computed; otherwise it is missing.
    :param missing: ``neutral`` lowers the dimension's coverage, ``not_applicable`` takes the indicator out of the dimension;
        ``missing_why`` says why.
    :param sources: data sets it is computed from; where it is missing, what has to be delivered.
    :param max_age_days: facts that are older do not count; ``min_count``: with fewer observations it is missing.
    :param meanings: what a state, a grade of a rating or a code of a checklist means; a number where nothing is said.
    :param ages_with: data sets without whose deliveries the figure gets worse merely because time passes; while one of them is
        late or held, the figure of the last assessment stays.
    :param requires: judged only when another indicator has reached a value; missing when that one is missing.
    """

    id: str = Field(pattern=r"^[FPTMCE][1-9][0-9]?$")
    dimension: str
    name: Text
    formula: Text
    sentence: Sentence
    unit: Unit
    direction: Direction
    warning: Number
    alarm: Number
    points: float
    grace_days: int = Field(0, ge=0, le=90, strict=True)
    materiality: Materiality = Field(default_factory=Materiality)
    sources: tuple[str, ...] = ()
    max_age_days: int = Field(0, ge=0, le=3650, strict=True)
    min_count: int = Field(0, ge=0, le=10_000, strict=True)
    min_history: Text | None = None
    missing: MissingRule = "neutral"
    missing_why: Text | None = None
    meanings: dict[str, Text] = Field(default_factory=dict)
    requires: Gate | None = None
    ages_with: tuple[str, ...] = ()

    @field_validator("ages_with", "sources")
    @classmethod
    def _datasets_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((name for name in value if name not in DATASETS), None)
        if wrong is not None:
            raise ValueError(f"E-POLICY-KEY {wrong} is no data set")
        return value

    _points = field_validator("points", mode="before")(_weight)

    @model_validator(mode="after")
    def _lines_in_order(self) -> Self:
        if self.warning == self.alarm or (self.direction == "up") != (self.warning < self.alarm):
            raise ValueError(
                f"E-POLICY-DIRECTION {self.id} goes bad {self.direction}, so its alarm line must lie beyond its warning line"
            )
        if self.unit == "days" and self.direction == "up" and self.warning <= self.grace_days:
            raise ValueError(f"E-POLICY-LINE {self.id} would warn inside its own grace of {self.grace_days} days")
        return self


class ClassLine(StrictModel):
    """From where to where on the index a class reaches, where it is left, and how often its customers are reviewed.

    ``default`` has no lines on the index: only a hard rule leads there.
    """

    id: Literal["low", "medium", "high", "critical", "default"]
    name: Text
    start: Number | None = Field(None, alias="from")
    end: Number | None = Field(None, alias="to")
    exit: Number | None = None
    exit_days: int | None = Field(
        None, ge=1, le=3650, strict=True, description="longer stay before relaxation than the general one"
    )
    leaves_by_closure: bool = Field(
        False, description="left only once two people closed the matter, after its probation"
    )
    review_every_months: int
    strategy: Text

    @field_validator("review_every_months", mode="before")
    @classmethod
    def _sane_cadence(cls, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 36:
            raise ValueError(f"E-POLICY-CADENCE a cadence is a whole number of months from 1 to 36, found {value!r}")
        return value


class Relaxation(StrictModel):
    """How a class gets better: that many evaluations below its exit line in a row, over at least that many days, one class at a time."""

    evaluations: int = Field(ge=1, le=20, strict=True)
    days: int = Field(ge=0, le=3650, strict=True)


class HardRule(StrictModel):
    """A minimum class that no index can undercut. ``code`` is what stored assessments carry and is never used again.

    :param closure_by: who alone may propose that a default is over which this rule led to; empty for whoever may propose closures.
    """

    id: str = Field(pattern=r"^[a-z0-9_]{3,40}$")
    code: int = Field(ge=1, le=99, strict=True)
    minimum: ClassWord
    when: tuple[Alternative, ...] = Field(min_length=1)
    text: Text
    closure_by: tuple[str, ...] = ()

    def asks_for(self, indicator_id: str) -> bool:
        """Tell whether one of its conditions is about an indicator."""
        return any(condition.indicator == indicator_id for one in self.when for condition in one.all)


class DimensionRule(StrictModel):
    """A single disaster is not diluted: so much of one dimension's points leads to at least this class."""

    code: int = Field(ge=100, le=199, strict=True)
    share_pct: Number = Field(gt=0, le=100)
    minimum_points: Number = Field(ge=0, description="dimensions with fewer points in the policy are left out")
    minimum: ClassWord
    text: Text


class AlarmRule(StrictModel):
    """So many alarms in so many dimensions lead to at least this class."""

    code: int = Field(ge=100, le=199, strict=True)
    alarms: int = Field(ge=1, strict=True)
    dimensions: int = Field(ge=1, strict=True)
    minimum: ClassWord
    text: Text


class InsufficientRule(StrictModel):
    """What happens when too little is known.

    :param coverage_pct: below it a dimension counts as neutral.
    :param neutral_share_pct: share of its points a neutral dimension gets at least.
    :param unknown_pct: below this coverage over all core dimensions nothing is known and the class is ``unknown``.
    :param minimum: the best class when a core dimension is neutral.
    """

    code: int = Field(ge=100, le=199, strict=True)
    coverage_pct: Number = Field(gt=0, le=100)
    neutral_share_pct: Number = Field(ge=0, le=100)
    unknown_pct: Number = Field(ge=0, le=100)
    minimum: ClassWord
    text: Text


class Dormancy(StrictModel):
    """Who has traded, has not done so for so many days and leaves less than so much unpaid is dormant.

    :param after_days: days without an order, at most the three years of orders that are read.
    :param exposure_below: in the reporting currency; who owes as much is judged like anybody else.
    :param not_over: indicators that count as within their lines for the dormant: what they tell of is known and past.
    :param not_missing: indicators that do not apply to the dormant where they are missing: without business there is nothing to measure.
    """

    after_days: int = Field(ge=180, le=1000, strict=True)
    exposure_below: Amount
    not_over: tuple[str, ...] = ()
    not_missing: tuple[str, ...] = ()
    text: Text


class SignalRule(StrictModel):
    """A finding that is more than one indicator over its line.

    :param when: judged on the assessment; empty for rules that come from another source.
    :param shows: indicator whose value and line the signal shows.
    :param audience: roles whose person on duty is told.
    """

    id: str = Field(pattern=r"^[a-z_]{3,40}$")
    source: Literal["assessment", "contradictions", "feeds"] = "assessment"
    severity: Literal["warning", "alarm", "emergency"]
    when: tuple[Alternative, ...] = ()
    shows: str | None = None
    audience: tuple[Role, ...] = Field(min_length=1)
    title: Text

    @model_validator(mode="after")
    def _has_conditions(self) -> Self:
        if (self.source == "assessment") != bool(self.when):
            raise ValueError(f"E-POLICY-EXPR {self.id} needs conditions if and only if it is judged on the assessment")
        return self


class SignalPolicy(StrictModel):
    """When a signal ends and who is told one by one rather than in a digest."""

    clear_margin_pct: Number = Field(ge=0, le=50)
    notify_alarms_from_class: ClassWord
    indicator_audience: tuple[str, ...] = Field(min_length=1)
    rules: tuple[SignalRule, ...]


class Capacity(StrictModel):
    """How many customers the reviewers can take in the upper classes, in percent of the portfolio."""

    critical_pct: Number = Field(gt=0, le=100)
    high_pct: Number = Field(gt=0, le=100)
