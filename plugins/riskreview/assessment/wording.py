"""Owns the sentences of an explanation, in English and Chinese."""

from collections.abc import Sequence
from datetime import date, timedelta

from riskreview.assessment.model_layer import SILENT, Scores
from riskreview.assessment.positions import day_of
from riskreview.assessment.scale import MICRO
from riskreview.assessment.standing import HELD, Standing
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_terms import RiskClass, Text
from riskreview.policy.risk_text import class_name

HEADLINE = Text(en="Class {cls} because {why}.", zh="等级为{cls}，原因：{why}。")
INDEX = Text(en="the risk index is {index}", zh="风险指数为 {index}")
OWN_LINES = Text(en="the lines for {name} apply to {indicators}", zh="{indicators} 适用“{name}”的预警线和警戒线")
INDEX_LINE = Text(
    en="the risk index is {index} (class {cls} from {line})", zh="风险指数为 {index}（达到 {line} 即为{cls}）"
)
FLOOR = Text(en="{rule} (at least {cls})", zh="{rule}（至少为{cls}）")
NO_FLOOR = Text(en="no hard rule applies", zh="无硬性规则适用")
MODEL = Text(
    en="the credit model gives {cls}: probability of default {probability}, grade {grade}",
    zh="信用模型给出{cls}：违约概率 {probability}，评级 {grade}",
)
MODEL_REASON = Text(en="{text} ({points} points)", zh="{text}（{points} 分）")
MODEL_REASONS = Text(en="{said}; most points are lost by {reasons}", zh="{said}；失分最多：{reasons}")
NO_MODEL = Text(en="no credit model speaks of the customer", zh="无信用模型对该客户评分")
GROUP = Text(en="{text}: at least {cls}", zh="{text}：至少为{cls}")
NO_GROUP = Text(en="no parent limits the class", zh="无母公司限制")
OPINION = Text(
    en="expert opinion {number} says {cls}; without it the class of this evaluation is {alone}",
    zh="专家评估 {number} 认为{cls}；若无此评估，本次等级为{alone}",
)
NO_OPINION = Text(en="no expert opinion is in force", zh="无有效的专家评估")
EXPIRED = Text(
    en="the assessment of {as_of} held until {until} and is out of date: the class is unknown, it was {cls}",
    zh="{as_of} 的评估有效期至 {until}，现已过期：等级未知，原为{cls}",
)
EXPIRED_BEFORE = Text(
    en="the assessment of {as_of} rests on stale data and its class held until {until} only: the class is unknown, it was {cls}",
    zh="{as_of} 的评估依据陈旧数据，其等级有效期仅至 {until}：等级未知，原为{cls}",
)
COMPUTED = Text(en="this evaluation alone gives {cls}", zh="仅按本次评估为{cls}")
KEPT = Text(
    en="the class is kept: the figures alone give {cls}, but it gets better only after {evaluations} evaluations below the exit line over {days} days",
    zh="等级予以保留：仅按数据为{cls}，但须在 {days} 天内连续 {evaluations} 次评估低于退出线才能下调",
)
PROGRESS = Text(
    en=", so far {count} since {first}; {cls} on {earliest} at the earliest",
    zh="，自 {first} 起已有 {count} 次，最早于 {earliest} 降为{cls}",
)
BETWEEN = Text(
    en="the index of {index} is below {start}, from which {cls} is entered, but not below {exit}, where it is left",
    zh="目前风险指数 {index} 低于进入{cls}的 {start}，但未低于退出线 {exit}",
)
GRADE_NEAR = Text(
    en="the credit model's grade is not {grades} better yet than the worst one of the class below {cls}",
    zh="信用模型评级比{cls}下一等级的最差评级尚未高出 {grades} 级",
)
CLOSURE = Text(
    en=", and once two people have closed the default and its probation is over",
    zh="，且违约须经两人审批终结并过观察期",
)
STALE = Text(en="the data are stale, so nothing gets better", zh="数据陈旧，等级不得下调")
UNREVIEWED = Text(en="a review is overdue, so nothing gets better", zh="审查逾期未决，等级不得下调")
SINCE = Text(en="in this class since {day}", zh="自 {day} 起处于该等级")
NOTHING = Text(en="nothing is known of the customer", zh="对该客户一无所知")
RATE = Text(en="exchange rate", zh="汇率")
NO_RATE = Text(
    en="some of what is owed is in a currency without a rate up to the day, so exposure and overdue are not known in full (deliver fx_rates)",
    zh="部分欠款的币种截至该日没有汇率，敞口与逾期金额不完整（提供 fx_rates）",
)
ON_ACCOUNT = Text(
    en="payments of the customer name no invoice: in these figures they settle what was due first",
    zh="该客户有未注明发票的付款：本评估按到期先后冲抵其欠款",
)
UNAPPLIED = Text(
    en="of its payments {amount} {currency} settle nothing yet: that cash is kept apart, and exposure is {exposure} {currency} before it is applied",
    zh="其付款中有 {amount} {currency} 尚未核销任何应付款项：该款项单独列示，未核销前敞口为 {exposure} {currency}",
)
SET_OFF = Text(
    en="of its payments {amount} {currency} settle nothing yet: the policy takes that cash off what it owes, which leaves an exposure of {exposure} {currency}",
    zh="其付款中有 {amount} {currency} 尚未核销任何应付款项：按政策从其欠款中扣除，扣除后敞口为 {exposure} {currency}",
)
MISSING = Text(en="{dimension}: too little is known, which counts as neutral", zh="{dimension}：信息不足，按中性计分")
POINTS = Text(en="{sentence}: {points} points", zh="{sentence}：{points} 分")
SAID = Text(
    en="index says {index}, model says {model}, rules say {rules}, parent says {group}, expert says {opinion}: class {cls} because {why}",
    zh="指数：{index}，模型：{model}，规则：{rules}，母公司：{group}，专家：{opinion}；等级为{cls}，原因：{why}",
)
SILENT_LAYER = Text(en="nothing", zh="无")
BACK = Text(
    en="back to {cls} if {changes}, everything else equal: on {day}, after {evaluations} evaluations",
    zh="若{changes}，其余不变，则经 {evaluations} 次评估于 {day} 回到{cls}",
)
BACK_CLOSED = Text(en=", and once two people have closed the default", zh="，且违约经两人审批终结")
CHANGE = Text(en="{name} were {needed} (now {now})", zh="{name}为 {needed}（现为 {now}）")
PAID = Text(en="{amount} {currency} of what is open is paid", zh="未清款项中支付 {amount} {currency}")
PAID_NAME = Text(en="payment", zh="付款")
NO_WAY = Text(
    en="no change of figures that somebody can make leads to {cls} by itself",
    zh="仅靠可改变的数据无法使等级达到{cls}",
)
WAITS = Text(
    en="the figures would allow {cls} already; it takes further evaluations and days",
    zh="现有数据已可达到{cls}，尚需更多评估次数与天数",
)
RULE_BEGAN = Text(en="new since then: {rule}", zh="新出现：{rule}")
RULE_ENDED = Text(en="no longer: {rule}", zh="不再适用：{rule}")
FIRST = Text(en="this is the first assessment", zh="这是首次评估")
CHANGED = Text(
    en="since {day} the index went from {before} to {now}; the most by {names}",
    zh="自 {day} 以来指数由 {before} 变为 {now}，主要因素：{names}",
)
UNCHANGED = Text(en="since {day} the index stayed at {now}", zh="自 {day} 以来指数保持 {now}")


