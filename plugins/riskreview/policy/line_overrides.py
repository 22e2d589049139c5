"""Owns other warning and alarm lines for some customers: by segment, industry and country; the last one that fits a customer counts."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.codes import are_countries, are_industry_codes
from riskreview.policy.risk_terms import Number, Text

TESTED = {"T1", "T3", "T4"}
"""Indicators whose figure is already a test against their own lines: other lines would make another figure of it."""
MOST = 60
"""Overrides of one policy: which of them fit a customer is stored as one bit each."""


class Lines(StrictModel):
    """The two lines of one indicator."""

    warning: Number
    alarm: Number


class LineOverride(StrictModel):
    """Other lines of some indicators; a customer fits when it fits every list that is given.

    :param segments: as the systems write them, capitals or not.
    :param industries: beginnings of industry codes, capitals and digits only.
    :param source: where the lines come from, for the auditor.
    """

    id: str = Field(pattern=r"^[a-z0-9_]{3,40}$")
    name: Text
    segments: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    lines: dict[str, Lines] = Field(min_length=1)
    source: str = Field(min_length=5, max_length=300)

    @field_validator("countries")
    @classmethod
    def _countries_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return are_countries(value)

    @field_validator("industries")
    @classmethod
    def _industries_are_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return are_industry_codes(value)

    @model_validator(mode="after")
    def _chooses_somebody(self) -> Self:
        if not (self.segments or self.industries or self.countries):
            raise ValueError(
                f"E-POLICY-KEY {self.id} names no segment, industry or country; lines for all stand at the indicator"
            )
        tested = sorted(TESTED & self.lines.keys())
        if tested:
            raise ValueError(
                f"E-POLICY-LINE the figure of {tested[0]} is a test against its own lines, so {self.id} cannot give it others"
            )
        return self

    def fits(self, segment: str | None, industry: str | None, country: str | None) -> bool:
        """Tell whether a customer fits; one whose segment, industry or country is not known does not where that is asked."""
        segments = {text.casefold() for text in self.segments}
        return (
            (not segments or (segment or "").strip().casefold() in segments)
            and (not self.industries or (industry or "").upper().startswith(self.industries))
            and (not self.countries or country in self.countries)
        )
