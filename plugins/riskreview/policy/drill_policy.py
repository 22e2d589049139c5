"""Owns ``policies/drills.yaml``: on which days each emergency plan is practised, and how fast a drill should be contained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import Field, field_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Calendar, Deadline
from riskreview.policy.policy_file import load_policy_file

LOOKS_BACK_YEARS = 1
SHORTEST_MONTH_DAYS = 28


@dataclass(frozen=True, slots=True)
class DrillDay:
    """A day on which a playbook is practised.

    :param period_began: first day of the month that asks for it; the next such month ends the period.
    """

    period_began: date
    day: date


class DrillPolicy(StrictModel):
    """When emergency plans are practised.

    :param months: months of the year that begin a round of drills: one of every playbook.
    :param apart_days: days between the drills of one round, in the order of the playbooks' ids; those that would run into the next round begin
        again at its start, 0 lets all begin together. A file from before there was this line spreads them as the shipped one does.
    :param calendar: code of the calendar whose working days count; without it the instance's own.
    :param contain_within: time from the start within which a drill should be contained.
    :param playbooks: own months by playbook id, whose first working day begins its drill; an empty list means that it is not practised.
    """

    months: tuple[int, ...] = (3, 9)
    apart_days: int = Field(21, ge=0, le=366)
    calendar: str | None = None
    contain_within: str = "2wd"
    playbooks: dict[str, tuple[int, ...]] = Field(default_factory=dict)

    @field_validator("months")
    @classmethod
    def _months_exist(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return _checked(value)

    @field_validator("playbooks")
    @classmethod
    def _own_months_exist(cls, value: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        return {name: _checked(months) for name, months in value.items()}

    @field_validator("contain_within", mode="before")
    @classmethod
    def _duration_is_readable(cls, value: object) -> object:
        Deadline.parse(str(value))
        return value

    def latest(self, playbook_ids: Sequence[str], as_of: date, calendar: Calendar) -> dict[str, DrillDay]:
        """Return the last day up to ``as_of`` on which each playbook was to be practised, of those that are."""
        spread = [name for name in playbook_ids if name not in self.playbooks]
        later = {name: place * self.apart_days % self._room() for place, name in enumerate(spread)}
        found = {name: tuple(self._days(name, later.get(name, 0), as_of, calendar)) for name in playbook_ids}
        return {name: days[-1] for name, days in found.items() if days}

    def _room(self) -> int:
        """Return how many days there are for the drills of a round before the next one begins."""
        following = (*self.months[1:], *self.months[:1])
        gaps = [(after - month) % 12 or 12 for month, after in zip(self.months, following, strict=True)]
        return SHORTEST_MONTH_DAYS * min(gaps, default=12)

    def _days(self, playbook_id: str, later: int, as_of: date, calendar: Calendar) -> Iterator[DrillDay]:
        for year in range(as_of.year - LOOKS_BACK_YEARS, as_of.year + 1):
            for month in self.playbooks.get(playbook_id, self.months):
                began = date(year, month, 1)
                day = calendar.next_business_day(began + timedelta(days=later))
                if day <= as_of:
                    yield DrillDay(began, day)


def load_drill_policy(instance: Instance) -> DrillPolicy:
    """Read ``policies/drills.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_policy_file(instance, "drills.yaml", DrillPolicy)


def _checked(months: tuple[int, ...]) -> tuple[int, ...]:
    wrong = next((month for month in months if not 1 <= month <= 12), None)
    if wrong is not None:
        raise ValueError(f"E-POLICY-CADENCE there is no month {wrong}; write 1 to 12")
    return tuple(sorted(set(months)))
