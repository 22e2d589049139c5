"""Owns the page that documents the indicators, classes and rules, drawn from the policy."""

from collections.abc import Iterator

from riskreview.policy.risk_lines import Indicator
from riskreview.policy.risk_policy import Policy
from riskreview.policy.risk_text import figure

HEADS = {
    "en": {
        "title": "Indicators, classes and signals",
        "intro": "Generated from `include/policies/risk_policy.yaml`, version {version}. Points: nothing before the warning line, "
        "half at the warning line, rising linearly to all of them at the alarm line. The index runs from 0 to 100 over "
        "the points of the indicators listed here.",
        "indicator": "| id | indicator | formula | unit | bad | warning | alarm | points | needs | from | when missing |",
        "class": "| class | index from | left below | review every | holds | strategy |",
        "rule": "| code | minimum class | when |", "signal": "| signal | severity | tells |",
        "grade": "| grade | probability of default up to | points | class |", "grades": "Master scale",
        "classes": "Classes", "rules": "Hard rules", "signals": "Special signals", "months": "{} months", "days": "{} days",
        "layer": "decides beside the rules",
        "overrides": "Lines by segment, industry and country",
        "override": "The last one that fits a customer counts; who fits none has the lines above.",
        "lines": "| customers | indicator | warning | alarm | source |",
        "dormancy": "Dormant customers",
        "dormant": "Who has not traded for {days} days and leaves less than {amount:,.0f} unpaid: {over} count as within their lines, {missing} do not "
        "apply where they are missing. The explanation says: {text}.",
        "cash": "Cash not applied",
        "apart": "What a customer's payments go beyond what they settle is kept beside its exposure and never taken off it (`unapplied_cash: apart`).",
        "set_off": "What a customer's payments go beyond what they settle is taken off its exposure (`unapplied_cash: set_off`).",
        "segments": "segment {}", "industries": "industry {}", "countries": "country {}",
    },
    "zh": {
        "title": "指标、等级与预警信号",
        "intro": "由 `include/policies/risk_policy.yaml`（版本 {version}）生成。计分：未达预警线为零，达到预警线计一半，线性上升至警戒线计满分。"
        "风险指数为 0 至 100，按本页所列指标的分值折算。",
        "indicator": "| 编号 | 指标 | 公式 | 单位 | 不利方向 | 预警线 | 警戒线 | 分值 | 数据要求 | 数据来源 | 缺失时 |",
        "class": "| 等级 | 指数下限 | 退出线 | 审查周期 | 有效期 | 策略 |",
        "rule": "| 代码 | 最低等级 | 条件 |", "signal": "| 信号 | 级别 | 通知 |",
        "grade": "| 级别 | 违约概率上限 | 分数 | 风险等级 |", "grades": "主标尺",
        "classes": "风险等级", "rules": "硬性规则", "signals": "专项信号", "months": "{} 个月", "days": "{} 天",
        "layer": "规则之外的层级",
        "overrides": "按客户分类、行业和国家设定的界线",
        "override": "客户同时符合多项时以最后一项为准；均不符合者适用上述界线。",
        "lines": "| 客户 | 指标 | 预警线 | 警戒线 | 来源 |",
        "dormancy": "休眠客户",
        "dormant": "{days} 天未交易且未清金额低于 {amount:,.0f} 的客户：{over} 视为未越线，{missing} 缺失时不适用。说明文字：{text}。",
        "cash": "未核销收款",
        "apart": "客户付款超出所核销款项的部分与敞口分列，不从中扣除（`unapplied_cash: apart`）。",
        "set_off": "客户付款超出所核销款项的部分从敞口中扣除（`unapplied_cash: set_off`）。",
        "segments": "分类 {}", "industries": "行业 {}", "countries": "国家 {}",
    },
}  # fmt: skip
WORDS = {
    "en": {"up": "up", "down": "down", "neutral": "neutral", "not_applicable": "left out"},
    "zh": {"up": "上升", "down": "下降", "neutral": "中性计分", "not_applicable": "不适用"},
}


