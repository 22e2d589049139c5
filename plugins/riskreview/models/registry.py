"""Owns the verbs about stored models: keep what was trained, propose it, and by a second person let it decide."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.lifecycle import SYSTEM, apply, apply_many
from riskreview.models.artefact import Model
from riskreview.models.definition import ModelDefinition
from riskreview.models.learning import Trained
from riskreview.models.lifecycle import MODEL
from riskreview.policy.model_policy import load_model_policy
from riskreview.validation import people

LEAST_REASON = 10


def keep(services: Services, trained: Trained, definition: ModelDefinition, *, actor: str) -> dict[str, int | None]:
    """Store a scorecard and its challenger; returns the number of each, None for one that is stored already.

    :raises RuleViolation: when the actor is no person of the team who may propose models.
    """
    person = people.check_can_decide(
        services.instance, actor, roles=load_model_policy(services.instance).promotion.proposers
    )
    models: list[Model] = [trained.card, *([trained.forest] if trained.forest is not None else [])]
    found: dict[str, int | None] = {}
    with transaction(services.engine) as connection:
        for model in models:
            found[model.kind] = _insert(services, connection, model, definition, person)
    return found


def propose(services: Services, *, model_id: int, actor: str, reason: str) -> None:
    """Propose a scorecard as the champion of its purpose.

    :raises RuleViolation: for a challenger, a person who may not, or a reason that says nothing.
    """
    promotion = load_model_policy(services.instance).promotion
    person = _person(services, actor, promotion.proposers, reason)
    at = services.clock.now()
    with transaction(services.engine) as connection:
        row = _read(connection, model_id)
        if row.kind != "scorecard":
            raise RuleViolation("only a scorecard can become the champion; a challenger informs and never decides")
        changes = {"proposed_by": person, "proposed_at": at, "decided_by": None, "decided_at": None, "reason": reason.strip(),
                   "four_eyes": promotion.four_eyes}  # fmt: skip
        apply(
            connection,
            MODEL,
            "propose",
            model_id,
            version=row.version,
            actor=person,
            roles=promotion.proposers,
            at=at,
            changes=changes,
        )


def approve(services: Services, *, model_id: int, actor: str, reason: str) -> None:
    """Let a proposed scorecard decide from the next assessment on; the one before is retired, its challenger goes into the shadow.

    :raises RuleViolation: for the proposer where the policy wants four eyes, a person who may not, or a model that is not proposed.
    """
    _decide(services, model_id, "approve", actor, reason)


def refuse(services: Services, *, model_id: int, actor: str, reason: str) -> None:
    """Refuse a proposed scorecard. Raises like ``approve``."""
    _decide(services, model_id, "refuse", actor, reason)


def _decide(services: Services, model_id: int, verb: str, actor: str, reason: str) -> None:
    promotion = load_model_policy(services.instance).promotion
    person, at = _person(services, actor, promotion.approvers, reason), services.clock.now()
    changes = {"decided_by": person, "decided_at": at, "reason": reason.strip()}
    try:
        with transaction(services.engine) as connection:
            row = _read(connection, model_id)
            if verb == "approve":
                for state in ("champion", "shadow"):
                    given = {"purpose": row.purpose, "state": state}
                    standing = connection.execute(text(sql("models", "same_state")), given).scalars().all()
                    apply_many(
                        connection,
                        MODEL,
                        "retire",
                        standing,
                        actor=person,
                        roles=promotion.approvers,
                        at=at,
                        cause={"model_id": model_id},
                    )
            apply(
                connection,
                MODEL,
                verb,
                model_id,
                version=row.version,
                actor=person,
                roles=promotion.approvers,
                at=at,
                changes=changes,
            )
            if verb == "approve":
                given = {"purpose": row.purpose, "definition": row.definition}
                beside = connection.execute(text(sql("models", "sibling")), given).scalars().all()
                apply_many(
                    connection,
                    MODEL,
                    "shadow",
                    beside,
                    actor=person,
                    roles=(SYSTEM,),
                    at=at,
                    cause={"model_id": model_id},
                )
    except IntegrityError as error:
        if "model_four_eyes" in str(error.orig):
            raise RuleViolation("another person than the proposer decides about a model") from error
        raise


def _person(services: Services, actor: str, roles: Collection[str], reason: str) -> str:
    if len(reason.strip()) < LEAST_REASON:
        raise RuleViolation(f"a reason has at least {LEAST_REASON} characters")
    return people.check_can_decide(services.instance, actor, roles=roles)


def _read(connection: Connection, model_id: int) -> Any:  # a row
    row = connection.execute(text(sql("models", "read_model")), {"model_id": model_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no model {model_id}")
    return row


def _insert(
    services: Services, connection: Connection, model: Model, definition: ModelDefinition, person: str
) -> int | None:
    at = services.clock.now()
    given = {"name": model.name, "purpose": model.purpose, "kind": model.kind, "digest": model.digest, "content": model.content,
             "definition": definition.model_dump_json(), "figures": json.dumps(model.training.metrics), "actor": person, "at": at}  # fmt: skip
    number: int | None = connection.execute(text(sql("models", "insert_model")), given).scalar_one_or_none()
    if number is not None:
        event = AuditEvent("model:trained", "model", str(number), person, new={"kind": model.kind, "digest": model.digest},
                           cause={"data_digest": model.training.data_digest, "definition_digest": model.training.definition_digest})  # fmt: skip
        append(connection, [event], at=at)
    return number
