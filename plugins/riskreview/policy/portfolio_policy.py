"""Owns ``policies/portfolio.yaml``: what a default costs, what is provided for per bucket, and what late payment costs."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.risk_terms import ClassWord, RiskClass

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
BUCKET_NAMES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_91_120", "over_120")


class LossRule(StrictModel):
    """Probability of default per class and loss given default.

    :param pd_by_class_pct: probability of default within twelve months. :param unsecured_lgd_pct: share lost of what nothing
        covers. :param secured_lgd_pct: share lost of what insurance or collateral covers.
    """

    pd_by_class_pct: dict[ClassWord, Percent]
    unsecured_lgd_pct: Percent
    secured_lgd_pct: Percent

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        missing = [word.name for word in RiskClass if word.name not in self.pd_by_class_pct]
        if missing:
            raise ValueError(f"E-POLICY-KEY the class {missing[0]} has no probability of default")
        known = [self.pd_by_class_pct[word.name] for word in RiskClass if word is not RiskClass.unknown]  # type: ignore[index]  # the words are the names
        if known != sorted(known):
            raise ValueError("E-POLICY-OVERLAP a worse class has a lower probability of default than a better one")
        return self


class ProvisionRule(StrictModel):
    """Rates of the provision matrix, and how much the own history weighs against them.

    :param rates_pct: of the balance of each bucket. :param full_credibility_items: items seen leaving a bucket from which its own
        rate counts alone. :param recovery_pct: share of written-off amounts that still comes in. :param forward_factor: what
        is expected to be different from the past, 1 = nothing.
    """

    rates_pct: dict[str, Percent]
    full_credibility_items: int = Field(ge=1)
    recovery_pct: Percent
    forward_factor: float = Field(gt=0, le=5)

    @model_validator(mode="after")
    def _every_bucket(self) -> Self:
        if tuple(self.rates_pct) != BUCKET_NAMES:
            raise ValueError(f"E-POLICY-KEY the rates are for the buckets {', '.join(BUCKET_NAMES)}, in this order")
        if list(self.rates_pct.values()) != sorted(self.rates_pct.values()):
            raise ValueError("E-POLICY-OVERLAP a later bucket has a lower rate than an earlier one")
        return self


class PortfolioPolicy(StrictModel):
    """What a person may set about the portfolio's figures.

    :param dso_months: months of sales behind DSO. :param cost_of_capital_pct: a year's cost of money that is tied up.
    :param migration_months: how far back the migration matrices look.
    :param group_limit: what all members of one group may owe together, in the reporting currency; None = no limit.
    """

    version: str
    loss: LossRule
    provision: ProvisionRule
    dso_months: int = Field(ge=1, le=12)
    cost_of_capital_pct: Percent
    migration_months: tuple[Annotated[int, Field(ge=1, le=60)], ...] = Field(min_length=1)
    group_limit: float | None = Field(None, gt=0, allow_inf_nan=False)


def load_portfolio_policy(instance: Instance) -> PortfolioPolicy:
    """Read ``policies/portfolio.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_policy_file(instance, "portfolio.yaml", PortfolioPolicy)
