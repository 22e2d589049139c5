"""A measure goes through its life by commands alone, and a customer shows what is in force."""

import json
from collections.abc import Callable

import pytest
from tests.measures.working import customer
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services

pytestmark = pytest.mark.database


@pytest.fixture
def call(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Call a command of ``riskreview measure`` on the instance and return its output."""
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", services.engine.url.render_as_string(hide_password=False))

    def run(*arguments: str) -> str:
        home = ["--home", str(services.instance.home), "measure", *arguments]
        found = CliRunner().invoke(app, home, catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return found.stdout

    return run


def test_a_measure_goes_through_its_life_by_commands_alone(services: Services, call: Callable[..., str]) -> None:
    customer(services)
    me, boss, doer = ("--as", "wang.fang"), ("--as", "yang.li"), ("--as", "sun.yan")

    offered = json.loads(call("strategy", "C000001", "--json"))
    assert [item["kind"] for item in offered["measures"]] == ["cut_limit"]
    assert "exposure" in call("strategy", "C000001")
    with pytest.raises(RuleViolation, match="no parameter days"):
        call("propose", "C000001", "cut_limit days=3", "--reason", "Late.", *me)
    made = json.loads(call("propose", "C000001", "cut_limit amount=400", "--reason", "Late.", *me, "--json"))
    number = str(made["measure_id"])
    call("approve", number, "--reason", "Yes.", *boss)
    assert "in force" in call("implement", number, "--evidence", "ERP 09:12", *doer)
    call("reverse", number, "--reason", "Pays again.", *me)
    call("keep", number, "--reason", "Not yet.", *boss)
    renewed = json.loads(call("renew", number, "--reason", "Still late.", *me, "--json"))
    call("withdraw", str(renewed["measure_id"]), "--reason", "No need.", *me)
    call("reverse", number, "--reason", "Pays again.", *me)
    call("reverse", number, "--reason", "Agreed.", *boss)
    call("undo", number, "--evidence", "ERP 10:00", *doer)

    shown = json.loads(call("show", number, "--json"))
    assert (shown["state"], shown["undone_by"], shown["amount"]) == ("reversed", "sun.yan", "400.00")
    assert "400.00 CNY" in call("show", number)
    assert json.loads(call("list", "--json")) == []
    assert [item["state"] for item in json.loads(call("list", "--all", "--json"))] == ["withdrawn", "reversed"]
    assert json.loads(call("effect", "--json")) == {"is_observational": True, "effects": []}
    assert "exit" in call("catalogue")