def reference_page(policy: Policy, language: str) -> str:
    """Return the page in Markdown."""
    head = HEADS[language]
    parts = [f"# {head['title']}\n\n{head['intro'].format(version=policy.version)}\n"]
    for dimension in policy.dimensions:
        members = [item for item in policy.indicators if item.dimension == dimension.id]
        if members:
            parts.append(f"\n## {dimension.name.of(language)}\n\n{_table(head['indicator'])}")
            parts.extend(_indicator(item, policy, language) for item in members)
            parts.extend(_meanings(item, language) for item in members if item.meanings)
    parts.extend(_overrides(policy, language))
    parts.extend(_classes(policy, language))
    parts.extend(_rules(policy, language))
    parts.extend(_dormancy(policy, language))
    parts.append(f"\n## {HEADS[language]['cash']}\n\n{HEADS[language][policy.unapplied_cash]}")
    parts.extend(_grades(policy, language))
    return "\n".join(parts) + "\n"


def _table(head: str) -> str:
    return head + "\n" + "|---" * (head.count("|") - 1) + "|"


def _indicator(item: Indicator, policy: Policy, language: str) -> str:
    words = WORDS[language]
    cells = (
        item.id, item.name.of(language), item.formula.of(language), item.unit, words[item.direction],
        figure(item.warning, item, policy, language), figure(item.alarm, item, policy, language), f"{item.points:g}",
        item.min_history.of(language) if item.min_history else "", f"`{'`, `'.join(item.sources)}`" if item.sources else "",
        words[item.missing] + (f": {item.missing_why.of(language)}" if item.missing_why else ""),
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _meanings(item: Indicator, language: str) -> str:
    """Return what the values or codes of an indicator mean, as a list below the table."""
    words = [f"- `{code}`: {text.of(language)}" for code, text in item.meanings.items()]
    return f"\n{item.id}, {item.name.of(language)}:\n\n" + "\n".join(words)


def _overrides(policy: Policy, language: str) -> Iterator[str]:
    if not policy.line_overrides:
        return
    head = HEADS[language]
    yield f"\n## {head['overrides']}\n\n{head['override']}\n\n{_table(head['lines'])}"
    for override in policy.line_overrides:
        who = [
            head[kind].format(", ".join(chosen))
            for kind in ("segments", "industries", "countries")
            if (chosen := getattr(override, kind))
        ]
        for name, lines in override.lines.items():
            item = policy.indicator(name)
            shown = (figure(line, item, policy, language) for line in (lines.warning, lines.alarm))
            yield f"| {override.name.of(language)}: {'; '.join(who)} | {name} | {' | '.join(shown)} | {override.source} |"


def _classes(policy: Policy, language: str) -> Iterator[str]:
    head = HEADS[language]
    yield f"\n## {head['classes']}\n\n{_table(head['class'])}"
    for line in policy.classes:
        start, leave = ("" if value is None else f"{value:g}" for value in (line.start, line.exit))
        months = head["months"].format(line.review_every_months)
        holds = head["days"].format(getattr(policy.validity, line.id))
        yield f"| {line.name.of(language)} | {start} | {leave} | {months} | {holds} | {line.strategy.of(language)} |"


def _rules(policy: Policy, language: str) -> Iterator[str]:
    head = HEADS[language]
    yield f"\n## {head['rules']}\n\n{_table(head['rule'])}"
    for rule in policy.class_rules:
        yield f"| {rule.code} | {policy.risk_class(rule.minimum).name.of(language)} | {rule.text.of(language)} |"
    for layer in policy.layers.all:
        yield f"| {layer.code} | {head['layer']} | {layer.text.of(language)} |"
    yield f"\n## {head['signals']}\n\n{_table(head['signal'])}"
    for signal in policy.signals.rules:
        yield f"| `{signal.id}` {signal.title.of(language)} | {signal.severity} | {', '.join(signal.audience)} |"


def _dormancy(policy: Policy, language: str) -> Iterator[str]:
    found, head = policy.dormancy, HEADS[language]
    if found is not None:
        said = head["dormant"].format(days=found.after_days, amount=found.exposure_below, over=", ".join(found.not_over),
                                      missing=", ".join(found.not_missing), text=found.text.of(language))  # fmt: skip
        yield f"\n## {head['dormancy']}\n\n{said}"


def _grades(policy: Policy, language: str) -> Iterator[str]:
    if policy.master_scale is None:
        return
    yield f"\n## {HEADS[language]['grades']}\n\n{_table(HEADS[language]['grade'])}"
    for item in policy.master_scale.grades:
        points = policy.master_scale.points_at(item.pd_up_to_pct / 100)
        name = policy.risk_class(item.risk_class).name.of(language)
        yield f"| {item.grade} | {item.pd_up_to_pct:g} % | {points:.0f} | {name} |"
