"""Owns what a text inside a playbook may hold: named variables, no code, no secrets, no channel addresses, no length without end."""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

VARIABLES = ("customer_id", "risk_class", "rule", "opened_on", "playbook")
LONGEST_BYTES = 2048
"""What the narrowest channel (WeCom text) carries in one message."""

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s)\]}>\"'，。；]+")
_SECRET_KEYS = frozenset(
    {"key", "token", "access_token", "secret", "password", "pwd", "sign", "signature", "api_key", "apikey"}
)
_SECRET_TEXT = re.compile(r"(?i)\b(password|passwd|secret|api[_-]?key|access[_-]?token)\s*[:=]\s*[^\s$]\S+")
_HOOK = re.compile(r"(?i)/(webhook|hook|hooks|robot|bot)s?/")


def check_text(value: str) -> tuple[tuple[str, str, str], ...]:
    """Return the problems of one text as (code, found, repair). What looks like a secret is not repeated."""
    found = [*_template_problems(value), *(problem for url in _URL.findall(value) if (problem := _url_problem(url)))]
    if _SECRET_TEXT.search(value):
        found.append(("E-SECRET-INLINE", "the text holds a secret", "Move it to a connection or the environment"))
    size = len(value.encode())
    if size > LONGEST_BYTES:
        found.append(("E-TEMPLATE-SIZE", f"the text has {size} bytes", f"Shorten it to {LONGEST_BYTES} bytes"))
    return tuple(found)


def fill(value: str, values: Mapping[str, str]) -> str:
    """Return a checked text with its variables replaced; the values are inserted as they are, never evaluated."""
    return _BRACES.sub(lambda match: values.get(match[1].strip(), match[0]), value)


def _template_problems(value: str) -> list[tuple[str, str, str]]:
    repair = f"Use {{{{ name }}}} with one of {', '.join(VARIABLES)}"
    if "{%" in value or "{#" in value:
        return [("E-TEMPLATE-UNSAFE", "the text holds template code", repair)]
    found = []
    for inner in _BRACES.findall(value):
        name = inner.strip()
        if not re.fullmatch(r"[a-z][a-z_]*", name):
            found.append(("E-TEMPLATE-UNSAFE", "the braces hold more than a name", repair))
        elif name not in VARIABLES:
            found.append(("E-TEMPLATE-VAR", f"the variable {name} is not known", repair))
    return found


def _url_problem(url: str) -> tuple[str, str, str] | None:
    try:
        parts = urlsplit(url)
        query, host = parse_qs(parts.query, keep_blank_values=True), parts.hostname or ""
    except ValueError:
        return ("E-CHANNEL", "the address cannot be read", "Write a plain https address")
    hidden = (
        parts.username or parts.password or _SECRET_KEYS & {name.lower() for name in query} or _HOOK.search(parts.path)
    )
    if hidden:
        return (
            "E-SECRET-INLINE",
            "the address carries a secret",
            "Name a channel of the notification settings instead",
        )
    if parts.scheme != "https" or {"redirect", "verify"} & set(query) or _is_internal(host):
        return (
            "E-CHANNEL",
            f"a {parts.scheme} address to such a place may not be used",
            "Write a plain https address of a public host",
        )
    return None


def _is_internal(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host in {"", "localhost"} or host.endswith((".internal", ".local", ".localhost"))
