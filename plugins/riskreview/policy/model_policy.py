"""Owns ``policies/models.yaml``: how models are built, judged and promoted."""

from typing import Self

from pydantic import Field, model_validator

from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.risk_terms import Number
from riskreview.policy.roles import Role

FILE = "models.yaml"


class Bins(StrictModel):
    """Limits of the bins of a characteristic.

    :param empty_cell: what a cell without goods or bads counts (Laplace).
    :param rounding_pct: rows that rounding a split may move to its other side.
    :param missing_p: missing figures have a bin of their own when their bads differ from the rest at this level.
    """

    least_share_pct: Number = Field(gt=0, le=20)
    least_share_large_pct: Number = Field(gt=0, le=20)
    large_rows: int = Field(ge=100, strict=True)
    least_bads: int = Field(ge=1, strict=True)
    most: int = Field(ge=2, le=20, strict=True)
    empty_cell: Number = Field(gt=0, le=1)
    rounding_pct: Number = Field(ge=0, le=5)
    missing_p: Number = Field(gt=0, le=0.2)

    def least_share(self, rows: int) -> float:
        """Return the share of rows a bin must hold."""
        return (self.least_share_large_pct if rows >= self.large_rows else self.least_share_pct) / 100.0


class Selection(StrictModel):
    """Which characteristics stay, and which are named as possible leaks.

    :param leak_auc: a column that reaches it alone knows the outcome, and nothing is trained; 1 allows all.
    :param least_points: points between the best and the worst bin that a characteristic must make.
    """

    least_iv: Number = Field(ge=0)
    least_points: Number = Field(ge=0)
    leak_iv: Number = Field(gt=0)
    leak_auc: Number = Field(0.98, gt=0.5, le=1)


class Regression(StrictModel):
    """The logistic regression."""

    penalty: Number = Field(gt=0)
    rounding_auc: Number = Field(gt=0, le=0.05)


class FewBads(StrictModel):
    """What is built when there are few bads."""

    no_model_below: int = Field(ge=10, strict=True)
    pooled_below: int = Field(ge=10, strict=True)
    isotonic_from: int = Field(ge=50, strict=True)
    confidence_pct: Number = Field(gt=50, lt=100)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.pooled_below < self.no_model_below:
            raise ValueError("E-POLICY-LINE a pooled model would need fewer bads than no model at all")
        return self


class Challenger(StrictModel):
    """Boosted trees: how many, how large, and how many bags of them are averaged."""

    rounds: int = Field(ge=1, le=2000, strict=True)
    learning_rate: Number = Field(gt=0, le=1)
    leaves: int = Field(ge=2, le=64, strict=True)
    least_rows: int = Field(ge=1, strict=True)
    penalty: Number = Field(ge=0)
    features_pct: Number = Field(gt=0, le=100)
    bags: int = Field(1, ge=1, le=20, strict=True)
    bag_pct: Number = Field(100, gt=10, le=100)


class Scoring(StrictModel):
    """When a customer is judged at all."""

    least_known_pct: Number = Field(gt=0, le=100)
    floor_pct: Number = Field(ge=0, le=1)


class Limits(StrictModel):
    """A warning and an alarm."""

    warning: Number
    alarm: Number


class Range(StrictModel):
    """From where to where."""

    start: Number = Field(alias="from")
    end: Number = Field(alias="to")


class Gates(StrictModel):
    """When a back-test warns or alarms."""

    auc_drop: Limits
    p_value: Limits
    slope: Range
    psi: Limits
    least_bads: int = Field(ge=1, strict=True)


class Promotion(StrictModel):
    """Who makes a model the champion."""

    four_eyes: bool
    proposers: tuple[Role, ...] = Field(min_length=1)
    approvers: tuple[Role, ...] = Field(min_length=1)
    auc_gain: Number = Field(ge=0)


class History(StrictModel):
    """How the instance's own past becomes rows to learn from.

    :param most_rows: of a portfolio whose snapshots are more, a part of the customers is learned from, each with all its snapshots. A file
        without it means the shipped number.
    :param known_within_days: an assessment that knew facts of later than so many days after its date is not learned from.
    :param latest_share_pct: share of the snapshots, the newest ones, that are kept apart for evaluation.
    """

    every_months: int = Field(ge=1, le=12, strict=True)
    outcome_months: int = Field(ge=1, le=36, strict=True)
    default_days: int = Field(ge=1, le=720, strict=True)
    indeterminate_from_days: int = Field(ge=0, le=720, strict=True)
    latest_share_pct: Number = Field(gt=0, lt=100)
    least_snapshots: int = Field(ge=2, strict=True)
    known_within_days: int = Field(10, ge=0, le=3650, strict=True)
    most_rows: int = Field(200_000, ge=1_000, strict=True)


class Change(StrictModel):
    """When the prediction of change is trained, and when it stops being experimental."""

    quarters: int = Field(ge=1, le=8, strict=True)
    least_snapshots: int = Field(ge=3, strict=True)
    least_worsened: int = Field(ge=20, strict=True)
    least_auc: Number = Field(ge=0.5, lt=1)


class ModelPolicy(StrictModel):
    """Everything a risk officer may set about models."""

    version: str = Field(pattern=r"^[0-9A-Za-z._-]{1,40}$")
    bins: Bins
    selection: Selection
    regression: Regression
    few_bads: FewBads
    challenger: Challenger
    scoring: Scoring
    gates: Gates
    promotion: Promotion
    history: History
    change: Change


def load_model_policy(instance: Instance | None = None) -> ModelPolicy:
    """Read ``policies/models.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    if instance is None:
        return load_yaml(PACKAGED / "policies" / FILE, ModelPolicy)
    return load_policy_file(instance, FILE, ModelPolicy)
