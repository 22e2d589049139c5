"""Owns ``policies/measures.yaml``: the response catalogue, what is proposed for each class, and how a credit limit is found."""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.policy.calendars import Deadline
from riskreview.policy.review_approval import MEASURES
from riskreview.policy.risk_terms import Amount, ClassWord, Text
from riskreview.policy.roles import Role

Effect = Literal["constrains", "relaxes", "supports"]
ParameterName = Literal["amount", "days", "share_pct", "stage"]
PARAMETERS: tuple[ParameterName, ...] = get_args(ParameterName)
AmountSource = Literal["limit_formula", "exposure", "overdue", "unsecured", "expected_loss", "month_of_purchases"]
DimensionWord = Literal["payment", "financial", "transaction", "industry", "compliance", "relationship"]
Aim = Literal[
    "know_more", "stabilize", "secure", "stop_growth", "reduce_exposure", "collect", "recognize_loss", "end", "grow"
]
Spared = Literal["delivered", "prepaid"]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
PROPOSERS = ("risk_owner", "account_owner", "credit_manager")
HOLDS = "hold"
"""The field of measures that keep goods back."""


class Bounds(StrictModel):
    """The least and the most a parameter may be.

    :param usual: what it is where nobody says anything; amounts have a source instead.
    """

    least: Amount
    most: Amount | None = None
    usual: Amount | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        most = float("inf") if self.most is None else self.most
        if not self.least <= (self.least if self.usual is None else self.usual) <= most:
            raise ValueError(f"E-MEASURE-BOUNDS what is usual lies between {self.least:g} and {most:g}")
        return self


class MeasureKind(StrictModel):
    """One entry of the response catalogue.

    :param field: what it acts on; two measures of one field contradict each other.
    :param severity: order of harm, 1 = least.
    :param parameters: what must be said of such a measure: ``amount`` in the reporting currency, ``days``, ``share_pct``, ``stage``.
    :param compared_with: it must be below (relaxing: above) what the customer has now.
    :param sales_at_risk_pct: share of the customer's sales such a measure may cost.
    :param spares: what a measure that keeps goods back never touches.
    :param reversal: what undoes it; None where it ends by itself.
    """

    id: str = Field(pattern=r"^[a-z][a-z_]{2,39}$")
    name: Text
    effect: Effect
    field: str = Field(pattern=r"^[a-z][a-z_]{2,39}$")
    severity: int = Field(ge=1, le=10, strict=True)
    aims: tuple[Aim, ...] = Field(min_length=1)
    parameters: dict[ParameterName, Bounds] = Field(default_factory=dict)
    amount_from: AmountSource | None = None
    compared_with: Literal["limit", "terms"] | None = None
    sales_at_risk_pct: Percent = 0
    spares: tuple[Spared, ...] = ()
    propose: tuple[Role, ...] = PROPOSERS
    implement: tuple[Role, ...] = Field(min_length=1)
    implement_within: str = "5wd"
    lasts_days: int = Field(92, ge=1, le=1100, strict=True)
    longest_days: int = Field(366, ge=1, le=3660, strict=True)
    reversal: Text | None = None
    evidence: Text

    @field_validator("implement_within")
    @classmethod
    def _readable(cls, value: str) -> str:
        Deadline.parse(value)
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.lasts_days > self.longest_days:
            raise ValueError(
                f"E-MEASURE-DURATION {self.id} lasts {self.lasts_days} days and may last {self.longest_days}"
            )
        if self.field == HOLDS and set(self.spares) != set(get_args(Spared)):
            raise ValueError(f"E-MEASURE-SELF-HARM {self.id} must spare delivered and prepaid goods")
        if (self.amount_from is not None) != ("amount" in self.parameters):
            raise ValueError(f"E-MEASURE-AMOUNT {self.id} needs amount_from if and only if it has an amount")
        return self

    @property
    def relaxes(self) -> bool:
        """Tell whether it makes anything easier for the customer."""
        return self.effect == "relaxes"


class StrategyLine(StrictModel):
    """One measure proposed for a class, with the parameters no formula gives.

    :param terms_pct: the new payment terms in per cent of the present ones.
    :param points_from: index points of dimensions from which it is proposed.
    """

    kind: str
    share_pct: Percent | None = None
    stage: int | None = Field(None, ge=1, le=9)
    days: int | None = Field(None, ge=0, le=730)
    terms_pct: Percent | None = None
    exposure_from: Amount = 0
    overdue_from: Amount = 0
    points_from: dict[DimensionWord, Amount] = Field(default_factory=dict)


