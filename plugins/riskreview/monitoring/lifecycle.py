"""Owns the states of a signal and who may move it. It is opened, raised and cleared in sets by the passes over the portfolio.

``handler`` is the customer's owner, whoever has a role the rule tells, or one the monitoring policy names; ``judge`` is a handler who may
also say, at this severity, that the signal was none.
"""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

HANDLER, JUDGE = "handler", "judge"
UNDECIDED = ("triggered", "under_review", "escalated", "snoozed")
"""States in which nobody has said yet what the signal was."""


def _row(verb: str, sources: tuple[str, ...], target: str, past: str, *roles: str) -> Transition:
    return Transition(verb, sources, target, roles, f"signal:{past}")


SIGNAL = Lifecycle("signal", "signal", "signal_id", "triggered", (
    _row("acknowledge", ("triggered", "escalated"), "under_review", "acknowledged", HANDLER),
    _row("escalate", ("under_review",), "escalated", "escalated_in_review", SYSTEM),
    _row("snooze", ("triggered", "under_review", "escalated"), "snoozed", "snoozed", HANDLER),
    _row("wake", ("snoozed",), "triggered", "woken", HANDLER, SYSTEM),
    _row("confirm", UNDECIDED, "confirmed", "confirmed", HANDLER),
    _row("dismiss", UNDECIDED, "dismissed", "dismissed", JUDGE),
    _row("reopen", ("confirmed", "dismissed"), "triggered", "reopened", SYSTEM),
    _row("clear", (*UNDECIDED, "confirmed", "dismissed"), "cleared", "cleared", SYSTEM),
))  # fmt: skip
"""A closed signal (confirmed or dismissed) holds its place while its cause lasts; when it gets worse it asks for attention again."""
