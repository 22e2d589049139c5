"""Owns ``policies/monitoring.yaml``: limits of events from outside, how long a signal may be put off, and who works on it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.policy_file import load_policy_file
from riskreview.policy.roles import Role, known_role

SeverityWord = Literal["warning", "alarm", "emergency"]
SEVERITIES: tuple[SeverityWord, ...] = ("warning", "alarm", "emergency")


class EventLimits(StrictModel):
    """What a sender of events may do; see the comments in the shipped file."""

    body_kb: int = Field(256, ge=1, le=10_240)
    rows: int = Field(1000, ge=1, le=100_000)
    depth: int = Field(10, ge=1, le=100)
    window_seconds: int = Field(300, ge=10, le=3600)
    per_minute: int = Field(600, ge=1)
    account_wait_days: int = Field(7, ge=0, le=365)
    file_kb: int = Field(1024, ge=1)


class SnoozeRule(StrictModel):
    """How long a signal may be put off, in days by severity; 0 means that it may not."""

    longest_days: dict[SeverityWord, int]
    reason_min: int = Field(10, ge=1, le=500)

    @field_validator("longest_days")
    @classmethod
    def _every_severity(cls, value: dict[SeverityWord, int]) -> dict[SeverityWord, int]:
        _check_severities(value, "longest_days", "write 0 where it may not be put off")
        wrong = next((days for days in value.values() if not 0 <= days <= 365), None)
        if wrong is not None:
            raise ValueError(f"E-POLICY-CADENCE a signal is put off for 0 to 365 days, found {wrong}")
        return value


class HandlingRule(StrictModel):
    """Who may work on signals, beside the customer's owner and the roles a rule tells.

    ``roles`` take, put off, wake and close any signal; ``false_positive`` lists by severity who may say that a signal was none.
    """

    roles: tuple[Role, ...] = Field(min_length=1)
    false_positive: dict[SeverityWord, tuple[str, ...]]

    @field_validator("false_positive")
    @classmethod
    def _every_severity(cls, value: dict[SeverityWord, tuple[str, ...]]) -> dict[SeverityWord, tuple[str, ...]]:
        _check_severities(value, "false_positive", "write [] where nobody may")
        return {word: tuple(known_role(role) for role in roles) for word, roles in value.items()}


class MonitoringPolicy(StrictModel):
    """The whole file."""

    events: EventLimits
    snooze: SnoozeRule
    handling: HandlingRule


def load_monitoring_policy(instance: Instance) -> MonitoringPolicy:
    """Read the instance's ``policies/monitoring.yaml``, else the shipped one.

    :raises BadInput: naming file, line and key.
    """
    return load_policy_file(instance, "monitoring.yaml", MonitoringPolicy)


def _check_severities(value: Mapping[SeverityWord, object], key: str, repair: str) -> None:
    missing = next((word for word in SEVERITIES if word not in value), None)
    if missing is not None:
        raise ValueError(f"E-POLICY-KEY {key} says nothing of {missing}; {repair}")
