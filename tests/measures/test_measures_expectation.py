"""What a measure is expected to change follows from the frozen facts alone, figure by figure, and what they do not tell is named."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from riskreview.console.words import LANGUAGES, words
from riskreview.foundation.instance import Instance, Settings
from riskreview.measures.expectation import RULES, Expectation, Known, expect, expected_of, told
from riskreview.measures.terms import Terms
from riskreview.policy.measure_policy import load_measure_policy
from riskreview.policy.review_approval import MEASURES

POLICY = load_measure_policy(Instance(Path("nowhere"), Settings()))
KNOWN = Known(exposure=1_000_000.0, overdue=200_000.0, limit=900_000.0, terms_days=60, secured=0.0, yearly_sales=3_650_000.0,
              probability=0.10, secured_lgd_pct=15.0, unsecured_lgd_pct=45.0)  # fmt: skip
"""Sells 10,000 a day; loses 45 % of what is open with a chance of 10 %: 45,000 a year."""


def of(kind: str, known: Known = KNOWN, **terms: object) -> dict[str, tuple[float | None, float]]:
    found = expect(POLICY.kind(kind), Terms(**terms), known)  # type: ignore[arg-type]  # a test's own words
    return {item.figure: (item.before, item.after) for item in found.changes}


def test_a_lower_limit_brings_exposure_down_to_it_with_loss_days_and_cash() -> None:
    assert of("freeze_limit", amount=Decimal(600_000)) == {
        "limit": (900_000.0, 600_000.0), "exposure": (1_000_000.0, 600_000.0), "expected_loss": (45_000.0, 27_000.0),
        "cash": (0.0, 400_000.0), "days_sales": (100.0, 60.0), "sales": (3_650_000.0, 3_285_000.0)}  # fmt: skip
    assert of("raise_limit", amount=Decimal(1_500_000))["cash"] == (0.0, -500_000.0)
    assert "exposure" not in of("cut_limit", amount=Decimal(1_200_000))


def test_other_terms_move_exposure_by_the_sales_of_the_days_between_and_never_below_what_is_overdue() -> None:
    assert of("shorten_terms", days=30)["exposure"] == (1_000_000.0, 700_000.0)
    assert of("shorten_terms", days=30)["terms_days"] == (60, 30)
    assert of("extend_terms", days=90)["exposure"] == (1_000_000.0, 1_300_000.0)
    late = replace(KNOWN, overdue=900_000.0)
    assert of("shorten_terms", late, days=0)["exposure"] == (1_000_000.0, 900_000.0)


def test_payment_ahead_security_instalments_and_provisions_change_what_they_are_about() -> None:
    assert of("deposit", share_pct=Decimal(25))["exposure"] == (1_000_000.0, 800_000.0)
    assert (
        of("prepayment", share_pct=Decimal(100))["exposure"]
        == of("delivery_stop")["exposure"]
        == (1_000_000.0, 200_000.0)
    )
    assert of("collateral", amount=Decimal(500_000)) == {
        "secured": (0.0, 500_000.0),
        "expected_loss": (45_000.0, 30_000.0),
    }
    paid = of("instalment_plan", amount=Decimal(150_000), days=90)
    assert (paid["overdue"], paid["cash"], "sales" in paid) == ((200_000.0, 50_000.0), (0.0, 150_000.0), False)
    assert of("provision", amount=Decimal(20_000)) == {"not_provided": (45_000.0, 25_000.0)}


def test_what_the_facts_do_not_tell_is_named_and_what_changes_nothing_says_so() -> None:
    unknown = replace(KNOWN, yearly_sales=None, terms_days=None)
    cut = expect(POLICY.kind("freeze_limit"), Terms(amount=Decimal(600_000)), unknown)
    assert cut.missing == {"sales": "no_sales", "days_sales": "no_sales"}
    assert expect(POLICY.kind("shorten_terms"), Terms(days=15), unknown).missing["exposure"] == "no_terms"
    assert (
        expect(POLICY.kind("shorten_terms"), Terms(days=15), replace(KNOWN, yearly_sales=None)).missing["exposure"]
        == "no_sales"
    )
    assert expect(POLICY.kind("collection"), Terms(stage=2), KNOWN).missing == {"overdue": "outcome_unknown"}
    assert expect(POLICY.kind("visit"), Terms(), KNOWN) == Expectation(because="by_itself_none")
    assert (
        expect(POLICY.kind("instalment_plan"), Terms(amount=Decimal(5)), replace(KNOWN, overdue=0.0)).because
        == "nothing_changes"
    )
    for old in (None, {"measures": [], "currency": "CNY"}):
        assert expected_of(old, POLICY.kind("visit"), Terms())["because"] == "not_frozen"


@given(
    st.sampled_from(MEASURES), st.floats(0, 1e9), st.floats(0, 1), st.none() | st.floats(0, 1e10), st.none() | st.integers(0, 365),
    st.integers(0, 10**9), st.integers(0, 365), st.integers(1, 100),
)  # fmt: skip
@settings(max_examples=60)
def test_a_constraint_never_raises_exposure_or_loss_and_every_figure_has_its_words(
    name: str, exposure: float, late: float, sales: float | None, days_now: int | None, amount: int, days: int, share: int
) -> None:  # fmt: skip
    kind = POLICY.kind(name)
    if days_now is not None and kind.compared_with == "terms":
        days = max(days_now, days) if kind.relaxes else min(days_now, days)
    known = replace(KNOWN, exposure=exposure, overdue=exposure * late, yearly_sales=sales, terms_days=days_now)

    found = expect(kind, Terms(Decimal(amount), days, Decimal(share), 1), known)

    changed = {item.figure: item.after - (item.before or 0.0) for item in found.changes}
    worse = {
        figure for figure in ("exposure", "overdue", "expected_loss", "days_sales") if changed.get(figure, 0.0) > 0
    }
    assert worse == set() or kind.relaxes
    assert bool(found.changes or found.missing) != bool(found.because)
    strategy = {"known": known.document(), "currency": "CNY"}
    for language in LANGUAGES:
        said = words(language)
        assert told(expected_of(strategy, kind, Terms(Decimal(amount), days, Decimal(share), 1)), said["expected_figure"], said["expected_because"], said["word"]["days"])  # fmt: skip


def test_every_kind_that_says_amounts_days_or_shares_has_a_rule() -> None:
    assert {kind.id for kind in POLICY.kinds if kind.parameters} <= set(RULES) <= set(MEASURES)
