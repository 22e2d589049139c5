"""Owns the channels file: through what people are told, how fast, and which destinations are refused.

A URL is either a web hook as the chat service shows it (``https://…``) or an Apprise URL (``mailtos://…``). Secrets come from
the environment as ``${NAME}``; a URL written out may hold none, except for a loopback server of a demo or test.
"""

import ipaddress
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import Field, model_validator

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.policy.preferences import URGENCIES, Preferences, QuietHours, Urgency
from riskreview.policy.roles import Role

SCHEMES = {
    "mail": ("mailto", "mailtos"),
    "wecom": ("https", "http", "wecombot"),
    "dingtalk": ("https", "http", "dingtalk"),
    "feishu": ("https", "http", "feishu"),
    "lark": ("https", "http", "lark"),
    "fxiaoke": ("https", "http"),
    "slack": ("slack",),
    "teams": ("workflow", "workflows"),
    "webhook": ("json", "jsons"),
    "ntfy": ("ntfy", "ntfys"),
    "mattermost": ("mmost", "mmosts"),
    "telegram": ("tgram",),
    "matrix": ("matrix", "matrixs"),
}
"""What a channel's URL may begin with, by kind; everything else (file, syslog, desktop, programs) is refused."""

OWN_SENDER = ("wecom", "dingtalk", "feishu", "lark", "fxiaoke")
"""Chat services that refuse with HTTP 200: their answers are read by our own senders."""

FORBIDDEN_PARAMETERS = frozenset(
    {"redirect", "verify", "retry", "wait", "smtp", "bcc", "cc", "pgpprv", "pgppub", "wkd"}
)
"""URL parameters that would switch off a protection or send to somebody else than the recipient."""

KEYED_HOSTLESS = ("wecombot", "dingtalk", "feishu", "lark", "slack", "tgram")
"""Schemes whose "host" is a token; Apprise knows the real host."""

LIMITS = {"wecom": 4096, "dingtalk": 18_000, "feishu": 18_000, "lark": 18_000, "fxiaoke": 4000, "slack": 30_000, "teams": 9000,
          "telegram": 4096, "ntfy": 3500, "mattermost": 12_000, "matrix": 30_000, "webhook": 30_000, "mail": 200_000}  # fmt: skip
"""Largest body in bytes of UTF-8 the services document, with room for what is around it; of Teams' 28 KB a third, since Apprise escapes
what is not ASCII, which makes three bytes six and an emoji of four twelve."""

_NAME = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


class Channel(StrictModel):
    """One way to tell people.

    :param url: with ``${NAME}`` for secrets and ``{address}`` for the person's address on this channel.
    :param secret: signing secret of a DingTalk, Feishu or Lark robot, or the connection to Fxiaoke, as ``${NAME}``.
    """

    kind: Literal["mail", "wecom", "dingtalk", "feishu", "lark", "fxiaoke", "slack", "teams", "webhook", "ntfy", "mattermost",
                  "telegram", "matrix"]  # fmt: skip
    url: str = Field(min_length=4)
    secret: str | None = None
    allow_loopback: bool = Field(False, description="for a demo or test server on this machine")
    from_urgency: Urgency = Field("low", description="less urgent events do not use this channel")
    rate_per_minute: int = Field(60, ge=1, le=6000)
    digest_minutes: int = Field(15, ge=0, le=1440, description="at most one digest per person in this time")
    singles: int = Field(
        5, ge=0, le=100, description="critical and high messages per person in this time; more are grouped"
    )
    quiet_hours: QuietHours | None = None
    max_bytes: int | None = Field(None, ge=500)
    timeout_seconds: float = Field(15, gt=0, le=120)
    customer_names: bool = Field(
        False, description="name customers instead of giving their number, where the channel is the firm's own"
    )

    @model_validator(mode="after")
    def _acceptable(self) -> Self:
        if self.secret is not None and not _NAME.fullmatch(self.secret) and not self._is_loopback():
            raise ValueError("E-SECRET-INLINE the signing secret is written out; put ${NAME} there and set NAME")
        if not _NAME.fullmatch(self.url):
            check_url(self, _sample(self.url))
        if self.kind == "fxiaoke" and self.secret is None:
            raise ValueError("E-CHANNEL a fxiaoke channel needs secret, the connection as ${NAME}")
        if self._holds_secret():
            raise ValueError("E-SECRET-INLINE the URL holds a secret; put ${NAME} there and set NAME")
        return self

    @property
    def body_limit(self) -> int:
        """Largest body in bytes of UTF-8."""
        return min(self.max_bytes or LIMITS[self.kind], LIMITS[self.kind])

    def preferred_by(self, name: str, wishes: Preferences) -> Self:
        """Return the channel, known under ``name``, as a person wants to use it."""
        own = {
            "quiet_hours": wishes.quiet_hours, "digest_minutes": wishes.digest_minutes, "singles": wishes.singles,
            "from_urgency": wishes.from_urgency.get(name),
        }  # fmt: skip
        return self.model_copy(update={key: value for key, value in own.items() if value is not None})

    def carries(self, urgency: str) -> bool:
        """Tell whether events of an urgency use this channel."""
        return URGENCIES.index(urgency) <= URGENCIES.index(self.from_urgency)

    def target(self, address: str, environment: Mapping[str, str]) -> str:
        """Return the URL to send to, filled in and checked.

        :raises BadInput: when a variable is not set or the URL is refused.
        """
        url = filled(self.url, environment).replace("{address}", quote(address, safe="@"))
        try:
            check_url(self, url)
        except ValueError as error:
            code, _, found = str(error).partition(" ")
            raise BadInput(code, found, "Correct the channel's URL") from error
        return url

    def _is_loopback(self) -> bool:
        return self.allow_loopback and _is_loopback(urlsplit(self.url).hostname or "")

    def _holds_secret(self) -> bool:
        if self._is_loopback() or self.kind == "fxiaoke":
            return False
        if self.kind == "mail":
            return "${" not in (urlsplit(self.url).password or "${")
        return not _NAME.search(self.url)


