"""Owns saying in words what two versions of a policy differ in, in both languages."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import parse_yaml
from riskreview.gate.files import RISK, read_set
from riskreview.policy.risk_policy import Policy, load_policy
from riskreview.policy.risk_text import figure

Place = tuple[str | int, ...]
NAMES = ("id", "playbook", "kind", "code", "grade")
"""Keys that name an entry of a list; lists without them are compared as a whole."""
KEYS = {
    "warning": ("warning line", "预警线"), "alarm": ("alarm line", "警戒线"), "points": ("points", "分值"), "weight": ("weight", "权重"),
    "review_every_months": ("months between reviews", "复审间隔月数"), "from": ("entered from index", "进入指数"), "to": ("up to index", "上限指数"),
    "exit": ("left below index", "退出指数"), "exit_days": ("days before it may be left", "最短停留天数"), "evaluations": ("evaluations", "评估次数"),
    "days": ("days", "天数"), "minimum": ("minimum class", "最低等级"), "grace_days": ("days of grace", "宽限天数"), "direction": ("bad direction", "恶化方向"),
    "max_age_days": ("oldest facts in days", "数据最长天数"), "min_count": ("fewest observations", "最少观测数"), "missing": ("treatment when missing", "缺失时的处理"),
    "version": ("version", "版本"), "effective_from": ("effective from", "生效日期"), "strategy": ("strategy", "策略"), "formula": ("formula", "公式"),
    "name": ("name", "名称"), "sentence": ("sentence", "说明"), "text": ("text", "文字"), "title": ("title", "标题"), "audience": ("who is told", "通知对象"),
    "severity": ("severity", "级别"), "when": ("conditions", "条件"), "due_within": ("due within", "办理期限"), "steps": ("steps", "步骤"),
    "materiality": ("least amounts", "重要性下限"), "en": ("in English", "英文"), "zh": ("in Chinese", "中文"), "relaxation": ("relaxation", "等级放宽"),
    "validity": ("validity of a class", "等级有效期"), "capacity": ("capacity", "处理能力"), "signals": ("signals", "预警信号"),
    "layers": ("layers", "评估层"), "opinions": ("expert opinions", "专家评估"), "master_scale": ("master scale", "主标尺"),
    "approval": ("approval", "审批"), "cadence": ("cadence", "频率"), "ladder": ("escalation", "升级阶梯"),
}  # fmt: skip
THINGS = {
    ("indicators",): ("indicator", "指标"), ("classes",): ("class", "等级"), ("dimensions",): ("dimension", "维度"),
    ("hard_rules",): ("rule", "规则"), ("signals", "rules"): ("signal rule", "信号规则"), ("line_overrides",): ("lines for some customers", "特定客户界线"),
}  # fmt: skip
NOTHING = ("nothing", "无")


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is another one; None where it is missing.

    :param place: keys that lead to it; an entry of a list is named by its id.
    :param en: the whole sentence in English; ``zh`` in Chinese.
    """

    file: str
    place: Place
    before: Any  # a value of YAML
    after: Any
    en: str
    zh: str


def differences(before: Instance, after: Instance) -> tuple[Difference, ...]:
    """Return what differs between the policies two instances, or two versions of one, work by; layout and comments do not count.

    :raises BadInput: for a file that is no YAML.
    """
    one, two = read_set(before), read_set(after)
    policies = _readable(before), _readable(after)
    found: list[Difference] = []
    for name in one.differing(two):
        if name not in one.files or name not in two.files:
            there = name in two.files
            words = ("is new", "为新增文件") if there else ("is gone", "已删除")
            found.append(Difference(name, (), None, None, f"{name} {words[0]}.", f"{name} {words[1]}。"))
            continue
        old, new = (_document(instance, name, policy) for instance, policy in zip((before, after), policies, strict=True))  # fmt: skip
        found += [_told(name, *item, policies) for item in _walk(old, new, ())]
    return tuple(found)


