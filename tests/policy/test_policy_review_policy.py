"""How reviews are worked off is read strictly, and ladders climb in working time."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.policy.calendars import read_calendar
from riskreview.policy.ladder import LadderRung, climb
from riskreview.policy.review_policy import REVIEWED, load_review_policy

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = read_calendar(PACKAGED / "calendars" / "cn.yaml")


def test_the_shipped_policy_gives_worse_classes_less_time(instance: Instance) -> None:
    policy = load_review_policy(instance)

    days = [policy.days_for(word) for word in ("medium", "high", "critical", "default")]
    assert days == sorted(days, reverse=True)
    assert policy.event_days <= days[-1]
    assert all(policy.days_for(word) > policy.spread_from for word in REVIEWED)


def test_a_class_may_climb_faster_and_one_without_a_ladder_of_its_own_climbs_the_usual_one(instance: Instance) -> None:
    policy = load_review_policy(instance)
    start, due_at = datetime(2026, 7, 1, 1, tzinfo=UTC), datetime(2026, 7, 31, 10, tzinfo=UTC)

    last = {
        word: climb(
            policy.ladder_for(word),
            start=start,
            due_at=due_at,
            calendar=CHINA,
            zone=SHANGHAI,
            people_of=lambda role: (role,),
        )[-1]
        for word in REVIEWED
    }

    assert last["default"].at == last["critical"].at < last["high"].at == last["medium"].at
    assert {rung.audience for rung in last.values()} == {("executive", "legal")}


@pytest.mark.parametrize(("old", "new", "code"), [
    ("critical: 10wd", "critical: 13 weeks", "E-DURATION"), ("critical: 10wd", "critical: 10h", "E-POLICY-CADENCE"),
    (", default: 10wd", "", "E-POLICY-CADENCE"), ("critical: 10wd", "critical: 2wd", "E-POLICY-CADENCE"),
    ("critical: 10wd", "kritical: 10wd", "E-POLICY-TYPE"), ("event_due_within: 5wd", "event_due_within: 0wd", "E-DURATION"),
    ('starts: "01-01"', 'starts: "13-01"', "E-POLICY-FISCAL"), ('starts: "01-01"', 'starts: "02-29"', "E-POLICY-FISCAL"),
    ('starts: "01-01"', "starts: 13", "E-POLICY-FISCAL"), ("to: [cfo]", "to: [boss]", "E-PLAYBOOK-OWNER"),
])  # fmt: skip
def test_a_wrong_review_policy_is_refused_with_its_code(
    instance: Instance, tmp_path: Path, old: str, new: str, code: str
) -> None:
    text = (PACKAGED / "policies" / "reviews.yaml").read_text(encoding="utf-8")
    assert old in text
    (instance.home / "policies" / "reviews.yaml").write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(BadInput) as caught:
        load_review_policy(instance)

    assert caught.value.code == code


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 10, 1), timezones=st.just(UTC)),
    st.integers(1, 30),
)
def test_rungs_are_in_order_in_working_time_and_never_before_the_start(start: datetime, days: int) -> None:
    ladder = [LadderRung(at_pct=50, to=("owner",)), LadderRung(at_pct=100, to=("owner", "deputy")), LadderRung(after="4h", to=("cfo",)),
              LadderRung(after="2wd", to=("executive", "cfo"))]  # fmt: skip
    due_at = CHINA.end_of(CHINA.add_business_days(start.astimezone(SHANGHAI).date(), days), SHANGHAI)

    rungs = climb(
        ladder, start=start, due_at=due_at, calendar=CHINA, zone=SHANGHAI, people_of=lambda role: (f"{role}.one",)
    )

    assert [rung.at for rung in rungs] == sorted(rung.at for rung in rungs)
    assert start <= rungs[0].at <= due_at == rungs[1].at
    assert [rung.level for rung in rungs] == [0, 1, 2, 3]
    assert rungs[3].audience == ("executive.one", "cfo.one")
    for rung in rungs:
        local = rung.at.astimezone(SHANGHAI)
        assert CHINA.is_business_day(local.date())
        assert CHINA.opens <= local.time() <= CHINA.closes
    assert date(2026, 1, 1) <= rungs[3].at.date()


@pytest.mark.parametrize(("start", "due", "told"), [
    ((2026, 7, 6, 10), (2026, 7, 8, 10), []),  # would come with the opening itself
    ((2026, 7, 6, 10), (2026, 7, 8, 11), [(2026, 7, 6, 11)]),
    ((2026, 7, 1, 10), (2026, 7, 7, 10), [(2026, 7, 6, 9)]),  # a Sunday, so the next working hour
    ((2026, 7, 6, 10), (2026, 7, 12, 20), [(2026, 7, 12, 20)]),  # after work on a Friday: never later than what it reminds of
])  # fmt: skip
def test_a_reminder_comes_in_working_time_after_the_opening_and_never_after_what_it_reminds_of(
    start: tuple[int, ...], due: tuple[int, ...], told: list[tuple[int, ...]]
) -> None:
    at = [datetime(*when, tzinfo=SHANGHAI) for when in (start, due, *told)]  # type: ignore[arg-type, misc]  # year to hour

    rungs = climb([LadderRung(before_days=2, to=("owner",))], start=at[0], due_at=at[1], calendar=CHINA, zone=SHANGHAI, people_of=lambda _: ())  # fmt: skip

    assert [rung.at for rung in rungs] == at[2:]


def test_a_rung_told_again_and_again_counts_from_the_time_before() -> None:
    monday = datetime(2026, 7, 6, 17, tzinfo=SHANGHAI)
    rung = LadderRung.model_validate({"after": "1wd", "times": 3, "every": "2wd", "to": ["cfo"]})

    rungs = climb([rung], start=monday, due_at=monday, calendar=CHINA, zone=SHANGHAI, people_of=lambda _: ("eve",))

    assert [found.at.astimezone(SHANGHAI).day for found in rungs] == [7, 9, 13]
    assert {found.level for found in rungs} == {1}
