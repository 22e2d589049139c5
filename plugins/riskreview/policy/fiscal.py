"""Owns the fiscal calendar: years that begin on any day, and periods counted from it that neither drift nor overlap."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

EVERY_YEAR = 2023
"""A year without leap day: a fiscal year begins on a day that every year has."""


@dataclass(frozen=True, slots=True)
class Period:
    """One stretch of the fiscal calendar; the first day belongs to it, ``ends_before`` does not."""

    key: str
    starts_on: date
    ends_before: date


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """The day of the calendar year on which a fiscal year begins."""

    month: int = 1
    day: int = 1

    @classmethod
    def parse(cls, text: str) -> "FiscalYear":
        """Read ``04-06`` for 6 April.

        :raises ValueError: with code E-POLICY-FISCAL for what is no day of every year.
        """
        found = re.fullmatch(r"(\d{2})-(\d{2})", text)
        try:
            start = date(EVERY_YEAR, int(found[1]), int(found[2])) if found else None
        except ValueError:
            start = None
        if start is None:
            raise ValueError(f"E-POLICY-FISCAL a fiscal year cannot begin on {text!r}; write month and day as 04-06")
        return cls(start.month, start.day)

    def start_of(self, day: date) -> date:
        """Return the first day of the fiscal year that holds ``day``."""
        start = date(day.year, self.month, self.day)
        return start if start <= day else date(day.year - 1, self.month, self.day)

    def name_of(self, start: date) -> int:
        """Return the name of the fiscal year that begins at ``start``: the calendar year it ends in."""
        return (date(start.year + 1, self.month, self.day) - timedelta(days=1)).year

    def period_of(self, day: date, months: int) -> Period:
        """Return the period of ``months`` that holds ``day``; every day is in exactly one.

        Lengths that do not divide a year are counted from the fiscal year that begins in 2000 or, where it begins later in the
        year than January 1st, in 1999.
        """
        first = self.start_of(day) if 12 % months == 0 else self.start_of(date(2000, 1, 1))
        index = ((day.year - first.year) * 12 + day.month - first.month) // months
        index -= day < add_months(first, index * months)
        starts_on, ends_before = add_months(first, index * months), add_months(first, (index + 1) * months)
        return Period(self._key(first, index, months), starts_on, ends_before)

    def _key(self, first: date, index: int, months: int) -> str:
        if 12 % months:
            return f"P{months}-{index:04d}"
        letters = {1: f"M{index + 1:02d}", 3: f"Q{index + 1}", 6: f"H{index + 1}", 12: "Y"}
        return f"{self.name_of(first)}{letters.get(months, f'P{months}-{index + 1}')}"


def add_months(anchor: date, months: int) -> date:
    """Return the day ``months`` after ``anchor``, the month's last day where the anchor's day does not exist.

    Always count from the same anchor: 31 August + 6 months is 28 February, + 12 months is 31 August again.
    """
    number = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(number, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(anchor.day, last))
