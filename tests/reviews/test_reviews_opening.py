"""Due reviews open once, with a frozen pack, an owner, a duty, a message and an audit event, whatever was missed or interrupted."""

import hashlib
import json
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError
from tests.reviews.portfolio import add_customers, change_class, counted_statements, raise_signal, rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.failpoints import InjectedFault
from riskreview.foundation.services import Services
from riskreview.policy.risk_terms import FLAGS
from riskreview.reviews import use_cases
from riskreview.reviews.snapshots import later_changes
from riskreview.reviews.use_cases import open_due_reviews

JULY = date(2026, 7, 1)
LOW, MEDIUM, HIGH, CRITICAL, DEFAULT = 1, 2, 3, 4, 5

pytestmark = pytest.mark.database


def portfolio(services: Services, *classes: int, since: date = date(2026, 1, 5), **more: object) -> None:
    customers = [
        {"customer_key": n, "risk_class": code, "class_since": since, **more} for n, code in enumerate(classes, start=1)
    ]
    add_customers(services.engine, customers, as_of=since)


def reviews(services: Services) -> list[tuple[object, ...]]:
    found = rows(services.engine, "SELECT customer_key, kind, policy_line, period_key FROM review ORDER BY review_id")
    return [tuple(row.values()) for row in found]


def test_each_class_is_reviewed_in_its_own_rhythm_and_a_rerun_adds_nothing(services: Services) -> None:
    portfolio(services, LOW, MEDIUM, HIGH, CRITICAL, DEFAULT)

    first = open_due_reviews(services, as_of=JULY, run_id=1)
    again = open_due_reviews(services, as_of=JULY, run_id=2)

    assert (first.opened, first.due, first.already_open, first.late) == (4, 4, 0, 0)
    assert (again.opened, again.due, again.already_open) == (0, 0, 4)
    assert reviews(services)[:2] == [(2, "periodic", "semi_annual", "2026H2"), (3, "periodic", "quarterly", "2026Q3")]


def test_an_unknown_customer_counts_only_with_exposure(services: Services) -> None:
    add_customers(
        services.engine,
        [{"customer_key": 1, "risk_class": 0, "exposure": 0}, {"customer_key": 2, "risk_class": 0}],
        as_of=JULY,
    )

    open_due_reviews(services, as_of=JULY, run_id=1)

    assert reviews(services) == [(2, "periodic", "semi_annual", "2026H2")]

    with services.engine.begin() as connection:
        connection.execute(
            text("UPDATE current_assessment SET flags = :bit"), {"bit": 1 << FLAGS.index("rate_missing")}
        )
    open_due_reviews(services, as_of=JULY, run_id=2)

    assert len(reviews(services)) == 2, "what is owed in a currency without a rate is not nothing"


def test_every_review_has_exactly_one_duty_message_and_audit_event(services: Services) -> None:
    portfolio(services, *[HIGH] * 7)

    open_due_reviews(services, as_of=JULY, run_id=1)

    ids = {str(row["review_id"]) for row in rows(services.engine, "SELECT review_id FROM review")}
    for table, where in (
        ("duty", "kind = 'review'"),
        ("outbox_event", "kind = 'review_opened'"),
        ("audit_event", "action = 'review:opened'"),
    ):
        found = [row["subject_id"] for row in rows(services.engine, f"SELECT subject_id FROM {table} WHERE {where}")]  # noqa: S608  a fixed list
        assert sorted(found) == sorted(ids), table
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""
    body = rows(services.engine, "SELECT convert_from(body, 'UTF8') AS body FROM audit_event")[0]["body"]
    assert "Invented" not in str(body)


