"""Owns the models room's statements: reading the models that score."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, text

from riskreview.foundation.sql import sql
from riskreview.models.artefact import Model, Purpose, read_model


@dataclass(frozen=True, slots=True)
class Deciding:
    """The champion of a purpose and the model in its shadow; None where there is none."""

    champion: Model | None
    shadow: Model | None


def read_deciding(connection: Connection, purpose: Purpose) -> Deciding:
    """Return the models that score for a purpose.

    :raises BadInput: when a stored model cannot be read.
    """
    rows = connection.execute(text(sql("models", "read_deciding")), {"purpose": purpose}).all()
    found = {str(row.state): _model(row.content) for row in rows}
    return Deciding(found.get("champion"), found.get("shadow"))


def list_models(connection: Connection) -> list[dict[str, Any]]:  # rows of a report
    """Return the stored models, newest first, without their texts."""
    return [dict(row) for row in connection.execute(text(sql("models", "list_models"))).mappings()]


@lru_cache(maxsize=8)
def _model(content: str) -> Model:
    return read_model(content, source="model registry")
