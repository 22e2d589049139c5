"""Owns what a trained model is once it is stored: plain JSON with a digest, no code and no pickle in it.

A scorecard gives points per characteristic; a forest is the challenger. Both carry how their score becomes a probability.
"""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from riskreview.foundation.errors import BadInput
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.risk_terms import Number, Text

SCHEMA_VERSION = 1
Purpose = Literal["default", "change"]
Method = Literal["woe", "pooled"]
Trend = Literal["increasing", "decreasing", "none"]
"""Where the risk goes when the figure rises."""


class Bin(StrictModel):
    """One range or group of a characteristic: its points, and what the training rows in it were like."""

    points: int = Field(strict=True)
    woe: Number
    share: Number
    bad_share: Number
    text: Text


class Special(StrictModel):
    """Codes a source writes instead of a figure, with a bin of their own."""

    codes: tuple[Number, ...] = Field(min_length=1)
    bin: Bin


class Characteristic(StrictModel):
    """One figure of a scorecard.

    :param splits: bin ``i`` holds what is at least ``splits[i - 1]`` and below ``splits[i]``; for texts there are ``groups`` instead.
    :param missing: for a missing figure and for a text that was never seen.
    :param coefficient: of the weight of evidence in the log odds of being bad; at most zero.
    """

    name: str
    title: Text
    trend: Trend
    splits: tuple[Number, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    bins: tuple[Bin, ...] = Field(min_length=1)
    special: tuple[Special, ...] = ()
    missing: Bin
    information_value: Number
    coefficient: Number = 0.0

    @model_validator(mode="after")
    def _bins_fit(self) -> Self:
        wanted = len(self.groups) if self.groups else len(self.splits) + 1
        if len(self.bins) != wanted or any(a >= b for a, b in zip(self.splits, self.splits[1:], strict=False)):
            raise ValueError(f"E-MODEL-SHAPE the bins of {self.name} do not fit its splits")
        return self


class Calibration(StrictModel):
    """How raw log odds of being bad become a probability: ``intercept + slope * raw``, or through knots; then within the bounds.

    :param knots: pairs of raw log odds and calibrated log odds, ascending, linear in between; instead of intercept and slope.
    :param shift: added last: the prior correction from the training share of bads to the one that is expected.
    """

    method: Literal["none", "platt", "isotonic"] = "none"
    intercept: Number = 0.0
    slope: Number = 1.0
    knots: tuple[tuple[Number, Number], ...] = ()
    shift: Number = 0.0
    floor: Number = Field(0.0003, ge=0, lt=1)


class Training(StrictModel):
    """Where a model comes from; enough to train it again."""

    rows: int
    bads: int
    prior: Number
    data_digest: str
    definition_digest: str
    code_version: str
    seed: int
    metrics: dict[str, Number] = Field(default_factory=dict)


class _Stored(StrictModel):
    schema_version: Literal[1] = 1
    name: str = Field(pattern=r"^[a-z0-9_]{3,60}$")
    purpose: Purpose
    training: Training
    calibration: Calibration

    @cached_property
    def content(self) -> str:
        """The canonical text: JSON with sorted keys and no spaces."""
        document = self.model_dump(mode="json")
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical text, in hexadecimal."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def version(self) -> str:
        """The name with the start of the digest: what people quote."""
        return f"{self.name}@{self.digest[:12]}"

    def changed(self, **values: object) -> Self:
        """Return the model with other values, checked anew; a copy would keep the digest of the old ones."""
        own = {name: getattr(self, name) for name in type(self).model_fields}  # not what was computed from them
        return type(self).model_validate({**own, **values})


class Scorecard(_Stored):
    """Points per characteristic; the sum gives odds, the odds a probability.

    :param method: ``woe`` for bins found in the data, ``pooled`` for few subscores where bads are few.
    :param factor: points per unit of log odds; ``offset`` points at even odds.
    :param least_known: characteristics that must be known for a judgement.
    :param spread: the points below which a tenth of the training rows lies, two tenths, and so on; to see a population move.
    """

    kind: Literal["scorecard"] = "scorecard"
    method: Method = "woe"
    characteristics: tuple[Characteristic, ...] = Field(min_length=1, max_length=400)
    base_points: int = Field(strict=True)
    factor: Number = Field(gt=0)
    offset: Number
    least_known: int = Field(1, ge=1)
    spread: tuple[tuple[int, Number], ...] = ()


class Feature(StrictModel):
    """One input of a forest; texts become numbers by ``codes``, an unknown text and a ``special`` code are missing."""

    name: str
    trend: Trend
    codes: dict[str, Number] = Field(default_factory=dict)
    special: tuple[Number, ...] = ()


class Tree(StrictModel):
    """One tree as arrays over its nodes, the root first; ``feature`` is -1 at a leaf, whose ``value`` is added.

    A row goes left when its figure is at most the threshold, and when it is missing and ``missing_left`` says so.
    """

    feature: tuple[int, ...]
    threshold: tuple[Number, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    missing_left: tuple[bool, ...]
    value: tuple[Number, ...]

    @model_validator(mode="after")
    def _leads_downwards(self) -> Self:
        sizes = {len(column) for column in (self.threshold, self.left, self.right, self.missing_left, self.value)}
        if sizes != {len(self.feature)} or not self.feature:
            raise ValueError("E-MODEL-SHAPE the arrays of a tree differ in length")
        for node, feature in enumerate(self.feature):
            if feature >= 0 and not (node < self.left[node] < len(self.feature) > self.right[node] > node):
                raise ValueError("E-MODEL-SHAPE a tree does not lead downwards")
        return self


class Forest(_Stored):
    """The challenger: boosted trees whose sum is the log odds of being bad. It informs and never decides."""

    kind: Literal["forest"] = "forest"
    features: tuple[Feature, ...] = Field(min_length=1)
    baseline: Number
    trees: tuple[Tree, ...]
    least_known: int = Field(1, ge=1)


Model = Scorecard | Forest


class _Envelope(StrictModel):
    model: Annotated[Model, Field(discriminator="kind")]


def read_model(content: str, *, source: str = "model") -> Model:
    """Return the model of a stored text.

    :raises BadInput: when the text is no model of a schema version we know.
    """
    try:
        return _Envelope.model_validate_json(f'{{"model":{content}}}').model
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"][1:]))
        raise BadInput("E-MODEL-SHAPE", f"the model cannot be read: {problem['msg']}",
                       "Train it again with riskreview model train", source, None, place) from error  # fmt: skip
