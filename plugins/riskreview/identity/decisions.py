"""Owns what a person decides about proposals: accept, refuse, and take an accepted one back."""

from sqlalchemy import text

from riskreview.facts.merging import merge_customers, undo_merge
from riskreview.facts.publishing_lock import one_publisher
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.identity.lifecycle import PROPOSAL
from riskreview.identity.results import Proposal
from riskreview.mechanisms.lifecycle import apply
from riskreview.policy.team import load_team

SHORTEST_REASON = 10


def list_proposals(services: Services, *, state: str | None = "proposed", limit: int = 50) -> tuple[Proposal, ...]:
    """Return proposals, the surest first.

    :param state: None for all.
    """
    values = {"state": state, "proposal_id": None, "how_many": limit}
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("identity", "list_proposals")), values).all()
    return tuple(Proposal(**row._asdict()) for row in rows)


def accept(services: Services, *, proposal_id: int, actor: str, reason: str) -> Proposal:
    """Make the two customers of a proposal one.

    :raises NotFound: when there is no such proposal.
    :raises RuleViolation: when the actor or the state does not allow it, or the reason is too short.
    :raises Conflict: when the accounts are one customer already.
    """
    person, roles = _check_person(services, actor, reason)
    at = services.clock.now()
    with one_publisher(services), transaction(services.engine) as connection:
        found = read_proposal(services, proposal_id)
        PROPOSAL.check_can("accept", state=found.state, roles=roles)
        merges = merge_customers(connection, [(found.first_customer, found.second_customer)], basis="accepted_proposal",
                                 reference=f"proposal:{proposal_id}", actor=person, at=at)  # fmt: skip
        if not merges:
            raise Conflict(f"the accounts of proposal {proposal_id} are one customer already")
        apply(connection, PROPOSAL, "accept", proposal_id, version=found.version, actor=person, roles=roles, at=at,
              changes={"decided_by": person, "decided_at": at, "reason": reason.strip(), "merge_id": merges[0].merge_id})  # fmt: skip
    return read_proposal(services, proposal_id)


def refuse(services: Services, *, proposal_id: int, actor: str, reason: str) -> Proposal:
    """Keep two customers apart; they are proposed again only on other evidence. Raises like ``accept``."""
    person, roles = _check_person(services, actor, reason)
    found = read_proposal(services, proposal_id)
    at = services.clock.now()
    with transaction(services.engine) as connection:
        apply(connection, PROPOSAL, "refuse", proposal_id, version=found.version, actor=person, roles=roles, at=at,
              changes={"decided_by": person, "decided_at": at, "reason": reason.strip()})  # fmt: skip
    return read_proposal(services, proposal_id)


def split(services: Services, *, proposal_id: int, actor: str, reason: str) -> Proposal:
    """Take an accepted proposal back: what it brought together is apart again. Raises like ``accept``."""
    person, roles = _check_person(services, actor, reason)
    found = read_proposal(services, proposal_id)
    at = services.clock.now()
    with one_publisher(services), transaction(services.engine) as connection:
        apply(connection, PROPOSAL, "split", proposal_id, version=found.version, actor=person, roles=roles, at=at,
              changes={"decided_by": person, "decided_at": at, "reason": reason.strip()})  # fmt: skip
        if found.merge_id is not None:
            undo_merge(connection, found.merge_id, actor=person, reason=reason.strip(), at=at)
    return read_proposal(services, proposal_id)


def read_proposal(services: Services, proposal_id: int) -> Proposal:
    """Return one proposal.

    :raises NotFound: when there is none.
    """
    values = {"state": None, "proposal_id": proposal_id, "how_many": 1}
    with services.engine.connect() as connection:
        row = connection.execute(text(sql("identity", "list_proposals")), values).one_or_none()
    if row is None:
        raise NotFound(f"there is no identity proposal {proposal_id}")
    return Proposal(**row._asdict())


def _check_person(services: Services, actor: str, reason: str) -> tuple[str, tuple[str, ...]]:
    if len(reason.strip()) < SHORTEST_REASON:
        raise RuleViolation("a reason has at least ten characters")
    person = load_team(services.instance).person(actor)
    if person is None:
        raise RuleViolation(f"{actor} is no person of the team")
    return person.id, person.roles
