"""Owns who must approve what a review recommends, in how many steps, and who hears when it waits."""

from pydantic import Field, field_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Deadline
from riskreview.policy.ladder import LadderRung


class ApprovalPolicy(StrictModel):
    """Time and ladder of a decision.

    :param within: how long an approver has, in the approver's working time.
    """

    within: str = "3wd"
    ladder: tuple[LadderRung, ...] = Field(min_length=1)

    @field_validator("within")
    @classmethod
    def _readable(cls, value: str) -> str:
        Deadline.parse(value)
        return value
