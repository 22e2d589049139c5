"""Owns training and judging: folds or a split in time, a scorecard and its challenger, calibrated on rows they have not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from riskreview.foundation.errors import BadInput, RuleViolation, Unavailable
from riskreview.foundation.progress import Progress
from riskreview.models.accuracy import most_prudent
from riskreview.models.artefact import Calibration, Forest, Method, Model, Scorecard
from riskreview.models.boosting import fit_forest
from riskreview.models.calibration import calibrated, fit_calibration
from riskreview.models.dataset import Dataset
from riskreview.models.discrimination import AucDifference, compare
from riskreview.models.fitting import Fitted, Kit, fit_scorecard, prior_of
from riskreview.models.forest import ForestScorer
from riskreview.models.leaks import telling_alone
from riskreview.models.performance import Judged, Performance, performance_of
from riskreview.models.pooling import fit_pooled
from riskreview.models.scorecard import Scorer
from riskreview.models.splits import Fold, earliest, folds
from riskreview.policy.model_policy import ModelPolicy

Floats = NDArray[np.float64]
AnyModel = TypeVar("AnyModel", Scorecard, Forest)
MISSING_TOOLS = "training needs optbinning and scikit-learn, which are not installed: run make setup-training"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What scorecard and challenger showed on rows they have not seen.

    :param split: how the rows were kept apart, in words; ``is_in_time``: the rows it was judged on are later ones.
    :param lead: how far the challenger's AUC is ahead.
    """

    name: str
    split: str
    scorecard: Performance
    challenger: Performance | None
    lead: AucDifference | None
    is_in_time: bool = False


@dataclass(frozen=True, slots=True)
class Trained:
    """A scorecard and its challenger, ready to be stored."""

    card: Scorecard
    forest: Forest | None
    fitted: Fitted
    evaluation: Evaluation


def check_tools() -> None:
    """Make sure that what training needs is installed.

    :raises Unavailable: when it is not.
    """
    from importlib.util import find_spec

    if find_spec("optbinning") is None or find_spec("sklearn") is None:
        raise Unavailable(MISSING_TOOLS)


def train(rows: Dataset, kit: Kit, progress: Progress, *, challenger: bool = True) -> Trained:
    """Return the models over all rows, calibrated on the answers of folds that had not seen them.

    They are judged by those folds; with a split in time by its latest rows instead, when there are enough before and after the border.

    :raises RuleViolation: when there are too few bads for any model; the sentence says what can be said.
    """
    found = _trained(rows, kit, progress, challenger=challenger)
    if kit.definition.split.earliest_pct is not None and _is_long_enough(rows, kit):
        found = replace(found, evaluation=evaluate(rows, None, kit, progress, challenger=challenger))
    card = _measured(found.card, found.evaluation.scorecard, rounding_loss=found.fitted.rounding_loss)
    forest = found.forest
    if forest is not None and found.evaluation.challenger is not None:
        forest = _measured(forest, found.evaluation.challenger)
    return replace(found, card=card, forest=forest)


def _trained(rows: Dataset, kit: Kit, progress: Progress, *, challenger: bool) -> Trained:
    check_rows(rows, kit)
    method, parts = method_for(rows, kit.policy), _parts(rows, kit)
    cards, forests = _out_of_fold(rows, parts, kit, progress, method, challenger=challenger)
    fitted = _fit_card(rows, kit, method)
    card = fitted.card.changed(calibration=_calibration(cards.raw, rows.bad, rows, kit))
    forest = None
    if forests is not None:
        forest = fit_forest(rows, kit).changed(calibration=_calibration(forests.raw, rows.bad, rows, kit))
    progress.advance("model", len(parts) + 1, len(parts) + 1)
    evaluation = _evaluation(f"{len(parts)} folds", kit, _cross_calibrated(cards, rows, kit),
                             None if forests is None else _cross_calibrated(forests, rows, kit))  # fmt: skip
    return Trained(card, forest, fitted, evaluation)


def _is_long_enough(rows: Dataset, kit: Kit) -> bool:
    """Tell whether a split in time leaves enough to learn from and both kinds of row to judge by."""
    fold = earliest(rows.time, rows.known_on, share_pct=kit.definition.split.earliest_pct or 0.0)
    learn, judge = rows.take(fold.learn), rows.take(fold.judge)
    least = kit.policy.gates.least_bads
    return fewest(learn) >= kit.policy.few_bads.no_model_below and fewest(judge) >= least


