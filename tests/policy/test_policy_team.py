"""Who is on duty: the first present person, the next as deputy, and somebody in every case."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED, Instance, Settings
from riskreview.policy.roles import ROLES
from riskreview.policy.team import Absence, Person, Team, load_team, read_team

MONDAY = date(2026, 7, 6)


def team(*absences: tuple[str, date, date]) -> Team:
    persons = (Person(id="ann", name="A", roles=("risk_owner",), aliases=("u1",)), Person(id="bob", name="B", roles=("risk_owner",)),
               Person(id="eve", name="E", roles=("executive",)))  # fmt: skip
    away = tuple(Absence(person=name, first_day=first, last_day=last) for name, first, last in absences)
    return Team(persons=persons, final_duty_role="executive", duty_order={"risk_owner": ("bob", "ann")}, absences=away)


def test_the_duty_order_names_owner_and_deputy() -> None:
    found = team().on_duty("risk_owner", MONDAY)

    assert (found.owner, found.deputy, found.nobody_available) == ("bob", "ann", False)


def test_an_absent_owner_is_followed_by_the_deputy_on_both_ends_of_the_absence() -> None:
    away = team(("bob", MONDAY, MONDAY + timedelta(days=4)))

    assert away.on_duty("risk_owner", MONDAY).owner == "ann"
    assert away.on_duty("risk_owner", MONDAY + timedelta(days=4)).owner == "ann"
    assert away.on_duty("risk_owner", MONDAY + timedelta(days=5)).owner == "bob"
    assert away.on_duty("risk_owner", MONDAY).deputy is None


def test_nobody_present_means_the_final_duty_role_and_an_incident() -> None:
    away = team(("bob", MONDAY, MONDAY), ("ann", MONDAY, MONDAY), ("eve", MONDAY, MONDAY))

    found = away.on_duty("risk_owner", MONDAY)

    assert (found.owner, found.role, found.nobody_available) == ("eve", "executive", True)
    assert team().on_duty("legal", MONDAY).nobody_available


def test_beside_somebody_absent_a_present_person_of_the_role_hears_or_of_the_final_duty() -> None:
    away = team(
        ("bob", MONDAY, MONDAY),
        ("ann", MONDAY + timedelta(days=1), MONDAY + timedelta(days=1)),
        ("bob", MONDAY + timedelta(days=1), MONDAY + timedelta(days=1)),
    )

    assert away.stand_in("bob", MONDAY) == "ann"
    assert away.stand_in("bob", MONDAY + timedelta(days=1)) == "eve"
    assert away.stand_in("ann", MONDAY) is None
    assert away.stand_in("stranger", MONDAY) is None


def test_whoever_has_a_role_may_decide_though_the_duty_order_forgot_them() -> None:
    persons = (
        Person(id="ann", name="A", roles=("cfo",)),
        Person(id="bob", name="B", roles=("cfo",)),
        Person(id="eve", name="E", roles=("executive",)),
    )
    found = Team(persons=persons, final_duty_role="executive", duty_order={"cfo": ("bob",)})

    assert found.order("cfo") == ("bob",)
    assert found.holders("cfo") == ("bob", "ann")


def test_a_person_is_found_by_the_crm_user_id_too() -> None:
    found = team()

    assert found.person("u1") == found.person("ann") is not None
    assert found.person("stranger") is None
    assert found.roles_of("stranger") == ()


@given(st.lists(st.tuples(st.sampled_from(["ann", "bob", "eve"]), st.integers(0, 9), st.integers(0, 9)), max_size=6),
       st.sampled_from(ROLES), st.integers(0, 9))  # fmt: skip
def test_somebody_who_is_not_the_deputy_is_always_named(away: list[tuple[str, int, int]], role: str, day: int) -> None:
    spans = [(name, MONDAY + timedelta(days=min(a, b)), MONDAY + timedelta(days=max(a, b))) for name, a, b in away]
    found = team(*spans)

    answer = found.on_duty(role, MONDAY + timedelta(days=day))

    assert answer.owner in {"ann", "bob", "eve"}
    assert answer.owner != answer.deputy
    if not answer.nobody_available:
        assert found.is_present(answer.owner, MONDAY + timedelta(days=day))


@pytest.mark.parametrize(("wrong", "code"), [
    ("roles: [boss]", "E-TEAM-ROLE"), ("time_zone: Mars/Base", "E-POLICY-ZONE"), ("aliases: [ann]", "E-TEAM-DUPLICATE"),
    ("rolles: [legal]", "E-POLICY-KEY"),
])  # fmt: skip
def test_a_wrong_person_is_refused_with_its_code(tmp_path: Path, wrong: str, code: str) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(
        f"final_duty_role: executive\npersons:\n  - id: ann\n    name: A\n    roles: [executive]\n  - id: bob\n    name: B\n    {wrong}\n"
    )

    with pytest.raises(BadInput) as caught:
        read_team(path)

    assert caught.value.code == code


@pytest.mark.parametrize(("text", "code"), [
    ("duty_order: {legal: [zoe]}", "E-TEAM-PERSON"),
    ("absences: [{person: ann, first_day: 2026-02-02, last_day: 2026-02-01}]", "E-POLICY-DATE"),
    ("duty_order: {executive: []}", "E-TEAM-FINAL"), ("duty_order: {legal: [ann]}", "E-TEAM-DUTY"),
])  # fmt: skip
def test_a_team_that_contradicts_itself_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(f"final_duty_role: executive\npersons:\n  - {{id: ann, name: A, roles: [executive]}}\n{text}\n")

    with pytest.raises(BadInput) as caught:
        read_team(path)

    assert caught.value.code == code


def test_the_shipped_team_fills_every_role_with_a_deputy_for_those_who_decide() -> None:
    shipped = read_team(PACKAGED / "policies" / "team.yaml")

    for role in ROLES:
        assert not shipped.on_duty(role, MONDAY).nobody_available, role
    for role in ("risk_owner", "credit_manager", "cfo", "executive", "compliance", "legal", "data_engineer"):
        assert shipped.on_duty(role, MONDAY).deputy, role


def test_who_names_no_time_zone_or_calendar_lives_by_those_of_the_instance(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "team.yaml").write_text(
        "final_duty_role: executive\npersons:\n  - {id: ann, name: A, roles: [executive]}\n"
        "  - {id: bob, name: B, roles: [legal], time_zone: Europe/London, calendar: gb}\n"
    )

    def lived(**settings: str) -> list[tuple[str, str]]:
        found = load_team(Instance(tmp_path, Settings.model_validate(settings)))
        return [(person.time_zone, person.calendar) for person in found.persons]

    assert lived(time_zone="Europe/Berlin") == [("Europe/Berlin", "de"), ("Europe/London", "gb")]
    assert lived(time_zone="Asia/Kolkata")[0] == ("Asia/Kolkata", "in")
    assert lived(time_zone="Europe/Berlin", calendar="de-by")[0] == ("Europe/Berlin", "de-by")
