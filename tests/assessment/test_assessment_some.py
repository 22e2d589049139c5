"""Judging a few customers between two runs over everybody gives what such a run would give them, and touches nobody else."""

import os
import random
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text
from tests.assessment.trading import DAY, event, happen, limit, notice, returned
from tests.facts.batches import customer, publish

from riskreview.assessment import history, store
from riskreview.assessment.relations import judged_with, judged_with_former
from riskreview.assessment.task import begin
from riskreview.assessment.use_cases import (
    WholeNeeded,
    assess_customers,
    assess_everybody,
    assess_frame,
    assess_portfolio,
)
from riskreview.facts.affected import customers_of
from riskreview.facts.use_cases import current_pins
from riskreview.foundation.clock import midnight_utc
from riskreview.foundation.errors import Conflict
from riskreview.groups.ties import Ties
from riskreview.indicators.compute import Some, compute_indicators
from riskreview.policy.risk_policy import load_policy

pytestmark = pytest.mark.database


def everybody_again(services, day, run_id):
    """Judge everybody by what the last run over everybody learned, as a run over everybody."""
    with services.engine.connect() as connection:
        learned = store.read_learned(connection)
        keys = connection.execute(text("SELECT customer_key FROM customer ORDER BY 1")).scalars().all()
    policy = load_policy(services.instance)
    some = Some(np.array(keys, dtype=np.int64), learned)
    frame = compute_indicators(services, pins=current_pins(services), as_of=day, policy=policy, some=some)
    assess_frame(services, frame, feeds=(), as_of=day, run_id=run_id, pins=current_pins(services))


def rows(services):
    with services.engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM current_assessment ORDER BY customer_key")).mappings()
        return {row["customer_key"]: {name: value for name, value in row.items() if name != "run_id"} for row in found}


def changes(services):
    with services.engine.connect() as connection:
        found = connection.execute(
            text("SELECT customer_key, as_of, old_class, new_class, rule_code FROM class_change")
        )
        return sorted(tuple(row) for row in found)


