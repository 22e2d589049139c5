"""Owns the states of a proposal that two customers are one, and who may move it."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

DECIDERS = ("data_engineer", "risk_owner", "credit_manager")

PROPOSAL = Lifecycle("identity proposal", "identity_proposal", "proposal_id", "proposed", (
    Transition("accept", ("proposed",), "accepted", DECIDERS, "identity_proposal:accepted"),
    Transition("refuse", ("proposed",), "refused", DECIDERS, "identity_proposal:refused"),
    Transition("withdraw", ("proposed",), "withdrawn", (SYSTEM,), "identity_proposal:withdrawn"),
    Transition("propose_again", ("refused", "withdrawn", "split"), "proposed", (SYSTEM,), "identity_proposal:proposed_again"),
    Transition("split", ("accepted",), "split", DECIDERS, "identity_proposal:split"),
))  # fmt: skip
"""A person decides once; only other evidence brings a refused or split pair back."""
