"""Owns ``policies/reviews.yaml``: how long a review may take per class, who may decide it, and who hears when it is late.

How often a class is reviewed is the risk policy's (``review_every_months``); who is reviewed more often stands under ``cadence``.
"""

from typing import Self

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Deadline
from riskreview.policy.fiscal import FiscalYear
from riskreview.policy.ladder import LadderRung
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.review_approval import ApprovalPolicy, Implementation, MaterialChange
from riskreview.policy.review_cadence import CadencePolicy
from riskreview.policy.risk_terms import ClassWord

REVIEWED: tuple[ClassWord, ...] = ("unknown", "medium", "high", "critical", "default")
"""Classes under scheduled review; ``low`` is watched by its signals alone, ``unknown`` counts when there is exposure, or when it is not known for want of a rate."""


class ClassLadder(StrictModel):
    """The ladder of reviews of some classes."""

    classes: tuple[ClassWord, ...] = Field(min_length=1)
    rungs: tuple[LadderRung, ...] = Field(min_length=1)


class ReviewPolicy(StrictModel):
    """What a person may set about reviews.

    :param fiscal_year_starts: month and day the fiscal year begins on, such as 04-06; quarters and half-years follow it.
    :param calendars_ahead_days: how many days ahead every calendar in use must be known; else an alarm is raised.
    :param spread_from: working days after opening before which no review is made due.
    :param due_within: working days after opening until a review is due, per class; where its owner has no room that day, it is due sooner.
    :param event_due_within: the same for a review that an event opened.
    :param ladder: who is reminded and who hears of a late review; the first of ``ladders`` that names a class counts instead.
    :param information_within: how long a person asked for information has.
    :param handover_after_days: a review whose owner stays away for longer goes to the deputy.
    :param event_from: the least class whose worsening opens a review at once.
    """

    version: str
    fiscal_year_starts: str = "01-01"
    calendars_ahead_days: int = Field(60, ge=1, le=400)
    cadence: CadencePolicy = CadencePolicy()
    spread_from: int = Field(3, ge=0, le=60)
    due_within: dict[ClassWord, str]
    event_due_within: str = "5wd"
    event_from: ClassWord = "high"
    ladder: tuple[LadderRung, ...] = Field(min_length=1)
    ladders: tuple[ClassLadder, ...] = ()
    approval: ApprovalPolicy
    material: MaterialChange = MaterialChange()  # type: ignore[call-arg]  # all defaulted
    implementation: Implementation
    information_within: str = "3wd"
    suspend_longest_days: int = Field(90, ge=1, le=400)
    handover_after_days: int = Field(3, ge=0, le=60)

    @field_validator("fiscal_year_starts", mode="before")
    @classmethod
    def _month_alone(cls, value: object) -> object:
        """Read what the file's first version said: the number of the month."""
        return f"{value:02d}-01" if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("fiscal_year_starts")
    @classmethod
    def _day_of_every_year(cls, value: str) -> str:
        FiscalYear.parse(value)
        return value

    @field_validator("due_within")
    @classmethod
    def _readable(cls, value: dict[ClassWord, str]) -> dict[ClassWord, str]:
        missing = [name for name in REVIEWED if name not in value]
        if missing:
            raise ValueError(f"E-POLICY-CADENCE the class {missing[0]} has no time limit")
        for text in value.values():
            _working_days(text)
        return value

    @model_validator(mode="after")
    def _room_to_spread(self) -> Self:
        _working_days(self.event_due_within)
        _working_days(self.information_within)
        shortest = min(_working_days(text) for text in self.due_within.values())
        if shortest <= self.spread_from:
            raise ValueError(
                f"E-POLICY-CADENCE a review is due within {shortest} days, spreading starts after {self.spread_from}"
            )
        return self

    def days_for(self, risk_class: ClassWord) -> int:
        """Return the working days a periodic review of this class may take."""
        return _working_days(self.due_within.get(risk_class, self.due_within["medium"]))

    def ladder_for(self, risk_class: ClassWord) -> tuple[LadderRung, ...]:
        """Return the ladder of reviews of this class."""
        return next((line.rungs for line in self.ladders if risk_class in line.classes), self.ladder)

    @property
    def fiscal_year(self) -> FiscalYear:
        """The fiscal calendar."""
        return FiscalYear.parse(self.fiscal_year_starts)

    @property
    def event_days(self) -> int:
        """Working days a review opened by an event may take."""
        return _working_days(self.event_due_within)


def load_review_policy(instance: Instance) -> ReviewPolicy:
    """Read ``policies/reviews.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_policy_file(instance, "reviews.yaml", ReviewPolicy)


def _working_days(text: str) -> int:
    found = Deadline.parse(text)
    if found.unit != "wd":
        raise ValueError(f"E-POLICY-CADENCE {text} is not in working days; write 10wd")
    return found.amount
