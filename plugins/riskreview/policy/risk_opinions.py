"""Owns what the policy says about people's opinions on a class: who may hold one, for which reasons, how far and for how long."""

from typing import Literal, Self

from pydantic import Field, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Deadline
from riskreview.policy.ladder import LadderRung
from riskreview.policy.risk_terms import Amount, ClassWord, Text
from riskreview.policy.roles import Role

KindWord = Literal["worse", "better", "ring_fence", "closure"]
KINDS: tuple[KindWord, ...] = ("worse", "better", "ring_fence", "closure")
"""What a person may say of a customer: worse or better than the figures, not bound to its parent, a default is over."""

NEEDS_TWO: frozenset[KindWord] = frozenset({"better", "ring_fence", "closure"})
"""What makes a customer look better takes a second person of higher rank, whatever the policy says; the database insists too."""


class OpinionKind(StrictModel):
    """Who may propose and decide one kind, and for how many days it holds at the longest."""

    propose: tuple[Role, ...] = Field(min_length=1)
    approve: tuple[Role, ...] = Field(min_length=1)
    four_eyes: bool = True
    holds_days: int = Field(ge=1, le=1100, strict=True)


class OpinionReason(StrictModel):
    """One entry of the closed list of reasons.

    :param kinds: what it may be given for.
    :param probation_days: for a closure: days the customer still stays in the class after it.
    """

    id: str = Field(pattern=r"^[a-z_]{3,40}$")
    kinds: tuple[KindWord, ...] = Field(min_length=1)
    name: Text
    probation_days: int | None = Field(None, ge=0, le=3650, strict=True)

    @model_validator(mode="after")
    def _closures_have_a_probation(self) -> Self:
        if ("closure" in self.kinds) != (self.probation_days is not None):
            raise ValueError(f"E-POLICY-OPINION {self.id} needs probation_days if and only if it closes a default")
        return self


class TrackRecord(StrictModel):
    """How opinions are judged by what became of the customers.

    :param after_months: months after which the class without the opinion is compared.
    :param rate_warning_pct: share of customers under opinions in a quarter that deserves attention; ``rate_alarm_pct`` that is too much.
    :param better_to_worse: more opinions to the better for one to the worse than this deserve attention.
    """

    after_months: int = Field(ge=1, le=60, strict=True)
    rate_warning_pct: Amount
    rate_alarm_pct: Amount
    better_to_worse: Amount


class OpinionPolicy(StrictModel):
    """Everything about opinions.

    :param bound: classes an opinion may move the class; never beyond a rule's minimum.
    :param worst: the worst class an opinion leads to; further leads a rule only.
    :param ranks: roles in rising rank.
    :param decide_within: working time in which a proposal is decided; ``ladder`` tells who hears when it is not.
    """

    bound: int = Field(ge=1, le=2, strict=True)
    worst: ClassWord
    ranks: tuple[Role, ...] = Field(min_length=2)
    decide_within: str
    ladder: tuple[LadderRung, ...] = Field(min_length=1)
    kinds: dict[KindWord, OpinionKind]
    reasons: tuple[OpinionReason, ...] = Field(min_length=1)
    track_record: TrackRecord

    @model_validator(mode="after")
    def _complete(self) -> Self:
        Deadline.parse(self.decide_within)
        for kind in KINDS:
            if kind not in self.kinds:
                raise ValueError(f"E-POLICY-OPINION the kind {kind} is missing")
            if kind in NEEDS_TWO and not self.kinds[kind].four_eyes:
                raise ValueError(f"E-POLICY-OPINION {kind} makes a customer look better and needs four_eyes: true")
            if not any(kind in reason.kinds for reason in self.reasons):
                raise ValueError(f"E-POLICY-OPINION no reason may be given for {kind}")
        ids = [reason.id for reason in self.reasons]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"E-POLICY-DUPLICATE the reason {twice} is defined twice")
        return self

    def reason(self, reason_id: str) -> OpinionReason | None:
        """Return a reason by id, None when the list has none of that id."""
        return next((reason for reason in self.reasons if reason.id == reason_id), None)

    def rank_of(self, roles: tuple[str, ...]) -> int:
        """Return the rank of somebody with these roles, -1 without any of the ranked ones."""
        return max((place for place, role in enumerate(self.ranks) if role in roles), default=-1)
