"""Owns how often a customer is reviewed, as a person writes it: by class, by exposure, after an event, counted from where."""

from typing import Literal, Self

from pydantic import Field, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.risk_terms import ClassWord

Anchor = Literal["fixed", "last_completed"]


class CloserRule(StrictModel):
    """One reason to review more often than the class alone asks for; every part that is given must fit.

    :param classes: the classes it is for; empty for all, ``low`` included.
    :param exposure_from: in the reporting currency.
    :param after_events: signal rules; fits for ``for_months`` after one of them was an emergency.
    """

    classes: tuple[ClassWord, ...] = ()
    exposure_from: float | None = Field(None, gt=0)
    after_events: tuple[str, ...] = ()
    for_months: int | None = Field(None, ge=1, le=60)
    every_months: int = Field(ge=1, le=36)

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if bool(self.after_events) != (self.for_months is not None):
            raise ValueError(
                "E-POLICY-CADENCE after_events and for_months belong together: which events, and for how long"
            )
        if not (self.exposure_from or self.after_events):
            raise ValueError(
                "E-POLICY-CADENCE name exposure_from or after_events; the class alone is the risk policy's"
            )
        return self


class OverrideRule(StrictModel):
    """What a person may set for one customer.

    :param tighter_needs_two: a more frequent review needs a second person too; a rarer one always does.
    """

    longest_days: int = Field(365, ge=1, le=1100)
    tighter_needs_two: bool = False


class CadencePolicy(StrictModel):
    """How often and counted from where.

    :param anchor: ``fixed`` counts the periods of the fiscal calendar; ``last_completed`` from the day the last review was closed.
    :param event_review_counts: a review an event opened stands for the periodic one of its period, or starts the count anew.
    """

    anchor: Anchor = "fixed"
    event_review_counts: bool = False
    closer: tuple[CloserRule, ...] = ()
    override: OverrideRule = OverrideRule()  # type: ignore[call-arg]  # all defaulted