def points(micro: int) -> str:
    """Return millionths of an index point for people: two digits."""
    return f"{micro / MICRO:.2f}".rstrip("0").rstrip(".") or "0"


def index_sentence(micro: int, risk_class: int, policy: Policy, language: str) -> str:
    """Return what the index says by itself."""
    word = RiskClass(risk_class).name
    start = policy.risk_class(word).start
    if not start:
        return INDEX.of(language).format(index=points(micro))
    name = class_name(word, policy, language)
    return INDEX_LINE.of(language).format(index=points(micro), cls=name, line=f"{start:g}")


def rule_text(code: int, policy: Policy, language: str) -> str | None:
    """Return the text of the rule with a code, None for no rule."""
    return next((rule.text.of(language) for rule in policy.class_rules if rule.code == code), None)


def floor_sentence(floor: int, code: int, policy: Policy, language: str) -> str:
    """Return what the hard rules say by themselves."""
    text = rule_text(code, policy, language)
    if text is None:
        return NO_FLOOR.of(language)
    return FLOOR.of(language).format(rule=text, cls=class_name(RiskClass(floor).name, policy, language))


def model_sentence(scores: Scores, reasons: Sequence[str], policy: Policy, language: str) -> str:
    """Return what the credit model says by itself of one customer, and what it marks it down for."""
    code = int(scores.risk_class[0])
    if code == SILENT:
        return NO_MODEL.of(language)
    said = MODEL.of(language).format(cls=class_name(RiskClass(code).name, policy, language), grade=int(scores.grade[0]),
                                     probability=f"{100 * float(scores.probability[0]):.2g} %")  # fmt: skip
    if not reasons:
        return said
    return MODEL_REASONS.of(language).format(said=said, reasons=("、" if language == "zh" else ", ").join(reasons))


