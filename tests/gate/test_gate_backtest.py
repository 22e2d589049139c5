"""A back-test knows nothing that came later, and its figures are those found by hand."""

from datetime import date

import numpy as np
import pytest
from sqlalchemy import text
from tests.facts.batches import invoice
from tests.gate.editing import edit
from tests.gate.planted import DAY, FIRM, MONTH_ENDS, publish_then

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.gate import replay as replaying
from riskreview.gate.backtesting import Backtest, backtest
from riskreview.gate.files import own_set
from riskreview.gate.replay import Day, replay, side_of
from riskreview.gate.telling import movers_told
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.risk_terms import RiskClass


def alert_earlier(services: Services) -> None:
    """Make items of more than 40 days critical instead of 60, under a new version."""
    home = services.instance.home
    edit(home, "risk_policy.yaml", 'version: "2026.3"', 'version: "2026.4"')
    edit(home, "risk_policy.yaml", "- all: [{indicator: P1, above: 60}, {overdue_at_least: 50}", "- all: [{indicator: P1, above: 40}, {overdue_at_least: 50}")  # fmt: skip


def keys_of(services: Services) -> dict[str, int]:
    with services.engine.connect() as connection:
        rows = connection.execute(text("SELECT account_id, customer_key FROM account")).all()
    return {row.account_id: row.customer_key for row in rows}


def judged(services: Services) -> list[Day]:
    side = side_of(services.by_approved(DAY).instance)
    return list(replay(services, side, side, MONTH_ENDS[:-1], within_days=3))


def test_lead_times_hits_false_alarms_and_money_are_those_found_by_hand(planted: Services):
    alert_earlier(planted)

    found = backtest(planted, actor="zhao.min", as_of=DAY)
    report = found.report
    before, after = (report["measured"][name] for name in ("base", "new"))

    assert report["days"] == [day.isoformat() for day in MONTH_ENDS]
    assert (report["customers"], report["customer_months"], report["same_figures"]) == (3, 18, True)
    # 44 days late on 28 February, 75 on 31 March; default on 16 April, the day the item is 91 days late.
    assert (after["defaults"]["lead"]["median"], before["defaults"]["lead"]["median"]) == (47, 16)
    assert (before["defaults"]["judged"], before["defaults"]["foreseen"], before["defaults"]["in_time"]) == (1, 1, 0)
    assert (after["defaults"]["in_time"], after["defaults"]["exposure"]["protected"]) == (1, "1000.00")
    assert before["defaults"]["exposure"] == {"protected": "0.00", "late": "1000.00", "missed": "0.00"}
    assert [after["alerts"]["all"][word] for word in ("right", "false", "late", "open")] == [1, 1, 0, 0]
    assert report["defaults"] == [[keys_of(planted)["fails"], date(2026, 4, 16).toordinal(), 0]]


def test_the_same_question_is_kept_once_and_another_one_beside_it(planted: Services):
    alert_earlier(planted)

    first, again = backtest(planted, actor="zhao.min", as_of=DAY), backtest(planted, actor="wang.fang", as_of=DAY)
    earlier = backtest(planted, actor="zhao.min", as_of=date(2026, 5, 31))

    assert (first.backtest_id, first.digest, again.is_new) == (again.backtest_id, again.digest, False)
    assert earlier.backtest_id != first.backtest_id


def test_facts_that_become_known_later_change_no_row_of_an_earlier_day(planted: Services):
    before = judged(planted)
    later = [invoice("fails-late", "fails", issued=date(2026, 1, 3), due=date(2026, 1, 5), amount=90_000.0)]
    publish_then(planted, {"invoices": later}, DAY, hour=13)

    after = judged(planted)

    for old, new in zip(before, after, strict=True):
        assert np.array_equal(old.keys, new.keys)
        for name, column in old.base.result.positions.values.items():
            np.testing.assert_array_equal(column, new.base.result.positions.values[name], err_msg=f"{old.day} {name}")
        np.testing.assert_array_equal(old.base.result.evaluation.index, new.base.result.evaluation.index)
        np.testing.assert_array_equal(old.base.result.risk_class, new.base.result.risk_class)
    with_hindsight = list(replay(planted, *(side_of(planted.by_approved(DAY).instance),) * 2, MONTH_ENDS[:1], within_days=3, is_point_in_time=False))  # fmt: skip
    assert with_hindsight[0].base.result.positions.exposure.max() > before[0].base.result.positions.exposure.max()


def test_a_day_of_which_nothing_was_known_then_is_left_out_and_counted(planted: Services):
    found = backtest(planted, actor="zhao.min", as_of=DAY, months=9)

    assert (found.report["days_wanted"], len(found.report["days"])) == (9, 6)


@pytest.mark.deep
def test_figures_computed_once_for_both_versions_are_those_of_each(planted: Services, monkeypatch: pytest.MonkeyPatch):
    alert_earlier(planted)
    shared = backtest(planted, actor="zhao.min", as_of=DAY)
    monkeypatch.setattr(replaying, "is_measured_alike", lambda _one, _two: False)

    apart = backtest(planted, actor="zhao.min", as_of=DAY)

    assert apart.report["measured"] == shared.report["measured"]
    assert apart.report["migration"] == shared.report["migration"]


def test_whose_class_changes_is_named_with_the_reason(planted: Services):
    alert_earlier(planted)

    found: Backtest = backtest(planted, actor="zhao.min", as_of=date(2026, 2, 28))
    rows = {row[0]: row for row in found.report["movers"]}
    keys = keys_of(planted)

    assert set(rows) == {keys["fails"], keys["pays_late"]}
    assert rows[keys["fails"]][2] == RiskClass.critical
    assert rows[keys["fails"]][6] == 4
    assert sum(map(sum, found.report["migration"])) == len(FIRM)


def test_files_with_an_error_are_not_tried(planted: Services):
    edit(planted.instance.home, "risk_policy.yaml", "coverage_pct: 60", "coverage_pct: 600")

    with pytest.raises(RuleViolation, match=r"line \d+"):
        backtest(planted, actor="zhao.min", as_of=DAY)


def test_a_mover_is_told_in_both_languages_by_what_decides_then_and_now(planted: Services):
    alert_earlier(planted)
    report = backtest(planted, actor="zhao.min", as_of=date(2026, 2, 28), months=2).report
    old = load_policy(planted.by_approved(DAY).instance)
    new = load_policy(own_set(planted.instance).laid_out(planted.instance))

    english, chinese = (next(iter(movers_told(report, old, new, language))) for language in ("en", "zh"))

    assert english.why == "too little is known for a better class → a material item is more than 60 days past due"
    assert chinese.why == "信息不足，不能给予更好的等级 → 重大款项逾期超过 60 天"
    assert (english.old_class, english.new_class) == (RiskClass.medium, RiskClass.critical)