def test_the_pack_is_frozen_canonical_and_hashed(services: Services) -> None:
    portfolio(services, HIGH)
    raise_signal(services.engine, 1, "payment_default", on=JULY)

    open_due_reviews(services, as_of=JULY, run_id=1)

    row = rows(services.engine, "SELECT pack, pack_sha256, policy_digest, causes FROM review")[0]
    pack = bytes(row["pack"])
    document = json.loads(pack)
    assert hashlib.sha256(pack).hexdigest() == row["pack_sha256"]
    assert pack == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert document["customer"]["customer_id"] == "C000001"
    assert document["signals"][0]["rule_id"] == "payment_default"
    assert document["policy"]["digest"] == row["policy_digest"]
    assert "Invented" not in pack.decode()
    assert row["causes"] == [f"event.payment_default:{JULY}"]


@pytest.mark.parametrize("change", [
    "pack = 'x'::bytea", "pack = 'x'::bytea, pack_sha256 = encode(sha256('x'), 'hex')", "policy_digest = 'x'", "customer_key = 9",
])  # fmt: skip
def test_the_database_refuses_to_exchange_a_pack(services: Services, change: str) -> None:
    portfolio(services, HIGH)
    open_due_reviews(services, as_of=JULY, run_id=1)

    with pytest.raises(IntegrityError, match=r"frozen|review_pack_is_hashed"), services.engine.begin() as connection:
        connection.execute(text(f"UPDATE review SET {change}"))  # noqa: S608  a fixed list


def test_the_next_pack_says_what_changed_since_the_last_review(services: Services) -> None:
    portfolio(services, HIGH)
    open_due_reviews(services, as_of=JULY, run_id=1)
    change_class(services.engine, 1, old=HIGH, new=CRITICAL, on=date(2026, 8, 3))

    open_due_reviews(services, as_of=date(2026, 8, 3), run_id=2)

    pack = json.loads(
        bytes(rows(services.engine, "SELECT pack FROM review ORDER BY review_id DESC LIMIT 1")[0]["pack"])
    )
    assert pack["changes"]["risk_class"] == [HIGH, CRITICAL]
    assert pack["class_changes"][0]["as_of"] == "2026-08-03"
    assert pack["last_review"]["opened_on"] == "2026-07-01"


def test_a_pack_holds_group_and_relations_and_says_what_changed_there(services: Services) -> None:
    portfolio(services, HIGH, MEDIUM, MEDIUM)
    with services.engine.begin() as connection:
        connection.execute(text("INSERT INTO group_member VALUES (1, 1), (2, 1)"))
        connection.execute(text(
            "INSERT INTO current_relation (item_key, customer_key, kind, party_key, party, party_name, share_pct, starts_on)"
            " VALUES (7, 1, 'ownership', 2, 'erp:C2', 'Invented Co', 60, '2026-01-01')"))  # fmt: skip
    open_due_reviews(services, as_of=JULY, run_id=1)
    review_id = rows(services.engine, "SELECT review_id FROM review WHERE customer_key = 1")[0]["review_id"]
    pack = json.loads(bytes(rows(services.engine, "SELECT pack FROM review WHERE customer_key = 1")[0]["pack"]))
    with services.engine.begin() as connection:
        connection.execute(text("INSERT INTO group_member VALUES (3, 1)"))
        connection.execute(text("UPDATE current_relation SET share_pct = 75"))
        later = later_changes(connection, review_id, as_of=JULY)

    assert pack["ties"]["group"]["exposure"] == sum(item["exposure"] for item in pack["ties"]["group"]["members"])
    assert [item["customer_id"] for item in pack["ties"]["group"]["members"]] == ["C000001", "C000002"]
    assert pack["ties"]["relations"][0]["party_id"] == "C000002"
    assert "Invented Co" not in json.dumps(pack)
    assert later["group_customers"] == [2, 3]
    assert later["group_members"] == [[], [f"C000003: {MEDIUM}"]]
    assert later["relations"] == [["ownership C000001 C000002 60 %"], ["ownership C000001 C000002 75 %"]]


