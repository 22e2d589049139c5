"""Owns the states of an activation and of its steps, and who may move them.

Beside the roles of the team there are roles towards the thing itself: ``owner`` and ``deputy`` of it, the ``leader`` of the
activation a step belongs to, and an ``approver``: somebody with a role the playbook names who neither owns it, took its lead nor looked
back on it.
"""

from riskreview.mechanisms.lifecycle import STAYS, SYSTEM, Lifecycle, Transition

_LEADERS = ("owner", "deputy")
_WORKERS = ("owner", "deputy", "leader")

ACTIVATION = Lifecycle("activation", "activation", "activation_id", "armed", (
    Transition("trigger", ("armed",), "triggered", (SYSTEM, *_LEADERS), "activation:triggered"),
    Transition("acknowledge", ("triggered",), "acknowledged", _LEADERS, "activation:acknowledged"),
    Transition("contain", ("acknowledged",), "contained", _LEADERS, "activation:contained"),
    Transition("recover", ("contained",), "recovering", _LEADERS, "activation:recovering"),
    Transition("resolve", ("contained", "recovering"), "resolved", _LEADERS, "activation:resolved"),
    Transition("look_back", ("resolved",), "after_action", _LEADERS, "activation:looked_back"),
    Transition("close", ("after_action",), "closed", ("approver",), "activation:closed", approves=True),
    Transition("stand_down", ("armed", "triggered", "acknowledged", "contained"), "stood_down", ("approver",),
               "activation:stood_down", approves=True),
    Transition("reassign", ("triggered", "acknowledged", "contained", "recovering", "resolved"), STAYS, (SYSTEM,), "activation:reassigned"),
    Transition("overtake", ("armed", "triggered", "acknowledged", "contained", "recovering"), "stood_down", (SYSTEM,),
               "activation:overtaken"),
))  # fmt: skip
"""One use of a playbook: led by one person, ended by another."""

STEP = Lifecycle("step", "step", "step_key", "todo", (
    Transition("acknowledge", ("todo",), "acknowledged", _WORKERS, "step:acknowledged"),
    Transition("start", ("todo", "acknowledged"), "doing", _WORKERS, "step:started"),
    Transition("finish", ("todo", "acknowledged", "doing"), "done", _WORKERS, "step:done"),
    Transition("refuse", ("todo", "acknowledged", "doing"), "not_doing", _WORKERS, "step:not_doing"),
    Transition("reassign", ("todo", "acknowledged", "doing"), STAYS, (SYSTEM,), "step:reassigned"),
))  # fmt: skip
"""One duty of an activation: done with evidence, or not done with a reason."""
