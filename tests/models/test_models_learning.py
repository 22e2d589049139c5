"""Training on invented data: what is found, what is refused, that a stored model scores the same, and who may let it decide."""

import csv
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from riskreview.foundation.errors import BadInput, NotFound, RuleViolation
from riskreview.foundation.instance import Instance, Settings
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services
from riskreview.models import learning, registry
from riskreview.models.accuracy import level_test
from riskreview.models.artefact import read_model
from riskreview.models.columns import given_names
from riskreview.models.dataset import Dataset, build_dataset, read_dataset
from riskreview.models.definition import ModelDefinition, load_definition
from riskreview.models.discrimination import AucDifference
from riskreview.models.fitting import Kit
from riskreview.models.store import list_models, read_deciding, read_stored
from riskreview.policy.model_policy import load_model_policy
from riskreview.policy.risk_policy import load_policy

pytestmark = pytest.mark.long

WHY = "back-test looked at by the committee"
DEFINITION = """\
name: invented
title: {en: "Invented", zh: "虚构"}
data: {files: [rows.csv]}
label: {column: bad, bad: ["1"], meaning: {en: "defaulted", zh: "违约"}}
identifier: id
drop: {leak: "known only afterwards"}
features:
  - {name: late_days, direction: increasing}
  - {name: equity_ratio, direction: decreasing}
challenger: {rounds: 30, learning_rate: 0.1, leaves: 4, least_rows: 20, penalty: 1, features_pct: 100, bags: 1, bag_pct: 100}
"""


def write_rows(folder: Path, rows: int, share: float) -> None:
    """Rows whose risk rises with late days and falls with equity; one column says nothing, one knows the outcome."""
    chance = random.Random(11)  # noqa: S311  a fixed sequence for a test
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "late_days", "equity_ratio", "shoe_size", "leak", "bad"])
        for number in range(rows):
            late, equity = chance.expovariate(1 / 20), chance.gauss(0.3, 0.2)
            odds = share * np.exp(0.05 * (late - 20) - 5 * (equity - 0.3))
            bad = int(chance.random() < odds / (1 + odds))
            shown = "" if chance.random() < 0.1 else f"{equity:.3f}"
            writer.writerow([number, f"{late:.1f}", shown, chance.randint(36, 46), bad, bad])


def prepared(folder: Path, rows: int = 1500, share: float = 0.25) -> tuple[ModelDefinition, Dataset, Kit]:
    write_rows(folder, rows, share)
    (folder / "invented.yaml").write_text(DEFINITION, encoding="utf-8")
    definition = load_definition(folder / "invented.yaml")
    instance = Instance(folder, Settings())  # type: ignore[call-arg]
    return (
        definition,
        read_dataset(definition, folder),
        Kit(definition, load_model_policy(instance), load_policy(instance).master_scale),
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelDefinition, Dataset, learning.Trained]:
    definition, rows, kit = prepared(tmp_path_factory.mktemp("invented"))
    return definition, rows, learning.train(rows, kit, LogProgress())


def test_what_tells_is_used_and_what_leaks_or_says_nothing_is_not(
    trained: tuple[Any, Dataset, learning.Trained],
) -> None:
    _, rows, found = trained

    assert {item.name for item in found.card.characteristics} == {"late_days", "equity_ratio"}
    assert "leak" not in rows.columns
    assert found.fitted.dropped.get("shoe_size") in {"weak", "sign", "constant", "slight"}
    assert 0.7 < found.evaluation.scorecard.separation.auc < 0.95
    assert 0.8 <= found.evaluation.scorecard.line.slope <= 1.2


def test_points_go_the_way_the_risk_goes(trained: tuple[Any, Dataset, learning.Trained]) -> None:
    points = {item.name: [one.points for one in item.bins] for item in trained[2].card.characteristics}

    assert points["late_days"] == sorted(points["late_days"], reverse=True)
    assert points["equity_ratio"] == sorted(points["equity_ratio"])


def test_a_stored_model_scores_exactly_as_the_trained_one(trained: tuple[Any, Dataset, learning.Trained]) -> None:
    _, rows, found = trained
    assert found.forest is not None
    for model in (found.card, found.forest):
        again = read_model(model.content)

        assert again.digest == model.digest
        assert np.array_equal(learning.judged_by(again, rows).probability, learning.judged_by(model, rows).probability)


def test_too_few_bad_rows_give_no_model_but_a_bound(tmp_path: Path) -> None:
    _, rows, kit = prepared(tmp_path, rows=200, share=0.02)

    with pytest.raises(RuleViolation, match="too few for a model"):
        learning.train(rows, kit, LogProgress())


