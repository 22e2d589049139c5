"""Plays state machines: the same courses of events each time, so that a run tells of the code and not of its luck."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def play(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Play courses of up to so many steps; ``RISKREVIEW_EXAMPLES`` asks for so many others, which differ each time."""
    asked = os.environ.get("RISKREVIEW_EXAMPLES")
    run_state_machine_as_test(machine, settings=settings(
        max_examples=int(asked or examples), stateful_step_count=steps, deadline=None, derandomize=asked is None,
        suppress_health_check=list(HealthCheck)))  # fmt: skip
