"""Owns the words of the risk policy: classes, flags, units, texts in two languages, and the closed list of conditions."""

import re
from enum import IntEnum
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.yaml_file import StrictModel

Language = Literal["en", "zh"]
Direction = Literal["up", "down"]
ClassWord = Literal["unknown", "low", "medium", "high", "critical", "default"]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Amount = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]

FlagName = Literal[
    "insolvency", "fraud", "restated", "returned_payment", "negative_equity", "statements_stale",
    "rate_missing", "order_drop_confirmed", "order_surge_confirmed", "abnormal_financials", "abnormal_financials_confirmed",
    "dishonest_debtor", "inactive", "orders_again", "paid_on_account",
]  # fmt: skip
FLAGS: tuple[str, ...] = get_args(FlagName)
"""Facts that are true or false; the position is the bit in stored assessments, so only ever append."""

FLAG_SOURCES: dict[FlagName, tuple[str, ...]] = {
    "insolvency": ("external_signals",), "fraud": ("external_signals",), "restated": ("financial_statements",),
    "returned_payment": ("payments",), "negative_equity": ("financial_statements",), "statements_stale": ("financial_statements",),
    "rate_missing": (), "order_drop_confirmed": ("orders", "invoices"), "order_surge_confirmed": ("orders", "invoices"),
    "abnormal_financials": ("financial_statements",), "abnormal_financials_confirmed": ("financial_statements",),
    "dishonest_debtor": ("external_signals",), "inactive": ("orders", "invoices"), "orders_again": ("orders", "invoices"),
    "paid_on_account": ("invoices", "payments"),
}  # fmt: skip
"""Data sets each flag is read from; a missing rate is a gap of ours, whatever was delivered."""

INDICATOR_IDS = (
    *(f"F{n}" for n in range(1, 11)), *(f"P{n}" for n in range(1, 11)), *(f"T{n}" for n in range(1, 7)), "E4", "E5", "C1", "M5",
    "M1", "M2", "M3", "M4", "C2", "C3", "C4", "C5", "C6", "E1", "E2", "E3", "E6",
)  # fmt: skip
"""The indicators that are computed and stored; the position is the bit in stored assessments, so only ever append. A policy may
leave some out."""

PLACEHOLDERS = frozenset({"value", "line"})


class RiskClass(IntEnum):
    """The stored code of a risk class; a higher code is worse, ``unknown`` is outside the order."""

    unknown = 0
    low = 1
    medium = 2
    high = 3
    critical = 4
    default = 5


class Severity(IntEnum):
    """How bad a breach is; ``emergency`` means that a playbook must start."""

    none = 0
    warning = 1
    alarm = 2
    emergency = 3


class Text(StrictModel):
    """A text in both languages."""

    en: str = Field(min_length=1, max_length=500)
    zh: str = Field(min_length=1, max_length=500)

    def of(self, language: str) -> str:
        """Return the text in ``language``; English for a language we do not have."""
        return self.zh if language == "zh" else self.en


class Sentence(Text):
    """A text with the placeholders ``{value}`` and ``{line}`` and no others."""

    @field_validator("en", "zh")
    @classmethod
    def _known_placeholders(cls, value: str) -> str:
        wrong = next((name for name in re.findall(r"\{([^{}]*)\}", value) if name not in PLACEHOLDERS), None)
        if wrong is not None or re.sub(r"\{(value|line)\}", "", value).count("{"):
            raise ValueError(f"E-TEMPLATE-VAR the text uses {{{wrong or ''}}}; only {{value}} and {{line}} exist")
        return value

    def fill(self, language: str, *, value: str, line: str = "") -> str:
        """Return the sentence with its placeholders filled by plain replacement."""
        return self.of(language).replace("{value}", value).replace("{line}", line)


TESTED_BY = {"order_drop_confirmed": "T1", "order_surge_confirmed": "T4"}
"""Flags that confirm what an indicator found: they are never set where the policy does not list it."""


class Condition(StrictModel):
    """One comparison; exactly one subject is named. There is no expression language: a rule is data.

    An indicator that is missing makes the condition false.
    """

    indicator: str | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    severity: Literal["warning", "alarm"] | None = None
    flag: FlagName | None = None
    exposure_at_least: Amount | None = None
    overdue_at_least: Amount | None = None
    overdue_share_at_least_pct: Amount | None = None
    class_at_least: ClassWord | None = None
    worsened: Literal[True] | None = None
    challenger_apart_at_least: int | None = Field(None, ge=1, le=4, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _no_expression(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError("E-POLICY-EXPR a condition is written as keys, not as an expression")  # noqa: TRY004  pydantic needs it
        return value

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        limits = [self.above, self.at_least, self.below, self.at_most, self.severity]
        others = [self.flag, self.exposure_at_least, self.overdue_at_least, self.overdue_share_at_least_pct,
                  self.class_at_least, self.worsened, self.challenger_apart_at_least]  # fmt: skip
        given = sum(item is not None for item in others)
        wanted = (1, 0) if self.indicator is not None else (0, 1)
        if (sum(item is not None for item in limits), given) != wanted:
            raise ValueError("E-POLICY-EXPR a condition compares one indicator with one line, or names one other fact")
        return self


class Alternative(StrictModel):
    """Conditions that must all hold."""

    all: tuple[Condition, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _no_expression(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError("E-POLICY-EXPR a rule is written as keys, not as an expression")  # noqa: TRY004  pydantic needs it
        return value
