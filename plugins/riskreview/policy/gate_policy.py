"""Owns ``policies/gate.yaml``: what a change of policy must show before it counts, and who may propose and approve it."""

from typing import Self

from pydantic import Field, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.risk_terms import ClassWord, Number
from riskreview.policy.roles import Role

FILE = "gate.yaml"


class BacktestPolicy(StrictModel):
    """How a policy is tried on the past.

    :param months: month ends that are judged anew, the last ones before the day of the test.
    :param horizon_months: within which a default must follow an alert for it to have been right.
    :param alert_class: entering this class or a worse one is an alert.
    :param least_lead_days: with fewer days before a default there was no time to act; exposure counts as protected with as many.
    :param known_within_days: a month end is judged by what was known so many days after it.
    """

    months: int = Field(ge=1, le=120, strict=True)
    horizon_months: int = Field(ge=1, le=36, strict=True)
    alert_class: ClassWord
    least_lead_days: int = Field(ge=0, le=720, strict=True)
    known_within_days: int = Field(ge=0, le=31, strict=True)


class Validity(StrictModel):
    """How long a back-test counts: its age, and by how much the portfolio may have changed since, in percent."""

    days: int = Field(ge=1, le=366, strict=True)
    customers_pct: Number = Field(ge=0, le=100)
    exposure_pct: Number = Field(ge=0, le=100)


class GatePolicy(StrictModel):
    """Everything the company may set about changing its policies. Two people are needed whatever is set here."""

    version: str = Field(pattern=r"^[0-9A-Za-z._-]{1,40}$")
    backtest: BacktestPolicy
    valid: Validity
    proposers: tuple[Role, ...] = Field(min_length=1)
    approvers: tuple[Role, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _alerts(self) -> Self:
        if self.backtest.alert_class in {"unknown", "low"}:
            raise ValueError("E-POLICY-LINE alerts begin at medium, high, critical or default")
        return self


def load_gate_policy(instance: Instance) -> GatePolicy:
    """Read ``policies/gate.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_policy_file(instance, FILE, GatePolicy)