def evaluate(
    rows: Dataset, validation: Dataset | None, kit: Kit, progress: Progress, *, challenger: bool = True
) -> Evaluation:
    """Judge what a definition gives: on its validation rows, on the latest rows in time, or in folds.

    :raises RuleViolation: when there are too few bads for any model.
    """
    found = unseen(rows, validation, kit, progress, challenger=challenger)
    in_time = validation is None and kit.definition.split.earliest_pct is not None
    return replace(_evaluation(found.split, kit, found.card, found.forest), is_in_time=in_time)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Answers for rows the models had not seen, and those rows."""

    split: str
    rows: Dataset
    card: Judged
    forest: Judged | None


def unseen(
    rows: Dataset, validation: Dataset | None, kit: Kit, progress: Progress, *, challenger: bool = True
) -> Unseen:
    """Return what a definition's models answer for rows they have not seen; see ``evaluate``."""
    share = kit.definition.split.earliest_pct
    if validation is None and share is None:
        check_rows(rows, kit)
        parts = _parts(rows, kit)
        cards, forests = _out_of_fold(rows, parts, kit, progress, method_for(rows, kit.policy), challenger=challenger)
        forest = None if forests is None else _cross_calibrated(forests, rows, kit)
        return Unseen(f"{len(parts)} folds", rows, _cross_calibrated(cards, rows, kit), forest)
    if validation is not None:
        learn, judge, words = rows, validation, "own validation rows"
    else:
        fold = earliest(rows.time, rows.known_on, share_pct=share or 0.0)
        learn, judge, words = rows.take(fold.learn), rows.take(fold.judge), f"earliest {share:g} % to learn from"
    trained = _trained(learn, kit, progress, challenger=challenger)
    forest = None if trained.forest is None else judged_by(trained.forest, judge)
    return Unseen(words, judge, judged_by(trained.card, judge), forest)


def lead_over(found: Unseen, model: Model) -> AucDifference:
    """Return how far the scorecard of a definition is ahead of a stored model on the same rows.

    The scorecard has not seen the rows; the stored model may have, which can only help it.

    :raises BadInput: when the rows lack a figure the stored model reads.
    """
    check_columns(model, found.rows)
    other = judged_by(model, found.rows)
    both = np.isfinite(found.card.probability) & np.isfinite(other.probability)
    return compare(found.card.probability[both], other.probability[both], found.rows.bad[both])


def check_columns(model: Model, rows: Dataset) -> None:
    """Make sure that rows have every figure a model reads.

    :raises BadInput: naming the first that is missing.
    """
    names = [item.name for item in (model.features if isinstance(model, Forest) else model.characteristics)]
    lacking = next((name for name in names if name not in rows.columns), None)
    if lacking is not None:
        raise BadInput("E-MODEL-DATA", f"the rows have no column {lacking}, which the model reads",
                       "Give data with the model's columns", model.name, None, lacking)  # fmt: skip


def check_rows(rows: Dataset, kit: Kit) -> None:
    """Make sure that there is enough to learn from, and nothing that knows the outcome.

    :raises RuleViolation: when there are too few cases, or naming the columns that tell too much.
    """
    check_enough(rows, kit.policy)
    limit = kit.policy.selection.leak_auc
    found = telling_alone(rows, limit)
    if found:
        raise RuleViolation(
            f"{', '.join(found)} alone tells bad from good almost perfectly (AUC above {limit:g}), so it knows the outcome: put it under drop, "
            f"with the reason"
        )


def check_enough(rows: Dataset, policy: ModelPolicy) -> None:
    """Make sure that there are bads and goods enough.

    :raises RuleViolation: naming the most prudent probability that can be said without a model.
    """
    if fewest(rows) >= policy.few_bads.no_model_below:
        return
    bads, customers = rows.bad_customers, rows.customers
    bound = most_prudent([customers], [bads], confidence=policy.few_bads.confidence_pct / 100)[0]
    raise RuleViolation(
        f"{bads} bad cases among {customers} are too few for a model, which needs {policy.few_bads.no_model_below} of either kind: the policy "
        f"index decides; the most prudent probability of the whole is {100 * bound:.2g} % ({policy.few_bads.confidence_pct:g} % confidence)"
    )


def fewest(rows: Dataset) -> int:
    """Return the number of bad or of good customers, whichever is smaller."""
    return min(rows.bad_customers, rows.customers - rows.bad_customers)


