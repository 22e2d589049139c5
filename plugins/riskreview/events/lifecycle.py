"""Owns the states of an event: from its receipt to the judgement of the customers it is about."""

from riskreview.mechanisms.lifecycle import SYSTEM, Lifecycle, Transition

EVENT = Lifecycle("event", "event", "event_id", "received", (
    Transition("land", ("received",), "landed", (SYSTEM,), "event:landed"),
    Transition("refuse", ("received",), "refused", (SYSTEM,), "event:refused"),
    Transition("evaluate", ("landed",), "evaluated", (SYSTEM,), "event:evaluated"),
    Transition("quarantine", ("landed",), "quarantined", (SYSTEM,), "event:quarantined"),
    Transition("hold", ("landed",), "held", (SYSTEM,), "event:held"),
    Transition("resume", ("held",), "landed", (SYSTEM,), "event:resumed"),
))  # fmt: skip
"""One message about customers. ``quarantined``: none of its rows became facts; people release or discard them."""
