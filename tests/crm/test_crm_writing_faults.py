"""Writing back when things break: killed anywhere, answers lost, a CRM that fails, somebody who writes in between; nothing twice, nobody overwritten."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.crm.conftest import Place, place
from tests.crm.working import (
    NAMES,
    assessed,
    open_review,
    record,
    stamp,
    stored,
    told,
    wanted,
)

from riskreview.crm import desk as writing_desk
from riskreview.crm import targets
from riskreview.crm.problems import CrmUnavailable, OutcomeUnknown
from riskreview.crm.writing import write_back

STEPS = [(number, when) for number in range(1, 4) for when in ("before", "after")]


@pytest.mark.parametrize(("number", "when"), [*STEPS, (0, "before"), (0, "after")])
def test_a_write_killed_anywhere_is_finished_by_the_next_run(services, desk: Place, monkeypatch, number, when):
    """Steps 1 to 3 are the transactions that begin, record and confirm; step 0 is the call itself."""
    open_review(services)
    calls = {"count": 0}

    def killing(act) -> Callable[..., object]:
        def wrapped(*args, **more) -> object:
            calls["count"] += 1
            if calls["count"] == max(number, 1) and when == "before":
                raise KeyboardInterrupt
            done = act(*args, **more)
            if calls["count"] == max(number, 1):
                raise KeyboardInterrupt
            return done

        return wrapped

    place_, name = (targets.CrmTarget, "update") if number == 0 else (writing_desk, "apply")
    with monkeypatch.context() as broken:
        broken.setattr(place_, name, killing(getattr(place_, name)))
        with pytest.raises(KeyboardInterrupt):
            write_back(services, desk.network())

    write_back(services, desk.network())
    last = write_back(services, desk.network())

    assert {item["state"] for item in stored(services)} == {"confirmed"}
    assert (last.proposed, last.in_sync) == (0, 5)
    assert len(desk.emulator.tables[NAMES[desk.service]["tasks"]].rows) == 1


FAULTS = ("silence", "lost", "busy", "broken", "html", "cut", "expire")


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(schedules=st.lists(st.dictionaries(st.integers(1, 25), st.sampled_from(FAULTS), max_size=8), min_size=1, max_size=3))  # fmt: skip
def test_under_any_faults_everything_is_written_once_and_no_person_is_overwritten(services, crm: Place, schedules):
    """What was confirmed or in doubt before ends as the policy wants it, with one task, and with what a person wrote left alone."""
    fresh = place(crm.service, 30)
    wanted(services, crm.service)
    with services.engine.begin() as connection:
        connection.execute(text("TRUNCATE crm_token, crm_write, customer, account, current_assessment, review CASCADE"))
    assessed(services, fresh)
    open_review(services)
    for number, schedule in enumerate(schedules):
        fresh.emulator.faults.add(schedule)
        with contextlib.suppress(CrmUnavailable):
            write_back(services, fresh.network())
        fresh.timer.sleep(900)
        if number == 0:
            stamp(fresh, 5, "class", "low")
    fresh.emulator.faults.schedule.clear()
    for _ in range(3):
        fresh.timer.sleep(900)
        done = write_back(services, fresh.network())

    classes = [record(fresh, number)[NAMES[fresh.service]["class"]] for number in range(1, 5)]
    assert classes == ["high", "high", "medium", "medium"]
    assert len(fresh.emulator.tables[NAMES[fresh.service]["tasks"]].rows) == 1
    assert done.in_sync + done.edited >= 4
    states = {item["state"] for item in stored(services) if not item["edited"]}
    assert states <= {"confirmed", "conflict", "withdrawn"}
    with services.engine.connect() as connection:
        known = {
            row.record_id for row in connection.execute(text("SELECT record_id FROM crm_field WHERE fact = 'class'"))
        }
    assert set(list(fresh.accounts.rows)[1:5]) <= known, "what we wrote is known as ours, whatever answer was lost"


def test_a_task_whose_answer_was_lost_is_looked_up_and_not_made_twice(services, desk: Place):
    open_review(services)
    tasks = desk.emulator.tables[NAMES[desk.service]["tasks"]].rows
    tasks.clear()
    write_back(services, desk.network(), dry_run=True)
    with pytest.MonkeyPatch.context() as lost:
        create = targets.CrmTarget.create_task

        def and_lose(self, rule, task) -> None:
            create(self, rule, task)
            raise OutcomeUnknown("the answer never came")

        lost.setattr(targets.CrmTarget, "create_task", and_lose)
        assert write_back(services, desk.network()).unknown_outcomes == 1

    write_back(services, desk.network())

    assert len(tasks) == 1
    (task,) = tasks.values()
    assert "[review-" in str(task.get("Subject") or task["name"])


@pytest.mark.parametrize("when", ["before the record is read again", "after it was read"])
def test_who_writes_between_our_look_and_our_write_is_not_overwritten_in_silence(
    services, desk: Place, monkeypatch, when
):
    """Zoho refuses the write. Fxiaoke has no such condition: who writes in the very instant is told of by its count of changes."""
    look, late = targets.CrmTarget.one, []

    def while_somebody_writes(self, record_id) -> object:
        is_first = record_id == list(desk.accounts.rows)[1] and not late
        late.extend([record_id] if is_first else [])
        if is_first and when.startswith("before"):
            stamp(desk, 1, "class", "low")
        found = look(self, record_id)
        if is_first and when.startswith("after"):
            stamp(desk, 1, "class", "low")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(targets.CrmTarget, "one", while_somebody_writes)
        done = write_back(services, desk.network())

    is_lost = desk.service == "fxiaoke" and when.startswith("after")
    assert (done.confirmed, done.conflicts) == (4, 1)
    assert record(desk, 1)[NAMES[desk.service]["class"]] == ("high" if is_lost else "low")
    assert [kind for kind, _ in told(services)] == ["crm_overwritten" if is_lost else "crm_drift"]