def method_for(rows: Dataset, policy: ModelPolicy) -> Method:
    """Return how a scorecard is built from rows: pooled subscores where bads are few."""
    return "pooled" if rows.bad_customers < policy.few_bads.pooled_below else "woe"


def judged_by(model: Model, rows: Dataset) -> Judged:
    """Return what a finished model says of rows."""
    raw = raw_of(model, rows)
    if isinstance(model, Forest):
        probability = ForestScorer(model).score(rows.columns, len(rows))
    else:
        probability = Scorer(model).score(rows.columns, len(rows), reasons=False).probability
    return Judged(raw, probability, rows.bad, np.zeros(len(rows), dtype=np.int64), rows.repeats)


def raw_of(model: Model, rows: Dataset) -> Floats:
    """Return log odds before calibration."""
    if isinstance(model, Forest):
        return ForestScorer(model).raw(rows.columns, len(rows))
    points = Scorer(model).score(rows.columns, len(rows), reasons=False).points
    return np.asarray((model.offset - points) / model.factor, dtype=np.float64)


def _fit_card(rows: Dataset, kit: Kit, method: Method) -> Fitted:
    """Fit a scorecard; a fold is built as the whole is, though its bads are fewer."""
    fit: Callable[[Dataset, Kit], Fitted] = fit_pooled if method == "pooled" else fit_scorecard
    try:
        return fit(rows, kit)
    except ValueError as error:
        raise RuleViolation(f"{kit.definition.name} cannot be trained: {error}") from error


@dataclass(frozen=True, slots=True)
class _Answers:
    """Raw log odds of every row by the fold that had not seen it."""

    raw: Floats
    part: NDArray[np.int64]


def _parts(rows: Dataset, kit: Kit) -> list[Fold]:
    return folds(rows.bad, rows.group, count=kit.definition.split.folds, seed=kit.definition.split.seed)


def _out_of_fold(
    rows: Dataset, parts: Sequence[Fold], kit: Kit, progress: Progress, method: Method, *, challenger: bool
) -> tuple[_Answers, _Answers | None]:
    part = np.zeros(len(rows), dtype=np.int64)
    cards, forests = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for number, fold in enumerate(parts):
        learn, judge = rows.take(fold.learn), rows.take(fold.judge)
        part[fold.judge] = number
        cards[fold.judge] = raw_of(_fit_card(learn, kit, method).card, judge)
        if challenger:
            forests[fold.judge] = raw_of(fit_forest(learn, kit), judge)
        progress.advance("model", number + 1, len(parts) + 1)
    return _Answers(cards, part), _Answers(forests, part) if challenger else None


def _calibration(raw: Floats, bad: Floats, rows: Dataset, kit: Kit) -> Calibration:
    isotonic = kit.definition.calibration == "isotonic" and rows.bads >= kit.policy.few_bads.isotonic_from
    return fit_calibration(
        raw, bad, isotonic=isotonic, prior=prior_of(rows, kit.definition), floor=kit.policy.scoring.floor_pct / 100
    )


def _cross_calibrated(answers: _Answers, rows: Dataset, kit: Kit) -> Judged:
    """Return probabilities of each fold by a calibration that the other folds fitted."""
    probability = np.full(len(rows), np.nan)
    for number in np.unique(answers.part):
        own = answers.part == number
        how = _calibration(answers.raw[~own], rows.bad[~own], rows, kit)
        probability[own] = calibrated(answers.raw[own], how)
    return Judged(answers.raw, probability, rows.bad, answers.part, rows.repeats)


def _evaluation(split: str, kit: Kit, card: Judged, forest: Judged | None) -> Evaluation:
    lead = None if forest is None else compare(forest.probability, card.probability, card.bad)
    return Evaluation(kit.definition.name, split, performance_of(card, kit.scale),
                      None if forest is None else performance_of(forest, kit.scale), lead)  # fmt: skip


def _measured(model: AnyModel, found: Performance, **more: float) -> AnyModel:
    """Return the model with what it showed on rows it had not seen."""
    metrics = {
        "auc": found.separation.auc, "auc_low": found.separation.low, "auc_high": found.separation.high, "ks": found.separation.ks,
        "brier": found.brier.score, "brier_skill": found.brier.skill, "slope": found.line.slope, **more,
    }  # fmt: skip
    kept = {name: value for name, value in metrics.items() if np.isfinite(value)}
    return model.changed(training=model.training.model_copy(update={"metrics": kept}))
