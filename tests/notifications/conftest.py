"""Fixtures of the notifications room: real servers on loopback."""

from collections.abc import Iterator

import pytest
from tests.notifications.loopback import (
    TEAM,
    ChatService,
    MailServer,
    channels_yaml,
    running_chat_service,
    running_mail_server,
)

from riskreview.foundation.services import Services


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def chat_service() -> Iterator[ChatService]:
    with running_chat_service() as service:
        yield service


@pytest.fixture
def team_and_channels(services: Services, mail_server: MailServer, chat_service: ChatService) -> Services:
    folder = services.instance.home / "policies"
    (folder / "team.yaml").write_text(TEAM, encoding="utf-8")
    (folder / "channels.yaml").write_text(channels_yaml(mail_server.port, chat_service.url), encoding="utf-8")
    return services