def odd_table(rows: int = 900) -> dict[str, Any]:
    """A table as it comes: texts in Chinese, nothing at all, always the same, a name per row, a date per row."""
    chance = np.random.default_rng(4)
    late = chance.exponential(20, rows)
    trade = chance.choice(["制造业", "批发", "建筑业"], rows)
    bad = (chance.random(rows) < 1 / (1 + np.exp(2 - 0.05 * (late - 20) - 1.5 * (trade == "建筑业")))).astype(float)
    texts = {
        "行业": trade, "结果": np.where(bad == 1, "违约", "正常"), "名称": [f"公司{number}" for number in range(rows)],
        "日期": [f"2024-{1 + number % 12:02d}-{1 + number % 28:02d}" for number in range(rows)],
    }  # fmt: skip
    figures = {
        "逾期天数": np.where(chance.random(rows) < 0.2, np.nan, late),
        "空": np.full(rows, np.nan),
        "版本": np.ones(rows),
        "核销": bad * late,
    }
    return figures | {name: np.array(column, dtype=object) for name, column in texts.items()}


def odd_definition(**more: Any) -> ModelDefinition:
    given = {"name": "odd", "title": {"en": "Odd", "zh": "怪"}, "data": {"files": ["x.csv"]},
             "label": {"column": "结果", "bad": ["违约"], "meaning": {"en": "bad", "zh": "坏"}},
             "challenger": {"rounds": 10, "learning_rate": 0.1, "leaves": 4, "least_rows": 20, "penalty": 1, "features_pct": 100}}  # fmt: skip
    return ModelDefinition.model_validate({**given, **more})


def odd_kit(definition: ModelDefinition) -> Kit:
    instance = Instance(Path("no-instance"), Settings())  # type: ignore[call-arg]
    return Kit(definition, load_model_policy(), load_policy(instance).master_scale)


def test_a_table_as_it_comes_gives_a_model_of_what_can_be_used() -> None:
    definition = odd_definition(drop={"核销": "known only afterwards"})
    rows = build_dataset(definition, odd_table())

    found = learning.train(rows, odd_kit(definition), LogProgress())

    assert {item.name for item in found.card.characteristics} == {"行业", "逾期天数"}
    assert found.fitted.dropped == {"空": "constant", "版本": "constant", "名称": "scattered", "日期": "scattered"}
    assert found.forest is not None
    assert {item.name for item in found.forest.features} == {"行业", "逾期天数"}
    assert found.evaluation.scorecard.separation.auc > 0.7


@pytest.mark.parametrize(
    "leak",
    [
        lambda bad: bad,
        lambda bad: np.where(bad == 1, np.nan, 5.0),
        lambda bad: np.where(bad == 1, "已核销", "无").astype(object),
        lambda bad: np.arange(bad.size) + 10_000 * bad,
    ],
    ids=["the outcome", "missing where bad", "a text", "a number of another range"],
)
def test_a_column_that_knows_the_outcome_is_named_and_nothing_is_trained(leak: Any) -> None:
    table = odd_table()
    bad = (table.pop("核销") > 0).astype(float)
    definition = odd_definition()

    with pytest.raises(RuleViolation, match=r"^知情 alone tells bad from good almost perfectly"):
        learning.train(build_dataset(definition, {**table, "知情": leak(bad)}), odd_kit(definition), LogProgress())


