"""Owns the escalation ladder as a person writes it: rungs before the deadline, at a share of the time, or in working time after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Calendar, Deadline
from riskreview.policy.roles import ROLES

PARTIES = ("owner", "deputy")


class LadderRung(StrictModel):
    """One rung: when, by one of three clocks, and who is told.

    :param before_days: of the calendar before the deadline; left out where the start is later than that.
    :param at_pct: of the time between start and deadline.
    :param after: the deadline, in working time; told ``times`` times in all, ``every`` so much working time again.
    """

    before_days: int | None = Field(None, ge=1, le=400)
    at_pct: int | None = Field(None, ge=1, le=100)
    after: str | None = None
    times: int = Field(1, ge=1, le=9)
    every: str | None = None
    to: tuple[str, ...] = Field(min_length=1)

    @field_validator("after", "every", mode="before")
    @classmethod
    def _duration_is_readable(cls, value: object) -> object:
        if value is not None:
            Deadline.parse(str(value))
        return value

    @field_validator("to")
    @classmethod
    def _audience_exists(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = next((name for name in value if name not in (*PARTIES, *ROLES)), None)
        if wrong is not None:
            raise ValueError(f"E-PLAYBOOK-OWNER {wrong} is no role; the roles are {', '.join(ROLES)}")
        return value

    @model_validator(mode="after")
    def _one_clock(self) -> "LadderRung":
        if sum(value is not None for value in (self.before_days, self.at_pct, self.after)) != 1:
            raise ValueError("E-PLAYBOOK-LADDER a rung needs either before_days, at_pct or after")
        if (self.times > 1) != (self.every is not None) or (self.every is not None and self.after is None):
            raise ValueError("E-PLAYBOOK-LADDER a rung told several times needs after, times and every")
        return self


@dataclass(frozen=True, slots=True)
class TimedRung:
    """A rung with its moment and its people; ``level`` 0 is a reminder to the owner alone, 1 and above an escalation."""

    at: datetime
    audience: tuple[str, ...]
    level: int


def climb(
    ladder: Sequence[LadderRung], *, start: datetime, due_at: datetime, calendar: Calendar, zone: ZoneInfo,
    people_of: Callable[[str], tuple[str, ...]],
) -> tuple[TimedRung, ...]:  # fmt: skip
    """Return the rungs with moments in business time, in order of time.

    A share of the time, and days before the deadline, are counted in elapsed time and then moved to the next working hour.

    :param people_of: gives the person ids of a role.
    """
    timed: list[TimedRung] = []
    level = 0
    for rung in ladder:
        if rung.before_days is not None:
            at = due_at - timedelta(days=rung.before_days)
            if at <= start:
                continue
            at = min(calendar.add_business_hours(at, 0, zone), due_at)
        elif rung.at_pct is not None:
            at = calendar.add_business_hours(start + (due_at - start) * rung.at_pct / 100, 0, zone)
        else:
            at = calendar.due(due_at, Deadline.parse(rung.after or ""), zone).at
        level += rung.to != ("owner",)
        people = [person for name in rung.to for person in ((name,) if name in PARTIES else people_of(name))]
        audience = tuple(dict.fromkeys(people))
        timed.append(TimedRung(at, audience, level))
        for _ in range(rung.times - 1):
            at = calendar.due(at, Deadline.parse(rung.every or ""), zone).at
            timed.append(TimedRung(at, audience, level))
    return tuple(sorted(timed, key=lambda item: item.at))
