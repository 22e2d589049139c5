"""Plays state machines: the same courses of events each time, so that a run tells of the code and not of its luck."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from tests.examples import DRAWN, few


def play(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Play courses of up to so many steps; ``RISKREVIEW_EXAMPLES`` asks for so many others, which differ each time."""
    run_state_machine_as_test(machine, settings=settings(
        max_examples=few(examples), stateful_step_count=steps, deadline=None, derandomize=not DRAWN,
        suppress_health_check=list(HealthCheck)))  # fmt: skip
