"""Owns ``policies/training.yaml``: the compliance courses, who must take them, how long they are valid, and who is reminded."""

from typing import Self

from pydantic import Field, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.ladder import LadderRung
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.risk_terms import Text
from riskreview.policy.roles import Role
from riskreview.policy.team import Person


class Course(StrictModel):
    """One course.

    :param roles: who must take it; nobody named means everybody.
    :param first_within_days: how long a person has who must take it for the first time.
    :param mandatory: whoever must take it cannot approve once it lapsed.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    title: Text
    roles: tuple[Role, ...] = ()
    valid_months: int = Field(12, ge=1, le=120)
    first_within_days: int = Field(30, ge=1, le=400)
    mandatory: bool = True

    def is_for(self, person: Person) -> bool:
        """Tell whether a person must take the course."""
        return not self.roles or bool(set(self.roles) & set(person.roles))


class TrainingPolicy(StrictModel):
    """The whole file."""

    version: str
    courses: tuple[Course, ...] = ()
    renew_before_days: int = Field(30, ge=1, le=400)
    ladder: tuple[LadderRung, ...] = ()

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        ids = [course.id for course in self.courses]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"E-POLICY-DUPLICATE the course {twice} is there twice")
        return self

    def course(self, course_id: str) -> Course | None:
        """Return a course by id, else None."""
        return next((course for course in self.courses if course.id == course_id), None)


def load_training_policy(instance: Instance) -> TrainingPolicy:
    """Read ``policies/training.yaml`` of an instance, else the shipped one, which has no course.

    :raises BadInput: naming the line that is wrong.
    """
    return load_policy_file(instance, "training.yaml", TrainingPolicy)
