"""A held batch is listed, shown, and accepted by two people from the command line."""

import json
from typing import Any

import pytest
from tests.validation.staging import FIVE, invoice, land
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.validation.use_cases import validate_batch

TEAM = """
persons:
  - {id: wang, name: W, roles: [data_engineer]}
  - {id: lee, name: L, roles: [risk_owner]}
final_duty_role: data_engineer
"""
WHY = "year-end clearing halved the open items"


def call(*arguments: str) -> Any:
    return json.loads(CliRunner().invoke(app, ["batch", *arguments, "--json"], catch_exceptions=False).stdout)


@pytest.fixture
def held(services: Services, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("RISKREVIEW_HOME", str(services.instance.home))
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)
    (services.instance.home / "policies" / "team.yaml").write_text(TEAM, encoding="utf-8")
    first = land(services, invoices=[invoice(n) for n in range(40)])
    validate_batch(services, batch_id=first, known_accounts=FIVE)
    number = land(services, invoices=[invoice(n) for n in range(10)])
    validate_batch(services, batch_id=number, known_accounts=FIVE)
    return str(number)


def test_a_held_batch_is_accepted_by_two_people(services: Services, held: str) -> None:
    assert [str(row["batch_id"]) for row in call("list", "--state", "held")] == [held]
    shown = CliRunner().invoke(app, ["batch", "show", held], catch_exceptions=False).stdout
    assert f"batch override propose {held} --as" in shown
    assert "{" not in shown
    with pytest.raises(RuleViolation, match="zoe is no person of the team"):
        call("override", "propose", held, "--as", "zoe", "--reason", WHY)
    assert call("override", "propose", held, "--as", "wang", "--reason", WHY)["override_state"] == "proposed"
    with pytest.raises(RuleViolation):
        call("override", "approve", held, "--as", "wang")

    assert call("override", "approve", held, "--as", "lee")["override_state"] == "approved"

    shown = call("show", held)
    assert (shown["state"], shown["proposed_by"], shown["decided_by"], shown["reason"]) == (
        "landed",
        "wang",
        "lee",
        WHY,
    )
    assert validate_batch(services, batch_id=int(held), known_accounts=FIVE).state == "validated"


def test_a_refused_proposal_leaves_the_batch_held(held: str) -> None:
    call("override", "propose", held, "--as", "wang", "--reason", WHY)
    call("override", "refuse", held, "--as", "lee")

    assert [row["override_state"] for row in call("list", "--state", "held")] == ["refused"]
