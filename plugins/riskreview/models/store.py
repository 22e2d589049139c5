"""Owns the models room's statements: keeping models, finding them, and reading those that score."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.sql import sql
from riskreview.models.artefact import Model, Purpose, read_model
from riskreview.models.definition import ModelDefinition


@dataclass(frozen=True, slots=True)
class Deciding:
    """The champion of a purpose and the model in its shadow; None where there is none.

    :param shadow_is_unreadable: there is one that cannot be read, which informs only and so stops nothing.
    """

    champion: Model | None
    shadow: Model | None
    shadow_is_unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Forecasting:
    """The model that predicts changes of class."""

    model: Model
    is_experimental: bool


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model with its texts.

    :param figures: what training and comparison showed: metrics, gates, what was left out and why.
    """

    model_id: int
    name: str
    purpose: Purpose
    kind: str
    state: str
    version: int
    digest: str
    content: str
    definition: str
    figures: Mapping[str, Any]
    trained_by: str
    trained_at: datetime
    trained_as_of: date | None
    reason: str | None
    proposed_by: str | None
    decided_by: str | None

    @property
    def model(self) -> Model:
        """The model itself."""
        return _model(self.content)

    @property
    def trained_from(self) -> ModelDefinition:
        """The definition it was trained from."""
        return ModelDefinition.model_validate_json(self.definition)


def read_deciding(connection: Connection, purpose: Purpose) -> Deciding:
    """Return the models that score for a purpose.

    :raises BadInput: when the stored champion cannot be read.
    """
    rows = connection.execute(text(sql("models", "read_deciding")), {"purpose": purpose}).all()
    found = {str(row.state): str(row.content) for row in rows}
    champion = _model(found["champion"]) if "champion" in found else None
    try:
        return Deciding(champion, _model(found["shadow"]) if "shadow" in found else None)
    except BadInput:
        return Deciding(champion, None, shadow_is_unreadable=True)


def models_of(connection: Connection, *, champion: str | None, shadow: str | None) -> Deciding:
    """Return models that scored together once, by their digests, whatever became of them.

    :raises NotFound: when one of them is no longer stored, or is not what it was.
    """
    one, other = (None if digest is None else _of_digest(connection, digest) for digest in (champion, shadow))
    return Deciding(one, other)


def read_forecasting(connection: Connection) -> Forecasting | None:
    """Return the model that predicts changes of class; one that is no champion is experimental.

    :raises BadInput: when it cannot be read.
    """
    row = connection.execute(text(sql("models", "read_forecasting"))).one_or_none()
    return None if row is None else Forecasting(_model(row.content), row.state != "champion")


def list_models(connection: Connection) -> list[dict[str, Any]]:  # rows of a report
    """Return the stored models, newest first, without their texts."""
    return [dict(row) for row in connection.execute(text(sql("models", "list_models"))).mappings()]


def read_stored(connection: Connection, model_id: int) -> StoredModel:
    """Return one model.

    :raises NotFound: when there is none of that number.
    """
    row = connection.execute(text(sql("models", "read_model")), {"model_id": model_id}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no model {model_id}")
    return StoredModel(**row)


def insert_model(connection: Connection, values: Mapping[str, object]) -> int | None:
    """Keep a model and return its number; None when it is known already."""
    found = connection.execute(text(sql("models", "insert_model")), values).scalar_one_or_none()
    return None if found is None else int(found)


def holders(connection: Connection, purpose: Purpose, state: str) -> list[int]:
    """Return the number of the model that has a state now; locked until the transaction ends."""
    found = connection.execute(text(sql("models", "same_state")), {"purpose": purpose, "state": state}).scalars()
    return [int(number) for number in found]


def siblings(connection: Connection, card: StoredModel) -> list[int]:
    """Return the newest challenger trained from the same definition."""
    given = {"purpose": card.purpose, "definition": card.definition}
    return [int(number) for number in connection.execute(text(sql("models", "sibling")), given).scalars()]


def note_comparison(connection: Connection, model_id: int, comparison: Mapping[str, object]) -> None:
    """Keep what a comparison with another model showed."""
    values = {"model_id": model_id, "comparison": json.dumps(comparison)}
    connection.execute(text(sql("models", "note_comparison")), values)


@lru_cache(maxsize=8)
def _of_digest(connection: Connection, digest: str) -> Model:
    row = connection.execute(text(sql("models", "read_by_digest")), {"digest": digest}).one_or_none()
    if row is None:
        raise NotFound(f"the model {digest[:12]} is no longer stored")
    model = _model(row.content)
    if model.digest != digest:
        raise NotFound(f"the model {digest[:12]} was altered: its SHA-256 is {model.digest}")
    return model


def _model(content: str) -> Model:
    return read_model(content, source="model registry")
