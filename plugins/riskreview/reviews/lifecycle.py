"""Owns the states of a review and of an agreed rhythm, and who may move them."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

ANALYSTS = ("risk_owner", "account_owner", "credit_manager")
APPROVERS = ("credit_manager", "cfo", "executive")

REVIEW = Lifecycle("review", "review", "review_id", "opened", (
    Transition("assign", ("opened",), "assigned", (SYSTEM, "risk_owner", "credit_manager"), "review:assigned"),
    Transition("start_analysis", ("assigned", "changes_requested"), "in_analysis", ANALYSTS, "review:analysis_started"),
    Transition("request_info", ("in_analysis",), "info_requested", ANALYSTS, "review:info_requested"),
    Transition("resume", ("info_requested",), "in_analysis", ANALYSTS, "review:resumed"),
    Transition("recommend", ("in_analysis",), "recommended", ANALYSTS, "review:recommended"),
    Transition("submit", ("recommended",), "in_approval", ANALYSTS, "review:submitted"),
    Transition("approve", ("in_approval",), "approved", APPROVERS, "review:approved"),
    Transition("return", ("in_approval",), "changes_requested", APPROVERS, "review:returned"),
    Transition("reject", ("in_approval",), "rejected", APPROVERS, "review:rejected"),
    Transition("close", ("approved", "rejected"), "closed", (*ANALYSTS, "cfo", "executive"), "review:closed"),
    Transition("cancel", ("opened", "assigned", "in_analysis", "info_requested", "changes_requested"), "cancelled",
               ("credit_manager", "cfo"), "review:cancelled"),
    Transition("withdraw", ("opened", "assigned", "in_analysis", "info_requested", "changes_requested", "recommended", "in_approval"),
               "cancelled", (SYSTEM,), "review:withdrawn"),
))  # fmt: skip
"""A review is opened by the calendar or an event, worked by its owner, and decided by somebody else."""

CADENCE = Lifecycle("cadence", "review_cadence", "cadence_id", "proposed", (
    Transition("approve", ("proposed",), "active", APPROVERS, "cadence:approved"),
    Transition("refuse", ("proposed",), "refused", APPROVERS, "cadence:refused"),
    Transition("take_effect", ("proposed",), "active", (SYSTEM,), "cadence:taken_effect"),
    Transition("revoke", ("proposed", "active"), "ended", (*ANALYSTS, "cfo", "executive"), "cadence:revoked"),
    Transition("replace", ("active",), "ended", (SYSTEM,), "cadence:replaced"),
    Transition("expire", ("active",), "ended", (SYSTEM,), "cadence:expired"),
))  # fmt: skip
"""What people agreed on for one customer's rhythm of reviews."""
