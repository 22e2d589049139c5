"""Owns the pages of models: the registry, the card of one, and how far the portfolio of today is from the rows it was trained on."""

from riskreview.assessment.history import read_at
from riskreview.assessment.snapshots import figures_of
from riskreview.assessment.store import read_head
from riskreview.console.answers import Page
from riskreview.console.markdown import blocks
from riskreview.console.tables import Column, Table
from riskreview.console.visit import Visit
from riskreview.models.artefact import Scorecard
from riskreview.models.backtest import moved_of, moving_gates
from riskreview.models.card import Standing, card_of
from riskreview.models.store import list_models, read_stored
from riskreview.policy.model_policy import load_model_policy

COLUMNS = (Column("model_id", link="models/{model_id}"), Column("name"), Column("purpose", "word:purpose"), Column("kind", "word:model_kind"),
           Column("state", "word:model_state"), Column("version"), Column("trained_by", "person"), Column("trained_at", "moment"),
           Column("proposed_by", "person"), Column("decided_by", "person"))  # fmt: skip
DRIFT = (Column("name"), Column("value", "figure"), Column("limit"), Column("verdict", "word:verdict"))


def models(visit: Visit) -> Page:
    """Show every stored model, the newest first."""
    with visit.reading() as connection:
        found = list_models(connection)
    return Page("models", {"table": Table("models_stored", COLUMNS, found)})


def model(visit: Visit) -> Page:
    """Show the card of a model in the visitor's language."""
    number = visit.number("model_id")
    with visit.reading() as connection:
        found = read_stored(connection, number)
    standing = Standing(found.state, found.trained_by, found.proposed_by, found.decided_by, found.reason, found.figures)
    card = card_of(found.model, found.trained_from, standing, language=visit.visitor.language)
    shown = {"number": number, "state": found.state, "card": blocks(card), "drifts": isinstance(found.model, Scorecard)}
    return Page("model", shown, ("model", str(number)))


def drift(visit: Visit) -> Page:
    """Show how far the current portfolio is from a scorecard's training rows, figure by figure."""
    number, table = visit.number("model_id"), None
    with visit.reading() as connection:
        found, head = read_stored(connection, number), read_head(connection)
    rows = None if head is None else read_at(visit.services.instance, as_of=head.as_of)
    if rows is not None and head is not None and isinstance(found.model, Scorecard):
        columns = figures_of(rows, found.trained_from.purpose, head.as_of)
        gates = moving_gates(
            moved_of(found.model, columns, rows.num_rows), load_model_policy(visit.services.instance).gates
        )
        told = [
            {"name": gate.name, "value": gate.value, "limit": gate.limit, "verdict": gate.verdict} for gate in gates
        ]
        table = Table("drift", DRIFT, told)
    return Page(
        "drift", {"number": number, "table": table, "day": None if head is None else head.as_of}, ("model", str(number))
    )
