"""Owns ``policies/console.yaml``: how many requests the console takes, from whom, and how long tokens of programs live."""

from pydantic import Field

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel, load_yaml


class ConsolePolicy(StrictModel):
    """What a person may set about the console's protection."""

    requests_per_minute: int = Field(600, ge=1)
    requests_per_minute_address: int = Field(6000, ge=1)
    refusals_per_minute_address: int = Field(60, ge=1)
    at_once: int = Field(6, ge=1, le=8)
    waiting: int = Field(60, ge=0, le=10_000)
    wait_seconds: float = Field(10, gt=0, le=120)
    longest_token_days: int = Field(366, ge=1, le=3660)


def load_console_policy(instance: Instance) -> ConsolePolicy:
    """Read ``policies/console.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_yaml(instance.configuration_file("policies", "console.yaml"), ConsolePolicy)
