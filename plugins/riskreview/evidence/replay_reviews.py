"""Owns checking once more what people rested on and did: the frozen pack of a review, and its way through its states to a decision."""

import hashlib
import json
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, text

from riskreview.assessment import history
from riskreview.assessment.again import CannotReplay
from riskreview.assessment.stand import positions_of_rows
from riskreview.evidence.replay import fact_files, readable, replay_assessment
from riskreview.evidence.results import Difference, Replay, first_difference
from riskreview.facts.files import FactFiles
from riskreview.foundation.errors import NotFound, RiskReviewError
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.mechanisms.lifecycle import Transition
from riskreview.policy.review_approval import ApprovalLine, steps_of
from riskreview.policy.risk_policy import policy_of
from riskreview.reviews.contributions import contributions
from riskreview.reviews.decisions import proposal_digest
from riskreview.reviews.lifecycle import REVIEW

Found = Row[Any]  # a result row has the columns of its statement
Document = Mapping[str, Any]  # JSON has any shape


def replay_pack(services: Services, *, review_id: int, files: FactFiles | None = None) -> Replay:
    """Hash a review's pack again, and compare the facts in it with the assessment they were taken from, which is replayed too.

    :param files: where several are replayed, so that each file of the facts is compared once.
    :raises NotFound: when there is no such review, it has no pack, or its customer was erased.
    """
    with services.engine.connect() as connection:
        row = _remembered(connection, review_id)
        if row.pack is None:
            raise NotFound(f"review {review_id} has no pack")
        opened = _events(connection, "review", str(review_id), "review:opened")
        frozen = _events(connection, "snapshot", f"{review_id}:%", "snapshot:frozen")
        snapshots = connection.execute(text(sql("evidence", "snapshots")), {"review_id": review_id}).all()
    body = bytes(row.pack)
    found, pack = hashlib.sha256(body).hexdigest(), json.loads(body)
    said = str(opened[0]["new"]["pack_sha256"]) if opened else row.pack_sha256
    problem = "" if said == found else f"the pack's SHA-256 is {found}, the event log says {said}"
    altered = _altered(snapshots, frozen)
    try:
        with readable():
            checks, difference, astray = _against_history(
                services, row.customer_key, pack, files or fact_files(services)
            )
    except RiskReviewError as error:
        checks, difference, astray = {}, None, str(error)
    return Replay("pack", {"review": review_id}, said, found, difference, problem or altered or astray, checks=checks)


def replay_decision(services: Services, *, review_id: int) -> Replay:
    """Walk a review through its states again, by the log: each verb by a role that may, each approval by another person on the same digest.

    :raises NotFound: when there is no such review, or its customer was erased.
    """
    with services.engine.connect() as connection:
        row = _remembered(connection, review_id)
        events = _events(connection, "review", str(review_id), "review:%")
        steps = connection.execute(text(sql("evidence", "approvals")), {"review_id": review_id}).all()
    checks: dict[str, str] = {}
    try:
        state, version = _walked(events)
        checks["states"] = f"{len(events)} events, {state} at version {version}"
        _check_rounds(row, events, steps, checks)
    except CannotReplay as error:
        return Replay("decision", {"review": review_id}, problem=str(error), checks=checks)
    stored = {
        "state": row.state,
        "version": row.version,
        "decided_by": row.decided_by,
        "snapshot_sha256": row.snapshot_sha256,
    }
    replayed = {"state": state, "version": version, **_decided(row, events)}
    one, other = (hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest() for item in (stored, replayed))
    return Replay("decision", {"review": review_id}, one, other, first_difference(stored, replayed), checks=checks)


def replay_review_sample(services: Services, *, size: int, seed: int) -> list[Replay]:
    """Check packs and decisions drawn at random from all reviews; the same seed draws the same ones from the same history."""
    with services.engine.connect() as connection:
        numbers = connection.execute(text(sql("evidence", "packed_reviews"))).scalars().all()
    chosen = random.Random(seed).sample(list(numbers), min(size, len(numbers)))  # noqa: S311  a sample that can be drawn again
    files = fact_files(services)
    return [found for number in sorted(chosen)
            for found in (replay_pack(services, review_id=number, files=files), replay_decision(services, review_id=number))]  # fmt: skip


