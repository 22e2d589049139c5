"""Senders believe what a service says in its answer, not the status of the HTTP response."""

import contextlib
import smtplib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.notifications.loopback import ChatService, MailServer, free_port

from riskreview.notifications.content import Answer, Content, Target
from riskreview.notifications.senders import sender_for
from riskreview.notifications.senders.mail import judged
from riskreview.policy.channels import Channel

CONTENT = Content(
    "RR-AAAA-BBBB", "high", "Subject 主题", "text 文本", "<p>html</p>", "**chat** 文本", "http://c/x", "Open", "a" * 64
)


def sent(kind: str, url: str, *, secret: str | None = None, content: Content = CONTENT, timeout: float = 5) -> Answer:
    channel = Channel.model_validate({"kind": kind, "url": url, "allow_loopback": True, "timeout_seconds": timeout})
    return sender_for(kind).send(channel, Target(url, secret, "a"), content)


ROBOTS = ["wecom", "dingtalk", "feishu", "lark"]


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_that_says_code_zero_has_accepted(chat_service: ChatService, kind: str) -> None:
    assert sent(kind, f"{chat_service.url}/hook?key=k").outcome == "accepted"
    assert "文本" in str(chat_service.posts[0][1])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}),
        ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}),
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}),
        ("lark", {"code": 19021, "msg": "sign match fail"}),
        ("wecom", b""),
        ("dingtalk", b"<html><body>Please log in</body></html>"),
        ("feishu", {"hello": "world"}),
        ("lark", [1]),
        ("wecom", {"errcode": "0x"}),
        ("wecom", {"errcode": False}),
    ],
)
def test_a_refusal_behind_http_200_is_a_refusal(chat_service: ChatService, kind: str, body: object) -> None:
    chat_service.say(body)
    answer = sent(kind, f"{chat_service.url}/hook?key=k")
    assert (answer.outcome, answer.retry_after) == ("refused", None)


@pytest.mark.parametrize(("kind", "code"), [("wecom", 45009), ("dingtalk", 130101), ("feishu", 11232)])
def test_a_rate_limit_in_the_body_asks_to_wait(chat_service: ChatService, kind: str, code: int) -> None:
    chat_service.say({"errcode": code, "code": code})
    assert sent(kind, f"{chat_service.url}/hook").retry_after == 60


@pytest.mark.parametrize(("header", "seconds"), [({"Retry-After": "7"}, 7), ({}, 60), ({"Retry-After": "soon"}, 60)])
def test_http_429_asks_to_wait_as_long_as_it_says(
    chat_service: ChatService, header: dict[str, str], seconds: float
) -> None:
    chat_service.say({}, status=429, headers=header)
    answer = sent("wecom", f"{chat_service.url}/hook")
    assert (answer.outcome, answer.retry_after) == ("refused", seconds)


@pytest.mark.parametrize(
    ("status", "outcome"), [(302, "refused"), (404, "refused"), (500, "unknown"), (502, "unknown")]
)
def test_other_http_answers_are_never_accepted(chat_service: ChatService, status: int, outcome: str) -> None:
    chat_service.say({"errcode": 0}, status=status, headers={"Location": "http://127.0.0.1:1/"})
    assert sent("wecom", f"{chat_service.url}/hook").outcome == outcome


@contextlib.contextmanager
def dripping(start: bytes) -> Iterator[str]:
    """A service that answers ``start`` and then a byte at a time, for ever."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(start)
            while True:
                connection.sendall(b"x")
                time.sleep(0.02)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.getsockname()[1]}"
    server.close()
    thread.join(30)
    assert not thread.is_alive(), "somebody is still reading"


@pytest.mark.parametrize(
    ("kind", "url", "start"),
    [
        ("wecom", "http://{place}/hook", b"HTTP/1.1 200 OK\r\nX-Never-Ends: "),
        ("webhook", "json://{place}/hook", b"HTTP/1.1 200 OK\r\nX-Never-Ends: "),
        ("webhook", "json://{place}/hook", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        ("mail", "mailto://{place}?from=risk@demo.example&to=li@demo.example", b"220-"),
        ("mail", "mailto://{place}?from=risk@demo.example&to=li@demo.example", b"220 here\r\n250-"),
    ],
)
def test_a_service_that_drips_is_cut_off_at_the_deadline_and_unknown(kind: str, url: str, start: bytes) -> None:
    with dripping(start) as place:
        answer = sent(kind, url.format(place=place), timeout=0.3)

    assert answer.outcome == "unknown"


def test_silence_after_the_request_is_unknown_and_a_closed_port_is_a_refusal(chat_service: ChatService) -> None:
    chat_service.say({"errcode": 0}, wait=0.6)
    assert sent("feishu", f"{chat_service.url}/hook", timeout=0.2).outcome == "unknown"
    assert sent("feishu", f"http://127.0.0.1:{free_port()}/hook").outcome == "refused"


def answering(*pieces: bytes, resets: bool = False) -> tuple[str, threading.Thread]:
    """Take one post and answer it piece by piece, ten of them a second, or cut the connection off; return where, and who does it."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with listening, connection, contextlib.suppress(OSError):
            connection.recv(100_000)
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.1)
            if resets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    thread = threading.Thread(target=serve)
    thread.start()
    return f"127.0.0.1:{listening.getsockname()[1]}/hook", thread


