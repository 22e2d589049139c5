"""What we know stands where sales works: proposed, agreed to, written, read back, never over a person; who hears of it, and what it costs."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.crm.conftest import Place
from tests.crm.working import (
    AGREES,
    JULY,
    NAMES,
    NOBODY,
    agree,
    open_review,
    owner_of,
    record,
    stamp,
    stored,
    told,
    wanted,
)
from tests.measures.working import days_later, in_force

from riskreview.crm import targets
from riskreview.crm.deciding import decide
from riskreview.crm.opening import open_crm
from riskreview.crm.problems import CrmRefused
from riskreview.crm.use_cases import pull_source
from riskreview.crm.writing import write_back
from riskreview.foundation.errors import BadInput, Conflict, RuleViolation
from riskreview.policy.team import load_team


def test_class_and_reasons_are_written_confirmed_and_not_written_again(services, desk: Place):
    names = NAMES[desk.service]

    first = write_back(services, desk.network())
    again = write_back(services, desk.network())

    assert (first.proposed, first.confirmed, first.failed) == (5, 5, 0)
    assert [record(desk, number)[names["class"]] for number in (1, 5)] == ["high", "medium"]
    assert record(desk, 1)[names["origin"]] == "riskreview"
    assert names["origin"] not in record(desk, 0) or record(desk, 0)[names["origin"]] is None, (
        "an account nobody assessed is left alone"
    )
    assert (again.proposed, again.in_sync) == (0, 5)
    assert getattr(desk.emulator, "calls_out", []) == [], "no automation ran"


def test_a_dry_run_says_what_would_be_written_and_does_nothing(services, desk: Place):
    done = write_back(services, desk.network(), dry_run=True)

    ((_, found),) = done.differences.items()
    assert len(found) == 5
    assert next(iter(found.values()))["class"].after in {"high", "medium"}
    assert stored(services) == []
    assert record(desk, 1).get(NAMES[desk.service]["class"]) is None


def test_what_a_person_wrote_is_overwritten_only_when_a_person_agrees(services, desk: Place):
    write_back(services, desk.network())
    stamp(desk, 1, "class", "low")
    stamp(desk, 2, "class", "low")

    found = write_back(services, desk.network())
    one, two = sorted(stored(services, "proposed"), key=lambda item: item["record_id"])
    agree(services, one)
    agree(services, two, yes=False)
    write_back(services, desk.network())
    later = write_back(services, desk.network())

    assert (found.edited, found.confirmed) == (2, 0)
    assert one["edited"] == ["class"]
    assert [record(desk, number)[NAMES[desk.service]["class"]] for number in (1, 2)] == ["high", "low"]
    assert (later.proposed, later.edited) == (0, 1), (
        "what was refused is not asked again while nothing changes, and still shows as drift"
    )


def test_only_who_the_policy_names_agrees_and_to_exactly_what_was_seen(services, desk: Place):
    write_back(services, desk.network())
    stamp(desk, 1, "class", "low")
    write_back(services, desk.network())
    (write,) = stored(services, "proposed")

    with pytest.raises(RuleViolation, match="only approver"):
        decide(services, write["write_id"], person=NOBODY, digest=write["digest"], reason="x", agree=True)
    with pytest.raises(Conflict, match="not what you saw"):
        decide(services, write["write_id"], person=AGREES, digest="0" * 64, reason="x", agree=True)


def test_a_limit_is_written_with_consent_and_goes_back_when_its_measure_ends(services, desk: Place, clock):
    names = NAMES[desk.service]
    before = record(desk, 1)[names["limit"]]
    in_force(services, "cut_limit amount=400")
    write_back(services, desk.network())
    (write,) = stored(services, "proposed")
    agree(services, write)
    write_back(services, desk.network())
    during = record(desk, 1)[names["limit"]]

    days_later(services, clock, 400)
    write_back(services, desk.network())
    (back,) = [item for item in stored(services, "proposed") if "credit_limit" in item["changes"]]
    agree(services, back)
    write_back(services, desk.network())

    assert float(during) == 400.0
    assert float(record(desk, 1)[names["limit"]]) == float(before)
    with services.engine.connect() as connection:
        facts = {row.fact for row in connection.execute(text("SELECT fact FROM crm_field"))}
    assert "credit_limit" not in facts


def test_a_task_is_the_account_owners_and_nobodys_where_the_crm_refuses_the_owner(services, desk: Place, monkeypatch):
    open_review(services)
    create = targets.CrmTarget.create_task

    def refusing_people(self, rule, task) -> None:
        if task.owner is not None and is_gone:
            raise CrmRefused("the owner left", "INVALID_DATA")
        create(self, rule, task)

    monkeypatch.setattr(targets.CrmTarget, "create_task", refusing_people)
    for is_gone in (False, True):
        with services.engine.begin() as connection:
            connection.execute(text("DELETE FROM crm_field; DELETE FROM crm_write"))
        desk.emulator.tables[NAMES[desk.service]["tasks"]] = type(desk.accounts)(desk.accounts.key)
        write_back(services, desk.network())
        (task,) = desk.emulator.tables[NAMES[desk.service]["tasks"]].rows.values()
        owner = (lambda row: row["Owner"]["id"]) if desk.service == "zoho" else (lambda row: row["owner"][0])
        assert (owner(task) == owner(record(desk, 1))) is not is_gone


def test_what_a_person_wrote_before_we_ever_did_is_asked_about_after_a_conflict(services, desk: Place, monkeypatch):
    look = targets.CrmTarget.one

    def after_somebody_wrote(self, record_id) -> object:
        if record_id == list(desk.accounts.rows)[1] and record(desk, 1).get(NAMES[desk.service]["class"]) != "low":
            stamp(desk, 1, "class", "low")
        return look(self, record_id)

    with monkeypatch.context() as patched:
        patched.setattr(targets.CrmTarget, "one", after_somebody_wrote)
        assert write_back(services, desk.network()).conflicts == 1

    again = write_back(services, desk.network())

    assert (again.edited, again.confirmed) == (1, 0)
    (waiting,) = stored(services, "proposed")
    assert waiting["edited"] == ["class"]
    assert record(desk, 1)[NAMES[desk.service]["class"]] == "low"
    assert len(told(services)) == 1, "the conflict and the edit that is seen later are one"


def test_owner_and_engineer_hear_of_an_edit_once_and_of_another_edit_again(services, desk: Place):
    team = load_team(services.instance)
    engineer = team.on_duty("data_engineer", JULY).owner
    write_back(services, desk.network())
    stamp(desk, 1, "class", "low")
    write_back(services, desk.network())
    write_back(services, desk.network())
    first = told(services)
    stamp(desk, 1, "class", "medium")

    write_back(services, desk.network())

    assert [kind for kind, _ in first] == ["crm_drift"]
    assert {engineer, owner_of(services, 1) or team.on_duty("risk_owner", JULY).owner} <= first[0][1]
    assert len(told(services)) == 2


def test_what_writing_costs_counts_in_the_budget_of_the_day(services, desk: Place):
    network, name = desk.network(), f"crm_{desk.service}"
    write_back(services, network)

    with open_crm(services, name, network.find, transport=network.transport, timer=network.timer) as crm:
        spent = crm.budget.spent_before

    assert spent >= 5 * 3, "five accounts were looked at, written and looked at again"


def test_what_we_wrote_does_not_come_back_as_what_the_crm_says(services, desk: Place):
    from tests.crm.conftest import add_mapping
    from tests.crm.test_crm_pulling import extract

    wanted(services, desk.service, owner="ours")
    source = add_mapping(services, desk.service)
    names = NAMES[desk.service]
    first = pull_source(services, desk.network(), source)
    record_id, terms = (
        list(desk.accounts.rows)[1],
        extract(services, first)[list(desk.accounts.rows)[1]][names["terms"]],
    )
    in_force(services, "shorten_terms days=7")
    desk.timer.sleep(3600)
    write_back(services, desk.network())

    second = pull_source(services, desk.network(), source)
    desk.timer.sleep(3600)
    stamp(desk, 1, "terms", 21 if desk.service == "zoho" else "21")
    third = pull_source(services, desk.network(), source)

    assert (second.changed, third.changed) == (0, 1)
    assert terms != "7"
    assert extract(services, third)[record_id][names["terms"]] == "21"


def test_a_field_that_is_missing_in_the_crm_is_said_before_anything_is_written(services, desk: Place):
    desk.emulator.hidden.add((NAMES[desk.service]["object"], NAMES[desk.service]["class"]))

    with pytest.raises(BadInput, match="missing"):
        write_back(services, desk.network())


def test_a_record_the_crm_refuses_fails_alone_and_is_tried_again_the_next_day(services, desk: Place, clock):
    hidden = desk.accounts.rows[list(desk.accounts.rows)[1]]
    if desk.service == "zoho":
        return  # a single record it always refuses cannot be made there without another defect
    hidden["high_seas_id"] = "pool"

    done = write_back(services, desk.network())
    again = write_back(services, desk.network())
    clock.moment += timedelta(days=2)
    hidden.pop("high_seas_id")
    later = write_back(services, desk.network())

    assert (done.confirmed, done.failed, again.proposed, later.confirmed) == (4, 1, 0, 1)