def test_a_pause_of_forty_days_opens_each_due_review_once_and_marks_it_late(services: Services) -> None:
    portfolio(services, HIGH, MEDIUM)

    counts = open_due_reviews(services, as_of=JULY + timedelta(days=40), run_id=1)

    assert (counts.opened, counts.late) == (2, 2)
    assert open_due_reviews(services, as_of=JULY + timedelta(days=41), run_id=2).opened == 0


def test_quarters_run_backwards_by_a_backfill_open_once_each(services: Services) -> None:
    portfolio(services, HIGH, since=date(2025, 1, 1))
    days = [date(2026, 7, 1), date(2026, 4, 1), date(2026, 1, 1), date(2025, 10, 1)]

    opened = [open_due_reviews(services, as_of=day, run_id=n).opened for n, day in enumerate(days + days)]

    assert opened == [1, 1, 1, 1, 0, 0, 0, 0]
    assert [row[3] for row in reviews(services)] == ["2026Q3", "2026Q2", "2026Q1", "2025Q4"]


def test_a_review_opened_long_after_its_date_leaves_people_their_time(services: Services, clock: FixedClock) -> None:
    portfolio(services, HIGH)
    clock.moment = midnight_utc(date(2026, 9, 1))

    open_due_reviews(services, as_of=JULY, run_id=1)

    row = rows(services.engine, "SELECT opened_on, due_on FROM review")[0]
    assert row["opened_on"] == JULY
    assert row["due_on"] > date(2026, 9, 1)


def test_a_newly_high_customer_is_due_at_once_and_gets_one_review_not_two(services: Services) -> None:
    portfolio(services, MEDIUM)
    open_due_reviews(services, as_of=JULY, run_id=1)
    change_class(services.engine, 1, old=MEDIUM, new=HIGH, on=date(2026, 7, 20))

    counts = open_due_reviews(services, as_of=date(2026, 7, 20), run_id=2)

    assert (counts.opened, counts.late) == (1, 0)
    assert reviews(services)[1] == (1, "periodic", "quarterly", "2026Q3")
    assert open_due_reviews(services, as_of=date(2026, 7, 21), run_id=3).opened == 0


def test_worsening_to_high_or_an_emergency_opens_an_event_review_once(services: Services) -> None:
    portfolio(services, HIGH, HIGH, LOW)
    open_due_reviews(services, as_of=JULY, run_id=1)
    change_class(services.engine, 1, old=HIGH, new=DEFAULT, on=date(2026, 8, 3))
    raise_signal(services.engine, 2, "sanctions", on=date(2026, 8, 4))
    raise_signal(services.engine, 3, "key_account", on=date(2026, 8, 4))
    raise_signal(services.engine, 3, "P1", on=date(2026, 8, 4), severity="alarm")

    counts = open_due_reviews(services, as_of=date(2026, 8, 5), run_id=2)

    assert (counts.opened, counts.late) == (3, 3)
    assert reviews(services)[2:] == [(1, "event", "event.class_worsened", "2026-08-03"), (2, "event", "event.sanctions", "2026-08-04"),
                                     (3, "event", "event.key_account", "2026-08-04")]  # fmt: skip
    assert open_due_reviews(services, as_of=date(2026, 8, 6), run_id=3).opened == 0


def test_a_signal_that_becomes_an_emergency_later_still_gets_its_review(services: Services) -> None:
    portfolio(services, HIGH)
    number = raise_signal(services.engine, 1, "order_collapse", on=date(2026, 6, 1), severity="alarm")
    open_due_reviews(services, as_of=JULY, run_id=1)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE signal SET severity = 'emergency' WHERE signal_id = :n"), {"n": number})

    assert open_due_reviews(services, as_of=JULY + timedelta(days=5), run_id=2).opened == 1
    assert open_due_reviews(services, as_of=JULY + timedelta(days=6), run_id=3).opened == 0