def _against_history(
    services: Services, customer_key: int, pack: Document, files: FactFiles
) -> tuple[dict[str, str], Difference | None, str]:
    """Compare the figures in a pack with the stored assessment, judge its contributions again, and replay the assessment.

    Returns what was compared, the first difference, and what was found wrong with the assessment itself.
    """
    taken = pack["assessment"]
    rows = history.read_customer_rows(services.instance, customer_key=customer_key)
    rows = [row for row in rows if (row["as_of"].isoformat(), row["run_id"]) == (taken["as_of"], taken["run_id"])]
    if not rows:
        return {"assessment": "not in the history; only the hash was checked"}, None, ""
    differences = [_shared(taken, row) for row in rows]
    difference = None if None in differences else differences[0]
    if difference is None:
        difference = _contributions(services, pack)
    again = replay_assessment(
        services, customer_key=customer_key, as_of=rows[0]["as_of"], run_id=rows[0]["run_id"], files=files
    )
    return {"assessment": again.sentence()}, difference, "" if again.is_equal else again.sentence()


def _shared(taken: Document, row: Document) -> Difference | None:
    """Return the first figure that a pack and a stored assessment both hold and that differs; figures are kept in single precision."""
    for name in sorted(set(taken) & set(row)):
        if not _is_same(taken[name], row[name]):
            return Difference(f"assessment.{name}", taken[name], row[name])
    return None


def _is_same(one: object, other: object) -> bool:
    """Compare a value of JSON from the database with one of the history, where no class before is -1 and no opinion 0."""
    if isinstance(one, float) or isinstance(other, float):
        return _single(one) == _single(other)
    if one is None or other is None:
        return {one, other} <= {None, 0, -1}
    return str(one) == str(other)


def _single(value: object) -> float | None:
    """Return a figure in the precision it is kept in, None for one that is not known."""
    found = math.nan if value is None else float(str(value))
    return None if math.isnan(found) else float(np.float32(found))


def _contributions(services: Services, pack: Document) -> Difference | None:
    if "contributions" not in pack:
        return None
    with services.engine.connect() as connection:
        digest = (pack.get("assessed") or pack["policy"]).get("policy_digest") or pack["policy"]["digest"]
        content = connection.execute(text(sql("evidence", "policy_by_digest")), {"digest": digest}).scalar()
    if content is None:
        raise CannotReplay(f"the policy {digest[:12]} the pack was made by is no longer stored as it was")
    policy = policy_of(content)
    if policy.digest != digest:
        raise CannotReplay(
            f"policy version {policy.version} was altered: its SHA-256 is {policy.digest}, the pack was made by {digest}"
        )
    (found,) = contributions(positions_of_rows([pack["assessment"]], policy), content)
    return first_difference(pack["contributions"], json.loads(json.dumps(found)), "contributions")


def _altered(snapshots: Sequence[Found], events: Sequence[Document]) -> str:
    """Return which later snapshot of the facts is not what the log says; empty when all are."""
    said = {event["subject"][1]: event["new"]["sha256"] for event in events}
    for row in snapshots:
        found = hashlib.sha256(bytes(row.body)).hexdigest()
        if said.get(f"{row.review_id}:{row.number}", found) != found:
            return f"snapshot {row.number} was altered: its SHA-256 is {found}, the event log says {said[f'{row.review_id}:{row.number}']}"
    return ""


def _walked(events: Sequence[Document]) -> tuple[str, int]:
    """Return state and version after the events of a review, each checked against the transition table."""
    state, version = "", 0
    for event in events:
        new, old = event["new"], event["old"]
        if old and version and (old.get("state"), old.get("version")) != (state, version):
            raise CannotReplay(
                f"event {event['seq']} begins at {old.get('state')}, version {old.get('version')}; before it was {state}, version {version}"
            )
        if old:
            _check_allowed(event)
        state, version = str(new["state"]), int(new["version"])
    return state, version


def _check_allowed(event: Document) -> None:
    """Check that the table knows the verb from that state to this one, and that the system does only what is the system's."""
    old, new = str(event["old"]["state"]), str(event["new"]["state"])
    fitting = [item for item in REVIEW.transitions if item.audit_action == event["action"] and old in item.sources]
    if not any(item.leads_to(old) == new for item in fitting):
        raise CannotReplay(f"event {event['seq']}: {event['action']} does not lead from {old} to {new}")
    roles = set(event["cause"].get("roles", ()))
    if roles and not any(roles & set(item.roles) for item in fitting):
        raise CannotReplay(
            f"event {event['seq']}: {event['actor']} acted as {', '.join(sorted(roles))}, which may not {event['action']}"
        )
    if event["actor"].startswith("system:") and not any(_is_for_system(item) for item in fitting):
        raise CannotReplay(f"event {event['seq']}: {event['action']} takes a person, {event['actor']} did it")


