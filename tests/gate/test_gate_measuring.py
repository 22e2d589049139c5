"""What a version would have been worth, on courses small enough to count by hand."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from riskreview.gate.course import Course
from riskreview.gate.failures import SOURCES, Told, default_days
from riskreview.gate.labels import Labels, held_against
from riskreview.gate.measuring import measure, spells_of
from riskreview.policy.gate_policy import BacktestPolicy
from riskreview.policy.risk_terms import RiskClass

RULES = BacktestPolicy(months=6, horizon_months=2, alert_class="high", least_lead_days=30, known_within_days=0)
DAYS = tuple(date(2026, month, 1) - timedelta(days=1) for month in range(2, 8))
CODES = {"-": -1, "l": 1, "m": 2, "h": 3, "c": 4, "d": 5}


def course(*customers: str, exposure: float = 100.0, overdue: dict[int, list[float]] | None = None) -> Course:
    """Return a course from one letter per day and customer; - where it was not known yet."""
    classes = np.array([[CODES[letter] for letter in word] for word in customers], dtype=np.int8).T
    late = np.full(classes.shape, np.nan)
    for number, values in (overdue or {}).items():
        late[:, number] = values
    return Course(DAYS[: len(classes)], np.arange(1, len(customers) + 1, dtype=np.int64), {"base": classes, "new": classes}, np.full(classes.shape, exposure),
                  late, np.zeros(classes.shape, dtype=bool), {"base": (0,) * len(classes), "new": (0,) * len(classes)}, None)  # type: ignore[arg-type]  # fmt: skip


def measured(found: Course, *defaults: date | None, sales: float = 0.0) -> dict:
    days = np.array([0 if day is None else day.toordinal() for day in defaults])
    return measure(
        found, "new", days, np.zeros(len(days), dtype=np.int8), np.full((len(found.days), len(days)), sales), RULES
    )


def test_alerts_are_right_false_late_or_still_open():
    found = measured(
        course("lhllll", "lhllll", "llllld", "llllhh", "-lllll"), date(2026, 4, 20), None, date(2026, 6, 10), None, None
    )

    assert found["alerts"]["all"] == {
        "right": 1,
        "false": 1,
        "late": 1,
        "open": 1,
        "alerts": 4,
        "hit_rate": 0.5,
        "false_rate": 0.5,
    }
    assert found["new_alerts"] == [0, 2, 0, 0, 1, 1]


def test_what_people_said_is_held_against_what_the_version_said_from_then_on():
    found = course("lhllll", "hhhhhh", "llllll", "-lllll")
    told = [(1, DAYS[1] - timedelta(days=9), True), (1, DAYS[1], False), (2, DAYS[5], True), (2, DAYS[5] + timedelta(days=1), True), (3, DAYS[2], True),
            (4, DAYS[0], True), (9, DAYS[0], False)]  # fmt: skip
    keys, days, confirmed = zip(*told, strict=True)
    labels = Labels(np.array(keys), np.array([day.toordinal() for day in days]), np.array(confirmed))

    figures = held_against(found, "new", labels, alert_class="high")

    assert figures == {"confirmed": 3, "confirmed_held": 2, "refuted": 1, "refuted_held": 1}


def test_lead_counts_from_the_spell_the_default_fell_into():
    found = measured(course("hllhhd", "hhhhhd"), date(2026, 6, 15), date(2026, 6, 15))

    lead = found["defaults"]["lead"]
    assert (lead["least"], lead["most"]) == ((date(2026, 6, 15) - DAYS[3]).days, (date(2026, 6, 15) - DAYS[0]).days)
    assert found["defaults"]["at_least"] == 1


def test_a_default_that_no_alert_came_before_is_missed_with_its_exposure():
    found = measured(course("llllhd", "llllld"), date(2026, 6, 15), date(2026, 6, 15))

    assert (found["defaults"]["judged"], found["defaults"]["foreseen"], found["defaults"]["missed"]) == (2, 1, 1)
    assert found["defaults"]["exposure"] == {"protected": "0.00", "late": "100.00", "missed": "100.00"}


def test_who_had_defaulted_before_is_no_case_of_foresight():
    found = measured(course("dddddd"), date(2026, 1, 10))

    assert (found["defaults"]["judged"], found["defaults"]["before"]) == (0, 1)


def test_sales_count_as_wrongly_held_in_the_months_of_a_false_alert_alone():
    found = measured(course("lhhlll", "lhhlll"), None, date(2026, 4, 10), sales=7.0)

    assert found["constrained"] == {"billed": "14.00", "alerts": 1, "customers": 1, "months": 2}


def test_a_class_is_as_bad_as_what_followed_within_the_horizon():
    found = measured(course("hhlldd", "hhllll"), date(2026, 3, 20), None)

    assert found["classes"]["high"] == {"judged": 4, "defaulted": 2, "rate": 0.5}


def test_the_first_of_late_payment_insolvency_and_write_off_is_the_default():
    found = course(
        "llllll", "llllll", "llllll", overdue={0: [np.nan, 44, 75, 105, 136, 166], 1: [0.0] * 6, 2: [np.nan] * 6}
    )
    nobody = np.zeros(0, dtype=np.int64)
    insolvent = (np.array([2, 99]), np.array([date(2026, 2, 3).toordinal()] * 2))
    written_off = (np.array([1]), np.array([date(2026, 5, 5).toordinal()]))
    told = Told({"insolvency": insolvent, "written_off": written_off}, (nobody, nobody, np.zeros(0)))

    days, source = default_days(found, told, days_past_due=90)

    assert [date.fromordinal(day) for day in days[:2]] == [DAYS[3] - timedelta(days=14), date(2026, 2, 3)]
    assert days[2] == 0
    assert [SOURCES[code] for code in source[:2]] == ["payment", "insolvency"]


@examples(max_examples=60)
@given(st.lists(st.text("-lmhcd", min_size=6, max_size=6), min_size=1, max_size=8))
def test_spells_cover_exactly_the_days_of_alert_and_never_touch(words):
    found = course(*words)
    high, spells = spells_of(found.classes["new"], "high")

    covered = np.zeros(high.shape, dtype=int)
    for customer, start, end in zip(spells.customer, spells.start, spells.end, strict=True):
        covered[start:end, customer] += 1
        assert start == 0 or not high[start - 1, customer]
        assert end == len(high) or not high[end, customer]
    assert np.array_equal(covered, high.astype(int))
    assert high.sum() == sum(word.count(letter) for word in words for letter in "hcd")


@examples(max_examples=40)
@given(
    st.lists(
        st.tuples(st.text("lmhcd", min_size=6, max_size=6), st.one_of(st.none(), st.dates(date(2026, 1, 1), DAYS[-1]))),
        min_size=1,
        max_size=8,
    )
)
def test_every_alert_and_every_default_is_counted_once(given_):
    found = measured(course(*(word for word, _ in given_)), *(day for _, day in given_))

    alerts, defaults = found["alerts"], found["defaults"]
    assert alerts["all"]["alerts"] == sum(alerts["all"][word] for word in ("right", "false", "late", "open"))
    assert alerts["all"]["alerts"] == sum(alerts[word.name]["alerts"] for word in RiskClass if word.name != "unknown")
    assert defaults["judged"] + defaults["before"] == sum(day is not None for _, day in given_)
    assert defaults["foreseen"] + defaults["missed"] == defaults["judged"] == sum(defaults["by_class"].values())
    assert (
        defaults["in_time"]
        <= defaults["foreseen"]
        == defaults["lead"]["count"]
        == sum(count for _, count in defaults["lead"]["buckets"])
    )
    total = sum(float(amount) for amount in defaults["exposure"].values())
    assert total == pytest.approx(100.0 * defaults["judged"])