class Delivery(StrictModel):
    """How often a message is tried and who hears of one that could not be delivered."""

    backoff_minutes: tuple[float, ...] = Field((1, 5, 15, 60, 240, 720), min_length=1)
    lease_seconds: int = Field(180, ge=1, description="a dispatcher that says nothing for this long is taken for dead")
    acknowledgement_hours: int = Field(
        72, ge=1, description="an acknowledged duty that stays open is escalated again after this"
    )
    divert_after: int = Field(
        2, ge=1, description="failures after which a critical or high message takes another channel besides"
    )
    link_days: int = Field(14, ge=1, description="how long an acknowledgement link works")
    alarm_role: Role = "it"

    @model_validator(mode="after")
    def _known(self) -> Self:
        if any(minutes <= 0 for minutes in self.backoff_minutes):
            raise ValueError("E-CHANNEL a waiting time must be above 0")
        return self

    @property
    def max_attempts(self) -> int:
        """How often a message is tried in all."""
        return len(self.backoff_minutes) + 1


class Channels(StrictModel):
    """``policies/channels.yaml``."""

    channels: dict[str, Channel] = Field(min_length=1)
    delivery: Delivery = Delivery()  # type: ignore[call-arg]  # all defaulted

    @model_validator(mode="after")
    def _leases_outlive_sends(self) -> Self:
        slowest = max(channel.timeout_seconds for channel in self.channels.values())
        if self.delivery.lease_seconds <= 2 * slowest:
            raise ValueError(f"E-CHANNEL lease_seconds must be above twice the longest timeout, {slowest:g} seconds")
        return self


def load_channels(instance: Instance) -> Channels:
    """Read ``policies/channels.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return read_channels(instance.configuration_file("policies", "channels.yaml"))


def read_channels(path: Path) -> Channels:
    """Read one channels file.

    :raises BadInput: naming the line that is wrong.
    """
    return load_yaml(path, Channels)


def filled(text: str, environment: Mapping[str, str]) -> str:
    """Replace every ``${NAME}`` by the environment's value.

    :raises BadInput: when a variable is not set.
    """
    missing = next((name for name in _NAME.findall(text) if not environment.get(name)), None)
    if missing is not None:
        raise BadInput(
            "E-CHANNEL-UNSET", f"the variable {missing} is not set", f"Set {missing} for the processes that deliver"
        )
    return _NAME.sub(lambda match: environment[match.group(1)], text)


def check_url(channel: Channel, url: str) -> None:
    """Refuse a destination that is not what its kind allows.

    :raises ValueError: beginning with ``E-CHANNEL``.
    """
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise ValueError("E-CHANNEL the URL cannot be read") from error
    if parts.scheme not in SCHEMES[channel.kind]:
        raise ValueError(f"E-CHANNEL a {channel.kind} channel cannot use {parts.scheme or 'no scheme'}://")
    if any(character in url for character in "\r\n\t\\, "):
        raise ValueError("E-CHANNEL the URL holds a space, a comma, a backslash or a line break")
    forbidden = FORBIDDEN_PARAMETERS & {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if forbidden:
        raise ValueError(f"E-CHANNEL the parameter {min(forbidden)} is not allowed")
    if parts.scheme in KEYED_HOSTLESS:
        return
    if not host:
        raise ValueError("E-CHANNEL the URL names no host")
    check_host(channel, host)
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("E-CHANNEL a web hook needs https")


def check_host(channel: Channel, host: str) -> None:
    """Refuse a host, by name or by address, that a channel must not reach; mail may go to a relay in the private network.

    :raises ValueError: beginning with ``E-CHANNEL``.
    """
    if _is_loopback(host):
        if not channel.allow_loopback:
            raise ValueError("E-CHANNEL this machine is no destination unless allow_loopback is true")
        return
    address = _address(host)
    if address is None:
        if channel.kind != "mail" and (
            host.endswith((".local", ".internal", ".lan", ".localdomain")) or "." not in host
        ):
            raise ValueError("E-CHANNEL a name of the private network is no destination for a web hook")
        return
    relay = channel.kind == "mail" and address.is_private and not (address.is_link_local or address.is_unspecified)
    if not address.is_global and not relay:
        raise ValueError("E-CHANNEL a private, link-local or reserved address is no destination")


def _sample(url: str) -> str:
    with_port = (
        re.sub(_NAME.pattern + r"(?=[/?]|$)", "1", url) if re.search(r":" + _NAME.pattern + r"(?=[/?]|$)", url) else url
    )
    return _NAME.sub("x.example", with_port).replace("{address}", "x")


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or host.endswith(".localhost") or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))  # 2130706433, 0x7f.1: what connect() would understand
        except OSError:
            return None
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return mapped or found
