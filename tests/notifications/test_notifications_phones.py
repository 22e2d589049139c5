"""Every chat service takes what we send, within its limits, and the phone shows it whole, once and without marks of formatting."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from tests.notifications.chat_services import OK, SECRET, Phones, redirected, running_phones, urls
from tests.notifications.test_notifications_templates import FACTS, RENDERER, rendered

from riskreview.notifications.content import Answer, Content, EventView, MessageView, Target
from riskreview.notifications.rendering import Renderer
from riskreview.notifications.senders import sender_for
from riskreview.policy.channels import LIMITS, Channel

SIGNED = ("dingtalk", "feishu", "lark")
LONG_NAME = "内蒙古自治区呼伦贝尔市莫力达瓦达斡尔族自治旗尼尔基镇新能源装备制造与国际供应链管理（集团）股份有限公司" * 3
MARKS = re.compile(r"\*\*|\]\(|\{\{|\bNone\b|&(?:amp|lt|gt);|[\ue000\u200b]")


@pytest.fixture
def phones(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phones]:
    with running_phones() as found:
        monkeypatch.setattr(requests.Session, "request", redirected(found, requests.Session.request))
        yield found


def sent(phones: Phones, kind: str, content: Content, *, secret: str = SECRET) -> Answer:
    channel = Channel.model_validate({"kind": kind, "url": "${HOOK}", "allow_loopback": True, "timeout_seconds": 30})
    return sender_for(kind).send(channel, Target(urls(phones)[kind], secret if kind in SIGNED else None, "a"), content)


@pytest.mark.parametrize("kind", OK)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_shows_a_message_whole_once_and_without_marks(phones: Phones, kind: str, language: str) -> None:
    for about in ("review_opened", "duty_escalated", "playbook_activated", "digest"):
        facts = {**FACTS, "is_drill": True} if about == "playbook_activated" else FACTS
        content = rendered(about, language, limit=LIMITS[kind], items=4 if about == "digest" else 1, facts=facts)

        assert sent(phones, kind, content).outcome == "accepted"

        shown = phones.shown[kind][-1].replace("［", "[").replace("］", "]")
        assert MARKS.findall(shown) == []
        assert shown.count(content.subject) == 1, shown
        assert shown.startswith(content.subject)
        assert f"<{content.link}>" in shown
        assert content.ref in shown
        assert ("/acknowledge/nonce" in shown) == (about != "digest")


@pytest.mark.parametrize("kind", OK)
@pytest.mark.parametrize("name", [LONG_NAME, LONG_NAME[:100], "🏭" * 90], ids=["longest", "long", "emoji"])
def test_long_names_of_customers_stay_within_the_limit_of_every_service(phones: Phones, kind: str, name: str) -> None:
    event = EventView("duty_escalated", "review", "17", "high", FACTS, datetime(2026, 7, 1, tzinfo=UTC))
    digest = MessageView("RR-AAAA-BBBB", "digest", "high", 200, (event,) * 50, {event.kind: 200}, "n", {"C-004711": name})  # fmt: skip
    contents = [
        rendered(about, "zh", limit=LIMITS[kind], names=digest.names) for about in ("review_opened", "duty_taken_over")
    ]
    for content in (RENDERER.render(digest, language="zh", time_zone="Asia/Shanghai", limit=LIMITS[kind]), *contents):
        assert sent(phones, kind, content) == Answer(
            "accepted", "Apprise: success" if kind in {"slack", "teams"} else "code 0"
        )
        assert content.ref in phones.shown[kind][-1]


def addressed(about: str, address: str, *, nonce: int, items: int) -> tuple[Renderer, MessageView]:
    """A renderer for a console of that address, and a message of so many events; the longer the nonce the longer the link to acknowledge."""
    renderer = replace(
        RENDERER, console_url=address, acknowledge=lambda given: f"{address}/acknowledge/{given * nonce}"
    )
    kind = "duty_escalated" if about == "digest" else about
    event = EventView(kind, "review", "17", "high", FACTS, datetime(2026, 7, 1, tzinfo=UTC))
    names = {"C-004711": LONG_NAME}
    return renderer, MessageView("RR-AAAA-BBBB", about, "high", items, (event,) * min(items, 50), {kind: items}, "nonce", names)  # fmt: skip


@pytest.mark.parametrize("kind", OK)
@pytest.mark.parametrize("about", ["review_opened", "step_assigned", "duty_taken_over", "digest"])
def test_the_longest_address_arrives_whole_however_much_else_is_told(phones: Phones, kind: str, about: str) -> None:
    address = "https://risk.example.com/" + "/a-long_way" * 134
    renderer, view = addressed(about, address, nonce=25, items=200 if about == "digest" else 1)
    content = renderer.render(view, language="zh", time_zone="Asia/Shanghai", limit=LIMITS[kind])

    assert sent(phones, kind, content).outcome == "accepted"

    shown = phones.shown[kind][-1]
    assert MARKS.findall(shown) == []
    assert f"<{content.link}>" in shown
    assert (f"<{renderer.acknowledge('nonce')}>" in shown) == (about != "digest")
    assert all(word in shown for word in ("您需要做什么", "RR-AAAA-BBBB"))


@given(
    address=st.integers(30, 3000),
    limit=st.integers(500, 5000),
    about=st.sampled_from(["review_opened", "step_assigned", "digest"]),
)
def test_no_form_of_a_message_holds_a_part_of_an_address_or_more_than_the_limit(
    address: int, limit: int, about: str
) -> None:
    console_url = f"https://risk.example.com/{'w' * (address - 25)}"
    renderer, view = addressed(about, console_url, nonce=1, items=9)
    content = renderer.render(view, language="en", time_zone="Asia/Shanghai", limit=limit)

    for form in (content.chat, content.text):
        assert len(form.encode()) <= limit
        assert content.ref in form
        assert set(re.findall(r"https://[^\s)]*", form)) <= {
            content.link,
            f"{console_url}/reviews/17",
            f"{console_url}/acknowledge/nonce",
        }


@pytest.mark.parametrize("kind", [*SIGNED, "wecom"])
def test_a_service_that_refuses_is_believed(phones: Phones, kind: str) -> None:
    content = rendered("review_opened", limit=LIMITS[kind])
    refused = sent(phones, kind, replace(content, chat="字" * 9000), secret="another")  # noqa: S106  of nobody

    assert refused.outcome == "refused"
    assert phones.shown[kind] == []
