"""Owns what the policy says about the layers of a class beside index and hard rules: model, group, opinion, and how long it holds."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.risk_terms import ClassWord, RiskClass, Text

SHORTER_WHEN_WORSE: tuple[ClassWord, ...] = ("low", "medium", "high", "critical", "default")


class Validity(StrictModel):
    """How many days an assessment may be relied on, counted from the last evaluation on fresh data.

    Afterwards it reads as ``unknown``; it never makes anything milder.
    """

    low: int = Field(ge=1, le=400, strict=True)
    medium: int = Field(ge=1, le=400, strict=True)
    high: int = Field(ge=1, le=400, strict=True)
    critical: int = Field(ge=1, le=400, strict=True)
    default: int = Field(ge=1, le=400, strict=True)
    unknown: int = Field(ge=1, le=400, strict=True)

    @model_validator(mode="after")
    def _worse_is_looked_at_sooner(self) -> Self:
        days = [int(getattr(self, word)) for word in SHORTER_WHEN_WORSE]
        if days != sorted(days, reverse=True):
            raise ValueError("E-POLICY-VALIDITY a worse class is relied on for longer than a better one")
        return self

    @property
    def by_code(self) -> tuple[int, ...]:
        """The days by the code of the class."""
        return tuple(int(getattr(self, word.name)) for word in RiskClass)


class Layer(StrictModel):
    """A layer that may decide the class. ``code`` is what stored assessments carry and is never used again."""

    code: int = Field(ge=110, le=199, strict=True)
    text: Text


class ModelLayer(Layer):
    """The credit model.

    :param exit_grades: how many grades better than the worst grade of the next better class a customer must be to leave a class.
    """

    exit_grades: int = Field(ge=0, le=5, strict=True)


class GroupCap(Layer):
    """A customer is not better than its parent.

    :param worst: the worst class the parent can give; what is worse takes the customer's own figures or a rule.
    """

    worst: ClassWord


class Layers(StrictModel):
    """The layers beside the index and the rules."""

    model: ModelLayer
    group_cap: GroupCap
    opinion: Layer

    @property
    def all(self) -> tuple[Layer, ...]:
        """Every layer."""
        return (self.model, self.group_cap, self.opinion)


class ExplanationPolicy(StrictModel):
    """What an explanation may ask for.

    :param fixed: indicators nobody can change by acting: they are never named as a way back.
    """

    fixed: tuple[Annotated[str, Field(pattern=r"^[FPTMCE][1-9][0-9]?$")], ...] = ()
