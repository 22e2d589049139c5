"""Owns the transition table of a stored model: trained, proposed, and by another person made the champion; or a shadow that only informs."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

PEOPLE = ("risk_owner", "credit_manager", "cfo", "executive")


def _row(verb: str, sources: str, target: str, past: str, roles: tuple[str, ...] = PEOPLE) -> Transition:
    return Transition(verb, tuple(sources.split()), target, roles, f"model:{past}", approves=verb == "approve")


MODEL = Lifecycle("model", "model", "model_id", "trained", (
    _row("propose", "trained retired shadow", "proposed", "proposed"),
    _row("approve", "proposed", "champion", "approved"),
    _row("refuse", "proposed", "trained", "refused"),
    _row("retire", "champion shadow trained", "retired", "retired", (*PEOPLE, SYSTEM)),
    _row("shadow", "trained retired", "shadow", "shadowed", (*PEOPLE, SYSTEM)),
))  # fmt: skip
