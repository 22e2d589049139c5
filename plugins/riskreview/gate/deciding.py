"""Owns the verbs of a change of policy: propose, approve, reject, put into force, withdraw, go back.

Every verb is one transaction with its audit event. The database holds proposer and approver apart and lets only what was approved into
force; here is said what a back-test must be for a proposal to count, and a proposal that no longer holds becomes void.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation.approved import in_force, view_of
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.gate import asking, store
from riskreview.gate.files import own_set
from riskreview.gate.installing import ACTOR
from riskreview.gate.lifecycle import PEOPLE, PROPOSAL
from riskreview.mechanisms.lifecycle import SYSTEM, apply
from riskreview.mechanisms.staffing import Staff
from riskreview.mechanisms.training import check_trained
from riskreview.policy.gate_policy import GatePolicy, Validity, load_gate_policy
from riskreview.policy.risk_policy import load_policy
from riskreview.validation import people

LEAST_REASON = 10
Row = dict[str, Any]  # a row of the store


def propose(
    services: Services, *, actor: str, reason: str, effective_from: date | None = None, wanted: str | None = None
) -> int:
    """Propose the policy files as they stand, or a kept version, and return the number of the proposal; approvers are told.

    :param effective_from: the day it comes into force, today at the earliest; None: as early as the risk policy says.
    :param wanted: number of a version or beginning of a digest; None for the files.
    :raises RuleViolation: for a person who may not, a reason that says nothing, files that are in force already, or without a
        back-test of exactly these files beside the version in force on the portfolio as it is.
    :raises Conflict: when these files wait as a proposal already.
    """
    policy, today = _rules(services), services.today
    person = _person(services, actor, policy.proposers, reason)
    with transaction(services.engine) as connection:
        store.lock_gate(connection)
        base = _standing(connection, today)
        digest = own_set(services.instance).digest if wanted is None else store.find_set(connection, wanted)
        if digest == base:
            raise RuleViolation("these policy files are in force already")
        tried = store.last_backtest(connection, digest, base)
        if tried is None:
            raise RuleViolation(
                "no back-test of exactly these files beside the version in force; try them first: riskreview policy backtest"
            )
        problem = _outdated(connection, tried, policy.valid, today)
        if problem is not None:
            raise RuleViolation(f"{problem}; try the files again: riskreview policy backtest")
        values = {
            "kind": "change",
            "digest": digest,
            "base_digest": base,
            "backtest_id": tried["backtest_id"],
            "bound_digest": tried["digest"],
        }
        return _propose(services, connection, values, person, reason, effective_from, policy)


def go_back(services: Services, *, wanted: str, actor: str, reason: str, effective_from: date | None = None) -> int:
    """Propose to go back to a version that was in force before; a second person approves it, no back-test is needed.

    :raises RuleViolation: like ``propose``, and for a version that never was in force.
    :raises NotFound: when there is no such version.
    """
    policy, today = _rules(services), services.today
    person = _person(services, actor, policy.proposers, reason)
    with transaction(services.engine) as connection:
        store.lock_gate(connection)
        base, digest = _standing(connection, today), store.find_set(connection, wanted)
        if digest == base:
            raise RuleViolation("this version is in force already")
        if all(row["set_digest"] != digest for row in store.list_activations(connection, on_day=today)):
            raise RuleViolation("this version never was in force; only one that was is gone back to")
        values = {
            "kind": "rollback",
            "digest": digest,
            "base_digest": base,
            "backtest_id": None,
            "bound_digest": digest,
        }
        return _propose(services, connection, values, person, reason, effective_from, policy)


def approve(services: Services, *, proposal_id: int, version: int, actor: str, digest: str, reason: str) -> None:
    """Approve a proposal, bound to the digest of the report that was read; for a way back, to that of the version.

    :raises RuleViolation: for the proposer, a person who may not, another digest, or a proposal that no longer holds, which is void then.
    :raises Conflict: when somebody else changed the proposal meanwhile.
    """
    policy = _rules(services)
    person = _person(services, actor, policy.approvers, reason)
    with transaction(services.engine) as connection:
        found = store.read_proposal(connection, proposal_id)
        _check_may(services, connection, "approve", found, version, person)
        if digest != found["bound_digest"]:
            raise RuleViolation(
                "what was read is not what is proposed; read the report of this proposal and approve its digest"
            )
    _check_holds(services, proposal_id, policy)
    with transaction(services.engine) as connection:
        changes = {
            "decided_by": person,
            "decided_at": services.clock.now(),
            "decided_digest": digest,
            "decision_reason": reason.strip(),
        }
        _act(services, connection, "approve", found, version, person, policy.approvers, changes)


def reject(services: Services, *, proposal_id: int, version: int, actor: str, reason: str) -> None:
    """Reject a proposal. Raises like ``approve``; a proposer withdraws instead."""
    policy = _rules(services)
    person = _person(services, actor, policy.approvers, reason)
    with transaction(services.engine) as connection:
        found = store.read_proposal(connection, proposal_id)
        changes = {"decided_by": person, "decided_at": services.clock.now(), "decision_reason": reason.strip()}
        _act(services, connection, "reject", found, version, person, policy.approvers, changes)


def withdraw(services: Services, *, proposal_id: int, version: int, actor: str, reason: str) -> None:
    """Take a proposal back that is not in force yet.

    :raises RuleViolation: for a person who may neither propose nor approve.
    """
    policy = _rules(services)
    person = _person(services, actor, (*policy.proposers, *policy.approvers), reason)
    with transaction(services.engine) as connection:
        found = store.read_proposal(connection, proposal_id)
        changes = {"ended_by": person, "ended_at": services.clock.now(), "end_reason": reason.strip()}
        _act(services, connection, "withdraw", found, version, person, (*policy.proposers, *policy.approvers), changes)


def activate(services: Services, *, proposal_id: int, version: int, actor: str) -> int:
    """Put an approved version into force from its day, today at the earliest, and return the number of the activation.

    :raises RuleViolation: for a person who may not, what was not approved, or a proposal that no longer holds, which is void then.
    """
    policy, today, at = _rules(services), services.today, services.clock.now()
    roles = (*policy.proposers, *policy.approvers)
    person = people.check_can_decide(services.instance, actor, roles=roles)
    with transaction(services.engine) as connection:
        _check_may(services, connection, "activate", store.read_proposal(connection, proposal_id), version, person)
    _check_holds(services, proposal_id, policy)
    with transaction(services.engine) as connection:
        store.lock_gate(connection)
        found = store.read_proposal(connection, proposal_id)
        day = max(found["effective_from"], today)
        _act(services, connection, "activate", found, version, person, roles, {})
        number = store.insert_activation(connection, {"digest": found["set_digest"], "effective_from": day, "proposal_id": proposal_id,
                                                      "person": person, "at": at})  # fmt: skip
        said = {
            "set_digest": found["set_digest"],
            "effective_from": day.isoformat(),
            "risk_version": found["risk_version"],
        }
        cause = {
            "proposal_id": proposal_id,
            "proposed_by": found["proposed_by"],
            "approved_by": found["decided_by"],
            "kind": found["kind"],
        }
        append(
            connection,
            [AuditEvent("policy:in_force", "policy_activation", str(number), person, new=said, cause=cause)],
            at=at,
        )
    return number


def holds(services: Services, proposal_id: int) -> str | None:
    """Return why an open proposal no longer holds; None when it does."""
    with services.engine.connect() as connection:
        return _problem(
            connection, store.read_proposal(connection, proposal_id), _rules(services).valid, services.today
        )


def _check_may(
    services: Services, connection: Connection, verb: asking.Verb, found: Row, version: int, person: str
) -> None:
    """Check person, state and version before the facts under a proposal, so that nobody makes void what is not theirs to decide.

    :raises RuleViolation: for the proposer, a lapsed training, or a state that does not allow the verb.
    :raises Conflict: when somebody else changed the proposal meanwhile.
    """
    if found["version"] != version:
        raise Conflict(
            f"{PROPOSAL.name} {found['proposal_id']} was changed meanwhile: it is {found['state']}, version {found['version']}"
        )
    row = PROPOSAL.check_can(verb, state=found["state"], roles=PEOPLE)
    if row.approves and person == found["proposed_by"]:
        raise RuleViolation("another person than the proposer decides about a change of policy")
    if row.approves:
        check_trained(connection, person, at=services.clock.now())


def _check_holds(services: Services, proposal_id: int, policy: GatePolicy) -> None:
    """Make a proposal void that no longer holds.

    :raises RuleViolation: saying why.
    """
    with transaction(services.engine) as connection:
        found = store.read_proposal(connection, proposal_id)
        problem = (
            _problem(connection, found, policy.valid, services.today)
            if found["state"] in {"proposed", "approved"}
            else None
        )
        if problem is not None:
            changes = {"ended_by": ACTOR, "ended_at": services.clock.now(), "end_reason": problem}
            _act(services, connection, "void", found, found["version"], ACTOR, (SYSTEM,), changes)
    if problem is not None:
        raise RuleViolation(f"{problem}; proposal {proposal_id} is void")


def _problem(connection: Connection, found: Row, valid: Validity, today: date) -> str | None:
    if found["base_digest"] != in_force(connection, today):
        return "another version came into force since the proposal"
    return None if found["kind"] == "rollback" else _outdated(connection, found, valid, today)


def _outdated(connection: Connection, tried: Row, valid: Validity, today: date) -> str | None:
    """Return why a back-test no longer speaks of the portfolio as it is: it is old, or the portfolio is another one."""
    if not timedelta() <= today - tried["as_of"] <= timedelta(days=valid.days):
        return f"the back-test is of {tried['as_of']}, more than {valid.days} days away"
    now = connection.execute(text(sql("gate", "population"))).one()
    for name, before, after, limit in (("number of customers", tried["customers"], now.customers, valid.customers_pct),
                                       ("exposure", float(tried["exposure"]), float(now.exposure), valid.exposure_pct)):  # fmt: skip
        if abs(after - before) * 100 > limit * max(before, 1):
            return f"the {name} of the portfolio went from {before:,.0f} to {after:,.0f} since the back-test, more than {limit:g} %"
    return None


def _propose(
    services: Services, connection: Connection, values: dict[str, Any], person: str, reason: str, wanted_day: date | None, policy: GatePolicy,
) -> int:  # fmt: skip
    at, today, staff = services.clock.now(), services.today, _staff(services)
    asked = asking.decider(staff, person, policy.approvers)
    written = load_policy(view_of(services.instance, connection, values["digest"])).effective_from
    day = wanted_day or max(today, written)
    if day < written:
        raise RuleViolation(f"the risk policy says that it is effective from {written}, not yet on {day}")
    if day < today:
        raise RuleViolation(
            f"a version comes into force today at the earliest, not on {day}: the past keeps the policy it was judged by"
        )
    number = store.insert_proposal(
        connection,
        {**values, "effective_from": day, "reason": reason.strip(), "person": person, "at": at, "on_day": today},
    )
    if number is None:
        raise Conflict("these policy files wait as a proposal already; see: riskreview policy list")
    said = {name: values[name] for name in ("kind", "digest", "base_digest", "bound_digest")} | {
        "effective_from": day.isoformat()
    }
    append(connection, [AuditEvent("policy:proposed", PROPOSAL.name, str(number), person, new=said)], at=at)
    asking.ask(connection, staff, number, proposer=person, asked=asked, approvers=policy.approvers)
    return number


def _act(
    services: Services, connection: Connection, verb: asking.Verb, found: Row, version: int, person: str, roles: Collection[str], changes: dict[str, Any],
) -> None:  # fmt: skip
    """Move a proposal; the roles were checked by the policy, so that the table's own must not refuse them."""
    acting = (SYSTEM,) if SYSTEM in roles else tuple({*roles, *PEOPLE})
    try:
        apply(connection, PROPOSAL, verb, found["proposal_id"], version=version, actor=person, roles=acting, at=services.clock.now(),
              changes=changes, cause={"set_digest": found["set_digest"], "bound_digest": found["bound_digest"]})  # fmt: skip
    except IntegrityError as error:
        if "policy_proposal_four_eyes" in str(error.orig):
            raise RuleViolation("another person than the proposer decides about a change of policy") from error
        raise
    asking.follow(connection, _staff(services), found, verb, actor=person)


def _standing(connection: Connection, today: date) -> str:
    digest = in_force(connection, today)
    if digest is None:
        raise RuleViolation("no policy is in force yet; the first run, or riskreview init, puts the files into force")
    return digest


def _rules(services: Services) -> GatePolicy:
    """Return the rules of the gate in force, never those of the files that want to pass it."""
    return load_gate_policy(services.by_approved(services.today).instance)


def _staff(services: Services) -> Staff:
    return Staff.of(services.by_approved(services.today))


def _person(services: Services, actor: str, roles: Collection[str], reason: str) -> str:
    if len(reason.strip()) < LEAST_REASON:
        raise RuleViolation(f"a reason has at least {LEAST_REASON} characters")
    return people.check_can_decide(services.instance, actor, roles=roles)
