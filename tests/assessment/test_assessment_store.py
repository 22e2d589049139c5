"""Assessing a portfolio against a real database: swap, reruns, changes of class, stale feeds, backfill."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.assessment.portfolios import AS_OF, frame, policy, scale
from tests.reviews.portfolio import merge

from riskreview.assessment import history
from riskreview.assessment.freshness import LateData, late_data
from riskreview.assessment.held import held_for_data
from riskreview.assessment.inputs import judged_datasets
from riskreview.assessment.recording import LOADED, RECORDED
from riskreview.assessment.use_cases import SCORED, assess_frame
from riskreview.audit.log import verify
from riskreview.foundation import failpoints
from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED
from riskreview.indicators.gathering import NEEDS
from riskreview.policy.risk_terms import FLAG_SOURCES, FLAGS, RiskClass
from riskreview.validation.results import FeedState

pytestmark = pytest.mark.database
NEXT = AS_OF + timedelta(days=1)


def run(services, *customers, as_of=AS_OF, run_id=1, feeds=()):
    return assess_frame(services, frame(*customers), feeds=feeds, as_of=as_of, run_id=run_id)


def rows(services, query, **values):
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def everything(services):
    """The end state of the room, without the moments at which it was written."""
    return {
        "current": rows(services, "SELECT * FROM current_assessment ORDER BY customer_key"),
        "breaches": rows(services, "SELECT * FROM current_breach ORDER BY customer_key, indicator_id"),
        "changes": rows(services, "SELECT * FROM class_change ORDER BY customer_key, as_of"),
        "events": rows(services, "SELECT seq, action, subject_id FROM audit_event ORDER BY seq"),
        "history": history.open_history(services.instance).to_pyarrow_dataset().count_rows(),
    }


def add_customer(services, key, *, group=None, system="kingdee"):
    with services.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO customer (customer_key, customer_id, group_id, known_at) VALUES (:k, CAST(:k AS text), :g, now())"
            ),
            {"k": key, "g": group},
        )
        connection.execute(
            text("INSERT INTO account (account_key, system, account_id, customer_key, known_at)"
                 " VALUES (:k * 256, :s, CAST(:k AS text), :k, now())"),
            {"k": key, "s": system},
        )  # fmt: skip


def test_every_layer_of_a_customer_is_stored(services):
    counts = run(services, {}, {"P1": 70, "F6": float("nan")}, {"insolvency": 1})

    assert (counts.scored, counts.by_class["low"], counts.by_class["critical"], counts.by_class["default"]) == (
        3,
        1,
        1,
        1,
    )
    query = (
        "SELECT customer_key, risk_class, previous_class, rule_code, data_state, p1, f6, flags, class_since FROM current_assessment"
        " ORDER BY customer_key"
    )
    assert rows(services, query) == [
        (1, 1, None, 0, 0, 0.0, pytest.approx(0.4), 0, AS_OF),
        (2, 4, None, 4, 0, 70.0, None, 0, AS_OF),
        (3, 5, None, 2, 0, 0.0, pytest.approx(0.4), 1, AS_OF),
    ]
    assert rows(services, "SELECT * FROM current_breach") == [(2, "P1", 2, 70.0, 60.0)]


def test_a_portfolio_with_too_many_bad_customers_says_how_many_reviewers_cannot_take(services):
    counts = run(services, *[{"P1": 70}] * 3, *[{}] * 17)

    assert counts.over_capacity == 3  # of twenty, 3 % may be critical and 10 % high
    assert counts.as_counts()["over_capacity"] == 3


def test_the_stored_points_add_up_to_the_stored_index(services):
    run(services, {"P1": 70, "T2": -35, "F1": 1.5, "E4": 7, "C1": 1})
    names = ("payment", "financial", "transaction", "industry", "compliance", "relationship")
    whole = " + ".join(f"{name}_points" for name in names)

    [(parts, index)] = rows(services, f"SELECT {whole}, index_points FROM current_assessment")  # noqa: S608  fixed names

    assert parts == pytest.approx(index, abs=1e-4)


def test_the_same_date_assessed_again_changes_nothing(services):
    run(services, {"P1": 70}, {}, run_id=1)
    run(services, {}, {"P1": 95}, as_of=NEXT, run_id=2)
    before = everything(services)

    run(services, {}, {"P1": 95}, as_of=NEXT, run_id=3)

    assert everything(services) == before


def test_a_result_that_comes_back_on_the_same_date_is_the_newest_of_the_history_again(services):
    for run_id, customer in enumerate(({"P1": 70}, {"P1": 95}, {"P1": 70}), start=1):
        run(services, customer, run_id=run_id)

    newest = history.read_at(services.instance, as_of=AS_OF)
    (current,) = rows(services, "SELECT risk_class, run_id FROM current_assessment")
    assert (newest["risk_class"].to_pylist(), newest["run_id"].to_pylist()) == ([current[0]], [current[1]])


def test_late_facts_for_the_same_date_start_from_the_same_history(services):
    run(services, {"P1": 70}, run_id=1)
    run(services, {}, as_of=NEXT, run_id=2)
    run(services, {"P1": 95}, as_of=NEXT, run_id=3)
    assert rows(services, "SELECT old_class, new_class FROM class_change") == [(4, 5)]

    run(services, {"T3": 1.1}, as_of=NEXT, run_id=4)

    assert rows(services, "SELECT risk_class, previous_class, class_since FROM current_assessment") == [(4, 4, AS_OF)]
    assert rows(services, "SELECT * FROM class_change") == []
    actions = [row[0] for row in rows(services, "SELECT action FROM audit_event ORDER BY seq")]
    assert actions.count("customer:class_changed") == 1
    assert actions.count("customer:class_change_withdrawn") == 1


def test_a_class_relaxes_over_real_dates(services):
    run(services, {"P1": 70})
    for number, days in enumerate((1, 61, 62, 122), start=2):
        run(services, {}, as_of=AS_OF + timedelta(days=days), run_id=number)

    assert rows(services, "SELECT as_of, old_class, new_class FROM class_change ORDER BY as_of") == [
        (AS_OF + timedelta(days=61), 4, 3),
        (AS_OF + timedelta(days=122), 3, 2),
    ]


def test_an_earlier_date_adds_to_the_history_and_leaves_the_current_assessment(services):
    run(services, {"P1": 70}, as_of=NEXT, run_id=1)
    before = everything(services)

    counts = run(services, {"P1": 95}, as_of=AS_OF, run_id=2)

    after = everything(services)
    assert counts.by_class["default"] == 1
    assert after.pop("history") == before.pop("history") + 1
    assert after["events"].pop() == (2, "portfolio:assessed_later", AS_OF.isoformat())
    assert after == before


def test_customers_of_a_stale_system_do_not_relax(services):
    add_customer(services, 1, system="kingdee")
    add_customer(services, 2, system="sap")
    late = FeedState("receivables", "kingdee", "finance", ("invoices",), AS_OF, "stale")
    run(services, {"F4": 1.1}, {"F4": 1.1})
    for number, days in enumerate((1, 61), start=2):
        counts = run(services, {}, {}, as_of=AS_OF + timedelta(days=days), run_id=number, feeds=(late,))

    assert rows(services, "SELECT risk_class, data_state FROM current_assessment ORDER BY customer_key") == [
        (4, 1),
        (3, 0),
    ]
    assert (counts.held_for_data, counts.improved) == (1, 1)


def test_late_are_all_data_that_somebody_is_judged_by_and_no_others():
    def feed(state: str, dataset: str, system: str = "kingdee") -> FeedState:
        return FeedState(dataset, system, "finance", (dataset,), None, state)

    feeds = [
        feed("stale", "invoices"), feed("held", "orders"), feed("fresh", "payments"), feed("never", "disputes"),
        feed("stale", "fx_rates", "bank"), feed("stale", "orders", "fxiaoke"), feed("stale", "industry_figures", "office"),
    ]  # fmt: skip

    assert late_data(feeds, policy()) == (
        LateData(None, frozenset({"industry_figures"})), LateData("fxiaoke", frozenset({"orders"})),
        LateData("kingdee", frozenset({"invoices", "orders"})),
    )  # fmt: skip


def test_every_data_set_that_figures_are_gathered_from_is_judged():
    gathered = set().union(*NEEDS.values()) | {"orders", "customers", "industry_figures", "country_risk"}

    assert gathered <= judged_datasets(policy())
    assert set(FLAG_SOURCES) == set(FLAGS), "a flag does not say what it is read from"


@pytest.mark.parametrize("dataset", ["customer_figures", "assessor_ratings", "field_reports", "industry_figures"])
def test_figures_that_read_a_late_feed_get_worse_but_not_better(services, dataset):
    add_customer(services, 1)
    late = FeedState("feed", "kingdee", "finance", (dataset,), AS_OF, "stale")
    reading = next(item for item in policy().indicators if dataset in item.sources)
    middle = (reading.warning + reading.alarm) / 2
    better, worse = (middle + sign * (reading.alarm - reading.warning) for sign in (-1, 1))
    run(services, {reading.id: middle})
    query = "SELECT to_jsonb(judged) -> :name FROM current_assessment AS judged"

    for number, (figure, kept) in enumerate(
        [(better, middle), (float("nan"), middle), (worse, worse), (middle, worse)], start=2
    ):
        run(services, {reading.id: figure}, as_of=AS_OF + timedelta(days=number), run_id=number, feeds=(late,))
        assert rows(services, query, name=reading.id.lower()) == [(pytest.approx(kept),)]


def test_contagion_is_not_kept_from_the_last_time_and_does_not_come_back_to_its_origin(services):
    for key in (1, 2, 3):
        add_customer(services, key, group="G")
    late = FeedState("register", "kingdee", "crm", ("customers",), AS_OF, "stale")
    run(services, {"P1": 95}, {}, {}, feeds=(late,))
    query = "SELECT m5 FROM current_assessment ORDER BY customer_key"
    before = rows(services, query)

    run(services, {"P1": 95}, {}, {}, as_of=NEXT, run_id=2, feeds=(late,))

    assert rows(services, query) == before == [(1.0,), (5.0,), (5.0,)]


def test_a_late_feed_of_statements_makes_no_statement_old(services):
    add_customer(services, 1)
    late = FeedState("feed", "kingdee", "finance", ("financial_statements",), AS_OF, "stale")
    large = {"exposure": 9_000_000.0}
    run(services, large)

    run(services, {**large, "statements_stale": 1, "F1": float("nan")}, as_of=NEXT, run_id=2, feeds=(late,))

    assert rows(services, "SELECT floor_class, f1 IS NULL FROM current_assessment") == [(0, False)]


def test_a_late_feed_of_orders_makes_nobody_dormant(services):
    add_customer(services, 1)
    late = FeedState("feed", "kingdee", "finance", ("orders",), AS_OF, "stale")
    silent = {"exposure": 0.0, "overdue": 0.0, "T1": -100, "T2": -100, "T3": 9, "T5": float("nan"), "T6": 0.01}
    run(services, silent)

    run(services, {**silent, "inactive": 1}, as_of=NEXT, run_id=2, feeds=(late,))

    assert rows(services, "SELECT evaluated_class, risk_class FROM current_assessment") == [(3, 3)]


def test_who_is_held_for_data_is_counted_and_told_by_what(services):
    for key, system in ((1, "kingdee"), (2, "sap")):
        add_customer(services, key, system=system)
    run(services, {}, {})
    late = FeedState("receivables", "kingdee", "finance", ("invoices",), AS_OF, "stale")
    office = FeedState("office", "office", "crm", ("industry_figures",), AS_OF, "held")

    with services.engine.connect() as connection:
        nothing = held_for_data(connection, policy(), ())
        own = held_for_data(connection, policy(), (late,))
        both = held_for_data(connection, policy(), (late, office))
        second = held_for_data(connection, policy(), (late, office), customer_key=2)

    assert (nothing.customers, own.customers, both.customers, second.customers) == (0, 1, 2, 1)
    assert {"P1", "T1", "payment_default", "order_collapse"} <= set(own.feeds[0].rules)
    assert not {"F1", "sanctions"} & set(own.feeds[0].rules)
    assert [feed.source_id for feed in second.feeds] == ["office"]
    for language, word in (("en", "oldest overdue item"), ("zh", "因数据暂缓")):
        assert word in own.feeds[0].sentence(policy(), language)


def test_a_missing_extract_worsens_nobody_by_the_passing_of_time(services):
    for key, system in ((1, "kingdee"), (2, "sap")):
        add_customer(services, key, system=system)
    late = FeedState("receivables", "kingdee", "finance", ("invoices",), AS_OF, "held")
    aged = {"P1": 95, "P3": 60, "T1": -90}
    run(services, {"P1": 5}, {"P1": 5})

    run(services, aged, aged, as_of=AS_OF + timedelta(days=60), run_id=2, feeds=(late,))

    query = "SELECT risk_class, p1, p3, t1, data_state FROM current_assessment ORDER BY customer_key"
    assert rows(services, query) == [(1, 5.0, 1.0, 0.0, 1), (5, 95.0, 60.0, -90.0, 0)]


def test_a_missing_extract_does_not_hide_bad_news_from_elsewhere(services):
    add_customer(services, 1)
    late = FeedState("receivables", "kingdee", "finance", ("invoices",), AS_OF, "stale")
    run(services, {})

    run(services, {"P1": 95, "F3": 0.5, "insolvency": 1}, as_of=NEXT, run_id=2, feeds=(late,))

    assert rows(services, "SELECT risk_class, p1, f3 FROM current_assessment") == [(5, 0.0, 0.5)]
    before = everything(services)
    run(services, {"P1": 95, "F3": 0.5, "insolvency": 1}, as_of=NEXT, run_id=3, feeds=(late,))
    assert everything(services) == before


def test_an_earlier_date_keeps_the_figures_of_its_own_history(services):
    add_customer(services, 1)
    late = FeedState("receivables", "kingdee", "finance", ("invoices",), AS_OF, "stale")
    run(services, {"P1": 5}, run_id=1)
    run(services, {"P1": 70}, as_of=AS_OF + timedelta(days=30), run_id=2)

    counts = run(services, {"P1": 40}, as_of=AS_OF + timedelta(days=10), run_id=3, feeds=(late,))

    assert counts.by_class["low"] == 1
    table = history.read_at(services.instance, as_of=AS_OF + timedelta(days=10))
    assert table["p1"].to_pylist() == [5.0]


def test_the_group_of_a_defaulted_customer_is_infected(services):
    for key, group in ((1, "G"), (2, "G"), (3, None)):
        add_customer(services, key, group=group)

    run(services, {"P1": 95}, {}, {})

    assert rows(services, "SELECT m5, industry_points > 0 FROM current_assessment ORDER BY customer_key") == [
        (1.0, False), (5.0, True), (None, False),
    ]  # fmt: skip


@pytest.mark.parametrize("place", [SCORED, RECORDED, LOADED])
def test_a_run_that_is_killed_and_repeated_ends_like_an_undisturbed_one(services, monkeypatch, place):
    run(services, {"P1": 70}, {})
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", f"{place}:1:raise")
    failpoints._hits.clear()
    with pytest.raises(failpoints.InjectedFault):
        run(services, {}, {"P1": 95}, as_of=NEXT, run_id=2)
    assert rows(services, "SELECT DISTINCT as_of FROM current_assessment") == [(AS_OF,)]
    monkeypatch.delenv("RISKREVIEW_FAILPOINT")

    run(services, {}, {"P1": 95}, as_of=NEXT, run_id=3)

    state = everything(services)
    assert [row[:4] for row in state["changes"]] == [(2, NEXT, 3, 1)]
    assert state["history"] == 4
    assert [row[1] for row in state["events"]] == ["portfolio:assessed", "portfolio:assessed", "customer:class_changed"]


def test_a_used_policy_version_may_not_be_edited(services):
    run(services, {})
    shipped = (PACKAGED / "policies" / "risk_policy.yaml").read_text("utf-8")
    own = services.instance.home / "policies" / "risk_policy.yaml"
    own.write_text(shipped.replace("evaluations: 2", "evaluations: 3"), "utf-8")

    with pytest.raises(BadInput, match="E-POLICY-IMMUTABLE"):
        run(services, {}, as_of=NEXT)

    own.write_text(own.read_text("utf-8").replace('"2026.3"', '"2026.4"'), "utf-8")
    assert run(services, {}, as_of=NEXT).scored == 1


def test_a_date_before_the_policy_is_refused(services):
    with pytest.raises(BadInput, match="E-POLICY-DATE"):
        run(services, {}, as_of=AS_OF.replace(year=1999))


def test_an_empty_portfolio_is_assessed(services):
    assert assess_frame(services, frame(), feeds=(), as_of=AS_OF, run_id=1).scored == 0


def test_the_event_log_holds_after_changes(services):
    run(services, {"P1": 70})
    run(services, {"P1": 95}, as_of=NEXT, run_id=2)

    with services.engine.connect() as connection:
        assert verify(connection).first_bad is None
    [(body,)] = rows(
        services, "SELECT convert_from(body, 'UTF8') FROM audit_event WHERE action = 'customer:class_changed'"
    )
    assert '"risk_class":"default"' in body
    assert scale().policy.digest in body


def test_a_customer_that_took_another_over_stands_where_the_worse_one_stood(services):
    add_customer(services, 1)
    add_customer(services, 2)
    run(services, {}, {"insolvency": 1})
    merge(services, 1, 2)

    for day in (NEXT, NEXT):
        assess_frame(services, frame({}, keys=(1,)), feeds=(), as_of=day, run_id=2)
        ((key, risk_class),) = rows(services, "SELECT customer_key, risk_class FROM current_assessment")
        assert (key, risk_class) == (1, RiskClass.default)


def test_a_figure_that_was_missing_is_computed_from_the_last_good_facts_when_its_feed_goes_stale(services):
    late = FeedState("receivables", "kingdee", "finance", ("invoices",), AS_OF, "stale")
    for key in (1, 2):
        add_customer(services, key)
    run(services, {"P1": float("nan")}, {"P1": 40})

    run(services, {"P1": 70}, {"P1": 70}, as_of=NEXT, run_id=2, feeds=(late,))

    assert rows(services, "SELECT p1 FROM current_assessment ORDER BY customer_key") == [(70.0,), (40.0,)]
