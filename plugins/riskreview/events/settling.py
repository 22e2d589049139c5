"""Owns recording what became of messages once their batch was validated, published or held, and their customers judged."""

from collections.abc import Sequence
from datetime import datetime

from riskreview.events.lifecycle import EVENT
from riskreview.events.results import Settled
from riskreview.foundation.database import transaction
from riskreview.foundation.services import Services
from riskreview.mechanisms.lifecycle import SYSTEM, apply_many

ACTOR = "system:events"


def settle(services: Services, outcomes: Sequence[Settled], *, run_id: int) -> None:
    """Move messages to where they have come; those of one outcome together, in one transaction."""
    at = services.clock.now()
    with transaction(services.engine) as connection:
        for verb in ("resume", "hold", "quarantine", "evaluate"):
            for problem in sorted({item.problem for item in outcomes if item.verb == verb}):
                ids = [item.event_id for item in outcomes if (item.verb, item.problem) == (verb, problem)]
                changes = _changes(verb, problem, at, run_id)
                apply_many(connection, EVENT, verb, ids, actor=ACTOR, roles=(SYSTEM,), at=at, changes=changes,
                           cause={"run_id": run_id})  # fmt: skip


def _changes(verb: str, problem: str, at: datetime, run_id: int) -> dict[str, object]:
    if verb == "evaluate":
        return {"evaluated_at": at, "run_id": run_id}
    return {"problem": problem or None} if verb in {"hold", "resume"} else {}
