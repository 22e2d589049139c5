"""Owns the states of a write into a CRM, from what we want to what the CRM shows."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

APPROVER = "approver"
"""Has one of the roles that ``policies/crm.yaml`` names."""

WRITE = Lifecycle("crm_write", "crm_write", "write_id", "proposed", (
    Transition("grant", ("proposed",), "approved", (SYSTEM,), "crm_write:granted_by_policy"),
    Transition("approve", ("proposed",), "approved", (APPROVER,), "crm_write:approved", approves=True),
    Transition("refuse", ("proposed",), "refused", (APPROVER,), "crm_write:refused"),
    Transition("withdraw", ("proposed", "approved"), "withdrawn", (SYSTEM,), "crm_write:withdrawn"),
    Transition("begin", ("approved",), "writing", (SYSTEM,), "crm_write:begun"),
    Transition("write", ("writing",), "written", (SYSTEM,), "crm_write:written"),
    Transition("confirm", ("written",), "confirmed", (SYSTEM,), "crm_write:confirmed"),
    Transition("conflict", ("approved", "writing", "written"), "conflict", (SYSTEM,), "crm_write:met_a_conflict"),
    Transition("fail", ("approved", "writing", "written"), "failed", (SYSTEM,), "crm_write:failed"),
))  # fmt: skip
"""``writing`` is stored before the call is made: whoever finds it later looks into the CRM before doing anything."""
