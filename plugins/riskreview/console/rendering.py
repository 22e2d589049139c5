"""Owns turning a page into HTML: templates that take no decisions, words in the visitor's language, times in their zone."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from riskreview.console.answers import Page
from riskreview.console.menu import menu_of
from riskreview.console.refusals import refusal
from riskreview.console.standstill import Standstill
from riskreview.console.tables import Column
from riskreview.console.visit import Visit, Visitor
from riskreview.console.words import words
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.foundation.services import Services
from riskreview.notifications.titles import titles
from riskreview.notifications.words import CLASS_CODES, labels
from riskreview.policy.team import Team

Shown = Mapping[str, Any]  # what a template shows has any shape
PLACES = {"count": 0, "amount": 0, "points": 1, "percent": 1, "money": 2}
"""Digits behind the point; any other figure has up to two."""


NAMED = ("subjects", "roles", "classes", "severitys", "review_state", "signal_state", "activation_state", "step_state", "measure_state", "opinion_state",
         "batch_state", "policy_state", "match_state", "proposal_state", "crm_write_state", "verb", "measure", "answer", "outcomes", "said")  # fmt: skip
"""Groups of words in which what a refusal names is looked up."""


class Voice:
    """Says values to one visitor."""

    def __init__(
        self, language: str, time_zone: str, titled: Mapping[str, str], team: Team | None, currency: str
    ) -> None:
        self.language, self.currency = language, currency
        self.words = words(language)
        self._zone = ZoneInfo(time_zone)
        self._titles, self._labels = titled, labels(language)
        self._people = {} if team is None else {name: person.name for name, person in team.by_name().items()}

    def number(self, value: object, kind: str) -> str:
        """Return a number as the visitor writes it."""
        if not isinstance(value, int | float | Decimal):
            return "" if value is None else str(value)
        shown = f"{value:,.{PLACES.get(kind, 2)}f}"  # both languages write thousands and decimals alike
        return shown.rstrip("0").rstrip(".") if kind not in PLACES else shown

    def day(self, value: date | None) -> str:
        """Return a date, empty without one."""
        return "" if value is None else value.strftime("%Y-%m-%d")

    def since(self, value: date | None) -> str:
        """Return the first day something holds for; what was there first holds for every day."""
        return self.words["word"]["from_the_start"] if value is None else self.day(value)

    def moment(self, value: datetime | None) -> str:
        """Return a moment in the visitor's zone."""
        return "" if value is None else value.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")

    def risk_class(self, value: object) -> str:
        """Return the word of a class, given as word or as number; nothing for a customer that was not assessed."""
        if value is None:
            return self.words["word"]["not_assessed"]
        known = CLASS_CODES.get(value, "unknown") if isinstance(value, int) else str(value)
        return self._labels["classes"].get(known, known)

    def country(self, value: object) -> str:
        """Return the name of a country given by its two letters."""
        text = "" if value is None else str(value)
        return str(Locale.parse("zh" if self.language == "zh" else "en").territories.get(text, text))

    def person(self, value: object) -> str:
        """Return the name of a person, or what stands for one where nobody is known by it."""
        text = "" if value is None else str(value)
        return self._people.get(text) or (self.words["word"]["system"] if text.startswith("system:") else text)

    def title(self, value: object) -> str:
        """Return the title of an indicator, rule or playbook."""
        return "" if value is None else self._titles.get(str(value), str(value))

    def word(self, group: str, value: object) -> str:
        """Return the word for a state or kind, the key itself where it has none yet."""
        if value is None:
            return ""
        for source in (self.words, self._labels):
            if group in source and str(value) in source[group]:
                return source[group][str(value)]
        return str(value).replace("_", " ")

    def choices(self, group: str) -> list[tuple[str, str]]:
        """Return what one may choose of a group, by its words in their order; one whose word another has too is told by its key."""
        known = {**self._labels.get(group, {}), **self.words.get(group, {})}
        often = Counter(known.values())
        said = {key: word if often[word] == 1 else f"{word} ({key})" for key, word in known.items()}
        return sorted(said.items(), key=lambda item: item[1].casefold())

    def refusal(self, sentence: str) -> str:
        """Return why something was refused."""
        return refusal(sentence, self.language, self._named)

    def _named(self, value: str) -> str:
        """Return the word for a state, a role, a verb or a person that a sentence names."""
        for group in NAMED:
            for source in (self.words, self._labels):
                if value in source.get(group, ()):
                    return source[group][value]
        return self.person(value)

    def cell(self, column: Column, value: Any) -> str:  # a cell has any type
        """Return a cell as text."""
        group = column.kind.partition(":")[2]
        if group:
            return self.word(group, value)
        said = {
            "day": self.day,
            "moment": self.moment,
            "since": self.since,
            "class": self.risk_class,
            "country": self.country,
            "person": self.person,
            "title": self.title,
        }
        if column.kind in said:
            return said[column.kind](value)
        if column.is_number:
            return self.number(value, column.kind)
        return "" if value is None else str(value)


class Renderer:
    """Renders pages from ``include/templates/console``."""

    def __init__(self, services: Services, way_out: str) -> None:
        self._services, self._standstill, self._way_out = services, Standstill(services), way_out
        self._templates = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(PACKAGED / "templates" / "console"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters["data"] = as_data

    def page(self, page: Page, visit: Visit, token: str) -> str:
        """Return the HTML of a page."""
        visitor, done = visit.visitor, visit.query.get("done", "")
        voice = self._voice(visitor.language, visitor.time_zone, visit.team, visit.services.instance)
        frame = {
            "v": voice, "w": voice.words, "visitor": visitor, "root": visit.root, "token": token, "today": visit.today,
            "menu": menu_of(visitor.roles), "halted": self._standstill.sentence(visitor.roles), "problem": voice.refusal(visit.problem), "done": voice.words["done"].get(done, ""), "form": visit.form,
            "here": page.template, "way_out": self._way_out, "currency": self._services.instance.settings.reporting_currency,
        }  # fmt: skip
        if both := frame.keys() & page.context.keys():
            raise KeyError(f"the page {page.template} takes the place of {', '.join(both)}")
        return self._templates.get_template(f"{page.template}.html.j2").render(frame | dict(page.context))

    def error(self, status: int, sentence: str, visitor: Visitor | None, root: str) -> str:
        """Return the HTML of an error, which tells no more than its sentence."""
        settings = self._services.instance.settings
        voice = self._voice(
            visitor.language if visitor else settings.language, settings.time_zone, None, self._services.instance
        )
        frame = {"v": voice, "w": voice.words, "visitor": visitor, "root": root, "token": "", "halted": "", "problem": "", "done": "",
                 "menu": menu_of(visitor.roles) if visitor else (), "here": "error", "way_out": self._way_out if status != HTTPStatus.UNAUTHORIZED else "", "status": int(status), "sentence": voice.refusal(sentence)}  # fmt: skip
        return self._templates.get_template("error.html.j2").render(frame)

    def _voice(self, language: str, time_zone: str, team: Team | None, instance: Instance) -> Voice:
        known = titles(instance)
        return Voice(language, time_zone, known.get(language, known["en"]), team, instance.settings.reporting_currency)


def as_data(value: object) -> Markup:
    """Return a value as JSON that may stand in a page: nothing in it can end its element."""
    text = json.dumps(value, ensure_ascii=True, default=_plain, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704  escaped here


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} cannot stand in a chart")
