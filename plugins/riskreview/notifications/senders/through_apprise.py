"""Owns sending through Apprise: one URL per message, no retries, no redirects, and its result read per attempt."""

import warnings
from functools import cache
from types import ModuleType
from typing import Any

from riskreview.notifications.content import Answer, Content, Target
from riskreview.notifications.senders.deadline import Deadline
from riskreview.notifications.senders.web import NotDelivered, guard
from riskreview.policy.channels import Channel

LOOKED_UP = ("webhook", "teams")
"""Kinds whose host somebody types in and that are services outside: what it resolves to is checked before each send."""

CUT_TITLES = ("teams",)
"""Kinds that show one line of a title and leave out the rest; the head stands in the body there."""


class AppriseSender:
    """Every service Apprise knows and no own sender handles; "accepted" means what Apprise's plugin for it takes for success."""

    def send(self, channel: Channel, target: Target, content: Content) -> Answer:
        """Notify one URL with Markdown and read the result's status."""
        if channel.kind in LOOKED_UP:
            try:
                guard(channel, target.url)
            except NotDelivered as problem:
                return problem.answer
        client = apprise_with(channel, target.url)
        if client is None:
            return Answer("refused", "E-CHANNEL Apprise cannot read the URL")
        title, body = ("", content.chat) if channel.kind in CUT_TITLES else content.parted()
        return notified(channel, client, title, body, "markdown")


@cache
def load_apprise() -> ModuleType:
    """Import Apprise with its mail plugin; half a second, and one deprecation of the standard library it still uses."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'imghdr' is deprecated", category=DeprecationWarning)
        import apprise
        import apprise.plugins.email
    return apprise  # type: ignore[no-any-return]  # Apprise is untyped


def apprise_with(channel: Channel, service: Any) -> Any:  # Apprise is untyped; service is a URL or one of its plugins
    """Return an Apprise client holding one service, or None when Apprise refuses it."""
    apprise = load_apprise()
    client = apprise.Apprise(asset=asset_for(channel))
    return client if client.add(service) and len(client) == 1 else None


def asset_for(channel: Channel) -> Any:  # Apprise is untyped
    """Return the settings every send uses: nothing stored, nothing retried, no redirect followed, one deadline."""
    return load_apprise().AppriseAsset(
        app_id="riskreview", app_desc="riskreview", app_url="", image_url_mask="", image_url_logo="", async_mode=False, http_redirects=False, default_service_retry=0,
        secure_logging=True, interpret_escapes=False, interpret_emojis=False, storage_mode="memory", pgp_autogen=False,
        pem_autogen=False, service_timeout=channel.timeout_seconds,
    )  # fmt: skip


def notified(channel: Channel, client: Any, subject: str, body: str, body_format: str) -> Answer:  # Apprise is untyped
    """Notify and translate Apprise's status: only SUCCESS is accepted, a timeout is unknown, everything else refused.

    Apprise stops waiting for a service that takes too long and leaves its thread to it, for as long as the service likes: the deadline
    ends what it reads. An answer whose head it cut short would pass for a whole one, so nothing counts as accepted after it.
    """
    from apprise import NotifyFormat
    from apprise.result import AppriseResultStatus

    with Deadline(channel.timeout_seconds) as deadline:
        result = client.notify(title=subject, body=body, body_format=NotifyFormat(body_format))
    if not deadline.is_over and result.status == AppriseResultStatus.SUCCESS and all(map(bool, result.results)):
        return Answer("accepted", "Apprise: success")
    if deadline.is_over or result.status == AppriseResultStatus.TIMEOUT or result.timeout_count:
        return Answer("unknown", "Apprise: no answer in time")
    return Answer("refused", f"Apprise: {result.status.name.lower()}")
