"""Reviews answer from the command line: what falls due, and another rhythm for one customer."""

import json
from datetime import date

import pytest
from tests.reviews.portfolio import add_customers
from tests.reviews.working import carried_out
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services

pytestmark = pytest.mark.database
JULY = date(2026, 7, 1)


@pytest.fixture
def call(services: Services, monkeypatch: pytest.MonkeyPatch):
    """Call a command of ``riskreview review`` on the instance and return its output."""
    url = services.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", url)

    def run(*arguments: str) -> str:
        home = ["--home", str(services.instance.home), "review", *arguments]
        found = CliRunner().invoke(app, home, catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return found.stdout

    return run


def test_what_falls_due_is_shown_and_another_rhythm_changes_it(services: Services, call) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": 3}], as_of=JULY)

    before = json.loads(call("due", "--as-of", "2026-07-01", "--json"))
    proposed = json.loads(
        call(
            "rhythm", "propose", "C000001", "--every-months", "12", "--reason", "Small.", "--as", "wang.fang", "--json"
        )
    )
    with pytest.raises(RuleViolation):
        call("rhythm", "approve", str(proposed["cadence_id"]), "--reason", "Yes.", "--as", "wang.fang")
    call("rhythm", "approve", str(proposed["cadence_id"]), "--reason", "Yes.", "--as", "yang.li")
    after = json.loads(call("schedule", "--as-of", "2026-07-01", "--days", "300", "--language", "zh", "--json"))

    assert [item["policy_line"] for item in before] == ["quarterly"]
    assert [(item["policy_line"], item["because"]) for item in after] == [
        ("annual", f"override:{proposed['cadence_id']}"), ("annual", f"override:{proposed['cadence_id']}")]  # fmt: skip
    assert "截止" in after[0]["told"]
    assert json.loads(call("rhythm", "list", "--json"))[0]["reason"] == "Small."


def test_a_review_goes_through_its_life_by_commands_alone(services: Services, call) -> None:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": 2}], as_of=JULY)
    today = ["--reason", "Asks for more.", "--as", "wang.fang", "--json"]
    (number,) = json.loads(call("open", "C000001", "--kind", "limit_request", "--key", "LR-7", *today))["reviews"]
    me, boss = ("--as", "wang.fang"), ("--as", "yang.li")

    for item in json.loads(call("show", str(number), "--json"))["checklist"]:
        call("answer", str(number), item["id"], "yes", "--evidence", "order book", *me)
    call("start", str(number), *me)
    call("ask", str(number), "How much?", *me)
    call("resume", str(number), "Two million.", *me)
    call("recommend", str(number), "Grant half of it.", *me)
    call("submit", str(number), *me)
    said = json.loads(call("remark", str(number), "Which half?", *boss, "--json"))["remark_id"]
    call("remark", str(number), "The first.", "--answers", str(said), *me)
    assert "The first." in call("show", str(number))
    call("return", str(number), "--reason", "Which half?", *boss)
    call("start", str(number), *me)
    call("recommend", str(number), "Grant one million.", "--measure", "cut_limit", *me)
    call("submit", str(number), *me)
    call("approve", str(number), "--reason", "Yes.", *boss)
    call("implement", str(number), "--as", "sun.yan")
    carried_out(services, "sun.yan", number)
    done = json.loads(call("close", str(number), "--as", "sun.yan", "--outcome", "useful_alert", "--json"))

    shown = json.loads(call("show", str(number), "--json"))
    assert (done["state"], shown["steps"][0]["decided_by"], shown["questions"][0]["answer"]) == (
        "closed",
        "yang.li",
        "Two million.",
    )
    listed = json.loads(call("list", "--all", "--kind", "limit_request", "--json"))
    assert [(item["period_key"], item["outcome"]) for item in listed] == [("LR-7", "useful_alert")]
