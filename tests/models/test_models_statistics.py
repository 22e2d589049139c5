"""The statistics of models against independent computations: scipy, scikit-learn, optbinning, and formulas written out."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from riskreview.models.accuracy import (
    brier,
    calibration_line,
    equal_groups,
    hosmer_lemeshow,
    level_test,
    level_tests,
    most_prudent,
)
from riskreview.models.calibration import (  # fmt: skip
    calibrated,
    fit_calibration,
    fit_isotonic,
    fit_platt,
    log_odds,
    prior_shift,
    probability_of,
)
from riskreview.models.discrimination import auc, compare, discrimination, kolmogorov
from riskreview.models.drift import migration, stability
from riskreview.models.regression import fit_signed
from riskreview.models.woe import bin_table

pytestmark = pytest.mark.long

RANDOM = np.random.default_rng(5)
SCORE = np.round(RANDOM.normal(size=400), 1)
"""Rounded, so that there are ties."""
BAD = (RANDOM.random(400) < 1 / (1 + np.exp(1.5 - SCORE))).astype(np.float64)
PROBABILITY = 1 / (1 + np.exp(1.4 - 0.8 * SCORE))

outcomes = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=4, max_size=40).filter(
    lambda rows: 0 < sum(bad for _, bad in rows) < len(rows)
)


@settings(max_examples=40, deadline=None)
@given(outcomes)
def test_auc_and_ks_are_those_of_other_libraries_ties_included(rows):
    score, bad = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))

    assert auc(score, bad) == pytest.approx(roc_auc_score(bad, score))
    assert kolmogorov(score, bad) == pytest.approx(
        stats.ks_2samp(score[bad == 1], score[bad == 0], method="asymp").statistic
    )


def test_the_interval_of_the_auc_is_delongs():
    high, low = SCORE[BAD == 1], SCORE[BAD == 0]
    wins = (high[:, None] > low[None, :]) + 0.5 * (high[:, None] == low[None, :])
    spread = np.sqrt(wins.mean(axis=1).var(ddof=1) / len(high) + wins.mean(axis=0).var(ddof=1) / len(low))

    found = discrimination(SCORE, BAD)

    assert found.auc == pytest.approx(wins.mean())
    assert (found.high - found.low) / 2 == pytest.approx(stats.norm.ppf(0.975) * spread)
    assert found.gini == pytest.approx(2 * wins.mean() - 1)


def test_the_difference_of_two_scores_allows_for_their_being_alike():
    noise = SCORE + np.random.default_rng(1).normal(size=400)

    ahead = compare(SCORE, noise, BAD)

    assert ahead.difference == pytest.approx(auc(SCORE, BAD) - auc(noise, BAD))
    assert ahead.low < ahead.difference < ahead.high
    assert (ahead.p_value < 0.05) == (ahead.low > 0)
    same = compare(SCORE, SCORE, BAD)
    assert (same.difference, same.low, same.p_value) == (0, 0, 1)


def test_the_brier_score_splits_into_its_parts():
    said = np.round(PROBABILITY, 1)

    found = brier(said, BAD, groups=400)

    assert found.score == pytest.approx(brier_score_loss(BAD, said))
    assert found.reliability - found.resolution + found.uncertainty == pytest.approx(found.score)
    assert found.skill == pytest.approx(1 - found.score / (BAD.mean() * (1 - BAD.mean())))


def test_hosmer_and_lemeshow_compare_expected_and_seen_per_group():
    parts = equal_groups(PROBABILITY, 10)
    expected = np.array([PROBABILITY[part].sum() for part in parts])
    seen, size = np.array([BAD[part].sum() for part in parts]), np.array([len(part) for part in parts])
    statistic = ((seen - expected) ** 2 / expected + (seen - expected) ** 2 / (size - expected)).sum()

    found = hosmer_lemeshow(PROBABILITY, BAD)

    assert sorted(np.concatenate(parts).tolist()) == list(range(400))
    assert found.statistic == pytest.approx(statistic)
    assert found.p_value == pytest.approx(stats.chi2.sf(statistic, len(parts)))


def test_slope_and_intercept_are_those_of_a_logistic_regression_on_the_log_odds():
    model = LogisticRegression(C=np.inf).fit(log_odds(PROBABILITY)[:, None], BAD)

    found = calibration_line(PROBABILITY, BAD)

    assert found.slope == pytest.approx(model.coef_[0, 0], rel=1e-3)
    assert found.intercept == pytest.approx(model.intercept_[0], abs=1e-3)
    shifted = probability_of(log_odds(PROBABILITY) + found.in_the_large)
    assert shifted.sum() == pytest.approx(BAD.sum())


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.floats(0, 1), st.floats(0.001, 0.6))
def test_level_tests_are_the_binomial_tail_and_the_posterior_of_jeffreys(rows, share, probability):
    bads = int(share * rows)

    found = level_test(bads, rows, probability)

    assert found.binomial == pytest.approx(stats.binom.sf(bads - 1, rows, probability), abs=1e-12)
    assert found.jeffreys == pytest.approx(stats.beta.cdf(probability, bads + 0.5, rows - bads + 0.5), abs=1e-12)


def test_levels_are_tested_for_the_portfolio_and_for_every_grade_with_rows():
    found = level_tests(PROBABILITY, BAD, np.where(PROBABILITY > 0.3, 9, 4).astype(np.int16))

    assert set(found) == {"portfolio", "4", "9"}
    assert found["4"].rows + found["9"].rows == 400
    assert found["portfolio"].bads == BAD.sum()


def test_most_prudent_probabilities_explain_what_was_seen_in_the_grade_and_all_worse_ones():
    rows, bads = [100, 400, 300], [0, 2, 1]

    bounds = most_prudent(rows, bads, confidence=0.75)

    for first, bound in enumerate(bounds):
        assert stats.binom.cdf(sum(bads[first:]), sum(rows[first:]), bound) == pytest.approx(0.25)
    assert bounds == sorted(bounds)
    assert most_prudent([100], [0], confidence=0.5)[0] == pytest.approx(1 - 0.5 ** (1 / 100))


def test_stability_is_the_sum_over_bins_and_acts_only_above_chance():
    before, now = np.array([400, 300, 200, 100]), np.array([25, 35, 20, 20])
    shares = before / before.sum(), now / now.sum()

    found = stability(before, now)

    assert found.index == pytest.approx(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    assert found.critical == pytest.approx(stats.chi2.ppf(0.95, 3) * (1 / 1000 + 1 / 100))
    assert found.acts(0.1) == (found.index > max(0.1, found.critical))
    assert stability(before, before).index == 0
    assert np.isfinite(stability(before, np.array([100, 0, 0, 0])).index)


def test_a_small_sample_of_the_same_population_seldom_passes_the_critical_value():
    random, before = np.random.default_rng(3), np.array([2000, 2000, 2000, 2000, 2000])
    passed = [
        (found := stability(before, random.multinomial(60, [0.2] * 5))).index > found.critical for _ in range(300)
    ]

    assert 0.01 < np.mean(passed) < 0.1


def test_migration_counts_every_pair_of_grades():
    before, after = np.array([1, 1, 2, 3, 0], dtype=np.int16), np.array([1, 2, 2, 1, 3], dtype=np.int16)

    found = migration(before, after, grades=3)

    assert found.sum() == 5
    assert (found[1, 1], found[1, 2], found[2, 2], found[3, 1], found[0, 3]) == (1, 1, 1, 1, 1)


def test_isotonic_calibration_is_the_best_rising_step_function():
    raw = np.random.default_rng(2).normal(size=300)
    bad = (np.random.default_rng(4).random(300) < probability_of(raw)).astype(np.float64)
    other = IsotonicRegression().fit(raw, bad)

    knots = fit_isotonic(raw, bad)

    at, level = (np.array(column) for column in zip(*knots, strict=True))
    assert np.all(np.diff(at) > 0)
    assert np.all(np.diff(level) > 0)
    inside = (other.predict(at) > 0.01) & (other.predict(at) < 0.99)
    assert probability_of(level)[inside] == pytest.approx(other.predict(at)[inside], abs=1e-9)


def test_platts_line_is_that_of_a_logistic_regression_on_his_targets():
    raw = log_odds(PROBABILITY)
    bads, goods = BAD.sum(), (1 - BAD).sum()
    target = np.where(BAD == 1, (bads + 1) / (bads + 2), 1 / (goods + 2))
    both, labels = np.concatenate([raw, raw])[:, None], np.concatenate([np.ones(400), np.zeros(400)])
    other = LogisticRegression(C=np.inf).fit(both, labels, sample_weight=np.concatenate([target, 1 - target]))

    intercept, slope = fit_platt(raw, BAD)

    assert (intercept, slope) == pytest.approx((other.intercept_[0], other.coef_[0, 0]), abs=2e-3)


def test_the_prior_correction_moves_the_log_odds_and_never_the_order():
    how = fit_calibration(log_odds(PROBABILITY), BAD, isotonic=False, prior=0.05, floor=0.0003)
    plain = fit_calibration(log_odds(PROBABILITY), BAD, isotonic=False, prior=float(BAD.mean()), floor=0.0003)

    corrected, before = (calibrated(log_odds(PROBABILITY), item) for item in (how, plain))

    odds = corrected / (1 - corrected) / (before / (1 - before))
    assert odds == pytest.approx(np.full(400, 0.05 / 0.95 * (1 - BAD.mean()) / BAD.mean()))
    assert prior_shift(trained=0.2, expected=0.2) == 0
    assert np.array_equal(np.argsort(corrected, kind="stable"), np.argsort(before, kind="stable"))


def test_the_regression_is_scikit_learns_where_every_sign_is_right():
    evidence = -np.stack([SCORE, np.random.default_rng(8).normal(size=400) + BAD], axis=1)
    other = LogisticRegression(C=1 / 3, tol=1e-10).fit(evidence, BAD)

    intercept, coefficients = fit_signed(evidence, BAD, penalty=3)

    assert intercept == pytest.approx(other.intercept_[0], abs=1e-4)
    assert coefficients == pytest.approx(other.coef_[0], abs=1e-4)


def test_a_coefficient_of_the_wrong_sign_is_zero_and_the_others_are_as_without_it():
    evidence = np.stack([-SCORE, BAD + np.random.default_rng(8).normal(size=400)], axis=1)

    both, alone = fit_signed(evidence, BAD, penalty=1), fit_signed(evidence[:, :1], BAD, penalty=1)

    assert both[1][1] == 0
    assert both[1][0] == pytest.approx(alone[1][0], abs=1e-4)


def test_weight_of_evidence_and_information_value_are_those_of_optbinning():
    from optbinning import OptimalBinning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tool = OptimalBinning(dtype="numerical", user_splits=[-0.5, 0.5]).fit(SCORE, BAD.astype(int))
        theirs = tool.binning_table.build()
    place = np.searchsorted(tool.splits, SCORE, side="right")

    ours = bin_table(place, BAD, bins=len(tool.splits) + 1, empty_cell=1e-9)

    regular = theirs.iloc[: len(ours.rows)]
    assert ours.woe == pytest.approx(regular["WoE"].to_numpy(dtype=float), abs=1e-6)
    assert ours.information_value == pytest.approx(regular["IV"].sum(), abs=1e-6)