def _readable(instance: Instance) -> Policy | None:
    try:
        return load_policy(instance)
    except BadInput:
        return None


def _document(instance: Instance, name: str, policy: Policy | None) -> Any:  # a YAML document
    """Return a document as it counts: of the risk policy with every default, so that writing one out is no difference."""
    if name == RISK and policy is not None:
        return json.loads(policy.content)
    folder, _, file = name.partition("/")
    return parse_yaml(instance.configuration_file(folder, file))


def _walk(old: Any, new: Any, place: Place) -> Iterator[tuple[Place, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _walk(old.get(key), new.get(key), (*place, key))
    elif isinstance(old, list) and isinstance(new, list) and (named := _named(old, new)):
        one, two = ({str(item[named]): item for item in items} for items in (old, new))
        for key in [*one, *(key for key in two if key not in one)]:
            yield from _walk(one.get(key), two.get(key), (*place, key))
    elif old != new:
        yield place, old, new


def _named(old: list[Any], new: list[Any]) -> str | None:
    """Return the key that names every entry of both lists, each only once in either."""

    def names(items: list[Any], key: str) -> list[str]:
        return [str(item[key]) for item in items if isinstance(item, dict) and key in item]

    return next((key for key in NAMES if all(len(set(names(items, key))) == len(items) for items in (old, new))
                 and (old or new)), None)  # fmt: skip


def _told(file: str, place: Place, old: Any, new: Any, policies: tuple[Policy | None, Policy | None]) -> Difference:
    said = []
    for number, language in enumerate(("en", "zh")):
        one, two = (_value(place, value, policy, language) for value, policy in zip((old, new), policies, strict=True))
        subject = _subject(file, place, policies, language)
        said.append(f"{subject}: {one} → {two}." if number == 0 else f"{subject}：{one} → {two}。")
    return Difference(file, place, _plain(old), _plain(new), said[0], said[1])


def _subject(file: str, place: Place, policies: tuple[Policy | None, Policy | None], language: str) -> str:
    """Return what is spoken of: the thing by its name, then the keys that lead to the entry."""
    number = int(language == "zh")
    for depth in (2, 1):
        word = THINGS.get(tuple(str(part) for part in place[:depth])) if file == RISK else None
        if word is not None and len(place) > depth:
            name = _name_of(place[:depth], str(place[depth]), policies, language)
            keys = [_key(part, number) for part in place[depth + 1 :]]
            return _joined([f"{word[number]} {name}".strip(), *keys], number)
    short = file.rpartition("/")[2]
    return _joined([short, *(_key(part, number) for part in place)], number)


def _joined(parts: list[str], number: int) -> str:
    return ("，" if number else ", ").join(parts)


def _key(part: str | int, number: int) -> str:
    known = KEYS.get(str(part))
    return known[number] if known else str(part).replace("_", " ")


def _name_of(kind: Place, entry: str, policies: tuple[Policy | None, Policy | None], language: str) -> str:
    for policy in reversed(policies):
        listed = () if policy is None or kind not in {("indicators",), ("classes",)} else getattr(policy, str(kind[0]))
        for item in listed:
            if item.id == entry:
                name = item.name.of(language)
                return entry if name == entry else f"{entry} ({name})"
    return entry


def _value(place: Place, value: Any, policy: Policy | None, language: str) -> str:
    if value is None:
        return NOTHING[int(language == "zh")]
    if place[:1] == ("indicators",) and place[-1] in {"warning", "alarm"} and policy is not None and len(place) == 3:
        item = policy.listed(str(place[1]))
        if item is not None:
            return figure(float(value), item, policy, language)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:,g}" if abs(value) < 1e6 else f"{value:,.0f}"
    return value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False, default=str)


def _plain(value: Any) -> Any:  # ruamel's containers are dicts and lists of any shape
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    return next((kind(value) for kind in (int, float, str) if isinstance(value, kind)), str(value))
