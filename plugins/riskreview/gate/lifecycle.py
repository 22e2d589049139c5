"""Owns the transition table of a proposal: proposed, by another person approved or rejected, then put into force; or void."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

PROPOSERS = ("risk_owner", "credit_manager")
APPROVERS = ("credit_manager", "cfo", "executive")
PEOPLE = tuple(dict.fromkeys([*PROPOSERS, *APPROVERS]))
SUBJECT = "policy_proposal"
"""Names a proposal in duties and messages."""


def _row(verb: str, sources: str, target: str, past: str, roles: tuple[str, ...]) -> Transition:
    return Transition(verb, tuple(sources.split()), target, roles, f"policy:{past}", approves=verb == "approve")


PROPOSAL = Lifecycle("policy proposal", "policy_proposal", "proposal_id", "proposed", (
    _row("approve", "proposed", "approved", "approved", PEOPLE),
    _row("reject", "proposed", "rejected", "rejected", PEOPLE),
    _row("activate", "approved", "active", "activated", PEOPLE),
    _row("withdraw", "proposed approved", "void", "withdrawn", PEOPLE),
    _row("void", "proposed approved", "void", "voided", (SYSTEM,)),
))  # fmt: skip