def test_a_better_class_is_not_reviewed_again_in_a_period_that_was_reviewed(services: Services) -> None:
    portfolio(services, HIGH)
    open_due_reviews(services, as_of=JULY, run_id=1)
    change_class(services.engine, 1, old=HIGH, new=MEDIUM, on=date(2026, 9, 1))

    assert open_due_reviews(services, as_of=date(2026, 9, 2), run_id=2).opened == 0
    assert open_due_reviews(services, as_of=date(2027, 1, 4), run_id=3).opened == 1


def test_the_customer_s_owner_gets_the_review_and_the_duty_list_steps_in_when_absent(services: Services) -> None:
    team = (services.instance.configuration_file("policies", "team.yaml")).read_text(encoding="utf-8")
    away = "absences: [{person: zhou.lan, first_day: 2026-06-20, last_day: 2026-07-20}]"
    (services.instance.home / "policies" / "team.yaml").write_text(team.replace("absences: []", away), encoding="utf-8")
    users = {1: "u-2001", 2: "u-2002", 3: "nobody-we-know", 4: None}
    add_customers(
        services.engine,
        [{"customer_key": n, "risk_class": HIGH, "owner_user": user} for n, user in users.items()],
        as_of=JULY,
    )

    open_due_reviews(services, as_of=JULY, run_id=1)

    found = {
        row["customer_key"]: (row["owner"], row["deputy"]) for row in rows(services.engine, "SELECT * FROM review")
    }
    assert found == {
        1: ("li.wei", "wang.fang"),
        2: ("wang.fang", "chen.jie"),
        3: ("wang.fang", "chen.jie"),
        4: ("wang.fang", "chen.jie"),
    }


def test_nobody_on_duty_is_an_incident_told_to_the_final_duty_role(services: Services) -> None:
    (services.instance.home / "policies" / "team.yaml").write_text(
        "final_duty_role: executive\npersons:\n  - {id: boss, name: B, roles: [executive]}\n", encoding="utf-8")  # fmt: skip
    portfolio(services, HIGH, HIGH)

    open_due_reviews(services, as_of=JULY, run_id=1)

    found = rows(
        services.engine, "SELECT event_key, urgency, audience FROM outbox_event WHERE kind = 'nobody_available'"
    )
    assert found == [
        {"event_key": "nobody_available:risk_owner:2026-07-01", "urgency": "critical", "audience": ["boss"]}
    ]
    assert {row["owner"] for row in rows(services.engine, "SELECT owner FROM review")} == {"boss"}


def test_an_owner_who_may_not_work_on_reviews_does_not_get_one(services: Services) -> None:
    (services.instance.home / "policies" / "team.yaml").write_text(
        "final_duty_role: executive\npersons:\n  - {id: boss, name: B, roles: [executive, risk_owner]}\n"
        "  - {id: seller, name: S, roles: [sales]}\n", encoding="utf-8")  # fmt: skip
    portfolio(services, HIGH, owner_user="seller")

    open_due_reviews(services, as_of=JULY, run_id=1)

    assert rows(services.engine, "SELECT owner FROM review") == [{"owner": "boss"}]


def test_two_hundred_reviews_take_no_more_statements_than_one(services: Services) -> None:
    portfolio(services, HIGH)
    with counted_statements(services.engine) as one:
        open_due_reviews(services, as_of=JULY, run_id=1)
    add_customers(services.engine, [{"customer_key": n, "risk_class": HIGH} for n in range(2, 202)], as_of=JULY)

    with counted_statements(services.engine) as many:
        counts = open_due_reviews(services, as_of=JULY, run_id=2)

    assert counts.opened == 200
    assert len(many) == len(one) < 30


def test_the_pack_shows_what_made_up_the_index(services: Services) -> None:
    portfolio(services, HIGH)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE current_assessment SET p1 = 60, p2 = 50, exposure = 1e6, overdue = 9e5"))

    open_due_reviews(services, as_of=JULY, run_id=1)

    found = json.loads(bytes(rows(services.engine, "SELECT pack FROM review")[0]["pack"]))["contributions"]
    assert {"P1", "P2", "missing:financial"} <= {item["id"] for item in found}
    assert [item["micro"] for item in found] == sorted((item["micro"] for item in found), reverse=True)
    assert sum(item["micro"] for item in found) <= 100_000_000


