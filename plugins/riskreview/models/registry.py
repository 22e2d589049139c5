"""Owns the verbs about stored models: keep what was trained, compare, propose, and by a second person let it decide.

Each verb is one transaction with its audit event. That the approver is not the proposer is checked here and by the database.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import close_duties, open_duties
from riskreview.mechanisms.lifecycle import SYSTEM, apply, apply_many
from riskreview.mechanisms.outbox import OutboxEvent, enqueue
from riskreview.mechanisms.staffing import Staff
from riskreview.models import store
from riskreview.models.artefact import Model, Scorecard, read_model
from riskreview.models.columns import given_names
from riskreview.models.definition import ModelDefinition
from riskreview.models.discrimination import AucDifference
from riskreview.models.learning import Evaluation, Trained
from riskreview.models.lifecycle import MODEL
from riskreview.models.performance import Gate, gates_of
from riskreview.policy.model_policy import ModelPolicy, Promotion, load_model_policy
from riskreview.policy.risk_policy import load_policy
from riskreview.validation import people

LEAST_REASON = 10
ACTOR = "system:models"
DECISION = "model_decision"


def keep(
    services: Services, trained: Trained, definition: ModelDefinition, *, actor: str, as_of: date | None = None
) -> dict[str, int | None]:
    """Store a scorecard and its challenger; returns the number of each, None for one that is stored already.

    One that predicts changes of class predicts from now on, marked experimental: it decides nothing.

    :param as_of: the last day of the history that was learned from, for the instance's own.
    :raises RuleViolation: when the actor is no person of the team who may propose models.
    """
    policy = load_model_policy(services.instance)
    person = people.check_can_decide(services.instance, actor, roles=policy.promotion.proposers)
    given: list[tuple[Model, Mapping[str, object]]] = [(trained.card, _figures(trained, policy))]
    if trained.forest is not None:
        given.append((trained.forest, {"metrics": trained.forest.training.metrics}))
    with transaction(services.engine) as connection:
        kept: dict[str, int | None] = {
            model.kind: _insert(services, connection, model, definition, figures, person, as_of)
            for model, figures in given
        }
        card = kept["scorecard"]
        if definition.purpose == "change" and card is not None:
            found = store.read_stored(connection, card)
            _move(services, connection, "retire", store.holders(connection, "change", "shadow"), found)
            _move(services, connection, "shadow", [card], found)
        return kept


def propose(services: Services, *, model_id: int, actor: str, reason: str) -> None:
    """Propose a scorecard as the champion of its purpose; those who may approve it are told.

    :raises RuleViolation: for a challenger, a person who may not, a reason that says nothing, a gate at alarm, or a model that is not
        ahead of the champion.
    """
    promotion = load_model_policy(services.instance).promotion
    person, at = _person(services, actor, promotion.proposers, reason), services.clock.now()
    staff = Staff.of(services)
    with transaction(services.engine) as connection:
        found = store.read_stored(connection, model_id)
        _check_reads(services, found)
        _check_fit(connection, found, promotion)
        changes = {"proposed_by": person, "proposed_at": at, "decided_by": None, "decided_at": None, "reason": reason.strip(),
                   "four_eyes": promotion.four_eyes}  # fmt: skip
        _apply(services, connection, found, "propose", person, promotion.proposers, changes)
        _ask(connection, staff, found, person, promotion)


def approve(services: Services, *, model_id: int, actor: str, reason: str) -> None:
    """Let a proposed model decide from the next assessment on; the one before is retired, its challenger goes into the shadow.

    :raises RuleViolation: for the proposer where the policy wants four eyes, a person who may not, or a model that is not proposed.
    """

    def approved(connection: Connection, found: store.StoredModel, decide: Callable[[], None]) -> None:
        for state in ("champion", "shadow"):
            _move(services, connection, "retire", store.holders(connection, found.purpose, state), found)
        decide()
        _move(services, connection, "shadow", store.siblings(connection, found), found)

    _decide(services, model_id, "approve", actor, reason, approved)


def refuse(services: Services, *, model_id: int, actor: str, reason: str) -> None:
    """Refuse a proposed scorecard. Raises like ``approve``."""
    _decide(services, model_id, "refuse", actor, reason, lambda _connection, _found, decide: decide())


def shadow(services: Services, *, model_id: int, actor: str, reason: str) -> None:
    """Let a model score beside the champion without deciding; the one that did so before is retired.

    :raises RuleViolation: for a person who may not, or a model that decides or is proposed.
    """
    promotion = load_model_policy(services.instance).promotion
    person = _person(services, actor, promotion.proposers, reason)
    with transaction(services.engine) as connection:
        found = store.read_stored(connection, model_id)
        MODEL.check_can("shadow", state=found.state, roles=promotion.proposers)
        _move(services, connection, "retire", store.holders(connection, found.purpose, "shadow"), found)
        _apply(services, connection, found, "shadow", person, promotion.proposers, {"reason": reason.strip()})


def retire(services: Services, *, model_id: int, actor: str, reason: str) -> None:
    """Take a model out of use; without a champion the policy index decides alone.

    :raises RuleViolation: for a person who may not, or a model that is not in use.
    """
    promotion = load_model_policy(services.instance).promotion
    person = _person(services, actor, promotion.approvers, reason)
    with transaction(services.engine) as connection:
        found = store.read_stored(connection, model_id)
        _apply(services, connection, found, "retire", person, promotion.approvers, {"reason": reason.strip()})


def record_comparison(
    services: Services,
    first: store.StoredModel,
    second: store.StoredModel,
    lead: AucDifference,
    *,
    rows: int,
    data_digest: str,
) -> None:
    """Keep how far a model is ahead of another one on the same rows; promotion asks for it."""
    found = {"against": second.digest, "difference": lead.difference, "low": lead.low, "high": lead.high, "rows": rows,
             "data_digest": data_digest}  # fmt: skip
    at = services.clock.now()
    with transaction(services.engine) as connection:
        store.note_comparison(connection, first.model_id, found)
        append(connection, [AuditEvent("model:compared", "model", str(first.model_id), ACTOR, new=found)], at=at)


def _figures(trained: Trained, policy: ModelPolicy) -> dict[str, object]:
    gates = [*gates_of(trained.evaluation.scorecard, policy.gates), _rounding(trained, policy)]
    if trained.card.purpose == "change":
        gates += _change_gates(trained.evaluation, policy)
    return {
        "metrics": trained.card.training.metrics, "dropped": trained.fitted.dropped, "suspicious": trained.fitted.suspicious,
        "gates": [{"name": gate.name, "value": gate.value, "limit": gate.limit, "verdict": gate.verdict} for gate in gates],
    }  # fmt: skip


def _change_gates(found: Evaluation, policy: ModelPolicy) -> list[Gate]:
    """Return what a prediction of change must show before it is more than experimental."""
    low, slope, limits = found.scorecard.separation.low, found.scorecard.line.slope, policy.gates.slope
    return [
        Gate("lower end of the AUC interval", low, f"at least {policy.change.least_auc:g}",
             "pass" if low >= policy.change.least_auc else "alarm"),
        Gate("calibration slope of changes", slope, f"{limits.start:g} to {limits.end:g}",
             "pass" if limits.start <= slope <= limits.end else "alarm"),
        Gate("judged on later rows", float(found.is_in_time), "1", "pass" if found.is_in_time else "alarm"),
    ]  # fmt: skip


def _rounding(trained: Trained, policy: ModelPolicy) -> Gate:
    loss, limit = trained.fitted.rounding_loss, policy.regression.rounding_auc
    return Gate("AUC lost to whole points", loss, f"at most {limit:g}", "warning" if loss > limit else "pass")


def _decide(
    services: Services, model_id: int, verb: str, actor: str, reason: str,
    around: Callable[[Connection, store.StoredModel, Callable[[], None]], None],
) -> None:  # fmt: skip
    promotion = load_model_policy(services.instance).promotion
    person, at = _person(services, actor, promotion.approvers, reason), services.clock.now()
    changes = {"decided_by": person, "decided_at": at, "reason": reason.strip()}
    try:
        with transaction(services.engine) as connection:
            found = store.read_stored(connection, model_id)
            MODEL.check_can(verb, state=found.state, roles=promotion.approvers)
            around(
                connection,
                found,
                lambda: _apply(services, connection, found, verb, person, promotion.approvers, changes),
            )
            close_duties(connection, None, "model", [str(model_id)], at=at)
            if found.proposed_by and found.proposed_by != person:
                told = OutboxEvent(f"model_decided:{model_id}:{found.version}", "model_decided", "model", str(model_id), "normal",
                                   (found.proposed_by,), {"model_end": verb})  # fmt: skip
                enqueue(connection, [told], at=at)
    except IntegrityError as error:
        if "model_four_eyes" in str(error.orig):
            raise RuleViolation("another person than the proposer decides about a model") from error
        raise


def _apply(
    services: Services, connection: Connection, found: store.StoredModel, verb: str, person: str, roles: Collection[str],
    changes: Mapping[str, object],
) -> None:  # fmt: skip
    apply(connection, MODEL, verb, found.model_id, version=found.version, actor=person, roles=roles, at=services.clock.now(),
          changes=changes, cause={"digest": found.digest})  # fmt: skip


def _move(
    services: Services, connection: Connection, verb: str, numbers: Sequence[int], cause: store.StoredModel
) -> None:
    """Move models that make room for another one, or stand beside it."""
    apply_many(
        connection,
        MODEL,
        verb,
        numbers,
        actor=ACTOR,
        roles=(SYSTEM,),
        at=services.clock.now(),
        cause={"model_id": cause.model_id},
    )


def _check_reads(services: Services, found: store.StoredModel) -> None:
    """Make sure that a scorecard can judge somebody: it reads what an assessment gives, not the columns of other people's data."""
    card = read_model(found.content)
    if not isinstance(card, Scorecard) or found.purpose != "default":
        return
    given = given_names(load_policy(services.instance).indicator_ids)
    foreign = [item.name for item in card.characteristics if item.name not in given]
    if len(card.characteristics) - len(foreign) < card.least_known:
        raise RuleViolation(
            f"the model would judge nobody: it reads {', '.join(foreign)}, which no assessment gives; train one on the instance's own figures"
        )


