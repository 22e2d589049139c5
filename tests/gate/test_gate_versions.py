"""Which policy is in force: installed once, kept whatever becomes of the files, told where the files differ, chosen by the day."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.gate.editing import SHIPPED, edit, warn_earlier

from riskreview.foundation.approved import lay_out
from riskreview.foundation.instance import Instance, Settings
from riskreview.foundation.services import Services
from riskreview.gate import store
from riskreview.gate.checking import check
from riskreview.gate.difference import differences
from riskreview.gate.files import own_set
from riskreview.gate.installing import differing_files, install, policy_of
from riskreview.orchestration import stages
from riskreview.policy.review_policy import load_review_policy
from riskreview.policy.risk_policy import load_policy

DAY = date(2026, 6, 30)


@pytest.fixture
def files(tmp_path: Path) -> Instance:
    """An instance that is only a folder."""
    (tmp_path / "policies").mkdir()
    return Instance(tmp_path, Settings())


def test_an_edited_file_without_approval_changes_no_run_and_the_run_says_so(services: Services):
    assert stages.recompute_risk(services, as_of=DAY).counts.get("policy_files_differ") is None
    warn_earlier(services.instance.home)
    edit(services.instance.home, "reviews.yaml", "spread_from: 3", "spread_from: 2")

    result = stages.recompute_risk(services, as_of=DAY)
    working, told = policy_of(services, DAY), differing_files(services)

    assert result.counts["policy_files_differ"] == 1
    assert load_policy(working.instance).version == "2026.3"
    assert load_policy(working.instance).indicator("P1").warning == 15
    assert load_review_policy(working.instance).spread_from == 3
    assert told is not None
    assert "policies/reviews.yaml, policies/risk_policy.yaml" in told
    assert "policy diff" in told


def test_an_instance_from_before_the_gate_goes_on_by_its_own_files(services: Services):
    warn_earlier(services.instance.home)

    stages.recompute_risk(services, as_of=DAY)

    with services.engine.connect() as connection:
        versions = store.list_activations(connection, on_day=DAY)
        pins = connection.execute(
            text("SELECT pins ->> 'policies' FROM run WHERE stage = 'recompute_risk'")
        ).scalar_one()
    assert [(row["risk_version"], row["activated_by"], row["is_in_force"]) for row in versions] == [
        ("2026.4", "system:gate", True)
    ]
    assert pins == versions[0]["set_digest"]
    assert not install(services)


def test_what_was_approved_is_laid_out_anew_when_somebody_tampered_with_it(services: Services):
    install(services)
    approved = services.by_approved(DAY).instance.approved
    assert approved is not None
    path = approved / "policies" / "reviews.yaml"
    path.write_text(path.read_text("utf-8").replace("spread_from: 3", "spread_from: 1"), "utf-8")

    assert load_review_policy(services.by_approved(DAY).instance).spread_from == 3


@pytest.mark.parametrize("table", ["policy_set", "policy_activation"])
def test_what_was_in_force_is_never_changed_or_deleted(services: Services, table: str):
    install(services)

    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608  a name of ours
        with pytest.raises(DBAPIError, match="only ever added"), services.engine.begin() as connection:
            connection.execute(text(statement))


def test_nothing_is_put_into_force_beside_the_gate(services: Services):
    install(services)
    other = replace(
        own_set(services.instance), files={**own_set(services.instance).files, "policies/gate.yaml": "other"}
    )

    with pytest.raises(DBAPIError, match="only the first set"), services.engine.begin() as connection:
        store.keep_set(connection, other, risk_version="x", person="a", at=services.clock.now())
        store.insert_activation(connection, {"digest": other.digest, "effective_from": DAY, "proposal_id": None, "person": "a",
                                             "at": services.clock.now()})  # fmt: skip


def test_a_difference_is_told_by_its_meaning_in_both_languages(files: Instance):
    warn_earlier(files.home)
    edit(files.home, "reviews.yaml", "  anchor: fixed", "  anchor: last_completed  # a comment")
    edit(files.home, "reviews.yaml", "spread_from: 3", "# nothing but a comment\nspread_from: 3")

    found = differences(Instance(files.home / "nowhere", files.settings), files)

    told = {item.place: item for item in found}
    assert set(told) == {("version",), ("indicators", "P1", "warning"), ("cadence", "anchor")}
    assert told["indicators", "P1", "warning"].en.endswith(", warning line: 15 days → 10 days.")
    assert told["indicators", "P1", "warning"].zh.endswith("，预警线：15 天 → 10 天。")
    assert told["cadence", "anchor"].en == "reviews.yaml, cadence, anchor: fixed → last_completed."


def test_two_versions_differ_by_what_was_approved_and_not_by_the_file_that_lies_there_now(files: Instance):
    before = own_set(files).laid_out(files)
    edit(files.home, "reviews.yaml", 'fiscal_year_starts: "01-01"', 'fiscal_year_starts: "04-01"')
    after = own_set(files).laid_out(files)
    edit(files.home, "reviews.yaml", 'fiscal_year_starts: "04-01"', 'fiscal_year_starts: "07-01"')

    assert [item.en for item in differences(before, after)] == ["reviews.yaml, fiscal year starts: 01-01 → 04-01."]
    assert [item.place for item in differences(after, files)] == [("fiscal_year_starts",)]


def test_a_new_line_in_a_list_is_told_by_its_id(files: Instance):
    text = SHIPPED["risk_policy.yaml"]
    start = text.index("  - id: F2\n")
    end = text.index("  - id: F3\n")
    (files.home / "policies" / "risk_policy.yaml").write_text(text[:start] + text[end:], "utf-8")

    found = differences(Instance(files.home / "nowhere", files.settings), files)

    assert [item.place for item in found] == [("indicators", "F2")]
    assert found[0].en.startswith("indicator F2 (")
    assert found[0].en.endswith("→ nothing.")


def test_checking_names_every_error_with_its_line(files: Instance):
    warn_earlier(files.home, days=75)
    edit(files.home, "reviews.yaml", "  anchor: fixed", "  anchor: sometimes")

    found = check(files)
    errors = [item for item in found if item.severity == "error"]

    assert {item.file for item in errors} == {"risk_policy.yaml", "reviews.yaml"}
    assert all(item.line is not None and f"line {item.line}" in item.sentence for item in errors)


def test_the_shipped_files_have_no_error(files: Instance):
    assert [item for item in check(files) if item.severity == "error"] == []


def test_a_version_may_not_come_back_with_another_content(services: Services):
    stages.recompute_risk(services, as_of=DAY)
    edit(services.instance.home, "risk_policy.yaml", "    warning: 2.6\n", "    warning: 2.7\n")
    own = own_set(services.instance)
    candidate = replace(services.instance, approved=lay_out(services.instance, own.digest, own.files))

    with services.engine.connect() as connection:
        found = check(candidate, connection)

    assert [item.sentence.split()[0] for item in found if item.severity == "error"] == ["E-POLICY-IMMUTABLE"]
