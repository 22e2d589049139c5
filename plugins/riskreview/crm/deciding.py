"""Owns a person's word on a write into the CRM."""

from riskreview.crm import write_store
from riskreview.crm.lifecycle import APPROVER, WRITE
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.lifecycle import apply
from riskreview.policy.crm_policy import load_crm_policy
from riskreview.policy.team import load_team


def roles_of(services: Services, person: str) -> tuple[str, ...]:
    """Return what a person is to writes that wait for one: an approver where a role of the policy is theirs."""
    allowed = set(load_crm_policy(services.instance).approvers) & set(load_team(services.instance).roles_of(person))
    return (APPROVER,) if allowed else ()


def decide(services: Services, write_id: int, *, person: str, digest: str, reason: str, agree: bool) -> None:
    """Agree to a write or refuse it; what is agreed to is exactly what the digest names.

    :raises RuleViolation: for somebody without a role of the policy. :raises Conflict: when it says something else by now.
    """
    if not reason.strip():
        raise RuleViolation("a decision needs a reason")
    with transaction(services.engine) as connection:
        write = write_store.read_write(connection, write_id)
        if write.digest != digest:
            raise Conflict(f"CRM write {write_id} is not what you saw; its digest is {write.digest[:12]}")
        at = services.clock.now()
        apply(connection, WRITE, "approve" if agree else "refuse", write_id, version=write.version, actor=person,
              roles=roles_of(services, person), at=at, changes={"decided_by": person, "decided_at": at, "reason": reason},
              cause={"digest": digest})  # fmt: skip
