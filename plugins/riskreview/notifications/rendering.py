"""Owns rendering: one set of sentences per kind and language, shown as mail text, mail HTML and chat Markdown.

``include/templates/words/<kind>.<language>.j2`` holds the blocks ``subject``, ``happened``, ``todo`` and ``line``; the layouts in
``mail/`` and ``chat/`` show them. Templates run in a sandbox, unknown variables are errors, and HTML is escaped.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

import structlog
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from riskreview.foundation.instance import PACKAGED
from riskreview.notifications.calendar_entry import ENTERED, Told, calendar_file
from riskreview.notifications.content import Content, EventView, MessageView
from riskreview.notifications.fitting import within
from riskreview.notifications.grouping import DIGEST
from riskreview.notifications.titles import Titles
from riskreview.notifications.words import DUE, GAP, NAMED, PEOPLE, Speaker, due_of, shortened

TEMPLATES = PACKAGED / "templates"
GENERIC = "generic"
BLOCKS = ("subject", "happened", "todo", "line")
ACKNOWLEDGED = ENTERED | {"duty_reminder", "duty_escalated"}
"""Kinds that come with a duty, and so with a link to say "I have seen it"."""

COLORS = {"critical": "#b42318", "high": "#b54708", "normal": "#175cd3", "low": "#475467"}

_ID = re.compile(r"[a-z][a-z0-9]*[._-][a-z0-9]")
"""How a person's or a feed's id begins, which is written as it is."""

_HARMLESS = str.maketrans(
    {"[": "［", "]": "］", "*": "＊", "`": "'", "<": "‹", ">": "›", "|": "｜", "~": "～", "#": "＃"}
)
"""What would be formatting, a link or a mention in chat; a look-alike, since WeCom shows a backslash as one."""

_EMPHASIS = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""An underscore at the edge of a word, which would slant what follows; one inside an id does nothing."""

_ITEM = re.compile(r"^(?=([-+]|\d+[.)])\s)")
"""The beginning of a text that would be an item of a list."""

