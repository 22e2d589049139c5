"""What a policy may say about the ratio models, and how it is refused by line."""

import pytest

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.policy.ratio_models import ModelOverride, RatioPolicy
from riskreview.policy.risk_policy import FILE, Policy, load_policy, policy_of

SHIPPED = (PACKAGED / "policies" / FILE).read_text("utf-8")


def load(instance: Instance, text: str) -> Policy:
    (instance.home / "policies" / FILE).write_text(text, "utf-8")
    return load_policy(instance)


def override(line: str) -> str:
    assert "  overrides: []\n" in SHIPPED
    return SHIPPED.replace("  overrides: []\n", f"  overrides:\n    - {line}\n")


def test_the_shipped_policy_excludes_banks_insurers_and_holdings_and_deflates(instance: Instance) -> None:
    models = load_policy(instance).ratio_models

    assert {"J66", "J68", "K64", "K65"} <= set(models.excluded_industries)
    assert [item.year for item in models.price_index] == sorted(item.year for item in models.price_index)
    assert models.preferred_scope == "consolidated"


def test_an_override_changes_the_digest_and_is_kept(instance: Instance) -> None:
    before = load_policy(instance).digest

    policy = load(
        instance,
        override('{model: springate, countries: [CA], coefficients: {sales_to_assets: 0.3}, source: "own study"}'),
    )

    assert policy.digest != before
    assert policy_of(policy.content).ratio_models.overrides[0].apply().coefficients["sales_to_assets"] == 0.3


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ('{model: altmann, distress: 1, source: "a study"}', "E-POLICY-TYPE", "altmann"),
        ('{model: altman_z2, coefficients: {turnover: 1}, source: "a study"}', "E-POLICY-KEY", "no term turnover"),
        ('{model: altman_z2, source: "a study"}', "E-POLICY-KEY", "changes nothing"),
        ('{model: altman_z2, distress: 3, source: "a study"}', "E-POLICY-DIRECTION", "wrong way round"),
        ('{model: beneish, safe: -1, source: "a study"}', "E-POLICY-DIRECTION", "wrong way round"),
        ('{model: altman_z2, distress: 1, countries: [XX], source: "a study"}', "E-POLICY-KEY", "XX is no country"),
        ('{model: altman_z2, distress: 1, industries: ["c 33"], source: "a study"}', "E-POLICY-TYPE", "c 33"),
        ("{model: altman_z2, distress: 1}", "E-POLICY-KEY", "source is missing"),
        ('{model: altman_z2, distress: .inf, source: "a study"}', "E-POLICY-TYPE", "finite"),
    ],
)  # fmt: skip
def test_a_wrong_override_is_refused_by_line(instance: Instance, line: str, code: str, told: str) -> None:
    text = override(line)

    with pytest.raises(BadInput) as refused:
        load(instance, text)

    assert (refused.value.code, told in str(refused.value)) == (code, True), str(refused.value)
    assert line.split(",", maxsplit=1)[0] in text.splitlines()[(refused.value.line or 0) - 1]


def test_the_years_of_the_price_index_ascend(instance: Instance) -> None:
    with pytest.raises(BadInput, match="ascend"):
        load(instance, SHIPPED.replace("{year: 2018, index", "{year: 2017, index"))


def test_the_overrides_of_a_model_keep_their_places() -> None:
    one = ModelOverride(model="beneish", distress=-1.5, safe=-1.5, source="a study")
    two = ModelOverride(model="altman_z", distress=1.5, source="a study")

    assert RatioPolicy(overrides=(one, two)).variants("altman_z") == ((1, two),)
