"""Owns the states of a review and of an agreed rhythm, and who may move them."""

from riskreview.mechanisms.lifecycle import STAYS, SYSTEM, Lifecycle, Transition

ANALYSTS = ("risk_owner", "account_owner", "credit_manager")
APPROVERS = ("credit_manager", "cfo", "executive")
IMPLEMENTERS = (
    *ANALYSTS,
    "ar_accountant",
    "collections",
    "finance",
    "treasury",
    "logistics",
    "legal",
    "compliance",
    "sales",
)
OVERSEERS = ("credit_manager", "cfo", "executive")

ASKED = "asked_colleague"
"""The role of whoever owes the answer to the open question of a review, towards that review."""

WORKED_ON = ("assigned", "in_analysis", "info_requested", "changes_requested", "reopened")
"""States in which the owner works on a review."""

RESTING = tuple(state for state in WORKED_ON if state != "info_requested")
"""States a review may be put off from; who waits for an answer settles the question first."""

PASSED_ON = (*WORKED_ON, "recommended", "in_approval", "approved", "rejected", "appealed", "suspended")
"""States in which a review has an owner who owes the next step, or will when others have decided."""

UNDECIDED = ("planned", "opened", *WORKED_ON, "recommended", "in_approval", "suspended", "appealed")
"""States before a decision."""

REVIEW = Lifecycle("review", "review", "review_id", "planned", (
    Transition("open", ("planned",), "opened", (SYSTEM,), "review:opened"),
    Transition("assign", ("opened",), "assigned", (SYSTEM, "risk_owner", "credit_manager"), "review:assigned"),
    Transition("start_analysis", ("assigned", "changes_requested", "reopened"), "in_analysis", ANALYSTS, "review:analysis_started"),
    Transition("answer", WORKED_ON, STAYS, ANALYSTS, "review:checklist_answered"),
    Transition("request_info", ("in_analysis",), "info_requested", ANALYSTS, "review:info_requested"),
    Transition("resume", ("info_requested",), "in_analysis", (*ANALYSTS, ASKED), "review:resumed"),
    Transition("suspend", RESTING, "suspended", ANALYSTS, "review:suspended"),
    Transition("wake", ("suspended",), "in_analysis", (SYSTEM, *ANALYSTS), "review:woken"),
    Transition("recommend", ("in_analysis",), "recommended", ANALYSTS, "review:recommended"),
    Transition("rework", ("recommended",), "in_analysis", ANALYSTS, "review:reworked"),
    Transition("submit", ("recommended",), "in_approval", ANALYSTS, "review:submitted"),
    Transition("approve_step", ("in_approval",), STAYS, APPROVERS, "review:step_approved", approves=True),
    Transition("approve", ("in_approval",), "approved", APPROVERS, "review:approved", approves=True),
    Transition("return", ("in_approval",), "changes_requested", APPROVERS, "review:returned"),
    Transition("reject", ("in_approval",), "rejected", APPROVERS, "review:rejected"),
    Transition("void", ("recommended", "in_approval", "approved"), "in_analysis", (SYSTEM,), "review:approval_voided"),
    Transition("implement", ("approved",), "implementing", IMPLEMENTERS, "review:implementation_started"),
    Transition("close", ("approved", "implementing", "rejected"), "closed", (*IMPLEMENTERS, "cfo", "executive"), "review:closed"),
    Transition("appeal", ("rejected",), "appealed", ANALYSTS, "review:appealed"),
    Transition("allow_appeal", ("appealed",), "reopened", APPROVERS, "review:appeal_allowed", approves=True),
    Transition("dismiss_appeal", ("appealed",), "rejected", APPROVERS, "review:appeal_dismissed"),
    Transition("reopen", ("closed",), "reopened", OVERSEERS, "review:reopened"),
    Transition("reassign", PASSED_ON, STAYS, (SYSTEM, "risk_owner", "credit_manager"), "review:reassigned"),
    Transition("cancel", ("planned", "opened", *WORKED_ON, "suspended"), "cancelled", ("credit_manager", "cfo"), "review:cancelled"),
    Transition("withdraw", UNDECIDED, "cancelled", (SYSTEM,), "review:withdrawn"),
))  # fmt: skip
"""A review is opened by the calendar, an event or a person, worked by its owner, decided by others and carried out by a third."""

DISCUSSED = tuple(state for state in REVIEW.states if state not in {"planned", "closed", "cancelled"})
"""States in which people remark on a review; one that is closed is reopened first."""

DISCUSSANTS = tuple(dict.fromkeys((*IMPLEMENTERS, *APPROVERS)))
"""Who may remark on a review: whoever may work on one, decide it or carry it out; who inspects only reads."""

OWN_VERBS = frozenset(
    {"start_analysis", "answer", "request_info", "resume", "suspend", "wake", "recommend", "rework", "submit", "appeal"}
)
"""Verbs only the owner of a review, its deputy or an overseer may use, and ``ASKED`` where it has the role."""

CADENCE = Lifecycle("cadence", "review_cadence", "cadence_id", "proposed", (
    Transition("approve", ("proposed",), "active", APPROVERS, "cadence:approved", approves=True),
    Transition("refuse", ("proposed",), "refused", APPROVERS, "cadence:refused"),
    Transition("take_effect", ("proposed",), "active", (SYSTEM,), "cadence:taken_effect"),
    Transition("revoke", ("proposed", "active"), "ended", (*ANALYSTS, "cfo", "executive"), "cadence:revoked"),
    Transition("replace", ("active",), "ended", (SYSTEM,), "cadence:replaced"),
    Transition("expire", ("active",), "ended", (SYSTEM,), "cadence:expired"),
))  # fmt: skip
"""What people agreed on for one customer's rhythm of reviews."""
