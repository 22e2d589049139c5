"""Owns the transition table of a match: found and withdrawn by the system, decided by compliance alone."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

COMPLIANCE = ("compliance",)
APPROVING = ("agree", "clear")
"""Verbs by which a second person grants what a first one proposed."""


def _row(verb: str, sources: str, target: str, past: str, roles: tuple[str, ...] = COMPLIANCE) -> Transition:
    return Transition(verb, tuple(sources.split()), target, roles, f"screening_match:{past}", verb in APPROVING)


MATCH = Lifecycle("screening_match", "screening_match", "match_id", "possible", (
    _row("confirm", "possible dismissal_proposed", "confirmed", "confirmed"),
    _row("dismiss", "possible", "dismissed", "dismissed"),
    _row("propose_dismissal", "possible", "dismissal_proposed", "dismissal_proposed"),
    _row("agree", "dismissal_proposed", "dismissed", "dismissed"),
    _row("disagree", "dismissal_proposed", "possible", "dismissal_refused"),
    _row("propose_clearing", "confirmed", "clearing_proposed", "clearing_proposed"),
    _row("clear", "clearing_proposed", "cleared", "cleared"),
    _row("keep", "clearing_proposed", "confirmed", "clearing_refused"),
    _row("withdraw", "possible dismissal_proposed", "withdrawn", "withdrawn", (SYSTEM,)),
    _row("reopen", "dismissed withdrawn cleared", "possible", "reopened", (SYSTEM,)),
))  # fmt: skip
"""A confirmed match stays until two persons cleared it, even when the list no longer names the party."""
