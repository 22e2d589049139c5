"""Owns the published ratio models, their coefficients, lines and sources, and what a policy may change about them.

Every model is an intercept plus coefficients times terms; ``indicators.ratios.terms`` computes the terms. Sources:
Altman, Journal of Finance 23 (1968) 589-609: Z of listed manufacturers; Altman, Corporate Financial Distress (1983): Z' of private ones;
Altman, Hartzell and Peck (1995): Z'' and its emerging-market form, 3.25 higher with lines moved alike; Ohlson, Journal of Accounting
Research 18 (1980) 109-131, model 1; Zmijewski, Journal of Accounting Research 22 supplement (1984) 59-82; Springate, Simon Fraser
University (1978); Beneish, Financial Analysts Journal 55 (1999) 24-36, eight variables; Piotroski, Journal of Accounting
Research 38 supplement (2000) 1-41.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.codes import are_countries, are_industry_codes
from riskreview.policy.risk_terms import Direction, Number, Text

ModelId = Literal[
    "altman_z", "altman_z1", "altman_z2", "altman_em", "ohlson", "zmijewski", "springate", "beneish", "piotroski"
]
Scope = Literal["consolidated", "parent"]
INTERCEPT = "intercept"


@dataclass(frozen=True, slots=True)
class RatioModel:
    """One model.

    :param direction: the direction that is bad.
    :param coefficients: by term, the intercept among them.
    :param safe: the safe zone begins at this line; the distress zone begins beyond ``distress``; between them lies the grey zone.
    :param link: how the value becomes a probability, None when it does not.
    """

    id: str
    name: Text
    use: Text
    direction: Direction
    coefficients: Mapping[str, float]
    safe: float
    distress: float
    source: str
    link: Literal["logit", "probit"] | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms without the intercept."""
        return tuple(name for name in self.coefficients if name != INTERCEPT)


def _altman(id_: str, name: str, zh: str, coefficients: Mapping[str, float], lines: tuple[float, float],
            use: tuple[str, str], source: str) -> RatioModel:  # fmt: skip
    safe, distress = lines
    return RatioModel(
        id_, Text(en=name, zh=zh), Text(en=use[0], zh=use[1]), "down", coefficients, safe, distress, source
    )


_Z2 = {
    "working_capital_to_assets": 6.56, "retained_earnings_to_assets": 3.26, "ebit_to_assets": 6.72, "equity_to_liabilities": 1.05,
}  # fmt: skip

PUBLISHED: dict[str, RatioModel] = {model.id: model for model in (
    _altman("altman_z", "Altman Z", "Altman Z 值", {
        "working_capital_to_assets": 1.2, "retained_earnings_to_assets": 1.4, "ebit_to_assets": 3.3,
        "market_equity_to_liabilities": 0.6, "sales_to_assets": 0.999,
    }, (2.99, 1.81), ("listed manufacturers", "上市制造企业"), "Altman 1968"),
    _altman("altman_z1", "Altman Z'", "Altman Z' 值", {
        "working_capital_to_assets": 0.717, "retained_earnings_to_assets": 0.847, "ebit_to_assets": 3.107,
        "equity_to_liabilities": 0.420, "sales_to_assets": 0.998,
    }, (2.90, 1.23), ("private manufacturers", "非上市制造企业"), "Altman 1983"),
    _altman("altman_z2", "Altman Z''", "Altman Z'' 值", _Z2, (2.60, 1.10),
            ("every industry: no turnover in it; the default", "各行业通用（不含周转率），默认模型"), "Altman, Hartzell and Peck 1995"),
    _altman("altman_em", "Altman Z'' for emerging markets", "Altman Z'' 值（新兴市场）", {INTERCEPT: 3.25, **_Z2}, (5.85, 4.35),
            ("the same with lines moved by 3.25; never mix the lines", "同上，界线上移 3.25，不可混用"), "Altman, Hartzell and Peck 1995"),
    RatioModel(
        "ohlson", Text(en="Ohlson O", zh="Ohlson O 值"),
        Text(en="probability of failure; needs a price index for its size term", zh="失败概率；规模项需价格指数"), "up", {
            INTERCEPT: -1.32, "size": -0.407, "liabilities_to_assets": 6.03, "working_capital_to_assets": -1.43,
            "current_liabilities_to_current_assets": 0.0757, "liabilities_exceed_assets": -1.72, "net_income_to_assets": -2.37,
            "funds_to_liabilities": -1.83, "two_losses": 0.285, "income_change": -0.521,
        }, 0.0, 0.0, "Ohlson 1980, model 1", "logit"),
    RatioModel(
        "zmijewski", Text(en="Zmijewski X", zh="Zmijewski X 值"), Text(en="probability of distress", zh="困境概率"), "up", {
            INTERCEPT: -4.336, "net_income_to_assets": -4.513, "liabilities_to_assets": 5.679, "current_ratio": 0.004,
        }, 0.0, 0.0, "Zmijewski 1984", "probit"),
    RatioModel(
        "springate", Text(en="Springate S", zh="Springate S 值"), Text(en="a second opinion on failure", zh="失败风险的参照"), "down", {
            "working_capital_to_assets": 1.03, "ebit_to_assets": 3.07, "pretax_to_current_liabilities": 0.66, "sales_to_assets": 0.40,
        }, 0.862, 0.862, "Springate 1978"),
    RatioModel(
        "beneish", Text(en="Beneish M", zh="Beneish M 值"),
        Text(en="doubts about the accounts, not about solvency", zh="报表质量存疑，非偿债能力"), "up", {
            INTERCEPT: -4.84, "receivables_index": 0.920, "margin_index": 0.528, "asset_quality_index": 0.404, "sales_index": 0.892,
            "depreciation_index": 0.115, "overhead_index": -0.172, "accruals_to_assets": 4.679, "leverage_index": -0.327,
        }, -1.78, -1.78, "Beneish 1999, eight variables", "probit"),
    RatioModel(
        "piotroski", Text(en="Piotroski F", zh="Piotroski F 值"), Text(en="nine signs of a trend", zh="九项趋势信号"), "down", {
            "profit_is_positive": 1.0, "cash_flow_is_positive": 1.0, "return_rose": 1.0, "cash_flow_exceeds_profit": 1.0,
            "leverage_fell": 1.0, "current_ratio_rose": 1.0, "no_shares_issued": 1.0, "margin_rose": 1.0, "turnover_rose": 1.0,
        }, 8.0, 3.0, "Piotroski 2000"),
)}  # fmt: skip