def group_sentence(cap: int, policy: Policy, language: str) -> str:
    """Return what the parent means by itself."""
    if not cap:
        return NO_GROUP.of(language)
    return GROUP.of(language).format(text=policy.layers.group_cap.text.of(language),
                                     cls=class_name(RiskClass(cap).name, policy, language))  # fmt: skip


def opinion_sentence(opinion_id: int | None, said: int, alone: int, policy: Policy, language: str) -> str:
    """Return what an expert says by himself.

    :param alone: class without the opinion.
    """
    if not opinion_id:
        return NO_OPINION.of(language)
    cls, without = (class_name(RiskClass(code).name, policy, language) for code in (said, alone))
    return OPINION.of(language).format(number=opinion_id, cls=cls, alone=without)


def history_sentence(
    standing: Standing,
    computed: int,
    code: int,
    *,
    stale: bool,
    unreviewed: bool,
    policy: Policy,
    language: str,
    as_of: date,
) -> str:
    """Return what the history of the class adds."""
    parts = [_kept(standing, computed, policy, language, as_of)] if code == HELD else []
    if stale:
        parts.append(STALE.of(language))
    if unreviewed:
        parts.append(UNREVIEWED.of(language))
    parts.append(SINCE.of(language).format(day=day_of(int(standing.since[0])).isoformat()))
    return ("；" if language == "zh" else "; ").join(parts)


def holding_sentence(held: RiskClass, index: int, leaving: int, policy: Policy, language: str) -> str:
    """Return what is not below its exit line although it is below that of entry; empty where everything is.

    :param index: in millionths. :param leaving: the model's class by its exit line.
    """
    if held is RiskClass.unknown:
        return ""
    line, name = policy.risk_class(held.name), class_name(held.name, policy, language)
    if line.exit is not None and line.start is not None and line.exit * MICRO <= index < line.start * MICRO:
        return BETWEEN.of(language).format(
            index=points(index), start=f"{line.start:g}", exit=f"{line.exit:g}", cls=name
        )
    if leaving >= held:
        return GRADE_NEAR.of(language).format(grades=policy.layers.model.exit_grades, cls=name)
    return ""


def _kept(standing: Standing, computed: int, policy: Policy, language: str, as_of: date) -> str:
    """Return what a better class waits for, and how far it has come."""
    held = RiskClass(int(standing.risk_class[0]))
    line = None if held is RiskClass.unknown else policy.risk_class(held.name)
    days = (line.exit_days if line else None) or policy.relaxation.days
    name = class_name(RiskClass(computed).name, policy, language)
    said = KEPT.of(language).format(cls=name, evaluations=policy.relaxation.evaluations, days=days)
    if line and line.leaves_by_closure:
        said += CLOSURE.of(language)
    count = int(standing.below_count[0])
    if not count or held <= RiskClass.low:
        return said
    first = day_of(int(standing.below_since[0]))
    earliest = max(first + timedelta(days=days), as_of + timedelta(days=1))
    better = class_name(RiskClass(held - 1).name, policy, language)
    return said + PROGRESS.of(language).format(
        count=count, first=first.isoformat(), earliest=earliest.isoformat(), cls=better
    )
