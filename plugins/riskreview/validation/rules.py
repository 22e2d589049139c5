"""Owns the typed form of ``policies/validation.yaml``: limits of contract and breaker, and the rules per dataset."""

import re
from datetime import date
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Deadline
from riskreview.policy.datasets import DATASETS
from riskreview.policy.policy_file import load_policy_file

Check = Literal["not_null", "between", "in_set", "regex", "length", "pair", "row_count", "distinct_count"]
Severity = Literal["fail", "quarantine", "warn"]
TABLE_CHECKS = frozenset({"row_count", "distinct_count"})
NEEDED = {"between": "min or max", "length": "min or max", "row_count": "min or max", "distinct_count": "min or max",
          "in_set": "values", "regex": "regex", "pair": "other"}  # fmt: skip
NESTED_REPEAT = re.compile(r"[+*}]\)[+*{]")


class Reason(StrictModel):
    """Why a rule exists, in both languages."""

    en: str = Field(min_length=3)
    zh: str = Field(min_length=2)


class Rule(StrictModel):
    """One rule of a dataset; ``mostly`` is the share of non-empty rows that must satisfy it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{2,60}$")
    check: Check
    column: str | None = None
    other: str | None = None
    min: float | date | None = None
    max: float | date | None = None
    values: tuple[str, ...] = ()
    regex: str | None = None
    mostly: float = Field(1.0, gt=0, le=1)
    severity: Severity
    reason: Reason

    @field_validator("regex")
    @classmethod
    def _regex_is_safe(cls, value: str | None) -> str | None:
        if value is None:
            return value
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"E-POLICY-REGEX {value!r} is no regular expression") from error
        if NESTED_REPEAT.search(value):
            raise ValueError(f"E-POLICY-REGEX {value!r} repeats a repetition, which may never end")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = {"min or max": self.min is not None or self.max is not None, "values": bool(self.values),
                 "regex": self.regex is not None, "other": self.other is not None}  # fmt: skip
        needed = NEEDED.get(self.check)
        if needed and not given[needed]:
            raise ValueError(f"E-POLICY-RULE {self.id}: {self.check} needs {needed}")
        if self.check != "row_count" and self.column is None:
            raise ValueError(f"E-POLICY-RULE {self.id}: {self.check} needs a column")
        if self.severity == "quarantine" and (self.check in TABLE_CHECKS or self.mostly < 1):
            raise ValueError(f"E-POLICY-RULE {self.id}: only a rule about each row can quarantine rows")
        return self

    @property
    def is_about_rows(self) -> bool:
        """Whether single rows can break it."""
        return self.check not in TABLE_CHECKS

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return tuple(name for name in (self.column, self.other) if name)


class Contract(StrictModel):
    """Limits of the contract checks; see the comments in the shipped file."""

    orphan_share_max: float = Field(0.2, ge=0, le=1)
    orphan_rows_min: int = Field(10, ge=1)
    statement_tolerance_share: float = Field(0.001, ge=0, lt=1)
    statement_tolerance: float = Field(1.0, ge=0)
    future_days: int = Field(1, ge=0)


class Limits(StrictModel):
    """Limits of the breaker; row ratios stand in each mapping."""

    rows_min: int = Field(10, ge=1)
    vanished_share: float = Field(0.05, gt=0, le=1)
    null_jump: float = Field(0.25, gt=0, le=1)
    nonzero_share: float = Field(0.05, gt=0, le=1)
    magnitude_ratio: float = Field(8.0, gt=1)
    categories: tuple[str, ...] = ("currency", "segment", "doc_type")


class ValidationPolicy(StrictModel):
    """The whole file.

    :param held_within: in which a held delivery is looked at, and a proposed release is decided; an older file has a working day.
    """

    contract: Contract
    breaker: Limits
    pandas_rows_max: int = Field(20000, ge=0)
    docs_sample: int = Field(0, ge=0, le=20)
    held_within: str = "1wd"
    rules: dict[str, tuple[Rule, ...]]

    @field_validator("held_within", mode="before")
    @classmethod
    def _duration_is_readable(cls, value: object) -> object:
        Deadline.parse(str(value))
        return value

    @field_validator("rules")
    @classmethod
    def _rules_fit_datasets(cls, value: dict[str, tuple[Rule, ...]]) -> dict[str, tuple[Rule, ...]]:
        seen: set[str] = set()
        for name, rules in value.items():
            if name not in DATASETS:
                raise ValueError(f"E-POLICY-KEY {name} is no dataset")
            known = {column.name for column in DATASETS[name].columns}
            for rule in rules:
                if rule.id in seen:
                    raise ValueError(f"E-POLICY-RULE the id {rule.id} is used twice")
                if unknown := [column for column in rule.columns if column not in known]:
                    raise ValueError(f"E-POLICY-RULE {rule.id}: {name} has no column {unknown[0]}")
                seen.add(rule.id)
        return value


def load_validation_policy(instance: Instance) -> ValidationPolicy:
    """Read the instance's ``policies/validation.yaml``, else the shipped one.

    :raises BadInput: naming file, line and key.
    """
    return load_policy_file(instance, "validation.yaml", ValidationPolicy)
