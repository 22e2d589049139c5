"""A change of policy by commands: checked, compared, tried, proposed, approved by another person, put into force, gone back from."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.facts.batches import customer
from tests.gate.editing import warn_earlier
from tests.gate.planted import publish_then
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.foundation.clock import SystemClock
from riskreview.foundation.services import Services
from riskreview.orchestration import stages

WHY = ("--reason", "Late payers are seen too late.")


def told(*arguments: str, code: int = 0) -> Any:  # whatever a command answers
    answer = CliRunner().invoke(app, ["policy", *arguments, "--json"])
    assert answer.exit_code == code, answer.output
    return json.loads(answer.stdout) if code == 0 else None


def test_a_policy_goes_through_the_gate_by_commands(
    services: Services, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RISKREVIEW_HOME", str(services.instance.home))
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)
    live = replace(services, clock=SystemClock())
    publish_then(live, {"customers": [customer("c1")]}, date(2026, 6, 30))
    stages.recompute_risk(live, as_of=live.today)
    warn_earlier(services.instance.home)

    assert not [item for item in told("check") if item["severity"] == "error"]
    assert {item["place"][-1] for item in told("diff")} == {"version", "warning"}
    tried = told("backtest", "--as", "zhao.min", "--months", "1")
    report = told("report", str(tried["backtest_id"]))
    assert (report["digest"], report["report"]) == (tried["digest"], tried["report"])
    printed = CliRunner().invoke(app, ["policy", "report", str(tried["backtest_id"]), "--bytes"]).stdout
    assert hashlib.sha256(printed.encode()).hexdigest() == tried["digest"]
    number = str(told("propose", "--as", "zhao.min", *WHY)["proposal_id"])
    CliRunner().invoke(app, ["policy", "approve", number, "--as", "zhao.min", "--digest", tried["digest"], *WHY])
    assert told("list")["proposals"][0]["state"] == "proposed"
    unread = CliRunner().invoke(app, ["policy", "approve", number, "--as", "maria.stein", *WHY])
    assert (unread.exit_code, f"--digest {tried['digest']}" in str(unread.exception)) == (1, True)
    told("approve", number, "--as", "maria.stein", "--digest", tried["digest"], *WHY)
    told("activate", number, "--as", "zhao.min")
    assert [(row["risk_version"], row["is_in_force"]) for row in told("list")["versions"]] == [
        ("2026.4", True),
        ("2026.3", False),
    ]
    back = str(told("rollback", "1", "--as", "zhao.min", *WHY)["proposal_id"])
    told("withdraw", back, "--as", "zhao.min", *WHY)
    shown = CliRunner().invoke(app, ["policy", "list"])
    assert (shown.exit_code, "2026.4" in shown.output) == (0, True)