def test_due_days_are_working_days_spread_by_capacity(services: Services) -> None:
    portfolio(services, *[HIGH] * 40, *[CRITICAL] * 10)

    open_due_reviews(services, as_of=JULY, run_id=1)

    per_day = rows(
        services.engine, "SELECT due_on, count(*) AS n, max(risk_class) AS worst FROM review GROUP BY 1 ORDER BY 1"
    )
    assert all(row["due_on"].weekday() < 5 for row in per_day)
    assert [row["n"] for row in per_day] == [5] * 10
    assert [row["worst"] for row in per_day][:3] == [CRITICAL, CRITICAL, HIGH]
    moved = rows(services.engine, "SELECT moved_because, due_that_week, due_on < wanted_on AS earlier FROM review")
    assert sum(row["earlier"] for row in moved) == sum(row["moved_because"] == "full" for row in moved) == 40


def test_reviews_opened_later_find_the_days_that_are_left(services: Services) -> None:
    portfolio(services, *[HIGH] * 5)
    open_due_reviews(services, as_of=JULY, run_id=1)
    add_customers(services.engine, [{"customer_key": 9, "risk_class": HIGH}], as_of=JULY)

    open_due_reviews(services, as_of=JULY, run_id=2)

    first, later = rows(
        services.engine, "SELECT due_on, wanted_on FROM review WHERE customer_key IN (1, 9) ORDER BY review_id"
    )
    assert first["due_on"] == first["wanted_on"] == later["wanted_on"] > later["due_on"]


@pytest.mark.parametrize("failpoint", [use_cases.INSERTED, use_cases.COMMITTED])
def test_an_interruption_anywhere_and_a_rerun_end_as_if_nothing_had_happened(
    services: Services, monkeypatch: pytest.MonkeyPatch, failpoint: str
) -> None:
    from riskreview.foundation import failpoints

    portfolio(services, *[HIGH] * 5)
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", f"{failpoint}:1:raise")
    failpoints._hits.clear()

    with pytest.raises(InjectedFault):
        open_due_reviews(services, as_of=JULY, run_id=1)
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")
    open_due_reviews(services, as_of=JULY, run_id=1)

    for table in ("review", "duty", "outbox_event", "audit_event"):
        assert rows(services.engine, f"SELECT count(*) AS n FROM {table}")[0]["n"] == 5, table  # noqa: S608  a fixed list


def test_two_passes_at_the_same_moment_open_each_review_once(services: Services, database_url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    portfolio(services, *[HIGH] * 200)
    other = Services(services.instance, create_engine(database_url), services.clock, services.progress)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda s: open_due_reviews(s, as_of=JULY, run_id=1).opened, [services, other]))
    other.engine.dispose()

    assert sum(found) == 200
    for table in ("review", "duty", "outbox_event", "audit_event"):
        assert rows(services.engine, f"SELECT count(*) AS n FROM {table}")[0]["n"] == 200, table  # noqa: S608  a fixed list


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.integers(1, 45), min_size=1, max_size=14))
def test_whatever_days_were_missed_a_quarter_has_at_most_one_periodic_review(
    services: Services, steps: list[int]
) -> None:
    with services.engine.begin() as connection:
        connection.execute(
            text("TRUNCATE review CASCADE; DELETE FROM duty; TRUNCATE current_assessment; DELETE FROM customer")
        )
    portfolio(services, HIGH)
    day, visited = date(2026, 1, 5), set()
    for number, step in enumerate(steps):
        day += timedelta(days=step)
        visited.add((day.year, (day.month - 1) // 3))
        open_due_reviews(services, as_of=day, run_id=number)

    assert len(reviews(services)) == len(visited)
    assert len({row[3] for row in reviews(services)}) == len(visited)
