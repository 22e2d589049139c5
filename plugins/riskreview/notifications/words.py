"""Owns the words of messages: labels in both languages, dates in the reader's zone, links into the console."""

import re
import unicodedata
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
         "policy_proposal": "policy/proposals", "model": "models", "screening_match": "screening", "cadence": "rhythms"}  # fmt: skip
"""Page of the console by type of subject."""

WHOLE = {"signals": "signals", "period": "reviews", "calendar": "team", "role": "team", "training": "team", "campaign": "team",
         "audit_log": "audit/verification"}  # fmt: skip
"""Page that shows all things of a type; anything else leads to the front page."""

DUE = ("due_at", "due_on")
"""Facts that say until when; the first one there counts."""

TITLED = ("rule_id", "indicator_id", "playbook_id", "course_id")
"""Facts whose ids have a title in the policy, the playbooks or the list of trainings."""

NAMED = ("customer_id", "survivor_id")
"""Facts that are ids of customers."""

PEOPLE = ("owner", "previous_owner", "deputy", "proposed_by", "said_by", "recipient", "person")
"""Facts that are ids of people."""

CLASSES = ("risk_class", "previous_class", "old_class", "new_class")
"""Facts that are classes."""

COUNTS = ("count", "steps")
"""Facts not worth a line when they are 1."""

ZERO_WIDTH_JOINER = "\u200d"

GAP = "\ue000"
"""Stands beside an id or a name in Chinese text: a space where a character is next to it, else nothing."""

_CYCLE = re.compile(r"_\d+$")
"""End of a kind that is repeated, such as the second approval of a review."""

LONGEST_NAME = 120
"""So many letters of a customer's name are told; more would leave no room in a chat message for what is to be done, and by when."""

JOINED = frozenset({"Mn", "Mc", "Me", "Cf", "Sk"})
"""Unicode categories of what belongs to the letter before it: accents, joiners, shades of an emoji."""

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
    """Says facts in a language and a time zone.

    :param names: of customers by id; their number speaks for those it lacks.
    :param reader: the person it is said to.
    :param people: names of people by id; who is not among them is called by the id.
    """

    language: str
    time_zone: str
    console_url: str
    titles: Titles = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    reader: str = ""
    people: Mapping[str, str] = field(default_factory=dict)

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

    def short(self, value: object, told_at: datetime | None) -> str:
        """Return a date or time as short as a subject wants it: its year only where it is another one than that of ``told_at``."""
        found = parsed_moment(value)
        if found is None:
            return str(value)
        local = found.astimezone(ZoneInfo(self.time_zone)) if isinstance(found, datetime) else found
        year = "" if told_at is None or told_at.year == local.year else ("yyyy年" if self.language == "zh" else " yyyy")
        hour = " HH:mm" if isinstance(local, datetime) else ""
        locale, pattern = (
            ("zh_CN", f"{year}M月d日 EEE{hour}") if self.language == "zh" else ("en_GB", f"EEE d MMM{year}{hour}")
        )
        return (
            format_datetime(local, pattern, tzinfo=ZoneInfo(self.time_zone), locale=locale)
            if hour
            else format_date(local, pattern, locale=locale)
        )

    def value(self, key: str, value: object) -> str:
        """Return a fact's value in words."""
        if isinstance(value, list | tuple):
            parts = (self.titles.get(self.language, {}).get(str(part), str(part)) if key == "moved_by" else self.word(f"{key}s", part)
                     for part in value)  # fmt: skip
            return ("、" if self.language == "zh" else ", ").join(parts)
        if key in CLASSES:
            return self.word("classes", CLASS_CODES.get(value, value) if isinstance(value, int) else value)
        if key in DATES:
            return self.moment(value)
        return self._named(key, str(value)) or self.word(f"{key}s", value)

    def _named(self, key: str, value: str) -> str | None:
        """Return what the policy, a playbook or the register of customers calls a thing, None where they do not."""
        known = self.titles.get(self.language, {})
        if key == "policy_line":  # a rhythm, or an event by the rule that saw it
            return labels(self.language)["policy_lines"].get(value) or known.get(value.rpartition(".")[2])
        if key in NAMED and value in self.names:
            return f"{self.names[value]} ({value})"
        if key in PEOPLE:
            return self.people.get(value, value)
        return known.get(value, value) if key in TITLED else None

    def details(self, facts: Mapping[str, object], *, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """Return label and value of the facts that have a label; the others are not for people, or not for mail."""
        known = labels(self.language)["facts"]
        left_out = {*without, *(("customer_key",) if facts.get("customer_id") else ())}
        shown = {key: facts[key] for key in known if key not in left_out and facts.get(key) not in (None, "")}
        said = {key: self.steps(facts) if key == "step_id" else self.value(key, value) for key, value in shown.items()}
        return tuple((known[key], text) for key, text in said.items() if not (key in COUNTS and text == "1"))

    def steps(self, facts: Mapping[str, object]) -> str:
        """Return the titles of the steps among the facts, or their ids where the playbook does not tell; empty without steps."""
        ids = [part.strip() for part in str(facts.get("step_id") or "").split(",") if part.strip()]
        known, playbook = self.titles.get(self.language, {}), facts.get("playbook_id")
        found = [known.get(f"{playbook}:{step}", step) for step in ids]
        said = [step for step in found if "{{" not in step]
        return said[0] if len(said) == 1 else " ".join(f"({place}) {step}" for place, step in enumerate(said, start=1))

    def subject(self, subject_type: str, subject_id: str) -> str:
        """Name a thing: its word and its id; a customer by name where the channel may carry names, a role by its word."""
        if subject_type == "customer" and subject_id in self.names:
            return self.set_off(self.names[subject_id])
        name = self.word("roles", subject_id) if subject_type == "role" else subject_id
        gap = "" if self.language == "zh" and not name[:1].isascii() else " "
        end = GAP if self.language == "zh" and name[-1:].isascii() else ""
        return f"{self.word('subjects', subject_type)}{gap}{name}{end}"

    def set_off(self, name: str) -> str:
        """Return a name as it stands in a sentence: in Chinese text apart from the characters beside it where it is in letters."""
        if self.language != "zh":
            return name
        return f"{GAP if name[:1].isascii() else ''}{name}{GAP if name[-1:].isascii() else ''}"

    def link(self, subject_type: str, subject_id: str) -> str:
        """Return the address of a thing's page in the console."""
        page = PAGES.get(subject_type)
        base = self.console_url.rstrip("/")
        return f"{base}/{page}/{quote(subject_id, safe='')}" if page else f"{base}/{WHOLE.get(subject_type, '')}"


def shortened(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a text of at most so many letters, never cut within what is read as one letter."""
    if len(text) <= longest:
        return text
    end = longest - 1
    while end and (unicodedata.category(text[end]) in JOINED or text[end - 1] == ZERO_WIDTH_JOINER):
        end -= 1
    return f"{text[:end].rstrip()}…"


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
