"""A plan that names a rule or a measure nobody knows is refused where it stands, before its emergency comes."""

import pytest
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.gate.checking import check
from riskreview.gate.plans import strange_to

SHIPPED = PACKAGED / "playbooks" / "pb1_payment_default.yaml"


def test_the_shipped_plans_name_nothing_strange(instance: Instance) -> None:
    assert list(strange_to(instance, instance.configuration("playbooks"))) == []


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("playbooks: {}", "playbooks: {PB11: [1]}", "E-POLICY-DRILL drills.yaml line 8, column playbooks.PB11: no plan is called PB11, so its months mean nothing."),
    ("# calendar: de", "calendar: zz #", "E-CALENDAR drills.yaml line 6, column calendar: there is no calendar zz."),
])  # fmt: skip
def test_drills_of_a_plan_or_by_a_calendar_nobody_knows_are_told(
    instance: Instance, old: str, new: str, sentence: str
) -> None:
    text = (PACKAGED / "policies" / "drills.yaml").read_text(encoding="utf-8")
    (instance.home / "policies" / "drills.yaml").write_text(text.replace(old, new), encoding="utf-8")

    (problem,) = [item.sentence for item in check(instance) if item.severity == "error"]

    assert problem.startswith(sentence)


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("rule: payment_default", "rule: payment_defualt", 11, ("E-PLAYBOOK-RULE {} no rule of the risk policy is called payment_defualt, so nothing "
         "would start the plan. Did you mean payment_default?")),
        ("measure: order_hold", "measure: deposit share_pct=300", 22, ("E-PLAYBOOK-MEASURE {} share_pct of deposit is at least 1 and at most 99, not 300.00. "
         "Correct the measure.")),
        ("measure: order_hold", "measure: order_hold amount=5", 22, ("E-PLAYBOOK-MEASURE {} order_hold has no parameter amount; its parameters are: none. "
         "Correct the measure.")),
        ("measure: order_hold", "measure: shorten_terms days=soon", 22, ("E-PLAYBOOK-MEASURE {} days of shorten_terms is a whole number, not soon. "
         "Correct the measure.")),
    ],
)  # fmt: skip
def test_what_a_plan_names_and_nobody_knows_is_told_in_one_sentence(
    instance: Instance, old: str, new: str, line: int, sentence: str
) -> None:
    own = instance.home / "playbooks" / SHIPPED.name
    own.write_text(SHIPPED.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    (problem,) = strange_to(instance, instance.configuration("playbooks"))

    where = f"{own.name} line {line}, column {problem.column}:"
    assert str(problem) == sentence.format(where)
    assert str(problem) in {item.sentence for item in check(instance) if item.severity == "error"}
    told = CliRunner().invoke(app, ["--home", str(instance.home), "playbook", "check"])
    assert (told.exit_code != 0, problem.code in str(told.output) + str(told.exception)) == (True, True)
