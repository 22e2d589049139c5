"""Screening on a real PostgreSQL: what is found, what is compared again, what only compliance may decide."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.facts.batches import customer, publish

from riskreview.facts.use_cases import current_pins
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.foundation.services import Services
from riskreview.indicators.compute import compute_indicators
from riskreview.policy.risk_policy import load_policy
from riskreview.screening import store
from riskreview.screening.decisions import decide
from riskreview.screening.use_cases import match_states, refused_lists, screen_customers

DAY = date(2026, 7, 1)
WHY = "compared the register extracts"
HEADER = "id,name,other_names,kind,countries,identifiers\n"
LISTED = (
    "1,Blue Crane Joint Stock Company,Siniy Kran OAO,,BY,190123456",
    "2,Golden Dragon Heavy Machinery Co Ltd,,,CN,",
    "3,Zhang Wei,,person,CN,",
)


def put_list(services: Services, *lines: str) -> None:
    folder = services.instance.home / "lists" / "own"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own.csv").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


def screen(services: Services, day: date = DAY) -> Any:
    return screen_customers(services, as_of=day, run_id=1)


def matches(services: Services) -> dict[str, dict[str, Any]]:
    with services.engine.connect() as connection:
        return {
            f"{row['customer_id']}:{row['entry_id']}": row for row in store.read_matches(connection, open_only=False)
        }


@pytest.fixture
def traded(services: Services) -> Services:
    """Two customers who may be listed, one by name and one by number, and three who are not."""
    publish(services, {"customers": [
        customer("A", company="BLUE CRANE JSC", country="BY"), customer("B", company="Kran Handelsgesellschaft mbH", country="DE", tax_id="190 123 456"),
        customer("C", company="Silver Dragon Light Industry Co Ltd", country="CN"), customer("D", company="Zhang Wei Hardware Store", country="CN"),
        customer("E", company="Northern Paper Mills", country="SE"),
    ]}, as_of=DAY)  # fmt: skip
    put_list(services, *LISTED)
    return services


def test_names_and_numbers_are_found_and_others_are_not(traded: Services) -> None:
    counts = screen(traded)

    found = matches(traded)
    assert set(found) == {"A:1", "B:1"}
    assert (found["A:1"]["same_number"], found["B:1"]["same_number"]) == (False, True)
    assert (counts.entries, counts.found, counts.waiting) == (3, 2, 2)


def test_a_second_screening_compares_nothing_and_adds_nothing(traded: Services) -> None:
    screen(traded)
    before = matches(traded)

    counts = screen(traded)

    assert (counts.compared, counts.found) == (0, 0)
    assert matches(traded) == before


def test_only_changed_entries_and_changed_customers_are_compared(
    traded: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen(traded)
    seen: list[tuple[int, int]] = []
    from riskreview.screening import use_cases

    real = use_cases.find_matches
    monkeypatch.setattr(
        use_cases, "find_matches", lambda s, e, *rest: seen.append((len(s), len(e))) or real(s, e, *rest)
    )
    put_list(traded, *LISTED, "4,Northern Paper Mills,,,SE,")
    counts = screen(traded)
    publish(
        traded,
        {"customers": [customer("F", company="Golden Dragon Heavy Machinery Co., Ltd.", country="CN")]},
        as_of=DAY,
    )
    screen(traded)

    assert seen == [(5, 1), (0, 4), (1, 0), (1, 4)]
    assert counts.changed_entries == 1
    assert {"E:4", "F:2"} <= set(matches(traded))


def test_the_state_grows_with_time_and_a_confirmed_match_counts_most(traded: Services) -> None:
    screen(traded)
    number = matches(traded)["A:1"]["match_id"]
    assert match_states(traded, as_of=DAY).state.tolist() == [1, 1]
    assert match_states(traded, as_of=DAY + timedelta(days=3)).state.tolist() == [2, 2]

    decide(traded, match_id=number, decision="confirm", actor="compliance.person", reason=WHY)

    assert match_states(traded, as_of=DAY + timedelta(days=3)).state.tolist() == [3, 2]
    assert match_states(traded, as_of=DAY - timedelta(days=1)).state.tolist() == []


def test_the_indicator_takes_what_screening_found(traded: Services) -> None:
    screen(traded)

    frame = compute_indicators(traded, pins=current_pins(traded), as_of=DAY, policy=load_policy(traded.instance))

    assert frame.values["C1"].tolist() == [1, 1, 0, 0, 0]


@pytest.fixture(autouse=True)
def team(instance: Any) -> None:
    """Two persons of compliance and one of sales."""
    person = "  - {{id: {0}, name: {0}, language: en, channels: {{mail: {0}@example.com}}, roles: [{1}]}}\n"
    roles = [
        ("compliance.person", "compliance"),
        ("second.person", "compliance"),
        ("sales.person", "sales, data_engineer, executive"),
    ]
    (instance.home / "policies" / "team.yaml").write_text(
        "final_duty_role: executive\npersons:\n" + "".join(person.format(*pair) for pair in roles), encoding="utf-8"
    )


def test_nobody_outside_compliance_decides(traded: Services) -> None:
    screen(traded)

    with pytest.raises(RuleViolation, match="none of the roles compliance"):
        decide(traded, match_id=1, decision="confirm", actor="sales.person", reason=WHY)
    with pytest.raises(RuleViolation, match="a person decides"):
        decide(traded, match_id=1, decision="confirm", actor="system:screening", reason=WHY)
    with pytest.raises(RuleViolation, match="at least 10"):
        decide(traded, match_id=1, decision="confirm", actor="compliance.person", reason="no")


def test_a_strong_match_is_dismissed_by_two_different_persons(traded: Services) -> None:
    screen(traded)
    number = matches(traded)["B:1"]["match_id"]

    assert (
        decide(traded, match_id=number, decision="dismiss", actor="compliance.person", reason=WHY)
        == "dismissal_proposed"
    )
    assert 1 in match_states(traded, as_of=DAY).state
    with pytest.raises(RuleViolation, match="another person"):
        decide(traded, match_id=number, decision="agree", actor="compliance.person", reason=WHY)
    assert decide(traded, match_id=number, decision="agree", actor="second.person", reason=WHY) == "dismissed"
    assert len(match_states(traded, as_of=DAY).state) == 1


def test_a_confirmed_match_is_cleared_by_two_persons_only_and_survives_its_entry(traded: Services) -> None:
    screen(traded)
    number = matches(traded)["A:1"]["match_id"]
    decide(traded, match_id=number, decision="confirm", actor="compliance.person", reason=WHY)
    put_list(traded, *LISTED[1:], "9,Somebody Else Ltd,,,,")
    counts = screen(traded)

    assert counts.withdrawn == 1
    assert {key: row["state"] for key, row in matches(traded).items()} == {"A:1": "confirmed", "B:1": "withdrawn"}
    assert (
        decide(traded, match_id=number, decision="propose_clearing", actor="compliance.person", reason=WHY)
        == "clearing_proposed"
    )
    assert match_states(traded, as_of=DAY).state.tolist() == [3]
    with pytest.raises(RuleViolation, match="another person"):
        decide(traded, match_id=number, decision="clear", actor="compliance.person", reason=WHY)
    assert decide(traded, match_id=number, decision="keep", actor="second.person", reason=WHY) == "confirmed"
    decide(traded, match_id=number, decision="propose_clearing", actor="second.person", reason=WHY)
    assert decide(traded, match_id=number, decision="clear", actor="compliance.person", reason=WHY) == "cleared"


def test_a_dismissed_match_comes_back_only_when_the_evidence_changed(traded: Services) -> None:
    screen(traded)
    number = matches(traded)["B:1"]["match_id"]
    decide(traded, match_id=number, decision="dismiss", actor="compliance.person", reason=WHY)
    decide(traded, match_id=number, decision="agree", actor="second.person", reason=WHY)
    put_list(traded, *LISTED, "4,Unrelated Shipping Lines,,,,")
    screen(traded)
    assert matches(traded)["B:1"]["state"] == "dismissed"

    put_list(traded, LISTED[0].replace("Siniy Kran OAO", "Siniy Kran OAO; Kran Handels"), *LISTED[1:])
    counts = screen(traded, DAY + timedelta(days=5))

    assert counts.reopened == 1
    found = matches(traded)["B:1"]
    assert (found["state"], found["found_on"], found["decided_by"]) == ("possible", DAY + timedelta(days=5), None)


def test_a_list_that_shrank_or_broke_clears_nobody_and_is_told_once(traded: Services) -> None:
    screen(traded)
    for lines in (LISTED[2:], ("1,",)):
        put_list(traded, *lines)
        assert [screen(traded).refused, screen(traded).refused] == [1, 1]
        (problem,) = refused_lists(traded)

    assert "the id or the name is empty" in str(problem)
    assert set(matches(traded)) == {"A:1", "B:1"}
    assert {row["state"] for row in matches(traded).values()} == {"possible"}
    with traded.engine.connect() as connection:
        told = (
            connection.execute(text("SELECT audience FROM outbox_event WHERE kind = 'screening_list_refused'"))
            .scalars()
            .all()
        )
    assert len(told) == 2
    assert all("compliance.person" in audience for audience in told)


def test_lists_that_went_away_or_grew_old_clear_nobody(traded: Services) -> None:
    screen(traded)
    later = replace(traded, clock=FixedClock(traded.clock.now() + timedelta(days=400)))
    screen(later)
    screen(later)
    with traded.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM outbox_event WHERE kind = 'screening_list_old'")).scalar_one()
            == 1
        )

    Path(traded.instance.home / "lists" / "own" / "own.csv").unlink()
    screen(traded)

    assert {row["state"] for row in matches(traded).values()} == {"possible"}


def test_two_persons_deciding_at_once_are_told_of_each_other(traded: Services) -> None:
    screen(traded)
    decide(traded, match_id=1, decision="confirm", actor="compliance.person", reason=WHY, version=1)

    with pytest.raises(Conflict, match="changed meanwhile"):
        decide(traded, match_id=1, decision="dismiss", actor="second.person", reason=WHY, version=1)


def test_nobody_who_bears_a_listed_name_is_lost_in_a_crowd(traded: Services) -> None:
    branches = [customer(f"S{n}", company="Golden Dragon Heavy Machinery Co., Ltd.", country="CN") for n in range(40)]
    towns = [customer(f"T{n}", company=f"Kalinoviysk {chr(65 + n)}t", country="BY") for n in range(25)]
    publish(traded, {"customers": [*branches, *towns]}, as_of=DAY)
    put_list(traded, *LISTED, "4,Kalinoviysk,,,BY,")

    counts = screen(traded)

    assert {f"S{n}:2" for n in range(40)} | {f"T{n}:4" for n in range(25)} <= set(matches(traded))
    assert counts.crowds == 0
