"""A measure is proposed, granted and carried out by different people, begins and ends on its days, and relieves nobody by accident."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.measures.working import (
    APPROVER,
    DOER,
    JULY,
    OWNER,
    approved,
    carried_out,
    customer,
    days_later,
    decided,
    in_force,
    measure,
    proposed,
)
from tests.reviews.portfolio import merge, raise_signal, rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.measures import carrying_out, ending
from riskreview.measures.passing import PassedCounts, pass_day
from riskreview.measures.reading import measures_of_customer, show_measure
from riskreview.mechanisms.duty import sweep

pytestmark = pytest.mark.database
HIGH = 3


def duties(services: Services, number: int, state: str = "open") -> dict[str, str]:
    found = rows(services.engine, "SELECT kind, owner FROM duty WHERE subject_type = 'measure' AND subject_id = :n AND state = :s",
                 n=str(number), s=state)  # fmt: skip
    return {str(row["kind"]): str(row["owner"]) for row in found}


def messages(services: Services, number: int) -> list[str]:
    found = rows(
        services.engine,
        "SELECT kind FROM outbox_event WHERE subject_type = 'measure' AND subject_id = :n ORDER BY outbox_id",
        n=str(number),
    )
    return [str(row["kind"]) for row in found]


def overdue_review(services: Services, state: str = "in_analysis") -> None:
    with services.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO review (customer_key, kind, policy_line, period_key, state, owner, risk_class, due_on, opened_on, opened_at,"
            " pack, pack_sha256, run_id, policy_digest, proposed_by, proposed_at, recommendation, decided_by, decided_at, decision_reason)"
            " VALUES (1, 'event', 'event', 'x', :state, 'chen.jie', 3, DATE '2026-06-20', DATE '2026-06-01', now(), '', encode(sha256(''), 'hex'),"
            " 1, '', 'chen.jie', now(), 'x', 'yang.li', now(), 'x')"), {"state": state})  # fmt: skip


def test_a_measure_is_proposed_granted_carried_out_and_in_force(services: Services) -> None:
    customer(services)

    number = proposed(services)
    assert duties(services, number) == {"measure_approval_1": "zhao.min"}
    decided(services, number, "zhao.min")
    assert duties(services, number) == {"measure_implementation": DOER}
    carried_out(services, number)

    row = measure(services, number)
    assert (row["state"], row["in_force_on"], row["before_exposure"]) == ("in_force", JULY, 1000.0)
    assert (row["proposed_by"], row["approved_by"], row["implemented_by"]) == (OWNER, "zhao.min", DOER)
    assert duties(services, number) == {}
    assert messages(services, number) == [
        "measure_proposed",
        "measure_decided",
        "measure_to_implement",
        "measure_in_force",
    ]
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""


def test_the_same_proposal_twice_is_one_and_another_of_its_field_is_refused(services: Services) -> None:
    customer(services)

    assert proposed(services) == proposed(services)
    with pytest.raises(RuleViolation, match="settle it before freeze_limit"):
        proposed(services, "freeze_limit")


def test_the_matrix_of_the_reviews_asks_two_people_where_the_risk_is_high(services: Services) -> None:
    customer(services, HIGH)
    number = approved(services)

    steps = rows(
        services.engine, "SELECT decided_by FROM measure_approval WHERE measure_id = :n ORDER BY step", n=number
    )
    assert len({str(step["decided_by"]) for step in steps} | {OWNER}) == 3


@pytest.mark.parametrize(("actor", "sentence"), [
    (OWNER, "proposed this"), (DOER, "is none of them"), ("stranger", "is none of them"),
])  # fmt: skip
def test_only_another_person_whom_the_matrix_names_decides(services: Services, actor: str, sentence: str) -> None:
    customer(services)
    number = proposed(services)

    with pytest.raises(RuleViolation, match=sentence):
        decided(services, number, actor)


def test_a_decision_is_bound_to_what_was_read(services: Services) -> None:
    customer(services)
    number = proposed(services)

    with pytest.raises(Conflict, match="read it again"):
        decided(services, number, APPROVER, digest="0" * 64)


def test_neither_approver_nor_where_the_risk_is_high_proposer_carries_out(services: Services) -> None:
    customer(services, HIGH)
    number = approved(services, "visit", actor="zhao.min")
    row = measure(services, number)

    with pytest.raises(RuleViolation, match="proposed this"):
        carried_out(services, number, actor="zhao.min")
    with pytest.raises(RuleViolation, match=r"may implement|approved this"):
        carried_out(services, number, actor=row["approved_by"])
    with pytest.raises(RuleViolation, match="evidence is empty"):
        carried_out(services, number, evidence=" ")


CHANGES = (
    "amount = 1", "expires_on = expires_on + 900", "proposed_by = 'somebody'", "implemented_by = 'zhao.min'", "state = 'in_force'",
    "approved_by = 'somebody'", "customer_key = 2", "digest = repeat('0', 64)", "state = 'reversed'",
)  # fmt: skip


def test_the_database_itself_refuses_what_an_auditor_relies_on(services: Services) -> None:
    customer(services)
    approved(services)

    for change in CHANGES:
        with pytest.raises(IntegrityError), services.engine.begin() as connection:
            connection.execute(text(f"UPDATE measure SET {change}"))  # noqa: S608  the test's own text


def test_the_database_refuses_an_approval_without_its_steps(services: Services) -> None:
    customer(services)
    proposed(services)

    with pytest.raises(IntegrityError, match="not approved in all its steps"), services.engine.begin() as connection:
        connection.execute(text("UPDATE measure SET state = 'approved', approved_by = 'yang.li', approved_at = now()"))


def test_who_does_not_carry_out_in_time_is_escalated_like_for_any_duty(services: Services, clock: FixedClock) -> None:
    customer(services)
    number = approved(services)

    clock.moment += timedelta(days=10)
    with services.engine.begin() as connection:
        moved = sweep(connection, now=clock.now())

    assert moved.total == 1
    assert "duty_reminder" in messages(services, number) or "duty_escalated" in messages(services, number)


def test_a_measure_begins_on_its_first_day_and_ends_after_its_last_one(services: Services, clock: FixedClock) -> None:
    from dataclasses import replace

    from riskreview.measures import proposing
    from riskreview.measures.terms import parse_wanted
    from riskreview.policy.measure_policy import load_measure_policy

    customer(services)
    wanted = replace(parse_wanted("shorten_terms days=15", load_measure_policy(services.instance)), starts_on=date(2026, 7, 11),
                     expires_on=date(2026, 8, 20))  # fmt: skip
    number = proposing.propose(services, customer_key=1, wanted=wanted, reason="Late.", actor=OWNER).measure_id
    decided(services, number, APPROVER)
    carried_out(services, number)

    assert measure(services, number)["state"] == "implemented"
    assert days_later(services, clock, 10).measures_begun == 1
    assert pass_day(services) == PassedCounts()
    assert days_later(services, clock, 30).renewals_asked == 1
    assert duties(services, number) == {"measure_renewal": OWNER}
    assert days_later(services, clock, 11).measures_ended == 1

    row = measure(services, number)
    assert (row["state"], row["end_reason"]) == ("expired", "its days are over")
    assert duties(services, number) == {"measure_undo": row["implemented_by"]}
    carrying_out.undo(
        services, measure_id=number, version=row["version"], actor=row["implemented_by"], evidence="Terms 30 days again"
    )
    assert duties(services, number) == {}


def test_what_never_took_effect_lapses_on_its_last_day(services: Services, clock: FixedClock) -> None:
    customer(services)
    number = proposed(services)

    assert days_later(services, clock, 100).measures_lapsed == 1
    assert measure(services, number)["state"] == "lapsed"
    assert duties(services, number) == {}


def test_what_constrains_takes_two_people_to_end_early(services: Services) -> None:
    customer(services)
    number = in_force(services)
    said = {"measure_id": number, "reason": "It pays again."}

    version = ending.reverse(services, version=measure(services, number)["version"], actor=OWNER, **said)
    with pytest.raises(RuleViolation, match="asked for the reversal"):
        ending.reverse(services, version=version, actor=OWNER, **said)
    with pytest.raises(RuleViolation, match="may not end it"):
        ending.reverse(services, version=version, actor=DOER, **said)
    assert measure(services, number)["state"] == "reversal_asked"
    ending.reverse(services, version=version, actor=APPROVER, **said)

    assert measure(services, number)["state"] == "reversed"
    assert duties(services, number) == {"measure_undo": DOER}


def test_what_nobody_is_left_to_take_back_is_the_final_duty_role_s(services: Services, clock: FixedClock) -> None:
    customer(services)
    number = in_force(services)
    alone = "final_duty_role: executive\npersons: [{id: ann, name: Ann, roles: [executive]}]\n"
    (services.instance.home / "policies" / "team.yaml").write_text(alone, encoding="utf-8")

    assert days_later(services, clock, 400).measures_ended == 1
    assert duties(services, number) == {"measure_undo": "ann"}


def test_a_reversal_may_be_refused(services: Services) -> None:
    customer(services)
    number = in_force(services)
    version = ending.reverse(
        services, measure_id=number, version=measure(services, number)["version"], actor=OWNER, reason="Why not."
    )

    ending.keep(services, measure_id=number, version=version, actor=APPROVER, reason="Not yet.")

    assert measure(services, number)["state"] == "in_force"
    assert [kind for kind in duties(services, number) if kind.startswith("measure_reversal")] == []


def test_a_renewal_is_a_proposal_of_its_own_and_takes_over_without_a_gap(services: Services, clock: FixedClock) -> None:
    customer(services)
    first = in_force(services)
    days_later(services, clock, 80)

    second = ending.renew(services, measure_id=first, actor=OWNER, reason="Still late.").measure_id
    decided(services, second, APPROVER)
    carried_out(services, second)
    assert measure(services, second)["starts_on"] == measure(services, first)["expires_on"] + timedelta(days=1)
    days_later(services, clock, 13)

    assert (measure(services, first)["state"], measure(services, second)["state"]) == ("expired", "in_force")


def test_a_harsher_measure_of_the_field_takes_the_place_of_the_one_in_force(services: Services) -> None:
    customer(services)
    first = in_force(services, "order_hold")

    second = in_force(services, "delivery_stop")

    assert measure(services, first)["state"] == "superseded"
    assert measure(services, second)["state"] == "in_force"


def test_while_a_review_is_overdue_nothing_is_relaxed(services: Services, clock: FixedClock) -> None:
    customer(services)
    cut = in_force(services)
    raised = approved(services, "extend_terms days=60")
    carried_out_on = clock.moment
    overdue_review(services)

    with pytest.raises(
        RuleViolation,
        match=r"raise_limit waits: review \d+ of customer C000001 is overdue since 2026-06-20; ask chen.jie",
    ):
        proposed(services, "raise_limit amount=5000")
    with pytest.raises(RuleViolation, match="reversal of cut_limit"):
        ending.reverse(
            services, measure_id=cut, version=measure(services, cut)["version"], actor=OWNER, reason="Why not."
        )
    carried_out(services, raised)
    assert measure(services, raised)["state"] == "implemented"
    days_later(services, clock, 91 + (carried_out_on - clock.moment).days)
    assert measure(services, cut)["state"] == "in_force"
    clock.moment += timedelta(days=2)
    pass_day(services)
    assert measure(services, cut)["state"] == "in_force", "its days are over, and it stays until the review is done"

    with services.engine.begin() as connection:
        connection.execute(text("UPDATE review SET state = 'cancelled'"))
    pass_day(services)
    assert measure(services, cut)["state"] == "expired"


def test_relief_waits_while_an_alarm_stands_beside_it(services: Services) -> None:
    customer(services)
    number = approved(services, "raise_limit amount=5000")
    raise_signal(services.engine, 1, "P1", on=JULY, severity="alarm")

    carried_out(services, number)

    assert measure(services, number)["state"] == "implemented"
    with pytest.raises(RuleViolation, match=r"extend_terms is not given to customer C000001 while signal \d+"):
        proposed(services, "extend_terms days=60")


def test_a_customer_taken_over_leaves_its_constraints_to_the_other_one_and_loses_its_relief(services: Services) -> None:
    from tests.reviews.portfolio import add_customers

    customer(services)
    add_customers(services.engine, [{"customer_key": 0, "risk_class": 2}], as_of=JULY)
    cut, relief, waiting = in_force(services), approved(services, "extend_terms days=60"), proposed(services, "visit")

    merge(services, 0, 1)
    pass_day(services)

    assert (measure(services, cut)["state"], measure(services, cut)["customer_key"]) == ("in_force", 0)
    assert (measure(services, relief)["state"], measure(services, waiting)["state"]) == ("lapsed", "lapsed")
    assert pass_day(services) == PassedCounts()


def test_an_unknown_customer_or_measure_is_said_to_be_unknown(services: Services) -> None:
    with pytest.raises(NotFound, match="customer 1 is not in the current assessment"):
        proposed(services)
    with pytest.raises(NotFound, match="no measure 9"), services.engine.connect() as connection:
        show_measure(connection, 9, on_day=JULY)


def test_people_read_what_is_in_force_with_its_amounts_and_clock(services: Services) -> None:
    customer(services)
    number = in_force(services)

    with services.engine.connect() as connection:
        (found,) = measures_of_customer(connection, 1, on_day=JULY + timedelta(days=2))
        more = show_measure(connection, number, on_day=JULY)

    assert (found["measure_id"], found["state"], float(found["amount"]), found["currency"]) == (
        number,
        "in_force",
        400.0,
        "CNY",
    )
    assert found["days_left"] == (found["expires_on"] - JULY).days - 2
    assert more["verbs"] == ["ask_reversal", "reverse", "supersede", "expire", "follow"]
    assert [step["decided_by"] for step in more["steps"]] == ["zhao.min"]
