"""Owns ``policies/drills.yaml``: in which months each emergency plan is practised, and how fast a drill should be contained."""

from collections.abc import Iterator
from datetime import date

from pydantic import Field, field_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Calendar, Deadline
from riskreview.policy.policy_file import load_policy_file

LOOKS_BACK_YEARS = 1


class DrillPolicy(StrictModel):
    """When emergency plans are practised.

    :param months: months of the year whose first working day begins a drill of every playbook.
    :param calendar: code of the calendar whose working days count; without it the instance's own.
    :param contain_within: time from the start within which a drill should be contained.
    :param playbooks: own months by playbook id; an empty list means that the playbook is not practised.
    """

    months: tuple[int, ...] = (3, 9)
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

    def days_until(self, playbook_id: str, as_of: date, calendar: Calendar) -> tuple[date, ...]:
        """Return the days on which drills of a playbook began within the year before ``as_of``, the latest last."""
        return tuple(day for day in self._days(playbook_id, as_of.year, calendar) if day <= as_of)

    def _days(self, playbook_id: str, year: int, calendar: Calendar) -> Iterator[date]:
        for one in range(year - LOOKS_BACK_YEARS, year + 1):
            for month in self.playbooks.get(playbook_id, self.months):
                yield calendar.next_business_day(date(one, month, 1))


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