def _check_fit(connection: Connection, found: store.StoredModel, promotion: Promotion) -> None:
    """Make sure that a model may be proposed: of the right kind, through its gates, and ahead of the champion there is."""
    if found.purpose == "default" and found.kind != "scorecard":
        raise RuleViolation("only a scorecard can become the champion; a challenger informs and never decides")
    alarms = [gate["name"] for gate in found.figures.get("gates", ()) if gate["verdict"] == "alarm"]
    if alarms:
        raise RuleViolation(f"the model does not pass its back-test: {', '.join(alarms)}")
    standing = store.holders(connection, found.purpose, "champion")
    if not standing:
        return
    champion, seen = store.read_stored(connection, standing[0]), found.figures.get("comparison", {})
    if seen.get("against") != champion.digest:
        raise RuleViolation(
            f"compare it with the champion first: riskreview model compare {found.model_id} {champion.model_id}"
        )
    if seen["difference"] < promotion.auc_gain or seen["low"] <= 0:
        raise RuleViolation(
            f"it is ahead of the champion by an AUC of {seen['difference']:.3f} (interval from {seen['low']:.3f}); the policy asks for "
            f"{promotion.auc_gain:g} and an interval above nothing"
        )


def _ask(connection: Connection, staff: Staff, found: store.StoredModel, person: str, promotion: Promotion) -> None:
    """Make deciding a model the duty of a person and tell everybody who may; without four eyes the proposer may be the only one."""
    but = (person,) if promotion.four_eyes else ()
    asked = staff.decider(promotion.approvers, but=but)
    duty = staff.decision_duty(f"{DECISION}_{found.version}", ("model", str(found.model_id)), asked, promotion.approvers,
                               {"proposed_by": person}, but=but)  # fmt: skip
    others = [name for role in promotion.approvers for name in staff.team.holders(role) if name != person]
    told = OutboxEvent(f"model_proposed:{found.model_id}:{found.version}", "model_proposed", "model", str(found.model_id), "normal",
                       tuple(dict.fromkeys((asked, *others))), {**duty.facts, "owner": asked})  # fmt: skip
    open_duties(connection, [duty], at=staff.now)
    enqueue(connection, [told], at=staff.now)


def _person(services: Services, actor: str, roles: Collection[str], reason: str) -> str:
    if len(reason.strip()) < LEAST_REASON:
        raise RuleViolation(f"a reason has at least {LEAST_REASON} characters")
    return people.check_can_decide(services.instance, actor, roles=roles)


def _insert(
    services: Services, connection: Connection, model: Model, definition: ModelDefinition, figures: Mapping[str, object], person: str,
    as_of: date | None,
) -> int | None:  # fmt: skip
    at = services.clock.now()
    given = {"name": model.name, "purpose": model.purpose, "kind": model.kind, "digest": model.digest, "content": model.content,
             "definition": definition.model_dump_json(), "figures": json.dumps(figures), "actor": person, "at": at, "as_of": as_of}  # fmt: skip
    number = store.insert_model(connection, given)
    if number is not None:
        event = AuditEvent("model:trained", "model", str(number), person, new={"kind": model.kind, "digest": model.digest},
                           cause={"data_digest": model.training.data_digest, "definition_digest": model.training.definition_digest})  # fmt: skip
        append(connection, [event], at=at)
    return number
