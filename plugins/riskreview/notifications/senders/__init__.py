"""One sender per kind of channel; every one reads what the service answered and none retries."""

from collections.abc import Mapping

from riskreview.notifications.content import Sender
from riskreview.notifications.senders.chat_robots import DingTalk, Feishu, WeCom
from riskreview.notifications.senders.fxiaoke import FxiaokeMessages
from riskreview.notifications.senders.mail import MailSender
from riskreview.notifications.senders.through_apprise import AppriseSender

SENDERS: Mapping[str, Sender] = {
    "mail": MailSender(), "wecom": WeCom(), "dingtalk": DingTalk(), "feishu": Feishu(), "lark": Feishu(),
    "fxiaoke": FxiaokeMessages(),
}  # fmt: skip
"""Senders by kind of channel; all other kinds go through Apprise."""


def sender_for(kind: str) -> Sender:
    """Return the sender of a kind of channel."""
    return SENDERS.get(kind) or AppriseSender()