class HistoryStep(StrictModel):
    """From which pay index on the cleared balance counts with which factor."""

    pay_index_from: Percent
    factor: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class LimitRule(StrictModel):
    """The terms of the credit limit; amounts in the reporting currency."""

    capacity_pct: dict[ClassWord, Percent]
    need_headroom_pct: Annotated[float, Field(ge=0, le=500, allow_inf_nan=False)] = 20
    standard_terms_days: int = Field(30, ge=0, le=365)
    history: tuple[HistoryStep, ...] = Field(min_length=1)
    history_from_months: int = Field(6, ge=1, le=60)
    class_factor: dict[ClassWord, Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]]
    single_name_pct: Percent = 10
    round_to: int = Field(1000, ge=1)

    @model_validator(mode="after")
    def _every_class(self) -> Self:
        for named in (self.capacity_pct, self.class_factor):
            missing = [word for word in get_args(ClassWord) if word not in named]
            if missing:
                raise ValueError(f"E-POLICY-KEY the class {missing[0]} is missing in the limit rule")
        steps = [step.pay_index_from for step in self.history]
        if steps != sorted(steps, reverse=True) or steps[-1] != 0:
            raise ValueError("E-POLICY-OVERLAP the pay index steps of the limit rule go down to 0")
        return self


class EffectRule(StrictModel):
    """When the effect of measures is measured, and with how many untreated customers it is compared at least."""

    after_days: tuple[Annotated[int, Field(ge=1, le=1100)], ...] = (30, 90, 180)
    least_peers: int = Field(20, ge=2)


class MeasurePolicy(StrictModel):
    """The response catalogue and what is done with it."""

    version: str
    kinds: tuple[MeasureKind, ...] = Field(min_length=1)
    strategy: dict[ClassWord, tuple[StrategyLine, ...]]
    limit: LimitRule
    preapproved: tuple[str, ...] = ()
    renewal_notice_days: int = Field(14, ge=1, le=120)
    effect: EffectRule = EffectRule()  # type: ignore[call-arg]  # all defaulted

    @model_validator(mode="after")
    def _complete(self) -> Self:
        ids = [kind.id for kind in self.kinds]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"E-MEASURE-DUPLICATE {twice} is in the catalogue twice")
        strange = next((name for name in ids if name not in MEASURES), None)
        lacking = next((name for name in MEASURES if name not in ids), None)
        if strange or lacking:
            raise ValueError(
                f"E-MEASURE-KIND the catalogue {f'has the unknown {strange}' if strange else f'lacks {lacking}'}"
            )
        for name in self.preapproved:
            if name not in ids or self.kind(name).effect == "relaxes":
                raise ValueError(f"E-MEASURE-PREAPPROVED {name} cannot be approved beforehand")
        return self

    @model_validator(mode="after")
    def _strategies_fit(self) -> Self:
        known = {kind.id: kind for kind in self.kinds}
        for word in get_args(ClassWord):
            lines = self.strategy.get(word)
            if lines is None:
                raise ValueError(f"E-POLICY-KEY the class {word} has no strategy; write [] for none")
            for line in lines:
                if line.kind not in known or known[line.kind].relaxes:
                    raise ValueError(f"E-MEASURE-STRATEGY {line.kind} is no measure that may be proposed by itself")
                _check_given(line, known[line.kind], word)
            fields = [known[line.kind].field for line in lines]
            both = next((name for name in fields if fields.count(name) > 1), None)
            if both is not None:
                raise ValueError(f"E-MEASURE-CONFLICT the strategy for {word} has two measures of {both}")
        return self

    @cached_property
    def _by_id(self) -> dict[str, MeasureKind]:
        return {kind.id: kind for kind in self.kinds}

    def kind(self, name: str) -> MeasureKind:
        """Return one kind; KeyError when the catalogue has none of that id."""
        return self._by_id[name]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical text."""
        body = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(body.encode()).hexdigest()


def _check_given(line: StrategyLine, kind: MeasureKind, word: str) -> None:
    given = {"days": line.days, "share_pct": line.share_pct, "stage": line.stage}
    named = [name for name, value in given.items() if value is not None] + ["days"] * (line.terms_pct is not None)
    strange = next((name for name in named if name not in kind.parameters), None)
    if strange is not None:
        raise ValueError(
            f"E-MEASURE-STRATEGY the strategy for {word} gives {kind.id} {strange}, which is no parameter of it"
        )
    for name, bounds in kind.parameters.items():
        value = given.get(name)
        if value is not None and not bounds.least <= value <= (float("inf") if bounds.most is None else bounds.most):
            raise ValueError(
                f"E-MEASURE-STRATEGY the strategy for {word} gives {kind.id} {name} {value:g}, out of its bounds"
            )


def load_measure_policy(instance: Instance) -> MeasurePolicy:
    """Read ``policies/measures.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_yaml(instance.configuration_file("policies", "measures.yaml"), MeasurePolicy)
