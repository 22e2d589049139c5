"""Owns what a person is told about a bin: the figure's title and where it lies, in English and Chinese."""

from itertools import pairwise

from riskreview.models.definition import FeatureRule
from riskreview.policy.risk_terms import Text

MISSING = Text(en="data missing", zh="缺少数据")
SHOWN_TEXTS = 4


def title_of(rule: FeatureRule) -> Text:
    """Return the title of a figure: the definition's, else its column's name."""
    return rule.title or Text(en=rule.name.replace("_", " "), zh=rule.name.replace("_", " "))


def range_texts(title: Text, splits: tuple[float, ...]) -> list[Text]:
    """Return one text per range between splits."""
    if not splits:
        return [Text(en=f"{title.en}: any figure", zh=f"{title.zh}：任意数值")]
    plain = [number(split) for split in splits]
    inner = [Text(en=f"{title.en}: {low} to below {high}", zh=f"{title.zh}：{low} 至 {high} 以下")
             for low, high in pairwise(plain)]  # fmt: skip
    return [
        Text(en=f"{title.en}: below {plain[0]}", zh=f"{title.zh}：低于 {plain[0]}"),
        *inner,
        Text(en=f"{title.en}: {plain[-1]} or more", zh=f"{title.zh}：{plain[-1]} 及以上"),
    ]


def group_texts(title: Text, groups: tuple[tuple[str, ...], ...]) -> list[Text]:
    """Return one text per group of texts; long groups are cut short."""
    shown = ["; ".join(group[:SHOWN_TEXTS]) + ("; ..." if len(group) > SHOWN_TEXTS else "") for group in groups]
    return [Text(en=f"{title.en}: {words}"[:500], zh=f"{title.zh}：{words}"[:500]) for words in shown]


def missing_text(title: Text) -> Text:
    """Return the text of a missing figure."""
    return Text(en=f"{title.en}: {MISSING.en}", zh=f"{title.zh}：{MISSING.zh}")


def special_text(title: Text, code: float) -> Text:
    """Return the text of a special code."""
    return Text(en=f"{title.en}: exactly {number(code)}", zh=f"{title.zh}：恰为 {number(code)}")


def number(value: float) -> str:
    """Return a number the way people write it."""
    return f"{value:,.0f}" if abs(value) >= 1000 and value == round(value) else f"{value:.15g}"
