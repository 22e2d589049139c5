"""Owns what a model's YAML says: where its data are, what is bad, which figures may be used and which way the risk goes."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.errors import NotFound
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.models.artefact import Purpose
from riskreview.policy.model_policy import Challenger
from riskreview.policy.risk_terms import Number, Text

Direction = Literal["increasing", "decreasing", "auto", "none"]
"""Where the risk goes when the figure rises; ``auto`` finds out, ``none`` lets it turn (documented in the card)."""


class Files(StrictModel):
    """Tabular files, one below the other; or the instance's own history.

    :param missing: texts that mean nothing is known.
    """

    files: tuple[str, ...] = ()
    own_history: bool = False
    missing: tuple[str, ...] = ("", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
    sheet: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if bool(self.files) == self.own_history:
            raise ValueError("E-MODEL-DATA name either files or own_history: true")
        return self


class Label(StrictModel):
    """What a bad row is: one of some texts, or a figure above a number. Rows that are neither good nor bad are left out.

    :param good: when given, every other text is neither; otherwise whatever is not bad is good.
    :param known_on: column with the day the outcome was known; a split in time learns only from what was known at its border.
    """

    column: str = "bad"
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    above: Number | None = None
    known_on: str | None = None
    meaning: Text

    @field_validator("bad", "good", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return tuple(str(item) for item in value) if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.bad) == (self.above is not None):
            raise ValueError("E-MODEL-LABEL say what is bad: either texts or a number it lies above")
        return self


class FeatureRule(StrictModel):
    """What is known of one figure.

    :param special: codes the source writes instead of a figure; each has a bin of its own.
    :param dimension: for the pooled model; one subscore per dimension.
    :param lines: for the pooled model: from the first on a customer is half as bad as from the second on; else percentiles.
    """

    name: str
    title: Text | None = None
    direction: Direction = "auto"
    special: tuple[Number, ...] = ()
    dimension: str = "all"
    lines: tuple[Number, Number] | None = None


class Time(StrictModel):
    """The column that orders rows in time; a format such as ``%m/%d/%Y`` when it is a date written otherwise than ISO."""

    column: str
    format: str | None = None


class Derived(StrictModel):
    """A column computed from others; see ``models/formulas.py``."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,59}$")
    formula: str


class PaymentHistory(StrictModel):
    """Adds what was known of a customer's payments when each invoice was issued; only invoices settled before then count as paid."""

    customer: str
    issued: str
    due: str
    settled: str
    amount: str
    format: str | None = None


class Split(StrictModel):
    """How rows are kept apart: folds by identifier, or the share of the earliest rows in time to learn from."""

    folds: int = Field(5, ge=2, le=20, strict=True)
    seed: int = Field(7, ge=0, strict=True)
    earliest_pct: Number | None = Field(None, gt=0, lt=100)


class Bars(StrictModel):
    """What the model must reach: AUC of scorecard and challenger, and the slope of the calibration."""

    scorecard: Number | None = None
    challenger: Number | None = None
    slope: tuple[Number, Number] | None = None


class ModelDefinition(StrictModel):
    """One model in a YAML: from a table to a scorecard and a challenger.

    :param validation: files of their own to be judged on; otherwise the split decides.
    :param keep: ``last`` keeps one row per identifier, the latest; columns are derived before.
    :param others: what happens to columns no feature names: ``use`` or ``drop``.
    :param drop: columns that must not be used, with the reason as text: leaks, fairness, names.
    :param prior_pct: share of bads that is expected where the model will be used; else that of the training rows.
    :param penalty: instead of the policy's, on the sum of log losses.
    """

    name: str = Field(pattern=r"^[a-z0-9_]{3,60}$")
    title: Text
    purpose: Purpose = "default"
    data: Files
    validation: Files | None = None
    label: Label
    identifier: str | None = None
    time: Time | None = None
    payment_history: PaymentHistory | None = None
    derive: tuple[Derived, ...] = ()
    keep: Literal["all", "last"] = "all"
    features: tuple[FeatureRule, ...] = ()
    others: Literal["use", "drop"] = "use"
    drop: dict[str, str] = Field(default_factory=dict)
    split: Split = Field(default_factory=lambda: Split())  # type: ignore[call-arg]  # noqa: PLW0108  all defaulted
    prior_pct: Number | None = Field(None, gt=0, lt=100)
    penalty: Number | None = Field(None, gt=0)
    calibration: Literal["platt", "isotonic"] = "platt"
    challenger: Challenger | None = None
    bars: Bars = Field(default_factory=lambda: Bars())  # noqa: PLW0108
    limits: Text | None = None

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.keep == "last" and (self.identifier is None or self.time is None):
            raise ValueError("E-MODEL-DATA keeping the last row needs an identifier and a time")
        if self.split.earliest_pct is not None and self.time is None:
            raise ValueError("E-MODEL-DATA a split in time needs a time")
        twice = next((item.name for item in self.features if item.name in self.drop), None)
        if twice is not None:
            raise ValueError(f"E-MODEL-DATA {twice} is both used and dropped")
        return self

    def rule_of(self, name: str) -> FeatureRule:
        """Return what is known of a figure; nothing but its name for one that is not described."""
        return next((item for item in self.features if item.name == name), FeatureRule(name=name))


def load_definition(path: Path) -> ModelDefinition:
    """Read one model's YAML.

    :raises BadInput: naming the line that is wrong.
    """
    return load_yaml(path, ModelDefinition)


def find_definition(instance: Instance | None, wanted: str) -> Path:
    """Return the YAML of a model: a path, or the name of one of the instance's or the shipped ones.

    :raises NotFound: when there is none.
    """
    folders = [PACKAGED / "models", PACKAGED / "models" / "benchmarks"]
    if instance is not None:
        folders.insert(0, instance.home / "models")
    choices = [Path(wanted), *(folder / f"{wanted}.yaml" for folder in folders)]
    found = next((path for path in choices if path.is_file()), None)
    if found is None:
        known = sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})
        raise NotFound(f"there is no model {wanted}; the known ones are {', '.join(known) or 'none'}")
    return found
