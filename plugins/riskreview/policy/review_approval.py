"""Owns who must approve what a review recommends: the matrix of class, exposure and measure, and what makes an approval void."""

from collections.abc import Collection, Sequence
from typing import Self

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Deadline
from riskreview.policy.ladder import LadderRung
from riskreview.policy.risk_terms import ClassWord
from riskreview.policy.roles import Role

MEASURES = (
    "shorten_terms", "cut_limit", "freeze_limit", "raise_limit", "prepayment", "order_hold", "delivery_stop", "transaction_cap", "guarantee",
    "collateral", "credit_insurance", "instalment_plan", "deposit", "enhanced_due_diligence", "visit", "support", "joint_plan",
    "collection", "legal_action", "provision", "exit", "extend_terms",
)  # fmt: skip
"""The ids of the response catalogue; what each of them is stands in ``policies/measures.yaml``."""

DECIDERS = ("credit_manager", "cfo", "executive")
MOST_STEPS = 4


class ApprovalLine(StrictModel):
    """One line of the matrix; every part that is given must fit.

    :param measures: fits when the recommendation has one of them.
    :param steps: the roles that decide each step; each step takes another person.
    """

    classes: tuple[ClassWord, ...] = ()
    exposure_from: float | None = Field(None, gt=0)
    measures: tuple[str, ...] = ()
    steps: tuple[tuple[str, ...], ...] = Field(min_length=1, max_length=MOST_STEPS)

    @field_validator("measures")
    @classmethod
    def _measures_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((name for name in value if name not in MEASURES), None)
        if wrong is not None:
            raise ValueError(f"E-POLICY-MEASURE {wrong} is no measure; the measures are {', '.join(MEASURES)}")
        return value

    @field_validator("steps")
    @classmethod
    def _roles_decide(cls, value: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        wrong = next((role for step in value for role in step if role not in DECIDERS), None)
        if wrong is not None or not all(value):
            raise ValueError(f"E-POLICY-APPROVAL {wrong or 'nobody'} decides no step; it takes {' or '.join(DECIDERS)}")
        return value


class ApprovalPolicy(StrictModel):
    """Who decides, in how many steps, by when, and who hears when it waits. Silence never approves anything.

    :param within: how long an approver has, in the approver's working time.
    """

    within: str = "3wd"
    ladder: tuple[LadderRung, ...] = Field(min_length=1)
    matrix: tuple[ApprovalLine, ...] = Field(min_length=1)

    @field_validator("within")
    @classmethod
    def _readable(cls, value: str) -> str:
        Deadline.parse(value)
        return value

    @model_validator(mode="after")
    def _nothing_falls_through(self) -> Self:
        if not any(not (line.classes or line.exposure_from or line.measures) for line in self.matrix):
            raise ValueError(
                "E-POLICY-GAP the matrix needs a line without conditions, so that every review has an approver"
            )
        return self

    def steps_for(self, risk_class: str, exposure: float, measures: Collection[str]) -> tuple[tuple[str, ...], ...]:
        """Return the roles of each step."""
        return steps_of(self.matrix, risk_class, exposure, measures)


def steps_of(
    matrix: Sequence[ApprovalLine], risk_class: str, exposure: float, measures: Collection[str]
) -> tuple[tuple[str, ...], ...]:
    """Return the roles of each step a matrix asks for: of the lines that fit, the one with the most steps, the first among equals."""
    fitting = [
        line for line in matrix
        if risk_class in (line.classes or (risk_class,)) and exposure >= (line.exposure_from or 0)
        and (not line.measures or set(line.measures) & set(measures))
    ]  # fmt: skip
    return max(fitting, key=lambda line: len(line.steps)).steps


class MaterialChange(StrictModel):
    """What makes an approval void when it changes after the facts were frozen.

    :param exposure_pct: more than so many percent of the frozen exposure, either way; None for never.
    """

    risk_class: bool = True
    exposure_pct: float | None = Field(25, gt=0)
    limit: bool = True
    emergency: bool = True


class Implementation(StrictModel):
    """Who carries out what was approved, in this order, and how long it may take."""

    within: str = "5wd"
    roles: tuple[Role, ...] = Field(min_length=1)

    @field_validator("within")
    @classmethod
    def _readable(cls, value: str) -> str:
        Deadline.parse(value)
        return value
