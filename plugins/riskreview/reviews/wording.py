"""Owns the sentences of reviews in both languages, and what may count as one."""

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date

from riskreview.foundation.errors import RuleViolation

LONGEST_TEXT = 20_000

MOVED: Mapping[str, Mapping[str, str]] = {
    "en": {
        "full": "due {due}, moved from {wanted} since {owner} has {count} due that week",
        "absent": "due {due}, moved from {wanted} since {owner} is absent that day",
        "none": "due {due}",
    },
    "zh": {
        "full": "截止 {due}，由 {wanted} 提前，因为{owner}该周已有 {count} 项到期",
        "absent": "截止 {due}，由 {wanted} 提前，因为{owner}当天缺勤",
        "none": "截止 {due}",
    },
}


def said(value: str, what: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text somebody wrote.

    :raises RuleViolation: when it is empty or endless.
    """
    if not value.strip():
        raise RuleViolation(f"the {what} is empty; say it in a sentence")
    if len(value) > longest:
        raise RuleViolation(f"the {what} has {len(value)} characters; {longest} are allowed")
    return value


def told_due(
    *, due_on: date, wanted_on: date | None, moved_because: str | None, due_that_week: int | None, owner: str, language: str
) -> str:  # fmt: skip
    """Say when a review is due and, when its day was moved, from which day and why."""
    pattern = "M月d日" if language == "zh" else "d MMM"
    locale = "zh_CN" if language == "zh" else "en_GB"
    days = {
        name: format_date(day, pattern, locale=locale)
        for name, day in (("due", due_on), ("wanted", wanted_on or due_on))
    }
    return MOVED[language][moved_because or "none"].format(**days, owner=owner, count=due_that_week)
