"""Owns ``policies/screening.yaml``: which lists are screened, what counts as a possible match, who may decide it alone."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.risk_terms import Text

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
ListFormat = Literal["ofac", "un", "eu", "table"]


class SanctionsList(StrictModel):
    """One list.

    :param folder: below the instance's ``lists`` folder; a list without files there is not used. :param max_age_days: after so many
        days without a new version compliance is told.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    title: Text
    format: ListFormat
    max_age_days: int = Field(ge=1)


class ScreeningPolicy(StrictModel):
    """What a person may set about screening.

    :param kinds: what is compared with customers. :param possible_from: likeness of names from which a match is possible; ``person_possible_from``
        for listed persons. :param other_country: taken off when the list names countries and the customer's is none of them.
    :param two_persons_from: likeness from which one person of compliance cannot dismiss a match alone; so it is with an equal number.
    """

    version: str
    lists: tuple[SanctionsList, ...]
    kinds: tuple[Literal["entity", "person", "vessel", "aircraft"], ...] = Field(min_length=1)
    possible_from: Share
    person_possible_from: Share
    other_country: Share
    two_persons_from: Share

    @model_validator(mode="after")
    def _each_list_once(self) -> Self:
        ids = [item.id for item in self.lists]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"E-POLICY-OVERLAP the list {twice} is named twice")
        return self


def load_screening_policy(instance: Instance) -> ScreeningPolicy:
    """Read ``policies/screening.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_policy_file(instance, "screening.yaml", ScreeningPolicy)