@pytest.fixture
def people(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """People who propose and decide, where an assessment gives the invented figures."""
    monkeypatch.setattr(registry, "given_names", lambda _ids: {"late_days", "equity_ratio"})
    person = "  - {{id: {0}, name: {0}, language: en, channels: {{mail: {0}@example.com}}, roles: [{1}]}}\n"
    roles = [
        ("owner", "risk_owner"),
        ("manager", "credit_manager"),
        ("boss", "executive"),
        ("clerk", "sales, data_engineer"),
    ]
    (instance.home / "policies" / "team.yaml").write_text(
        "final_duty_role: executive\npersons:\n" + "".join(person.format(*pair) for pair in roles), encoding="utf-8"
    )


def test_a_model_decides_only_after_a_second_person_approved(
    services: Services, people: None, trained: tuple[ModelDefinition, Dataset, learning.Trained]
) -> None:
    definition, _, found = trained
    with pytest.raises(RuleViolation, match="none of the roles"):
        registry.keep(services, found, definition, actor="clerk")
    kept = registry.keep(services, found, definition, actor="owner")
    card, forest = kept["scorecard"], kept["forest"]
    assert registry.keep(services, found, definition, actor="owner") == {"scorecard": None, "forest": None}
    assert card is not None
    assert forest is not None

    with pytest.raises(RuleViolation, match="informs and never decides"):
        registry.propose(services, model_id=forest, actor="manager", reason=WHY)
    registry.propose(services, model_id=card, actor="manager", reason=WHY)
    with pytest.raises(RuleViolation, match="another person"):
        registry.approve(services, model_id=card, actor="manager", reason=WHY)
    with services.engine.connect() as connection:
        assert read_deciding(connection, "default").champion is None
        duty = connection.execute(text("SELECT kind, owner, barred, state FROM duty")).one()
    assert tuple(duty) == ("model_decision_1", "boss", ["manager"], "open")
    registry.approve(services, model_id=card, actor="boss", reason=WHY)

    with services.engine.connect() as connection:
        ends = connection.execute(
            text("SELECT state FROM duty UNION ALL SELECT kind FROM outbox_event WHERE 'manager' = ANY(audience)")
        )
        assert list(ends.scalars()) == ["done", "model_decided"]
        deciding = read_deciding(connection, "default")
        states = {row["model_id"]: row["state"] for row in list_models(connection)}
    assert deciding.champion is not None
    assert deciding.champion.digest == found.card.digest
    assert states == {card: "champion", forest: "shadow"}


def test_a_model_of_other_people_s_figures_is_not_proposed(
    services: Services,
    people: None,
    trained: tuple[ModelDefinition, Dataset, learning.Trained],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    definition, _, found = trained
    card = registry.keep(services, found, definition, actor="owner")["scorecard"]
    assert card is not None
    monkeypatch.setattr(registry, "given_names", given_names)

    with pytest.raises(RuleViolation, match="would judge nobody: it reads late_days, equity_ratio, which no"):
        registry.propose(services, model_id=card, actor="manager", reason=WHY)


def promoted(services: Services, number: int) -> None:
    registry.propose(services, model_id=number, actor="manager", reason=WHY)
    registry.approve(services, model_id=number, actor="boss", reason=WHY)


def states_of(services: Services) -> dict[int, str]:
    with services.engine.connect() as connection:
        return {row["model_id"]: row["state"] for row in list_models(connection)}


def test_a_model_follows_the_champion_only_when_it_is_ahead_of_it(
    services: Services, people: None, trained: tuple[ModelDefinition, Dataset, learning.Trained]
) -> None:
    definition, _, found = trained
    other = learning.Trained(found.card.changed(base_points=1), None, found.fitted, found.evaluation)
    numbers = [registry.keep(services, item, definition, actor="owner")["scorecard"] or 0 for item in (found, other)]
    promoted(services, numbers[0])

    with pytest.raises(RuleViolation, match=f"riskreview model compare {numbers[1]} {numbers[0]}"):
        promoted(services, numbers[1])
    with services.engine.connect() as connection:
        first, second = (read_stored(connection, number) for number in numbers)
    registry.record_comparison(
        services, second, first, AucDifference(0.02, -0.01, 0.05, 0.2), rows=900, data_digest="d"
    )
    with pytest.raises(RuleViolation, match=r"ahead of the champion by an AUC of 0\.020"):
        promoted(services, numbers[1])
    registry.record_comparison(
        services, second, first, AucDifference(0.02, 0.01, 0.03, 0.001), rows=900, data_digest="d"
    )
    promoted(services, numbers[1])

    states = states_of(services)
    assert (states[numbers[0]], states[numbers[1]]) == ("retired", "champion")
    with services.engine.connect() as connection:
        events = (
            connection.execute(text("SELECT action FROM audit_event WHERE subject_type = 'model' ORDER BY seq"))
            .scalars()
            .all()
        )
        asked = (
            connection.execute(text("SELECT audience FROM outbox_event WHERE kind = 'model_proposed'")).scalars().all()
        )
    assert events.count("model:compared") == 2
    assert "model:retired" in events
    assert asked == [["boss"], ["boss"]]


def test_a_model_that_fails_its_back_test_is_not_proposed(
    services: Services, people: None, trained: tuple[ModelDefinition, Dataset, learning.Trained]
) -> None:
    definition, _, found = trained
    low = replace(found.evaluation.scorecard, levels={"portfolio": level_test(90, 100, 0.1)})
    worse = learning.Trained(found.card, None, found.fitted, replace(found.evaluation, scorecard=low))

    number = registry.keep(services, worse, definition, actor="owner")["scorecard"] or 0

    with pytest.raises(RuleViolation, match="does not pass its back-test: Jeffreys"):
        registry.propose(services, model_id=number, actor="manager", reason=WHY)


def test_a_model_can_score_in_the_shadow_and_be_taken_out_of_use(
    services: Services, people: None, trained: tuple[ModelDefinition, Dataset, learning.Trained]
) -> None:
    definition, _, found = trained
    kept = registry.keep(services, found, definition, actor="owner")
    card, forest = kept["scorecard"] or 0, kept["forest"] or 0

    registry.shadow(services, model_id=card, actor="owner", reason=WHY)
    registry.shadow(services, model_id=forest, actor="owner", reason=WHY)

    assert states_of(services) == {card: "retired", forest: "shadow"}
    promoted(services, card)
    registry.retire(services, model_id=card, actor="boss", reason=WHY)
    assert states_of(services) == {card: "retired", forest: "shadow"}
    with pytest.raises(NotFound, match="no model 99"):
        registry.retire(services, model_id=99, actor="boss", reason=WHY)


def test_a_comparison_is_on_rows_the_new_model_has_not_seen_and_names_a_missing_figure(
    trained: tuple[ModelDefinition, Dataset, learning.Trained], tmp_path: Path
) -> None:
    _, rows, kit = prepared(tmp_path, rows=600)
    found = learning.unseen(rows, None, kit, LogProgress(), challenger=False)

    lead = learning.lead_over(found, trained[2].card)

    assert found.split == "5 folds"
    assert lead.low < 0.05
    fewer = replace(found, rows=replace(found.rows, columns={"late_days": found.rows.columns["late_days"]}))
    with pytest.raises(BadInput, match="no column equity_ratio"):
        learning.lead_over(fewer, trained[2].card)
