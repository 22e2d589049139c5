"""Owns the states of an opinion and who may move it.

``author`` is who proposed it; ``approver`` is another person with a role the policy names, of higher rank where it matters.
"""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

AUTHOR, APPROVER = "author", "approver"

OPINION = Lifecycle("opinion", "opinion", "opinion_id", "proposed", (
    Transition("approve", ("proposed",), "approved", (APPROVER,), "opinion:approved", approves=True),
    Transition("adopt", ("proposed",), "approved", (AUTHOR,), "opinion:adopted"),
    Transition("refuse", ("proposed",), "refused", (APPROVER,), "opinion:refused"),
    Transition("activate", ("approved",), "active", (SYSTEM,), "opinion:activated"),
    Transition("expire", ("approved", "active"), "expired", (SYSTEM,), "opinion:expired"),
    Transition("lapse", ("proposed", "approved", "active"), "lapsed", (SYSTEM,), "opinion:lapsed"),
    Transition("revoke", ("proposed", "approved", "active"), "revoked", (AUTHOR, APPROVER, SYSTEM), "opinion:revoked"),
))  # fmt: skip
"""An opinion is approved when it is granted, active once an assessment rests on it; one to the worse may need no second person."""
