"""A message through Fxiaoke is accepted when Fxiaoke says so, and its refusals are read although they come with HTTP 200."""

import json

import pytest
from tests.crm.conftest import Place, place

from riskreview.crm.emulator.starting import settings_of
from riskreview.notifications.content import Answer, Content, Target
from riskreview.notifications.senders.fxiaoke import FxiaokeMessages
from riskreview.policy.channels import Channel

URL = "http://127.0.0.1:1/cgi/message/send"
SECRET = json.dumps(settings_of("fxiaoke", "http://127.0.0.1:1"))
CONTENT = Content("RR-1", "high", "复核", "本周有 3 个高风险客户待复核", "", "", "https://example.com", "", "0" * 64)


@pytest.fixture
def tenant() -> Place:
    return place("fxiaoke", 1)


def sent(tenant: Place, person: str = "1001", *, secret: str = SECRET, **more: object) -> Answer:
    channel = Channel(kind="fxiaoke", url=URL, secret=secret, allow_loopback=True, **more)
    sender = FxiaokeMessages(tenant.transport, tenant.timer)
    return sender.send(channel, Target(URL, secret, person), CONTENT)


def test_an_accepted_message_is_there(tenant: Place):
    assert sent(tenant).outcome == "accepted"
    assert tenant.emulator.messages == [{"toUser": ["1001"], "msgType": "text", "content": {"content": CONTENT.text}}]


def test_a_refusal_inside_http_200_is_a_refusal_with_its_code(tenant: Place):
    answer = sent(tenant, "4711")

    assert (answer.outcome, "11016" in answer.detail, answer.retry_after) == ("refused", True, None)


@pytest.mark.parametrize(("fault", "outcome", "waits"), [("busy", "refused", True), ("silence", "unknown", False), ("lost", "unknown", False),
                                                        ("html", "refused", False)])  # fmt: skip
def test_what_is_known_of_a_disturbed_message_is_said(tenant: Place, fault, outcome, waits):
    tenant.emulator.faults.add({1: fault})

    answer = sent(tenant)

    assert (answer.outcome, answer.retry_after is not None) == (outcome, waits)


def test_a_token_that_ended_is_renewed_once(tenant: Place):
    tenant.emulator.faults.add({1: "expire"})

    assert sent(tenant).outcome == "accepted"


def test_a_wrong_connection_is_refused_without_its_secret(tenant: Place):
    answer = sent(tenant, secret=json.dumps({"kind": "fxiaoke", "app_secret": "hunter2"}))

    assert answer.outcome == "refused"
    assert "hunter2" not in answer.detail