_GAP = re.compile(f"(?<=[\u4e00-\u9fff]){GAP}|{GAP}(?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Spoken:
    """The sentences about one event."""

    subject: str
    happened: str
    todo: str
    line: str
    link: str
    urgency: str
    kind: str


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders messages.

    :param console_url: where links lead.
    :param acknowledge: makes the address of an acknowledgement page from a message's nonce.
    :param titles: names of rules, indicators and playbooks.
    :param people: names of people by id.
    """

    console_url: str
    acknowledge: Callable[[str], str]
    titles: Titles = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)

    def render(self, view: MessageView, *, language: str, time_zone: str, limit: int) -> Content:
        """Render a message in a language, with its chat form and its plain text within ``limit`` bytes."""
        names = {key: shortened(name) for key, name in view.names.items()}
        speaker = Speaker(language, time_zone, self.console_url, self.titles, names, view.recipient, self.people)
        context = self._digest(view, speaker) if view.kind == DIGEST else self._single(view, speaker)
        text = within(partial(_layout, "mail/layout.txt.j2"), context, limit)
        html = _layout("mail/layout.html.j2", context)
        chat = within(partial(_layout, "chat/layout.md.j2"), context, limit)
        file = calendar_file(
            context["told"], recipient=view.recipient, host=urlsplit(self.console_url).hostname or "riskreview"
        )
        forms = (context["subject"], text, html, chat, file.text if file else "")
        digest = hashlib.sha256("\0".join(forms).encode()).hexdigest()
        return Content(
            view.ref,
            view.urgency,
            context["subject"],
            text,
            html,
            chat,
            context["link"],
            context["button"],
            digest,
            file,
        )

    def _single(self, view: MessageView, speaker: Speaker) -> dict[str, Any]:  # a template's context has any shape
        event = view.events[0]
        spoken = speak(event, speaker)
        due = due_of(event.facts)
        return self._frame(view, speaker) | {
            "subject": spoken.subject, "happened": spoken.happened, "todo": spoken.todo, "link": spoken.link,
            "until": speaker.moment(due) if due else "", "details": speaker.details(event.facts, without=DUE),
            "told": (_told(event, spoken),), "button": speaker.word("layout", "open"), "acknowledge": self.acknowledge(view.nonce) if view.kind in ACKNOWLEDGED else "", "lines": (), "kinds": (),
        }  # fmt: skip

    def _digest(self, view: MessageView, speaker: Speaker) -> dict[str, Any]:  # a template's context has any shape
        summary = EventView(DIGEST, "message", view.ref, view.urgency, {"count": view.items})
        spoken = speak(summary, speaker)
        kinds = tuple((speaker.word("kinds", kind), count) for kind, count in view.kinds.items())
        lines = tuple(speak(event, speaker) for event in view.events)
        return self._frame(view, speaker) | {
            "subject": spoken.subject, "happened": spoken.happened, "todo": spoken.todo, "link": spoken.link, "until": "",
            "details": (), "button": speaker.word("layout", "open_all"), "acknowledge": "", "kinds": kinds,
            "lines": lines, "told": tuple(map(_told, view.events, lines)), "count": view.items,
        }  # fmt: skip

    def _frame(self, view: MessageView, speaker: Speaker) -> dict[str, Any]:  # a template's context has any shape
        return {
            "ref": view.ref, "urgency": view.urgency, "urgency_word": speaker.word("urgencys", view.urgency), "count": view.items,
            "color": COLORS[view.urgency], "language": speaker.language, "privacy": speaker.word("layout", "privacy_named" if view.names else "privacy"), "label": lambda key: speaker.word("layout", key),
        }  # fmt: skip


def speak(event: EventView, speaker: Speaker) -> Spoken:
    """Say one event; a kind without a template, or a template whose facts are missing, falls back to the generic one."""
    for kind in (event.kind, GENERIC):
        try:
            blocks = _blocks(kind, speaker.language, _facts_context(event, speaker))
        except TemplateError as error:
            if kind == GENERIC:
                raise
            structlog.get_logger("riskreview").warning("template_failed", kind=kind, error=type(error).__name__)
            continue
        link = speaker.link(event.subject_type, event.subject_id)
        said = _as_drill(blocks, speaker) if event.facts.get("is_drill") else blocks
        return Spoken(link=link, urgency=event.urgency, kind=event.kind, **said)
    raise LookupError(f"no template says {event.kind}")


def _told(event: EventView, spoken: Spoken) -> Told:
    return Told(event, spoken.subject, spoken.todo, spoken.link)


def known_kinds() -> frozenset[str]:
    """Return the kinds of message that have sentences of their own."""
    return frozenset(path.name.split(".")[0] for path in (TEMPLATES / "words").glob("*.j2"))


def _facts_context(event: EventView, speaker: Speaker) -> dict[str, Any]:  # a template's context has any shape
    facts = event.facts
    due = due_of(facts)
    customer = facts.get("customer_id") or facts.get("customer_key")
    if customer is None and event.subject_type == "customer":
        customer = event.subject_id
    name, steps = speaker.subject(event.subject_type, event.subject_id), speaker.steps(facts)
    return {
        "steps": steps, "thing": f"{speaker.word('subjects', 'step')} “{steps}”" if event.subject_type == "step" and steps else name,
        "fact": lambda key: _fact(facts, key, speaker), "subject_name": name,
        "customer": speaker.subject("customer", str(customer)) if customer is not None else "",
        "due": speaker.short(due, event.told_at) if due else "", "word": speaker.word, "moment": speaker.moment,
        "said": lambda key: speaker.value(key, facts[key]) if facts.get(key) is not None else "",
        "feed": facts.get("source_id") or facts.get("source") or (event.subject_id if event.subject_type == "feed" else ""),
        "playbook": speaker.value("playbook_id", facts["playbook_id"]) if facts.get("playbook_id") else "",
        "kind_word": speaker.word("kinds", event.kind), "mine": not speaker.reader or (facts.get("owner") or facts.get("person")) in (None, speaker.reader),
    }  # fmt: skip


def _fact(facts: Mapping[str, object], key: str, speaker: Speaker) -> object | None:
    """Return a fact for a sentence, a person or another customer by name."""
    value = facts.get(key)
    return speaker.set_off(speaker.value(key, value)) if key in {*PEOPLE, *NAMED} and value else value


def _blocks(
    kind: str, language: str, context: Mapping[str, Any]
) -> dict[str, str]:  # a template's context has any shape
    template = _environment().get_template(f"words/{kind}.{language}.j2")
    scope = template.new_context(dict(context))
    return {name: _one_line("".join(template.blocks[name](scope))) for name in BLOCKS}


def _as_drill(blocks: Mapping[str, str], speaker: Speaker) -> dict[str, str]:
    """Mark a practised message as one, wherever it is shown."""
    mark, hint = speaker.word("layout", "drill"), speaker.word("layout", "drill_hint")
    return {
        **blocks,
        "subject": mark + blocks["subject"],
        "line": mark + blocks["line"],
        "happened": blocks["happened"] + hint,
    }


def _layout(name: str, context: Mapping[str, Any]) -> str:  # a template's context has any shape
    return _environment().get_template(name).render(**context)


def _one_line(text: str) -> str:
    text = re.sub(r"\s+", " ", _GAP.sub(" ", text).replace(GAP, "")).strip()
    return text if _ID.match(text) else text[:1].upper() + text[1:]


def _markdown(text: object) -> str:
    """Return a text in which nothing formats, links or mentions in any of the chat services; words stay as they read."""
    plain = _EMPHASIS.sub("＿", str(text).translate(_HARMLESS)).replace("://", "：//")
    return _ITEM.sub("\u200b", plain)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
    )  # fmt: skip
    environment.filters["md"] = _markdown
    return environment
