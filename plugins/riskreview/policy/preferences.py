"""Owns how a person wants to be told: own quiet hours, how much comes singly, and what is urgent enough for which channel."""

from datetime import time
from typing import Literal

from pydantic import Field

from riskreview.foundation.yaml_file import StrictModel

Urgency = Literal["critical", "high", "normal", "low"]
URGENCIES: tuple[Urgency, ...] = ("critical", "high", "normal", "low")
"""Most urgent first."""


class QuietHours(StrictModel):
    """Local hours of the recipient in which only critical messages come; may span midnight."""

    begin: time
    end: time

    def holds(self, moment: time) -> bool:
        """Tell whether a local time is quiet."""
        if self.begin <= self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


class Preferences(StrictModel):
    """What a person sets over the channels' own settings; critical messages come singly and at once whatever stands here.

    :param quiet_hours: on every channel. :param digest_minutes: at most one digest in this time. :param singles: high messages that come
        singly in that time. :param from_urgency: by channel, what is less urgent does not use it.
    """

    quiet_hours: QuietHours | None = None
    digest_minutes: int | None = Field(None, ge=0, le=1440)
    singles: int | None = Field(None, ge=1, le=100)
    from_urgency: dict[str, Urgency] = Field(default_factory=dict)