class IndexYear(StrictModel):
    """The price level of a year, 1968 = 100."""

    year: int = Field(ge=1968, le=2199, strict=True)
    index: Number = Field(gt=0)


class ModelOverride(StrictModel):
    """Other coefficients or lines for some countries and industries; empty lists mean all.

    :param industries: beginnings of industry codes, capitals and digits only.
    :param source: where the figures come from, for the auditor.
    """

    model: ModelId
    countries: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    coefficients: dict[str, Number] = Field(default_factory=dict)
    safe: Number | None = None
    distress: Number | None = None
    source: str = Field(min_length=5, max_length=300)

    @field_validator("countries")
    @classmethod
    def _countries_exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return are_countries(value)

    @field_validator("industries")
    @classmethod
    def _industries_are_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return are_industry_codes(value)

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        base = PUBLISHED[self.model]
        wrong = next((name for name in self.coefficients if name not in (INTERCEPT, *base.terms)), None)
        if wrong is not None:
            known = ", ".join((INTERCEPT, *base.terms))
            raise ValueError(f"E-POLICY-KEY {self.model} has no term {wrong}; it has {known}")
        if not self.coefficients and self.safe is None and self.distress is None:
            raise ValueError(f"E-POLICY-KEY the override of {self.model} changes nothing")
        model = self.apply()
        if (model.safe - model.distress) * (1 if model.direction == "down" else -1) < 0:
            raise ValueError(
                f"E-POLICY-DIRECTION {self.model} goes bad {model.direction}, so safe {model.safe:g} and distress "
                f"{model.distress:g} are the wrong way round"
            )
        return self

    def apply(self) -> RatioModel:
        """Return the published model with these changes."""
        base = PUBLISHED[self.model]
        return replace(
            base, coefficients={**base.coefficients, **self.coefficients}, source=self.source,
            safe=base.safe if self.safe is None else self.safe,
            distress=base.distress if self.distress is None else self.distress,
        )  # fmt: skip


class JumpRule(StrictModel):
    """When a ratio that changes for the worse is called abnormal.

    :param least_deviations: robust deviations from the usual change below which nothing is abnormal, however improbable.
    :param min_peers: firms of the division, else of the portfolio, needed to know what is usual; without them four own years.
    """

    least_deviations: Number = Field(3.0, ge=2, le=20)
    min_peers: int = Field(30, ge=10, le=10000, strict=True)


class RatioPolicy(StrictModel):
    """What a risk officer may set about the ratio models.

    :param preferred_scope: which accounts count when a firm publishes both for one period.
    :param excluded_industries: beginnings of the codes of banks, insurers and holdings, whose accounts no model here fits.
    :param price_index: for Ohlson's size term; the newest year before the balance sheet's counts, without one the term is dropped.
    :param overrides: the last one that fits a customer counts.
    :param abnormal: when figures that jump are reported.
    """

    preferred_scope: Scope = "consolidated"
    excluded_industries: tuple[str, ...] = ()
    price_index: tuple[IndexYear, ...] = ()
    overrides: tuple[ModelOverride, ...] = ()
    abnormal: JumpRule = Field(default_factory=JumpRule)  # type: ignore[arg-type]  # all its fields have defaults

    @field_validator("excluded_industries")
    @classmethod
    def _industries_are_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return are_industry_codes(value)

    @field_validator("price_index")
    @classmethod
    def _years_ascend(cls, value: tuple[IndexYear, ...]) -> tuple[IndexYear, ...]:
        years = [item.year for item in value]
        if years != sorted(set(years)):
            raise ValueError("E-POLICY-DUPLICATE the years of the price index must ascend, each once")
        return value

    def variants(self, model: str) -> tuple[tuple[int, ModelOverride], ...]:
        """Return the overrides of a model with their positions in the policy."""
        return tuple((place, item) for place, item in enumerate(self.overrides) if item.model == model)
