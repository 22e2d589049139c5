"""Owns the robots of WeCom, DingTalk, Feishu and Lark. They refuse with HTTP 200, so the code in the answer decides.

Formats: developer.work.weixin.qq.com/document/path/91770, open.dingtalk.com/document/robots/custom-robot-access,
open.feishu.cn/document/client-docs/bot-v3/add-custom-bot.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from riskreview.notifications.content import Answer, Content, Target
from riskreview.notifications.senders.web import DEFAULT_WAIT, NotDelivered, post_json
from riskreview.policy.channels import Channel

TOO_FAST = {"45009", "45033", "130101", "130102", "410100", "302033", "11232", "99991400"}
"""Codes by which the four services say: too many messages, try later."""

BAND = {"critical": "red", "high": "orange", "normal": "blue", "low": "grey"}
"""Color of a Feishu card's head by urgency."""


class WeCom:
    """Group robot of WeCom; body up to 4,096 bytes of Markdown."""

    def send(self, channel: Channel, target: Target, content: Content) -> Answer:
        """Post Markdown and read ``errcode``."""
        url = _hook(target.url, "wecombot", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={}")
        body = {"msgtype": "markdown", "markdown": {"content": content.chat}}
        return _posted(channel, url, body, lambda answer: answer.get("errcode"))


class DingTalk:
    """Group robot of DingTalk, signed when a secret is given."""

    def send(self, channel: Channel, target: Target, content: Content) -> Answer:
        """Post Markdown and read ``errcode``."""
        url = _hook(target.url, "dingtalk", "https://oapi.dingtalk.com/robot/send?access_token={}")
        if target.secret:
            url += ("&" if urlsplit(url).query else "?") + _dingtalk_signature(
                target.secret, time.time_ns() // 1_000_000
            )
        body = {"msgtype": "markdown", "markdown": {"title": content.subject, "text": content.chat}}
        return _posted(channel, url, body, lambda answer: answer.get("errcode"))


class Feishu:
    """Group robot of Feishu or Lark, signed when a secret is given; sends a card with a button."""

    def send(self, channel: Channel, target: Target, content: Content) -> Answer:
        """Post a card and read ``code``."""
        host = "open.larksuite.com" if channel.kind == "lark" else "open.feishu.cn"
        url = _hook(target.url, channel.kind, f"https://{host}/open-apis/bot/v2/hook/{{}}")
        body: dict[str, object] = {"msg_type": "interactive", "card": _card(content)}
        if target.secret:
            body |= _feishu_signature(target.secret, int(time.time()))
        return _posted(channel, url, body, lambda answer: answer.get("code", answer.get("StatusCode")))


def _posted(
    channel: Channel, url: str, body: Mapping[str, object], code_of: Callable[[Mapping[str, Any]], object]
) -> Answer:
    try:
        answer = post_json(channel, url, body)
    except NotDelivered as problem:
        return problem.answer
    code = code_of(answer)
    if code == 0 and code is not False:
        return Answer("accepted", "code 0")
    words = str(answer.get("errmsg") or answer.get("msg") or answer.get("StatusMessage") or "no reason given")
    if code is None:
        return Answer("refused", "HTTP 200 without a code")
    return Answer("refused", f"code {code}: {words[:120]}", DEFAULT_WAIT if str(code) in TOO_FAST else None)


def _hook(url: str, scheme: str, pattern: str) -> str:
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"}:
        return url
    if parts.scheme != scheme:
        raise ValueError(f"{scheme} cannot use {parts.scheme}://")
    return pattern.format((parts.netloc + parts.path).strip("/"))


def _dingtalk_signature(secret: str, milliseconds: int) -> str:
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return f"timestamp={milliseconds}&sign={quote_plus(base64.b64encode(digest).decode())}"


def _feishu_signature(secret: str, seconds: int) -> dict[str, object]:
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": str(seconds), "sign": base64.b64encode(digest).decode()}


def _card(content: Content) -> dict[str, object]:
    button = {
        "tag": "button",
        "text": {"tag": "plain_text", "content": content.button},
        "type": "primary",
        "url": content.link,
    }
    return {
        "config": {"wide_screen_mode": True},
        "header": {
            "title": {"tag": "plain_text", "content": content.subject},
            "template": BAND.get(content.urgency, "blue"),
        },
        "elements": [{"tag": "markdown", "content": content.parted()[1]}, {"tag": "action", "actions": [button]}],
    }
