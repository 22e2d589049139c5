"""Owns the states of a training and who may record one."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

RECORDERS = ("compliance", "audit", "executive")

TRAINING = Lifecycle("training", "training", "training_id", "assigned", (
    Transition("record", ("assigned", "lapsed"), "done", RECORDERS, "training:recorded"),
    Transition("lapse", ("assigned",), "lapsed", (SYSTEM,), "training:lapsed"),
    Transition("end", ("assigned", "lapsed", "done"), "ended", (SYSTEM,), "training:ended"),
))  # fmt: skip
"""One round of a course for one person; recorded by another person with evidence, ended when nobody asks it of them any more."""
