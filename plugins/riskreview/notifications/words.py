"""Owns the words of messages: labels in both languages, dates in the reader's zone, links into the console."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.notifications.titles import Titles

CLASS_CODES = {0: "unknown", 1: "low", 2: "medium", 3: "high", 4: "critical", 5: "default"}

PAGES = {"review": "reviews", "customer": "customers", "signal": "signals", "activation": "playbooks", "step": "steps",
         "batch": "batches", "opinion": "opinions", "measure": "measures", "feed": "feeds", "message": "messages", "run": "runs", "playbook": "playbooks",
         "policy_proposal": "policy/proposals"}  # fmt: skip
"""Page of the console by type of subject; anything else leads to the front page."""

DUE = ("due_at", "due_on")
"""Facts that say until when; the first one there counts."""

TITLED = ("rule_id", "indicator_id", "playbook_id")
"""Facts whose ids have a title in the policy or the playbooks."""

COUNTS = ("count", "steps")
"""Facts not worth a line when they are 1."""

_CYCLE = re.compile(r"_\d+$")
"""End of a kind that is repeated, such as the second approval of a review."""

DATES = ("due_at", "due_on", "next_at", "as_of", "opened_on", "last_good_as_of", "day", "snoozed_until", "expires_on")


class Labels(StrictModel):
    """``include/templates/words/labels.yaml``: by language, group and key."""

    en: dict[str, dict[str, str]]
    zh: dict[str, dict[str, str]]


@cache
def labels(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the labels of a language: groups of key and word."""
    found = load_yaml(PACKAGED / "templates" / "words" / "labels.yaml", Labels)
    return found.zh if language == "zh" else found.en


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says facts in a language and a time zone."""

    language: str
    time_zone: str
    console_url: str
    titles: Titles = field(default_factory=dict)

    def word(self, group: str, key: object) -> str:
        """Return the word for a key, or the key itself where none is known."""
        known = labels(self.language).get(group, {})
        return known.get(str(key)) or known.get(_CYCLE.sub("", str(key)), str(key))

    def moment(self, value: object) -> str:
        """Return a date or time as the reader writes it; text that is no date stays."""
        locale = "zh_CN" if self.language == "zh" else "en_GB"
        found = parsed_moment(value)
        if isinstance(found, datetime):
            pattern = "yyyy年M月d日 EEEE HH:mm" if self.language == "zh" else "EEEE d MMMM yyyy, HH:mm"
            return format_datetime(found, pattern, tzinfo=ZoneInfo(self.time_zone), locale=locale)
        if isinstance(found, date):
            return format_date(
                found, "yyyy年M月d日 EEEE" if self.language == "zh" else "EEEE d MMMM yyyy", locale=locale
            )
        return str(value)

    def value(self, key: str, value: object) -> str:
        """Return a fact's value in words."""
        if key in TITLED:
            return self.titles.get(self.language, {}).get(str(value), str(value))
        if key in {"risk_class", "previous_class", "old_class", "new_class"}:
            known = CLASS_CODES.get(value, value) if isinstance(value, int) else value
            return self.word("classes", known)
        if key in DATES:
            return self.moment(value)
        if key == "moved_by" and isinstance(value, list | tuple):
            known = self.titles.get(self.language, {})
            return ("、" if self.language == "zh" else ", ").join(known.get(str(part), str(part)) for part in value)
        if isinstance(value, list | tuple):
            return ", ".join(self.word(f"{key}s", part) for part in value)
        return self.word(f"{key}s", value)

    def details(self, facts: Mapping[str, object], *, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """Return label and value of the facts that have a label; the others are not for people, or not for mail."""
        known = labels(self.language)["facts"]
        shown = {key: facts[key] for key in known if key not in without and facts.get(key) not in (None, "")}
        said = {key: self.steps(facts) if key == "step_id" else self.value(key, value) for key, value in shown.items()}
        return tuple((known[key], text) for key, text in said.items() if not (key in COUNTS and text == "1"))

    def steps(self, facts: Mapping[str, object]) -> str:
        """Return the titles of the steps among the facts, or their ids where the playbook does not tell; empty without steps."""
        ids = [part.strip() for part in str(facts.get("step_id") or "").split(",") if part.strip()]
        known, playbook = self.titles.get(self.language, {}), facts.get("playbook_id")
        found = [known.get(f"{playbook}:{step}", step) for step in ids]
        return ("；" if self.language == "zh" else "; ").join(step for step in found if "{{" not in step)

    def subject(self, subject_type: str, subject_id: str) -> str:
        """Name a thing: its word and its id."""
        gap = "" if self.language == "zh" and not subject_id[:1].isascii() else " "
        return f"{self.word('subjects', subject_type)}{gap}{subject_id}"

    def link(self, subject_type: str, subject_id: str) -> str:
        """Return the address of a thing's page in the console."""
        page = PAGES.get(subject_type)
        base = self.console_url.rstrip("/")
        return f"{base}/{page}/{quote(subject_id, safe='')}" if page else f"{base}/"


def due_of(facts: Mapping[str, object]) -> object | None:
    """Return the due date or time among the facts."""
    return next((facts[key] for key in DUE if facts.get(key)), None)


def parsed_moment(value: object) -> date | datetime | None:
    """Return a fact's date or time, None for what is neither."""
    if isinstance(value, date):
        return value
    text = str(value)
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return None
