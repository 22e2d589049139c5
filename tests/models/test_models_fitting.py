"""Fitting on invented rows: trends, plain splits, missing and special figures, texts, few bads, the challenger, the card."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskreview.foundation.instance import PACKAGED, Instance, Settings
from riskreview.models.backtest import backtest, moved_of
from riskreview.models.binning import bin_feature
from riskreview.models.boosting import fit_forest
from riskreview.models.card import Standing, card_of
from riskreview.models.dataset import build_dataset
from riskreview.models.definition import FeatureRule, ModelDefinition
from riskreview.models.discrimination import auc
from riskreview.models.fitting import Kit, fit_scorecard
from riskreview.models.forest import ForestScorer, feature_figures
from riskreview.models.learning import raw_of
from riskreview.models.pooling import fit_pooled
from riskreview.models.scorecard import Scorer, bin_numbers, bins_of
from riskreview.policy.model_policy import load_model_policy
from riskreview.policy.risk_policy import load_policy

pytestmark = pytest.mark.long

POLICY = load_model_policy()
SCALE = load_policy(Instance(PACKAGED.parent / "no-instance", Settings())).master_scale
MEANING = {"en": "defaulted", "zh": "违约"}
SMALL = {"rounds": 20, "learning_rate": 0.1, "leaves": 6, "least_rows": 20, "penalty": 1, "features_pct": 60, "bags": 2, "bag_pct": 80}  # fmt: skip
FEATURES = [
    {"name": "late", "direction": "increasing", "special": [-9], "dimension": "payment", "title": {"en": "days late", "zh": "逾期天数"}},
    {"name": "equity", "direction": "decreasing", "dimension": "financial"},
    {"name": "size", "direction": "none"},
]  # fmt: skip


def drawn(rows, *, base=-1.5, seed=3):
    """Rows with a rising, a falling, a turning and a text figure; equity is missing where there is trouble."""
    random = np.random.default_rng(seed)
    late, equity, size = random.exponential(20, rows), random.normal(0.3, 0.2, rows), random.normal(0, 1, rows)
    legal = random.choice(["public", "private", "sole trader"], rows, p=[0.3, 0.5, 0.2])
    odds = (
        base
        + 0.05 * (late - 20)
        - 4 * (equity - 0.3)
        + 0.6 * (size**2 - 1)
        + np.where(legal == "sole trader", 0.9, 0.0)
    )
    bad = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    late[random.random(rows) < 0.06] = -9.0
    equity[random.random(rows) < 0.02 + 0.2 * bad] = np.nan
    return {
        "late": late,
        "equity": equity,
        "size": size,
        "legal": legal.astype(object),
        "noise": random.normal(size=rows),
        "bad": bad,
    }


@pytest.fixture(scope="module")
def kit():
    label = {"column": "bad", "bad": ["1"], "meaning": MEANING}
    content = {"name": "invented", "title": MEANING, "data": {"files": ["none.csv"]}, "label": label, "features": FEATURES,
               "challenger": SMALL, "drop": {}}  # fmt: skip
    return Kit(ModelDefinition.model_validate(content), POLICY, SCALE)


@pytest.fixture(scope="module")
def rows(kit):
    return build_dataset(kit.definition, drawn(2500))


@pytest.fixture(scope="module")
def fitted(rows, kit):
    return fit_scorecard(rows, kit)


def test_every_trend_is_kept_and_a_figure_that_may_turn_turns(fitted):
    points = {item.name: [one.points for one in item.bins] for item in fitted.card.characteristics}

    assert points["late"] == sorted(points["late"], reverse=True)
    assert points["equity"] == sorted(points["equity"])
    middle = len(points["size"]) // 2
    assert points["size"][middle] > max(points["size"][0], points["size"][-1])


def test_what_says_nothing_stays_out_and_says_why(fitted):
    assert fitted.dropped["noise"] in {"weak", "sign", "constant", "slight"}
    assert {item.name for item in fitted.card.characteristics} == {"late", "equity", "size", "legal"}


def test_missing_and_special_figures_have_the_points_their_bads_deserve(fitted):
    items = {item.name: item for item in fitted.card.characteristics}

    assert items["equity"].missing.points < np.mean([one.points for one in items["equity"].bins])
    assert items["equity"].missing.bad_share > 0.3
    assert items["late"].special[0].codes == (-9.0,)
    assert items["late"].special[0].bin.share == pytest.approx(0.06, abs=0.02)


def test_missing_figures_that_say_nothing_are_worth_the_average(kit):
    table = drawn(2500)
    table["equity"] = np.where(
        np.random.default_rng(9).random(2500) < 0.03, np.nan, np.nan_to_num(table["equity"], nan=0.3)
    )

    found = fit_scorecard(build_dataset(kit.definition, table), kit)

    assert next(item for item in found.card.characteristics if item.name == "equity").missing.woe == 0


def test_splits_are_plain_numbers_and_bins_hold_their_share(rows, fitted):
    for item in fitted.card.characteristics:
        assert all(len(f"{abs(split):.10g}".replace(".", "").strip("0")) <= 4 for split in item.splits), item.splits
        share = [one.share for one in item.bins]
        assert min(share) >= 0.025
        assert len(share) <= POLICY.bins.most
        counts = np.bincount(bin_numbers(item, rows.columns[item.name], len(rows)), minlength=len(bins_of(item)))
        assert [one.share for one in bins_of(item)] == pytest.approx((counts / len(rows)).tolist())


def test_whole_points_are_the_rounded_log_odds_and_cost_next_to_nothing(rows, fitted):
    card = fitted.card
    exact = np.zeros(len(rows))
    for item in card.characteristics:
        woe = np.array([one.woe for one in bins_of(item)])
        exact += item.coefficient * woe[bin_numbers(item, rows.columns[item.name], len(rows))]
    points = Scorer(card).score(rows.columns, len(rows)).points

    line = np.polyfit(exact, points, 1)
    assert line[0] == pytest.approx(-card.factor, rel=0.03)
    assert np.abs(points - np.polyval(line, exact)).max() <= 0.5 * len(card.characteristics) + 1
    assert abs(fitted.rounding_loss) < POLICY.regression.rounding_auc
    assert auc(raw_of(card, rows), rows.bad) > 0.75


def points_of(card):
    return [
        (item.name, item.splits, item.groups, [one.points for one in bins_of(item)]) for item in card.characteristics
    ]


def test_the_order_of_the_rows_does_not_matter(rows, kit, fitted):
    again = fit_scorecard(rows.take(np.random.default_rng(1).permutation(len(rows))), kit)

    assert points_of(again.card) == points_of(fitted.card)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["increasing", "decreasing", "auto"]))
def test_bins_follow_a_trend_whatever_the_data_are(seed, direction):
    random = np.random.default_rng(seed)
    figures = np.round(random.normal(size=400) * 10.0 ** random.integers(-3, 6), random.integers(0, 4))
    bad = (random.random(400) < 0.3 + 0.2 * np.sin(figures)).astype(np.float64)

    found = bin_feature(FeatureRule(name="x", direction=direction), figures, bad, POLICY.bins)

    if found is not None and found.splits:
        steps = np.diff(found.table.woe[: found.regular])
        assert np.all(steps < 0) if found.trend == "increasing" else np.all(steps > 0)
        assert direction in {found.trend, "auto"}
        assert found.table.bads[: found.regular].min() >= POLICY.bins.least_bads


def test_few_bads_give_one_weight_per_dimension_and_three_levels(kit):
    rows = build_dataset(kit.definition, drawn(600, base=-3.5))
    lines = FeatureRule.model_validate({**FEATURES[0], "lines": [30, 60]})
    own = kit.definition.model_copy(update={"features": (lines, *kit.definition.features[1:2])})

    found = fit_pooled(rows, Kit(own, POLICY, SCALE)).card

    assert found.method == "pooled"
    late = next(item for item in found.characteristics if item.name == "late")
    assert late.splits == (30, 60)
    assert [one.points for one in late.bins] == sorted((one.points for one in late.bins), reverse=True)
    assert late.bins[0].points >= late.missing.points >= late.bins[-1].points
    assert auc(raw_of(found, rows), rows.bad) > 0.6


def test_the_challenger_gives_the_sums_of_the_library_and_keeps_declared_trends(rows, kit):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    how = {**SMALL, "bags": 1, "bag_pct": 100}
    definition = kit.definition.model_copy(update={"challenger": type(POLICY.challenger).model_validate(how)})
    ours = fit_forest(rows, Kit(definition, POLICY, SCALE))
    seen = np.stack([feature_figures(item, rows.columns[item.name], len(rows)) for item in ours.features], axis=1)
    sides = [{"increasing": 1, "decreasing": -1, "none": 0}[item.trend] for item in ours.features]
    model = HistGradientBoostingClassifier(
        max_iter=20, learning_rate=0.1, max_leaf_nodes=6, min_samples_leaf=20, l2_regularization=1, max_features=0.6,
        early_stopping=False, random_state=7, monotonic_cst=sides,
    )  # fmt: skip
    with threadpool_limits(1):
        theirs = model.fit(seen, rows.bad).decision_function(seen)

    assert np.abs(ForestScorer(ours).raw(rows.columns, len(rows)) - theirs).max() <= 1e-9
    assert sides[:2] == [1, -1]
    worse = {
        **rows.columns,
        "late": np.where(rows.columns["late"] >= 0, rows.columns["late"] + 30, rows.columns["late"]),
    }
    assert np.all(ForestScorer(ours).raw(worse, len(rows)) >= ForestScorer(ours).raw(rows.columns, len(rows)) - 1e-12)


def test_bags_are_averaged_and_a_seed_gives_the_same_model(rows, kit):
    one, two = fit_forest(rows, kit), fit_forest(rows, kit)

    assert one.digest == two.digest
    assert len(one.trees) == SMALL["rounds"] * SMALL["bags"]


def test_a_population_that_moved_is_seen_by_score_and_by_figure(rows, kit, fitted):
    card = fitted.card
    same, moved = build_dataset(kit.definition, drawn(2000, seed=8)), drawn(2000, seed=8)
    moved["late"] = moved["late"] + 40

    quiet, loud = moved_of(card, same.columns, 2000), moved_of(card, moved, 2000)

    assert not quiet.score.acts(0.1)
    assert loud.score.acts(0.25)
    assert max(loud.figures, key=lambda name: loud.figures[name].index) == "late"
    assert loud.points["late"] < -5 < quiet.points["late"]
    alarms = [
        gate.name
        for gate in backtest(card, build_dataset(kit.definition, moved), SCALE, POLICY.gates).gates
        if gate.verdict == "alarm"
    ]
    assert {"PSI of the score", "CSI of late"} <= set(alarms)
    assert not any(name.startswith("CSI") and name != "CSI of late" for name in alarms)
    del rows


def test_the_card_tells_everything_in_both_languages(kit, fitted):
    figures = {"dropped": fitted.dropped, "suspicious": ["late"],
               "gates": [{"name": "Brier skill", "value": 0.2, "limit": "above 0", "verdict": "pass"}]}  # fmt: skip
    standing = Standing("champion", "lin", "lin", "zhou", "better than before", figures)
    definition = kit.definition.model_copy(update={"drop": {"age": "fairness"}})

    for language, wanted in (("en", "days late"), ("zh", "逾期天数")):
        page = card_of(fitted.card, definition, standing, language=language)
        assert wanted in page
        assert fitted.card.version in page
        assert all(
            word in page
            for word in ("fairness", "zhou", "Brier skill", "sole trader", fitted.card.training.data_digest)
        )
        assert f"| {fitted.card.characteristics[0].bins[0].points} |" in page
    assert "0 to below" in card_of(fitted.card, definition, standing) or "below" in card_of(
        fitted.card, definition, standing
    )
    assert "informs and never decides" in card_of(fit_forest_small(kit), definition, Standing())


def fit_forest_small(kit):
    return fit_forest(build_dataset(kit.definition, drawn(300)), kit)
