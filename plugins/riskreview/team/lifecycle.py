"""Owns the states of a training and of a quarter's sign-off, and who may move them."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

RECORDERS = ("compliance", "audit", "executive")
SIGNERS = ("cfo", "executive")
EXCEPTING = ("credit_manager", "cfo", "executive")

TRAINING = Lifecycle("training", "training", "training_id", "assigned", (
    Transition("record", ("assigned", "lapsed"), "done", RECORDERS, "training:recorded"),
    Transition("lapse", ("assigned",), "lapsed", (SYSTEM,), "training:lapsed"),
    Transition("end", ("assigned", "lapsed", "done"), "ended", (SYSTEM,), "training:ended"),
))  # fmt: skip
"""One round of a course for one person; recorded by another person with evidence, ended when nobody asks it of them any more."""

CAMPAIGN = Lifecycle("campaign", "campaign", "campaign_id", "counted", (
    Transition("recount", ("counted", "returned"), "counted", (SYSTEM,), "campaign:counted"),
    Transition("sign", ("counted",), "signed", SIGNERS, "campaign:signed", approves=True),
    Transition("return", ("counted",), "returned", SIGNERS, "campaign:returned"),
))  # fmt: skip
"""A quarter's duties, counted and answered for by one person who excepted none of them."""
