"""Owns the page that documents the ratio library, drawn from the models and ratios themselves."""

from riskreview.indicators.ratios.plain import PLAIN
from riskreview.indicators.ratios.terms import TERMS
from riskreview.policy.ratio_models import INTERCEPT, PUBLISHED, RatioModel

HEAD = """# Financial ratios

Generated from `plugins/riskreview/indicators/ratios` and `plugins/riskreview/policy/ratio_models.py`. `riskreview show statements CUSTOMER`
prints every model and ratio of a customer with zone, inputs and what was missing.

## Which statements count

- The newest period published by the date (`published_on`, else the end of the period), from what was known at the run. Of several versions
  of an item the newest extract counts, so a restatement replaces the first figure from the day it was known, never before.
- For one period the annual statement wins over an interim one, then the policy's `preferred_scope` (consolidated or parent). The other
  scope is used when it alone reaches the newest period, and marked.
- A statement whose lines are in several currencies is left out. Ratios are never formed across currencies, periods or scopes.
- Amounts are in units of one: the mapping scales thousands and ten thousands.
- Interim statements become twelve months: interim + last financial year - interim of the year before, item by item. Where one of the three
  is missing, the interim flow is stretched by its months (Q1 3, H1 and Q2 6, Q3 9, YTD since the last financial year, else since January).
  Comparisons with the year before use the same period of both years, stretched alike.
- Statements older than 18 months say nothing.
- Expenses may carry either sign. Missing totals are rebuilt: equity and liabilities from each other and assets, gross profit from revenue and cost,
  EBIT from pre-tax profit and interest or else operating profit, funds from net income and depreciation or else operating cash flow.
- A zero denominator gives no value, and so does a negative one where it can only be an error or would turn the sign: no mistake makes a firm look sound.

## Models

A model is its intercept plus coefficients times terms. `excluded_industries` of the policy get no value. `overrides` of the policy change
coefficients and lines for countries and industries, each with its source; the last that fits counts. A value beyond the distress line is
in the distress zone, one that has not reached the safe line is in the grey zone.
"""
NOTES = """
- **Altman Z** needs `market_equity`, the market value of equity, as an item of the statement. The last coefficient is the paper's 0.999.
- **Ohlson O**: size is the logarithm of assets in dollars divided by the price index (1968 = 100) of the year before the balance sheet. Without
  index or dollar rate the term is dropped: the value then ranks firms, but has neither zone nor probability. Without a year before, one loss
  counts as two and income as unchanged. 0 is a probability of 50 %; Ohlson's own error-minimizing cut was 3.8 %.
- **Zmijewski X**: the current ratio is printed with either sign in secondary sources; we take +0.004 as the reference. It moves the value by less than 0.01.
- **Beneish M**: depreciation, asset quality and overhead index count as 1 when they cannot be computed, as the paper does. Leverage without long-term debt
  in both years is that of current liabilities. The paper's lines are -1.49 when a miss costs ten errors, -1.78 at 20 to 30, -1.89 at 40 or more;
  F10 warns and alarms at the outer two. -2.22 belongs to the five-variable form.
- **Piotroski F** divides by assets at the end of each year rather than at the beginning, because a third balance sheet is rarely at hand.
  `no_shares_issued` compares share capital; a capitalization of reserves therefore costs a point.

### How well they rank

Area under the curve on the UCI Polish companies five years before bankruptcy (7,027 firms, 271 bankrupt; Zieba, Tomczak and Tomczak 2016,
CC BY 4.0, 10.24432/C5F600), firms without a value in the middle, Ohlson without size and the year before. Measured on 2026-11-25 with
`pytest tests/indicators/test_indicators_ratio_models_on_real_firms.py`; the reference figures are those of an independent computation.

| model | measured | reference |
|---|---|---|
| Altman Z' | .633 | .634 |
| Altman Z'' | .690 | .690 |
| Springate | .653 | .654 |
| Zmijewski | .682 | .681 |
| Ohlson O | .698 | .700 |

They are cheap second opinions for a start without own data, not a model fitted to one's customers.
"""


def reference_page() -> str:
    """Return the page in Markdown."""
    parts = [HEAD]
    for model in PUBLISHED.values():
        parts.extend(_model(model))
    parts.append(NOTES)
    parts.append(
        "## Terms\n\n| term | figures of the newest statement | also a year before | when missing |\n|---|---|---|---|"
    )
    parts.extend(_term(name) for name in TERMS)
    parts.append("\n## Plain ratios\n\n| ratio | family | formula |\n|---|---|---|")
    parts.extend(f"| {ratio.name.en} (`{ratio.id}`) | {ratio.family} | {ratio.formula} |" for ratio in PLAIN.values())
    return "\n".join(parts)


def _model(model: RatioModel) -> list[str]:
    bad = "high is bad" if model.direction == "up" else "high is good"
    comparison = ("above", "up to") if model.direction == "up" else ("below", "from")
    link = {
        "logit": "; probability 1 / (1 + exp(-value))",
        "probit": "; probability is the normal distribution at the value",
        None: "",
    }
    lines = f"distress {comparison[0]} {model.distress:g}, safe {comparison[1]} {model.safe:g}{link[model.link]}"
    use = f"Use: {model.use.en}. {bad.capitalize()}: {lines}. Source: {model.source}.\n"
    return [f"### {model.name.en}\n", f"{_formula(model)}\n", use]


def _formula(model: RatioModel) -> str:
    parts = [f"{model.coefficients[INTERCEPT]:g}"] if INTERCEPT in model.coefficients else []
    parts += [
        f"{'-' if model.coefficients[name] < 0 else '+'} {abs(model.coefficients[name]):g} {name}"
        for name in model.terms
    ]
    return "`" + " ".join(parts).removeprefix("+ ") + "`"


def _term(name: str) -> str:
    term = TERMS[name]
    instead = "the value only ranks" if term.is_optional_to_rank else "a neutral value" if term.fallback else "no value"
    return f"| `{name}` | {', '.join(term.needs)} | {', '.join(term.compares)} | {instead} |"