def _is_for_system(item: Transition) -> bool:
    return "system" in item.roles


def _check_rounds(row: Found, events: Sequence[Document], steps: Sequence[Found], checks: dict[str, str]) -> None:
    """Check every round of approval: the matrix gives its steps, each step another person than before, all on one digest."""
    submitted = [event for event in events if event["action"] == "review:submitted"]
    for number in sorted({step.round for step in steps}):
        of = [step for step in steps if step.round == number]
        event = submitted[number - 1] if number <= len(submitted) else None
        if event is not None and event["cause"].get("digest") != of[0].digest:
            raise CannotReplay(
                f"round {number} is bound to {of[0].digest}, the event log says {event['cause'].get('digest')}"
            )
        _check_matrix(number, of, event, checks)
        _check_people(row, number, of)
        checks[f"round {number}"] = ", ".join(
            f"step {step.step} {step.state}" + (f" by {step.decided_by}" if step.decided_by else "") for step in of
        )
    if row.state == "approved" and steps:
        digest = proposal_digest(row.snapshot_sha256, row.measures, row.recommendation, row.terms_sha256)
        if digest != steps[-1].digest:
            raise CannotReplay(f"what is stored comes to {digest}, what was approved was {steps[-1].digest}")
        checks["digest"] = "facts, measures and words are those that were approved"


def _check_matrix(number: int, steps: Sequence[Found], event: Document | None, checks: dict[str, str]) -> None:
    if steps[0].basis is None:
        checks[f"matrix of round {number}"] = "not kept with the round; its steps were taken as stored"
        return
    body = bytes(steps[0].basis)
    said = None if event is None else event["cause"].get("basis")
    if said not in {None, hashlib.sha256(body).hexdigest()}:
        raise CannotReplay(f"what round {number} was asked on was altered: the event log says {said}")
    basis = json.loads(body)
    lines = [ApprovalLine.model_validate_json(json.dumps(line)) for line in basis["matrix"]]
    wanted = steps_of(lines, basis["risk_class"], basis["exposure"], basis["measures"])
    if [list(step.roles) for step in steps] != [list(roles) for roles in wanted]:
        raise CannotReplay(
            f"round {number} asked {[list(step.roles) for step in steps]}, the matrix gives {[list(roles) for roles in wanted]}"
        )
    checks[f"matrix of round {number}"] = (
        f"{basis['risk_class']}: {len(wanted)} steps, as the matrix of version {basis['version']} asks"
    )


def _check_people(row: Found, number: int, steps: Sequence[Found]) -> None:
    people = [step.decided_by for step in steps if step.decided_by]
    if len(people) != len(set(people)) or (number == row.approval_round and row.proposed_by in people):
        raise CannotReplay(f"round {number} was not decided by different people: {', '.join(people)}")


def _decided(row: Found, events: Sequence[Document]) -> dict[str, object]:
    """Return who decided last and on which facts, as the log says; what it does not say is as stored."""
    found = {"decided_by": row.decided_by, "snapshot_sha256": row.snapshot_sha256}
    deciding = [
        event for event in events if event["action"] in {"review:approved", "review:rejected", "review:returned"}
    ]
    if deciding and row.decided_by is not None:
        found["decided_by"] = deciding[-1]["actor"]
    return found


def _remembered(connection: Connection, review_id: int) -> Found:
    row = _review(connection, review_id)
    if row.forgotten_at is not None:
        raise NotFound(
            f"what review {review_id} rested on was erased with its customer on {row.forgotten_at:%Y-%m-%d}; its digests are in the log"
        )
    return row


def _review(connection: Connection, review_id: int) -> Found:
    row = connection.execute(text(sql("evidence", "review")), {"review_id": review_id}).one_or_none()
    if row is None:
        raise NotFound(f"there is no review {review_id}")
    return row


def _events(connection: Connection, subject_type: str, subject_id: str, action: str) -> list[Document]:
    values = {"subject_type": subject_type, "subject_id": subject_id, "action": action}
    return [
        json.loads(bytes(body)) for body in connection.execute(text(sql("evidence", "events_of")), values).scalars()
    ]
