"""Emergencies start their playbook once, name people for every step, and tell each of them once."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from tests.reviews.portfolio import add_customers, counted_statements, raise_signal, rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.failpoints import InjectedFault
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.services import Services
from riskreview.orchestration.lifecycle_docs import reference_page
from riskreview.playbooks import response, use_cases
from riskreview.playbooks.staffing import Staff
from riskreview.playbooks.use_cases import activate_playbooks
from riskreview.policy.calendars import load_calendars
from riskreview.policy.playbook import load_playbook, load_playbooks
from riskreview.policy.roles import ROLES
from riskreview.policy.team import Team

pytestmark = pytest.mark.database
JULY = date(2026, 7, 1)
RULES = {
    "payment_default": "PB1", "insolvency": "PB2", "sanctions": "PB3", "fraud_surge": "PB4", "order_collapse": "PB5",
    "financial_deterioration": "PB6", "key_account": "PB7", "group_contagion": "PB8", "restatement": "PB6",
}  # fmt: skip


def customers(services: Services, count: int, risk_class: int = 4, **more: object) -> None:
    add_customers(
        services.engine,
        [{"customer_key": n, "risk_class": risk_class, **more} for n in range(1, count + 1)],
        as_of=JULY,
    )


def test_each_emergency_starts_its_playbook_and_a_rerun_starts_nothing(services: Services) -> None:
    customers(services, len(RULES))
    for number, rule in enumerate(RULES, start=1):
        raise_signal(services.engine, number, rule, on=JULY)

    first = activate_playbooks(services, as_of=JULY, run_id=1)
    again = activate_playbooks(services, as_of=JULY, run_id=2)

    assert first.activated == len(RULES)
    assert (again.activated, again.steps, again.already_active) == (0, 0, len(RULES))
    found = rows(
        services.engine, "SELECT rule_id, playbook_id, state, trigger_key FROM activation ORDER BY customer_key"
    )
    assert {row["rule_id"]: row["playbook_id"] for row in found} == RULES
    assert {row["state"] for row in found} == {"triggered"}
    assert found[0]["trigger_key"] == "payment_default:2026-07-01"
    assert rows(services.engine, "SELECT count(*) AS n FROM step")[0]["n"] == first.steps


def test_signals_that_are_no_emergency_start_nothing(services: Services) -> None:
    customers(services, 3)
    raise_signal(services.engine, 1, "payment_default", on=JULY, severity="alarm")
    raise_signal(services.engine, 2, "P1", on=JULY, severity="emergency")
    number = raise_signal(services.engine, 3, "insolvency", on=JULY)
    with services.engine.begin() as connection:
        connection.execute(
            text("UPDATE signal SET state = 'cleared', cleared_on = opened_on WHERE signal_id = :n"), {"n": number}
        )

    counts = activate_playbooks(services, as_of=JULY, run_id=1)

    assert (counts.activated, counts.without_playbook) == (0, 1)


def test_a_key_account_of_a_good_class_starts_nothing(services: Services) -> None:
    customers(services, 1, risk_class=2)
    raise_signal(services.engine, 1, "key_account", on=JULY)

    assert activate_playbooks(services, as_of=JULY, run_id=1).activated == 0


def test_two_triggers_of_one_playbook_start_it_once(services: Services) -> None:
    customers(services, 1)
    raise_signal(services.engine, 1, "restatement", on=JULY)
    raise_signal(services.engine, 1, "financial_deterioration", on=date(2026, 6, 20))

    counts = activate_playbooks(services, as_of=JULY, run_id=1)

    assert (counts.activated, counts.already_active) == (1, 1)
    assert rows(services.engine, "SELECT rule_id FROM activation") == [{"rule_id": "financial_deterioration"}]


def test_steps_have_named_people_and_due_times_in_working_hours(services: Services, clock: FixedClock) -> None:
    clock.moment = datetime(2026, 7, 3, 9, tzinfo=UTC)  # Friday 17:00 in Shanghai
    customers(services, 1)
    raise_signal(services.engine, 1, "payment_default", on=JULY)

    activate_playbooks(services, as_of=JULY, run_id=1)

    steps = rows(services.engine, "SELECT step_id, role, owner, deputy, due_at, title_zh FROM step ORDER BY position")
    local = {
        row["step_id"]: row["due_at"].astimezone(ZoneInfo("Asia/Shanghai")).strftime("%m-%d %H:%M") for row in steps
    }
    assert local["hold_orders"] == "07-06 12:00"  # one hour on Friday, three on Monday
    assert local["confirm_balance"] == "07-06 18:00"
    assert local["provision"] == "07-31 18:00"
    assert all(row["owner"] and row["deputy"] and row["owner"] != row["deputy"] for row in steps)
    duties = rows(services.engine, "SELECT kind, count(*) AS n FROM duty GROUP BY 1 ORDER BY 1")
    assert duties == [{"kind": "activation_acknowledge", "n": 1}, {"kind": "step", "n": len(steps)}]
    ladder = rows(services.engine, "SELECT ladder FROM duty WHERE kind = 'step' ORDER BY duty_id LIMIT 1")[0]["ladder"]
    assert [rung["audience"] for rung in ladder] == [
        ["owner"],
        ["owner", "deputy"],
        ["zhao.min"],
        ["yang.li"],
        ["maria.stein"],
    ]


def test_the_customer_s_account_owner_gets_the_steps_of_that_role(services: Services) -> None:
    customers(services, 1, owner_user="u-2003")
    raise_signal(services.engine, 1, "order_collapse", on=JULY)

    activate_playbooks(services, as_of=JULY, run_id=1)

    assert rows(services.engine, "SELECT owner FROM activation")[0]["owner"] == "anna.keller"
    assert rows(services.engine, "SELECT owner FROM step WHERE role = 'account_owner'")[0]["owner"] == "anna.keller"


def test_each_person_is_told_once_per_activation(services: Services) -> None:
    customers(services, 2)
    raise_signal(services.engine, 1, "payment_default", on=JULY)
    raise_signal(services.engine, 2, "insolvency", on=JULY)

    activate_playbooks(services, as_of=JULY, run_id=1)

    told = rows(services.engine, "SELECT kind, subject_id, audience FROM outbox_event")
    assert sum(row["kind"] == "playbook_activated" for row in told) == 2
    assigned = [(row["subject_id"], row["audience"][0]) for row in told if row["kind"] == "step_assigned"]
    owners = {
        (str(row["activation_id"]), row["owner"])
        for row in rows(services.engine, "SELECT activation_id, owner FROM step")
    }
    assert len(assigned) == len(set(assigned))
    assert set(assigned) == owners
    assert (
        rows(services.engine, "SELECT count(*) AS n FROM audit_event WHERE action = 'activation:triggered'")[0]["n"]
        == 2
    )
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""


def test_an_activation_keeps_the_playbook_it_started_with(services: Services) -> None:
    customers(services, 2)
    raise_signal(services.engine, 1, "payment_default", on=JULY)
    activate_playbooks(services, as_of=JULY, run_id=1)
    shipped = (PACKAGED / "playbooks" / "pb1_payment_default.yaml").read_text(encoding="utf-8")
    own = services.instance.home / "playbooks" / "pb1_payment_default.yaml"
    own.write_text(
        shipped.replace('version: "1.0"', 'version: "1.1"').replace("deadline: 4h", "deadline: 1h"), encoding="utf-8"
    )
    raise_signal(services.engine, 2, "payment_default", on=JULY)

    activate_playbooks(services, as_of=JULY, run_id=2)

    found = rows(services.engine, "SELECT playbook_version, playbook_digest FROM activation ORDER BY customer_key")
    assert [row["playbook_version"] for row in found] == ["1.0", "1.1"]
    assert found[1]["playbook_digest"] == load_playbook(own).digest
    kept = rows(services.engine, "SELECT document ->> 'version' AS v FROM playbook_document ORDER BY 1")
    assert [row["v"] for row in kept] == ["1.0", "1.1"]


def test_a_plan_goes_on_as_it_was_pinned_when_its_playbook_is_gone(services: Services) -> None:
    customers(services, 1)
    raise_signal(services.engine, 1, "payment_default", on=JULY)
    activate_playbooks(services, as_of=JULY, run_id=1)
    shipped = (PACKAGED / "playbooks" / "pb1_payment_default.yaml").read_text(encoding="utf-8")
    other = (
        shipped.replace("playbook: PB1", "playbook: PB9")
        .replace("confirm_balance", "other")
        .replace("[cfo, executive]", "[legal, audit]")
    )
    (services.instance.home / "playbooks" / "pb1_payment_default.yaml").write_text(other, encoding="utf-8")
    number = int(str(rows(services.engine, "SELECT activation_id FROM activation")[0]["activation_id"]))
    step = rows(services.engine, "SELECT owner FROM step WHERE step_id = 'confirm_balance'")[0]

    assert "PB1" not in {book.id for book in load_playbooks(services.instance)}
    with pytest.raises(RuleViolation, match="waits for confirm_balance"):
        response.start(services, activation_id=number, step_id="call_and_demand", version=1, actor="zhao.min")
    response.finish(
        services,
        activation_id=number,
        step_id="confirm_balance",
        version=1,
        actor=str(step["owner"]),
        evidence="Letter.",
    )
    with pytest.raises(RuleViolation, match="only approver may"):
        response.stand_down(services, activation_id=number, version=1, actor="xu.ning", reason="Paid.")
    response.stand_down(services, activation_id=number, version=1, actor="maria.stein", reason="Paid.")

    assert rows(services.engine, "SELECT state FROM activation") == [{"state": "stood_down"}]


def test_a_trigger_that_comes_back_after_the_end_starts_the_playbook_anew(services: Services) -> None:
    customers(services, 1)
    number = raise_signal(services.engine, 1, "sanctions", on=JULY)
    activate_playbooks(services, as_of=JULY, run_id=1)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE activation SET state = 'stood_down', stand_down_reason = 'false match'"))
    assert activate_playbooks(services, as_of=JULY, run_id=2).activated == 0
    with services.engine.begin() as connection:
        connection.execute(
            text("UPDATE signal SET state = 'cleared', cleared_on = opened_on WHERE signal_id = :n"), {"n": number}
        )
    raise_signal(services.engine, 1, "sanctions", on=date(2026, 7, 9))

    assert activate_playbooks(services, as_of=date(2026, 7, 9), run_id=3).activated == 1


def test_a_role_nobody_has_goes_to_the_final_duty_role_as_an_incident(services: Services) -> None:
    (services.instance.home / "policies" / "team.yaml").write_text(
        "final_duty_role: executive\npersons:\n  - {id: boss, name: B, roles: [executive]}\n"
        "  - {id: vice, name: V, roles: [executive, credit_manager]}\n", encoding="utf-8")  # fmt: skip
    customers(services, 1)
    raise_signal(services.engine, 1, "payment_default", on=JULY)

    activate_playbooks(services, as_of=JULY, run_id=1)

    roles = {
        row["event_key"].split(":")[1]
        for row in rows(services.engine, "SELECT event_key FROM outbox_event WHERE kind = 'nobody_available'")
    }
    assert roles == {"ar_accountant", "collections", "risk_owner", "finance"}
    assert {row["owner"] for row in rows(services.engine, "SELECT owner FROM step WHERE role = 'finance'")} == {"boss"}


@pytest.mark.parametrize("failpoint", [use_cases.INSERTED, use_cases.COMMITTED])
def test_an_interruption_anywhere_and_a_rerun_end_as_if_nothing_had_happened(
    services: Services, monkeypatch: pytest.MonkeyPatch, failpoint: str
) -> None:
    from riskreview.foundation import failpoints

    customers(services, 3)
    for number in (1, 2, 3):
        raise_signal(services.engine, number, "insolvency", on=JULY)
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", f"{failpoint}:1:raise")
    failpoints._hits.clear()

    with pytest.raises(InjectedFault):
        activate_playbooks(services, as_of=JULY, run_id=1)
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")
    activate_playbooks(services, as_of=JULY, run_id=1)

    counted = {
        table: rows(services.engine, f"SELECT count(*) AS n FROM {table}")[0]["n"]  # noqa: S608  a fixed list
        for table in ("activation", "step", "duty", "measure", "audit_event")
    }
    assert counted == {"activation": 3, "step": 21, "duty": 24, "measure": 3, "audit_event": 9}


def test_a_hundred_activations_take_no_more_statements_than_one(services: Services) -> None:
    add_customers(services.engine, [{"customer_key": n, "risk_class": 4} for n in range(1, 102)], as_of=JULY)
    raise_signal(services.engine, 1, "insolvency", on=JULY)
    with counted_statements(services.engine) as one:
        activate_playbooks(services, as_of=JULY, run_id=1)
    for number in range(2, 102):
        raise_signal(services.engine, number, "insolvency", on=JULY)

    with counted_statements(services.engine) as hundred:
        counts = activate_playbooks(services, as_of=JULY, run_id=2)

    assert counts.activated == 100
    assert len(hundred) == len(one) < 29


def test_a_broken_playbook_stops_the_stage_and_says_where(services: Services) -> None:
    customers(services, 1)
    raise_signal(services.engine, 1, "insolvency", on=JULY)
    (services.instance.home / "playbooks" / "own.yaml").write_text("playbook: PB99\nversion: '1'\n", encoding="utf-8")

    with pytest.raises(BadInput, match=r"E-PLAYBOOK-SECTION own\.yaml"):
        activate_playbooks(services, as_of=JULY, run_id=1)

    assert rows(services.engine, "SELECT count(*) AS n FROM activation")[0]["n"] == 0


def test_the_lifecycle_page_covers_reviews_activations_and_steps() -> None:
    page = reference_page()

    assert {"## Review", "## Activation", "## Step"} <= {line for line in page.splitlines() if line.startswith("## ")}


def test_nobody_is_their_own_deputy_however_few_people_there_are(services: Services) -> None:
    alone = {"id": "li.jun", "name": "Li Jun", "roles": list(ROLES)}
    beside = {"id": "wu.di", "name": "Wu Di", "roles": ["cfo"]}
    calendars, at = load_calendars(services.instance), datetime(2026, 7, 1, 9, tzinfo=UTC)
    for persons in ([alone], [alone, beside]):
        team = Team.model_validate({"persons": persons, "final_duty_role": "executive"})
        for book in load_playbooks(services.instance):
            roster = Staff(team, calendars, at, JULY).roster(book, None)
            assert {task.owner for task in (roster.lead, *roster.steps)} == {"li.jun"}
            assert "li.jun" not in {task.deputy for task in (roster.lead, *roster.steps)}
