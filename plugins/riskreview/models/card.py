"""Owns the card of a model: what an auditor or a risk owner must know of it, in Markdown, drawn from the model itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from riskreview.models.artefact import Characteristic, Forest, Model, Scorecard
from riskreview.models.definition import ModelDefinition
from riskreview.models.scorecard import bins_of

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "what": "What it says", "bad": "Bad means", "kind": "Kind", "origin": "Where it comes from", "rows": "rows, of them bad",
        "prior": "expected share of bads", "data": "digest of the data", "definition": "digest of the definition",
        "code": "version of the code and seed", "shown": "What it showed on rows it had not seen", "gates": "Gates",
        "gate": "| gate | value | limit | verdict |", "calibration": "Calibration", "left": "Left out",
        "left_head": "| figure | why |", "forbidden": "must not be used: ", "constant": "does not vary", "scattered": "hardly ever the same text twice", "undirected": "has no better and worse, without which it cannot be pooled", "weak": "says nothing of the outcome",
        "sign": "its coefficient had the wrong sign", "slight": "adds too little beside the others",
        "suspicious": "Says so much that it may know the outcome: check before use", "points": "Points",
        "points_head": "| figure | bin | share of rows | share of bads | weight of evidence | points |",
        "strength": "Characteristics", "strength_head": "| figure | risk when it rises | information value | coefficient |",
        "increasing": "rises", "decreasing": "falls", "none": "may turn", "trees": "trees over the figures", "limits": "Limits of use",
        "limits_text": "For the population it was trained on. It informs a person; hard rules, the policy index and experts stand beside it. "
        "A customer of whom fewer than {least} figures are known is not judged. Natural persons need a review of fairness first.",
        "watch": "Watch", "watch_text": "Back-test on every new year of outcomes; PSI of the score and CSI of each figure at every assessment date, "
        "acting only above the limit and above the critical value of the sample; train again when a gate is at alarm.",
        "again": "Train it again", "standing": "Standing",
        "forest": "boosted trees; informs and never decides", "woe": "scorecard by weight of evidence",
        "pooled": "scorecard of one subscore per dimension, because bads are few",
    },
    "zh": {
        "what": "模型含义", "bad": "坏样本定义", "kind": "类型", "origin": "来源", "rows": "样本数，其中坏样本", "prior": "预期坏样本占比",
        "data": "数据摘要", "definition": "定义摘要", "code": "代码版本与随机种子", "shown": "在未见样本上的表现", "gates": "准入门槛",
        "gate": "| 门槛 | 数值 | 界限 | 结论 |", "calibration": "校准", "left": "未采用的指标", "left_head": "| 指标 | 原因 |", "forbidden": "不得使用：",
        "constant": "取值无变化", "scattered": "文本几乎不重复", "undirected": "无好坏方向，无法合并计分", "weak": "与结果无关", "sign": "系数方向错误", "slight": "相对其他指标贡献过小",
        "suspicious": "区分度过高，可能包含结果信息，使用前须核查", "points": "分数表",
        "points_head": "| 指标 | 区间 | 样本占比 | 坏样本占比 | 证据权重 | 分数 |", "strength": "入模指标",
        "strength_head": "| 指标 | 上升时风险 | 信息值 | 系数 |", "increasing": "上升", "decreasing": "下降", "none": "可转折",
        "trees": "棵树，所用指标数", "limits": "使用限制",
        "limits_text": "适用于与训练样本同类的客户。模型仅供人工参考，并与硬性规则、风险指数及专家意见并列。已知指标少于 {least} 项的客户不予评判。"
        "用于自然人之前须先审查公平性。",
        "watch": "监测", "watch_text": "每有一年新结果即回测；每个评估日计算评分 PSI 与各指标 CSI，仅当同时超过界限与样本临界值时处理；门槛进入警戒时重新训练。",
        "again": "重新训练", "standing": "状态", "forest": "提升树，仅供参考，不作决定", "woe": "证据权重评分卡",
        "pooled": "各维度单一子分的评分卡（坏样本较少）",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """What happened to a model after training, as far as it is known."""

    state: str = "trained"
    trained_by: str = ""
    proposed_by: str | None = None
    decided_by: str | None = None
    reason: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


def card_of(model: Model, definition: ModelDefinition, standing: Standing, *, language: str = "en") -> str:
    """Return the card in Markdown."""
    words = WORDS["zh" if language == "zh" else "en"]
    parts = [
        f"# {definition.title.of(language)}\n\n`{model.version}`\n",
        *_origin(model, definition, words, language),
        *_shown(model, standing, words),
        *_left_out(definition, standing, words),
        *(_points(model, words, language) if isinstance(model, Scorecard) else _trees(model, words)),
        *_use(model, definition, standing, words, language),
    ]
    return "\n".join(parts) + "\n"


def _origin(model: Model, definition: ModelDefinition, words: Mapping[str, str], language: str) -> Iterator[str]:
    training = model.training
    kind = words["forest"] if isinstance(model, Forest) else words[model.method]
    yield f"## {words['what']}\n\n- {words['bad']}: {definition.label.meaning.of(language)}\n- {words['kind']}: {kind}"
    yield (
        f"\n## {words['origin']}\n\n- {words['rows']}: {training.rows:,}, {training.bads:,}\n- {words['prior']}: {100 * training.prior:.3g} %\n"
        f"- {words['data']}: `{training.data_digest}`\n- {words['definition']}: `{training.definition_digest}`\n"
        f"- {words['code']}: {training.code_version}, {training.seed}"
    )


def _shown(model: Model, standing: Standing, words: Mapping[str, str]) -> Iterator[str]:
    yield f"\n## {words['shown']}\n"
    yield from (f"- {name.replace('_', ' ')}: {value:.4g}" for name, value in model.training.metrics.items())
    gates = standing.figures.get("gates", ())
    if gates:
        yield f"\n## {words['gates']}\n\n{_head(words['gate'])}"
        yield from (f"| {gate['name']} | {gate['value']:.3g} | {gate['limit']} | {gate['verdict']} |" for gate in gates)
    how = model.calibration
    line = f"{len(how.knots)} knots" if how.knots else f"{how.intercept:.4g} + {how.slope:.4g} x"
    yield f"\n## {words['calibration']}\n\n{how.method}: {line}; {how.shift:+.4g}"


def _left_out(definition: ModelDefinition, standing: Standing, words: Mapping[str, str]) -> Iterator[str]:
    dropped = standing.figures.get("dropped", {})
    if definition.drop or dropped:
        yield f"\n## {words['left']}\n\n{_head(words['left_head'])}"
        yield from (f"| {name} | {words['forbidden']}{why} |" for name, why in definition.drop.items())
        yield from (f"| {name} | {words[why]} |" for name, why in dropped.items())
    suspicious = standing.figures.get("suspicious", ())
    if suspicious:
        yield f"\n**{words['suspicious']}:** {', '.join(suspicious)}"


def _points(card: Scorecard, words: Mapping[str, str], language: str) -> Iterator[str]:
    yield f"\n## {words['strength']}\n\n{_head(words['strength_head'])}"
    for item in card.characteristics:
        yield f"| {item.title.of(language)} | {words[item.trend]} | {item.information_value:.3f} | {item.coefficient:.3f} |"
    yield f"\n## {words['points']}\n\n{_head(words['points_head'])}"
    for item in card.characteristics:
        yield from _bins(item, language)


def _bins(item: Characteristic, language: str) -> Iterator[str]:
    title = item.title.of(language)
    for one in bins_of(item):
        where = one.text.of(language).removeprefix(title).lstrip(":： ").replace("|", "/")
        yield f"| {title} | {where} | {100 * one.share:.1f} % | {100 * one.bad_share:.1f} % | {one.woe:+.3f} | {one.points} |"


def _trees(forest: Forest, words: Mapping[str, str]) -> Iterator[str]:
    yield f"\n## {words['strength']}\n\n{len(forest.trees)} {words['trees']}: {', '.join(item.name for item in forest.features)}"


def _use(
    model: Model, definition: ModelDefinition, standing: Standing, words: Mapping[str, str], language: str
) -> Iterator[str]:
    own = f"{definition.limits.of(language)} " if definition.limits else ""
    yield f"\n## {words['limits']}\n\n{own}{words['limits_text'].format(least=model.least_known)}"
    yield f"\n## {words['watch']}\n\n{words['watch_text']}"
    yield f"\n## {words['again']}\n\n`riskreview model train {definition.name}`"
    people = ", ".join(name for name in (standing.trained_by, standing.proposed_by, standing.decided_by) if name)
    yield (
        f"\n## {words['standing']}\n\n{standing.state}"
        + (f": {people}" if people else "")
        + (f". {standing.reason}" if standing.reason else "")
    )


def _head(columns: str) -> str:
    return columns + "\n" + "|---" * (columns.count("|") - 1) + "|"