@pytest.mark.deep
def test_a_few_customers_come_out_as_in_a_run_over_everybody(assessed, clock):
    chance = random.Random(int(os.environ.get("RISKREVIEW_SEED", "2")))  # noqa: S311  a fixed sequence for a test
    looked_at = 0
    for number in range(7):
        day = DAY + timedelta(days=number // 3)
        before = rows(assessed)
        result = happen(assessed, clock, event(chance, number, day), number, day)
        after, changed = rows(assessed), changes(assessed)

        everybody_again(assessed, day, 101 + 2 * number)

        wanted = rows(assessed)
        judged = set(result.customers.tolist())
        assert {key: after[key] for key in judged} == {key: wanted[key] for key in judged}
        assert {key: row for key, row in after.items() if key not in judged} == {
            k: r for k, r in before.items() if k not in judged
        }
        assert [item for item in changed if item[0] in judged] == [
            item for item in changes(assessed) if item[0] in judged
        ]
        looked_at += len(judged)
    assert 7 <= looked_at < 7 * len(wanted)


def test_an_event_that_says_nothing_new_leaves_no_trace(assessed, clock):
    content = {"external_signals": [notice("C00", 9, "insolvency", DAY)]}
    first = happen(assessed, clock, content, 1, DAY)
    before = rows(assessed), changes(assessed), events(assessed)

    again = assess_customers(assessed, first.customers, as_of=DAY, run_id=9, pins=current_pins(assessed))

    assert (first.changed, again.changed) == (1, 0)
    assert (rows(assessed), changes(assessed), events(assessed)) == before


def events(services):
    with services.engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one()


@pytest.mark.deep
def test_the_order_of_events_does_not_matter(assessed, clock):
    chance = random.Random(4)  # noqa: S311  a fixed sequence for a test
    parts = [{"external_signals": [notice("C04", 1, "insolvency", DAY)]}, {"payments": [returned("C06", 1, DAY)]},
             {"credit_limits": [limit("C09", 10, DAY)]}, {"external_signals": [notice("C01", 1, "litigation", DAY)]}]  # fmt: skip
    chance.shuffle(parts)

    for number, part in enumerate(parts):
        happen(assessed, clock, part, number, DAY)
    one_by_one = rows(assessed)
    everybody_again(assessed, DAY, 50)

    assert rows(assessed) == one_by_one


def test_the_next_run_over_everybody_starts_from_where_single_customers_stood_before_its_date(assessed, clock):
    tomorrow = DAY + timedelta(days=1)
    result = happen(assessed, clock, {"external_signals": [notice("C00", 1, "insolvency", tomorrow)]}, 1, tomorrow)
    (key,) = result.customers.tolist()

    assess_portfolio(assessed, as_of=tomorrow, run_id=7)
    after = rows(assessed)[key]
    assert (after["risk_class"], after["previous_class"], after["class_since"]) == (
        5,
        rows_at(assessed, DAY)[key],
        tomorrow,
    )

    everybody_again(assessed, DAY, 8)
    assert rows(assessed)[key] == after


def rows_at(services, day):
    table = history.read_at(services.instance, as_of=day)
    return dict(zip(table["customer_key"].to_pylist(), table["risk_class"].to_pylist(), strict=True))


def test_an_older_run_over_everybody_does_not_take_back_what_was_learned_of_one_since(assessed, clock):
    tomorrow = DAY + timedelta(days=1)
    result = happen(assessed, clock, {"external_signals": [notice("C00", 1, "insolvency", tomorrow)]}, 1, tomorrow)
    (key,) = result.customers.tolist()
    before = rows(assessed)[key]

    assess_portfolio(assessed, as_of=DAY, run_id=7)

    assert rows(assessed)[key] == before
    assert history.read_before(assessed.instance, as_of=tomorrow + timedelta(days=1), customer_keys=[key])[
        "risk_class"
    ].to_pylist() == [5]
    assert len(history.read_before(assessed.instance, as_of=tomorrow + timedelta(days=1))) == len(rows(assessed))


def test_who_parted_because_time_passed_is_judged_with_the_next_event_about_one_of_them(services, clock):
    clock.moment = midnight_utc(DAY) + timedelta(hours=8)
    publish(services, {"customers": [customer(name) for name in ("P", "Q", "R", "Z")]}, as_of=DAY)
    publish(
        services, {"relations": [holding("1", "P", "Q", valid_to=DAY), holding("2", "R", "Q", share_pct=40)]}, as_of=DAY
    )
    publish(services, {"external_signals": [notice("P", 1, "insolvency", DAY)]}, as_of=DAY)
    assess_portfolio(services, as_of=DAY, run_id=1)
    p, q, r, z = named(services, "P", "Q", "R", "Z")
    assert (members(services).keys(), rows(services)[q]["m5"]) == ({p, q}, 5)
    tomorrow = DAY + timedelta(days=1)

    happen(services, clock, {"credit_limits": [limit("Z", 10, tomorrow)]}, 1, tomorrow)
    assert members(services).keys() == {p, q}, "nobody judged them, so they stay in the group they were judged by"
    result = happen(services, clock, {"relations": [holding("2", "R", "Q", share_pct=70)]}, 2, tomorrow)

    assert set(result.customers.tolist()) == {p, q, r}
    assert (members(services).keys(), rows(services)[q]["m5"]) == ({q, r}, None)
    before = rows(services)
    everybody_again(services, tomorrow, 200)
    after = rows(services)
    assert {key: after[key] for key in (p, q, r, z)} == {key: before[key] for key in (p, q, r, z)}


def test_a_customer_that_an_account_left_is_judged_with_the_one_it_came_to(services, clock):
    clock.moment = midnight_utc(DAY) + timedelta(hours=8)
    publish(services, {"customers": [customer(name, tax_id=f"TAX-{name}-000") for name in ("A", "B")]}, as_of=DAY)
    publish(services, {"customers": [customer("X", tax_id="TAX-A-000"), customer("Y", tax_id="TAX-Y-000")]}, as_of=DAY, system="crm",
            source="crm")  # fmt: skip
    publish(
        services, {"external_signals": [notice("X", 1, "insolvency", DAY)]}, as_of=DAY, system="crm", source="bureau"
    )
    assess_portfolio(services, as_of=DAY, run_id=1)
    a, b = named(services, "A", "B")
    assert rows(services)[a]["risk_class"] == 5

    clock.moment += timedelta(hours=1)
    batch = publish(services, {"customers": [customer("X", tax_id="TAX-B-000")]}, as_of=DAY, system="crm", source="crm_again",
                    received=clock.moment)  # fmt: skip

    concerned = customers_of(services, [batch])
    assess_customers(services, concerned, as_of=DAY, run_id=9, pins=current_pins(services))

    assert set(concerned.tolist()) == {a, b}
    assert (rows(services)[a]["risk_class"], rows(services)[b]["risk_class"]) == (0, 5)

    clock.moment += timedelta(hours=1)
    batch = publish(services, {"customers": [customer("Y", tax_id="TAX-B-000")]}, as_of=DAY, system="crm", source="crm_third",
                    received=clock.moment)  # fmt: skip
    before = rows(services)[b]
    assess_customers(services, customers_of(services, [batch]), as_of=DAY, run_id=10, pins=current_pins(services))
    assert rows(services).keys() == {a, b}, "who was taken over is assessed no more, though it changed nothing"
    assert rows(services)[b] == before


def holding(number, owner, owned, **more):
    return {
        "relation_id": number,
        "customer_id": owned,
        "kind": "ownership",
        "party_id": owner,
        "share_pct": 60,
        **more,
    }


def named(services, *names):
    with services.engine.connect() as connection:
        found = dict(connection.execute(text("SELECT account_id, customer_key FROM account")).all())
    return [found[name] for name in names]


def test_nobody_is_judged_alone_before_everybody_was(services, clock):
    clock.moment = midnight_utc(DAY) + timedelta(hours=8)
    publish(services, {"customers": [customer("C00")]}, as_of=DAY)

    with pytest.raises(WholeNeeded):
        assess_customers(services, np.array([1]), as_of=DAY, run_id=1, pins=current_pins(services))


@pytest.mark.deep
def test_a_run_over_everybody_takes_nothing_back_that_was_judged_since_it_began(assessed, clock):
    groups = members(assessed)
    publish(assessed, {"credit_limits": [limit("C11", 10, DAY)]}, as_of=DAY, source="night", received=clock.moment)
    clock.moment += timedelta(minutes=1)
    everybody = begin(assessed, DAY, 50, current_pins(assessed))
    parted = {"customers": [customer("C01", group_id="G9", tax_id="TAX-C01-000")],
              "external_signals": [notice("C04", 1, "insolvency", DAY)]}  # fmt: skip
    result = happen(assessed, clock, parted, 1, DAY, is_beside=True)
    same = assess_customers(assessed, np.array([1]), as_of=DAY, run_id=140, pins=current_pins(assessed), is_beside=True)
    beside, parted_groups = rows(assessed), members(assessed)

    assess_everybody(assessed, everybody)

    after, judged = rows(assessed), {*result.customers.tolist(), *same.customers.tolist()}
    assert parted_groups != groups
    assert members(assessed) == parted_groups
    assert {key: after[key] for key in judged} == {key: beside[key] for key in judged}
    limited = next(key for key, row in after.items() if row != beside[key])
    assert limited not in judged, "what the run over everybody found stands for everybody else"
    told = history.read_at(assessed.instance, as_of=DAY)
    assert dict(zip(told["customer_key"].to_pylist(), told["risk_class"].to_pylist(), strict=True)) == {
        key: row["risk_class"] for key, row in after.items()
    }
    everybody_again(assessed, DAY, 200)
    assert {key: row["risk_class"] for key, row in rows(assessed).items()} == {
        key: row["risk_class"] for key, row in after.items()
    }


def members(services):
    with services.engine.connect() as connection:
        found = connection.execute(text("SELECT customer_key, group_id FROM group_member ORDER BY 1"))
        return {row.customer_key: row.group_id for row in found}


def test_a_run_over_everybody_gives_way_to_one_that_began_later(services, clock):
    clock.moment = midnight_utc(DAY) + timedelta(hours=8)
    publish(services, {"customers": [customer("C00")]}, as_of=DAY)
    assess_portfolio(services, as_of=DAY, run_id=1)
    publish(services, {"credit_limits": [limit("C00", 10, DAY)]}, as_of=DAY)
    overtaken = begin(services, DAY, 2, current_pins(services))
    assess_portfolio(services, as_of=DAY + timedelta(days=1), run_id=3)
    before = rows(services)

    with pytest.raises(Conflict):
        assess_everybody(services, overtaken)

    assert rows(services) == before


def keys(*numbers):
    return np.array(numbers, dtype=np.int64)


@pytest.mark.parametrize(("changed", "wanted"), [
    ((9,), {8, 9}), ((8,), {8, 9}), ((1,), {1, 2}), ((3,), {3, 4, 5, 6}), ((5,), {3, 4, 5, 6, 7}), ((4,), {3, 4, 5, 6}),
])  # fmt: skip
def test_who_is_judged_together(changed, wanted):
    """1-2 and 5-6 are groups; 4 belongs to 3, 5 to 4, 7 to 6; 8 guarantees for 9."""
    ties = Ties(keys(1, 2, 5, 6), keys(1, 1, 2, 2), keys(4, 5, 7), keys(3, 4, 6), keys(9), keys(8))

    assert set(judged_with(keys(*changed), ties).tolist()) == wanted


def test_who_parted_from_one_that_is_judged_is_judged_too_and_so_on():
    """Now 1-2 and 5-6 are groups; before, 1-4-5 and 2-3 were."""
    ties = Ties(keys(1, 2, 5, 6), keys(1, 1, 5, 5), keys(), keys(), keys(9), keys(8))

    assert judged_with_former(keys(3), ties, keys(1, 2, 3, 4, 5), keys(1, 2, 2, 1, 1)).tolist() == [1, 2, 3, 4, 5, 6]
    assert judged_with_former(keys(9), ties, keys(1, 2, 3, 4, 5), keys(1, 2, 2, 1, 1)).tolist() == [8, 9]
