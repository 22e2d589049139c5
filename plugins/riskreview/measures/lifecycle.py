"""Owns the states of a measure and who may move it.

``proposer`` owns it or has a role the catalogue lets propose the kind, ``approver`` is who the approval matrix asks, ``implementer`` has a role the
catalogue names or was asked by name, ``overseer`` is the credit manager, the CFO or an executive. No two of the first three are one person.
"""

from riskreview.mechanisms.lifecycle import STAYS, SYSTEM, Lifecycle, Transition

PROPOSER, APPROVER, IMPLEMENTER, OVERSEER = "proposer", "approver", "implementer", "overseer"

MEASURE = Lifecycle("measure", "measure", "measure_id", "proposed", (
    Transition("approve_step", ("proposed",), STAYS, (APPROVER,), "measure:step_approved", approves=True),
    Transition("approve", ("proposed",), "approved", (APPROVER,), "measure:approved", approves=True),
    Transition("grant", ("proposed",), "approved", (SYSTEM,), "measure:granted_by_policy"),
    Transition("refuse", ("proposed",), "refused", (APPROVER,), "measure:refused"),
    Transition("withdraw", ("proposed", "approved"), "withdrawn", (SYSTEM, PROPOSER, OVERSEER), "measure:withdrawn"),
    Transition("implement", ("approved",), "implemented", (IMPLEMENTER,), "measure:implemented"),
    Transition("take_effect", ("implemented",), "in_force", (SYSTEM,), "measure:took_effect"),
    Transition("ask_reversal", ("in_force",), "reversal_asked", (PROPOSER, OVERSEER), "measure:reversal_asked"),
    Transition("keep", ("reversal_asked",), "in_force", (OVERSEER,), "measure:kept"),
    Transition("reverse", ("in_force", "reversal_asked"), "reversed", (PROPOSER, OVERSEER), "measure:reversed"),
    Transition("supersede", ("in_force", "reversal_asked"), "superseded", (SYSTEM,), "measure:superseded"),
    Transition("expire", ("in_force", "reversal_asked"), "expired", (SYSTEM,), "measure:expired"),
    Transition("lapse", ("proposed", "approved", "implemented"), "lapsed", (SYSTEM,), "measure:lapsed"),
    Transition("follow", ("approved", "implemented", "in_force", "reversal_asked"), STAYS, (SYSTEM,), "measure:followed_merge"),
    Transition("undo", ("expired", "reversed"), STAYS, (IMPLEMENTER,), "measure:undone"),
))  # fmt: skip
"""A measure is in force once it was carried out and its first day has come; a person undoes it in the systems after its end."""

IN_FORCE = ("in_force", "reversal_asked")
WAITING = ("proposed", "approved", "implemented")
