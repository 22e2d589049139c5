"""A checkpoint a day goes by mail to people outside, and what they saved is what an export is verified with."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from riskreview.audit.exporting import export_log
from riskreview.audit.log import AuditEvent, append
from riskreview.audit.log_part import VERIFIER
from riskreview.foundation.services import Services
from riskreview.orchestration.log_keeping import sign_and_bring_out

pytestmark = pytest.mark.database


def happen(services: Services, count: int) -> None:
    events = [AuditEvent("review:opened", "review", str(number), "system:reviews") for number in range(count)]
    with services.engine.begin() as connection:
        append(connection, events, at=services.clock.now())


def test_a_checkpoint_a_day_is_mailed_and_an_export_is_verified_with_it(team_and_channels, mail_server, tmp_path: Path):
    services = team_and_channels
    settings = services.instance.settings.model_copy(
        update={"checkpoints_mail": ["audit@example.org", "law@example.org"]}
    )
    services = replace(services, instance=replace(services.instance, settings=settings))
    happen(services, 300)

    mailed = [sign_and_bring_out(services)["mailed"]]
    for hours in (1, 24):
        services.clock.moment += timedelta(hours=hours)
        happen(services, 5)
        mailed.append(sign_and_bring_out(services)["mailed"])

    assert mailed == [2, 0, 2]
    mail = mail_server.mails[0]
    assert mail["To"] == "audit@example.org"
    saved = tmp_path / "mail.txt"
    saved.write_text(mail.get_body(("plain",)).get_content(), encoding="utf-8")
    export_log(services, tmp_path / "export")
    command = [sys.executable, "-I", str(VERIFIER), str(tmp_path / "export"), "--trusted", str(saved)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    saved.write_text(saved.read_text(encoding="utf-8").replace("number 1", "number 3"), encoding="utf-8")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    with services.engine.connect() as connection:
        log = connection.execute(
            text("SELECT string_agg(convert_from(body, 'UTF8'), '') FROM audit_event")
        ).scalar_one()
    assert "example.org" not in log