@pytest.mark.parametrize("resets", [False, True])
def test_an_answer_that_drips_or_is_cut_off_is_unknown_within_the_deadline(*, resets: bool) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    place, thread = answering(head, *([] if resets else [b"x"] * 50), resets=resets)

    begun = time.monotonic()
    assert sent("wecom", f"http://{place}", timeout=0.5).outcome == "unknown"
    assert time.monotonic() - begun < 3
    thread.join()


def test_a_service_that_speaks_no_tls_was_told_nothing() -> None:
    place, thread = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    assert sent("wecom", f"https://{place}").outcome == "refused"
    thread.join()


def test_a_huge_answer_is_not_read_to_its_end(chat_service: ChatService) -> None:
    chat_service.say(b"x" * 2_000_000)
    assert sent("wecom", f"{chat_service.url}/hook").outcome == "unknown"


def test_signatures_are_those_the_services_document(chat_service: ChatService) -> None:
    sent("dingtalk", f"{chat_service.url}/hook?access_token=t", secret="SEC1")  # noqa: S106
    sent("feishu", f"{chat_service.url}/hook", secret="SEC1")  # noqa: S106
    assert "&timestamp=" in chat_service.posts[0][0]
    assert "&sign=" in chat_service.posts[0][0]
    assert {"timestamp", "sign"} <= set(chat_service.posts[1][1])


def test_a_name_that_resolves_to_this_machine_is_refused_where_loopback_is_not_allowed() -> None:
    channel = Channel.model_validate({"kind": "wecom", "url": "${HOOK}"})
    answer = sender_for("wecom").send(channel, Target("https://127.0.0.1:1/x", None, "a"), CONTENT)
    assert answer.detail.startswith("E-CHANNEL")


@pytest.mark.long
def test_apprise_carries_other_services_and_its_result_is_read(chat_service: ChatService) -> None:
    url = chat_service.url.replace("http://", "json://")
    assert sent("webhook", f"{url}/hook").outcome == "accepted"
    chat_service.say({}, status=500)
    assert sent("webhook", f"{url}/hook").outcome == "refused"
    chat_service.say({}, status=302, headers={"Location": f"{chat_service.url}/elsewhere"})
    assert sent("webhook", f"{url}/hook").outcome == "refused"
    chat_service.say({}, wait=1.5)
    assert sent("webhook", f"{url}/hook", timeout=0.5).outcome == "unknown"


def mail_url(server: MailServer, address: str = "li@demo.example") -> str:
    return f"mailto://127.0.0.1:{server.port}?from=risk@demo.example&to={address}"


def test_mail_has_a_text_and_an_html_part_and_an_id_that_repeats_with_the_ref(mail_server: MailServer) -> None:
    assert sent("mail", mail_url(mail_server), timeout=60) == Answer("accepted", "SMTP 250")
    assert sent("mail", mail_url(mail_server), timeout=60).outcome == "accepted"
    first, second = mail_server.mails
    assert first["Subject"] == "Subject 主题"
    assert first["Message-ID"] == second["Message-ID"]
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "subject", ["Review opened: " + "long words " * 20 + "– end", "主题 " * 40, "plain " * 40, "紧急：客户 C-1 – 付款"]
)
def test_long_and_mixed_subjects_arrive_as_they_were_written(mail_server: MailServer, subject: str) -> None:
    content = replace(CONTENT, subject=subject.strip())
    assert sent("mail", mail_url(mail_server), content=content, timeout=60).outcome == "accepted"
    assert mail_server.mails[0]["Subject"] == subject.strip()


def test_a_mail_server_that_refuses_the_recipient_or_is_not_there_has_refused(mail_server: MailServer) -> None:
    assert sent("mail", mail_url(mail_server, "nobody@demo.example"), timeout=60).detail == "SMTP 550: no such mailbox"
    mail_server.busy = True
    assert sent("mail", mail_url(mail_server), timeout=60).retry_after == 60
    mail_server.port = free_port()
    assert sent("mail", mail_url(mail_server), timeout=60).outcome == "refused"


def test_a_connection_lost_while_the_content_was_handed_over_is_unknown(mail_server: MailServer) -> None:
    mail_server.cuts = True
    assert sent("mail", mail_url(mail_server), timeout=60).outcome == "unknown"
    assert mail_server.mails == []


def test_a_refusal_is_told_without_the_address_it_names() -> None:
    assert (
        "li@"
        not in judged(smtplib.SMTPRecipientsRefused({"li@demo.example": (550, b"li@demo.example unknown")})).detail
    )


def test_a_subject_with_a_line_break_cannot_add_a_header(mail_server: MailServer) -> None:
    evil = Content("RR-A", "high", "a\r\nBcc: thief@evil.example", "t", "<p>", "c", "http://c", "o", "a" * 64)
    assert sent("mail", mail_url(mail_server), content=evil, timeout=60).outcome == "accepted"
    assert mail_server.mails[0]["Bcc"] is None
