"""Business time: holidays, make-up workdays, daylight saving, and years nobody has published."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED, Instance
from riskreview.policy.calendars import (
    Calendar,
    Deadline,
    calendar_of,
    country_calendar,
    load_calendars,
    read_calendar,
)

CHINA = read_calendar(PACKAGED / "calendars" / "cn.yaml")
GERMANY = read_calendar(PACKAGED / "calendars" / "de.yaml")
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")

days = st.dates(date(2023, 1, 1), date(2030, 12, 31))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
calendars = st.sampled_from([(CHINA, SHANGHAI), (GERMANY, BERLIN)])


def test_a_saturday_worked_in_exchange_for_golden_week_is_a_business_day() -> None:
    assert CHINA.is_business_day(date(2026, 10, 10))
    assert not CHINA.is_business_day(date(2026, 10, 7))
    assert CHINA.add_business_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert CHINA.add_business_days(date(2026, 10, 9), 1) == date(2026, 10, 10)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_listed_chinese_days_agree_with_the_holidays_library(year: int) -> None:
    import holidays

    official = holidays.country_holidays("CN", years=[year])
    every = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]

    assert [d for d in every if CHINA.is_business_day(d)] == [d for d in every if official.is_working_day(d)]


def test_a_country_whose_holidays_follow_from_the_law_knows_any_year() -> None:
    assert not GERMANY.is_business_day(date(2041, 10, 3))
    assert not GERMANY.is_incomplete(date(2026, 1, 1), date(2041, 1, 1))


def test_an_unpublished_year_counts_weekends_only_and_says_so() -> None:
    due = CHINA.due(datetime(2026, 12, 30, 2, tzinfo=UTC), Deadline.parse("5wd"), SHANGHAI)

    assert due.calendar_incomplete
    assert due.at.astimezone(SHANGHAI).date() == date(2027, 1, 6)
    assert not CHINA.due(datetime(2026, 7, 1, 2, tzinfo=UTC), Deadline.parse("5wd"), SHANGHAI).calendar_incomplete


@pytest.mark.parametrize(("start", "text", "due"), [
    ("2026-07-01T02:00", "2h", "2026-07-01T04:00"),   # 10:00 in Shanghai
    ("2026-07-01T09:00", "2h", "2026-07-02T02:00"),   # 17:00, one hour is left today
    ("2026-07-03T15:00", "4h", "2026-07-06T05:00"),   # Friday night, work starts on Monday
    ("2026-07-01T02:00", "1wd", "2026-07-02T10:00"),
    ("2026-07-04T02:00", "1wd", "2026-07-06T10:00"),  # Saturday
    ("2026-10-20T02:00", "month_end", "2026-10-30T10:00"),
    ("2026-10-31T02:00", "month_end", "2026-11-30T10:00"),
    ("2026-12-31T09:00", "month_end", "2026-12-31T10:00"),
])  # fmt: skip
def test_deadlines_end_in_working_time(start: str, text: str, due: str) -> None:
    found = CHINA.due(datetime.fromisoformat(start).replace(tzinfo=UTC), Deadline.parse(text), SHANGHAI)

    assert found.at == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_hour_lost_in_spring_is_not_working_time() -> None:
    friday = datetime(2026, 3, 27, 15, tzinfo=UTC)  # 16:00 in Berlin, one hour left; the clocks change on Sunday

    assert GERMANY.add_business_hours(friday, 2, BERLIN) == datetime(2026, 3, 30, 8, tzinfo=UTC)  # 10:00 summer time


def test_work_at_night_through_the_lost_hour_still_ends_after_the_right_time() -> None:
    nights = Calendar("n", frozenset(), time(1), time(5), frozenset(), frozenset(), frozenset())
    start = datetime(2026, 3, 29, 0, tzinfo=UTC)  # 01:00 in Berlin, 02:00 to 03:00 does not exist

    assert nights.add_business_hours(start, 3, BERLIN) == datetime(2026, 3, 29, 3, tzinfo=UTC)
    assert nights.add_business_hours(start, 3.5, BERLIN) == datetime(2026, 3, 29, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(("zone", "start", "hours", "end"), [
    ("Europe/Berlin", "2026-07-07T01:00", 2, "2026-07-07T03:00"),   # 03:00 in Monday's night, which ends at 06:00
    ("Europe/Berlin", "2026-07-07T01:00", 4, "2026-07-07T21:00"),   # its last hour is Tuesday's first, at 22:00
    ("Europe/Berlin", "2026-07-10T22:00", 8, "2026-07-13T22:00"),   # Saturday 00:00 is Friday's night; Sunday has none
    ("Australia/Lord_Howe", "2026-10-01T11:30", 8, "2026-10-01T19:30"),
    ("Australia/Lord_Howe", "2026-10-05T11:00", 8, "2026-10-05T19:00"),   # half an hour earlier once summer time came
])  # fmt: skip
def test_a_night_shift_belongs_to_the_day_it_begins_on(zone: str, start: str, hours: float, end: str) -> None:
    nights = Calendar("n", frozenset({5, 6}), time(22), time(6), frozenset(), frozenset(), frozenset())
    begin, found = datetime.fromisoformat(start).replace(tzinfo=UTC), datetime.fromisoformat(end).replace(tzinfo=UTC)

    assert nights.add_business_hours(begin, hours, ZoneInfo(zone)) == found
    assert nights.subtract_business_hours(found, hours, ZoneInfo(zone)) == begin


def test_half_an_hour_of_summer_time_is_no_working_time_where_it_is_lost() -> None:
    every, zone = (
        Calendar("n", frozenset(), time(22), time(6), frozenset(), frozenset(), frozenset()),
        ZoneInfo("Australia/Lord_Howe"),
    )
    start = datetime(
        2026, 10, 3, 11, 30, tzinfo=UTC
    )  # Saturday 22:00; at 02:00 it is 02:30, so that the night has 7.5 hours

    assert every.add_business_hours(start, 7.5, zone) == datetime(2026, 10, 3, 19, tzinfo=UTC)
    assert every.add_business_hours(start, 8, zone) == datetime(2026, 10, 4, 11, 30, tzinfo=UTC)


@given(calendars, moments, st.floats(0, 60), st.floats(0, 60))
def test_hours_add_up_and_end_in_working_time(
    place: tuple[Calendar, ZoneInfo], start: datetime, first: float, more: float
) -> None:
    calendar, zone = place

    once = calendar.add_business_hours(start, first, zone)
    both = calendar.add_business_hours(start, first + more, zone)
    local = both.astimezone(zone)

    assert start <= once <= both
    assert abs(calendar.add_business_hours(once, more, zone) - both) < timedelta(milliseconds=1) or _at_the_edge(
        calendar, once, zone
    )
    assert calendar.is_business_day(local.date())
    assert calendar.opens <= local.time() <= calendar.closes


def _at_the_edge(calendar: Calendar, moment: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a rounding of microseconds may push the rest to the next opening."""
    end = calendar.end_of(moment.astimezone(zone).date(), zone)
    return abs(end - moment) < timedelta(milliseconds=1)


@given(calendars, days, st.integers(1, 80))
def test_counting_business_days_forward_passes_exactly_that_many(
    place: tuple[Calendar, ZoneInfo], day: date, count: int
) -> None:
    calendar, _ = place

    found = calendar.add_business_days(day, count)

    assert calendar.is_business_day(found)
    assert calendar.business_days_between(day + timedelta(days=1), found) == count


@given(calendars, days, st.integers(1, 80))
def test_counting_back_undoes_counting_forward(place: tuple[Calendar, ZoneInfo], day: date, count: int) -> None:
    calendar, _ = place
    start = calendar.next_business_day(day)

    assert calendar.subtract_business_days(calendar.add_business_days(start, count), count) == start


@given(calendars, moments, st.floats(0.01, 60))
def test_working_hours_taken_back_lead_to_where_they_began(
    place: tuple[Calendar, ZoneInfo], moment: datetime, hours: float
) -> None:
    calendar, zone = place
    start = calendar.add_business_hours(moment, 0, zone)

    back = calendar.subtract_business_hours(calendar.add_business_hours(start, hours, zone), hours, zone)

    assert abs(back - start) < timedelta(milliseconds=1) or _at_the_edge(calendar, back, zone)


def test_hours_are_taken_back_over_the_hour_that_summer_time_lost() -> None:
    monday = datetime(2026, 3, 30, 8, tzinfo=UTC)  # 10:00 summer time

    assert GERMANY.subtract_business_hours(monday, 2, BERLIN) == datetime(
        2026, 3, 27, 15, tzinfo=UTC
    )  # 16:00 winter time


@pytest.mark.parametrize(("code", "day", "is_worked"), [
    ("fr", date(2026, 7, 14), False), ("us-ca", date(2026, 3, 31), False), ("us", date(2026, 3, 31), True),
    ("sa", date(2026, 7, 3), False), ("sa", date(2026, 7, 5), True), ("hu", date(2026, 1, 10), True),
])  # fmt: skip
def test_a_country_without_a_file_takes_its_days_from_the_library(code: str, day: date, *, is_worked: bool) -> None:
    assert calendar_of({}, code).is_business_day(day) is is_worked


@pytest.mark.parametrize(("code", "known", "unknown"), [("tw", 2025, 2031), ("hu", 2026, 2031), ("ae", 2026, 2031)])
def test_a_year_that_is_decreed_or_waits_for_the_moon_is_not_known_before(code: str, known: int, unknown: int) -> None:
    calendar = calendar_of({}, code)

    assert calendar.knows(known)
    assert calendar.unpublished(date(unknown, 5, 1), date(known, 5, 1))[-1] == unknown


@pytest.mark.parametrize(("code", "off", "worked"), [
    ("in", date(2031, 10, 2), date(2031, 10, 3)), ("in", date(2031, 8, 15), date(2031, 8, 14)),   # the law fixes them
    ("sa", date(2031, 9, 23), date(2031, 9, 24)), ("sa", date(2031, 9, 26), date(2031, 9, 28)),   # National Day; Friday and Sunday
    ("br", date(2031, 11, 20), date(2031, 11, 21)),
])  # fmt: skip
def test_a_year_that_waits_for_the_moon_has_the_days_off_the_law_fixes(code: str, off: date, worked: date) -> None:
    calendar = calendar_of({}, code)

    assert (calendar.is_business_day(off), calendar.is_business_day(worked)) == (False, True)
    assert calendar.knows(2031) == (code != "in")


@pytest.mark.parametrize("code", ["atlantis", "fr-xx", "", "zz"])
def test_a_place_nobody_knows_has_no_calendar(code: str) -> None:
    assert country_calendar(code) is None
    with pytest.raises(BadInput, match="there is no calendar"):
        calendar_of({}, code)


@pytest.mark.parametrize("text", ["0", "-5", "5", "0h", "-1wd", "1.5h", "4 h", "3d", "99999h", "", "PT4H"])
def test_a_deadline_without_a_positive_number_and_a_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="E-DURATION"):
        Deadline.parse(text)


@pytest.mark.parametrize(("text", "code"), [
    ("weekend: [sat, sun, mon, tue, wed, thu, fri]", "E-CALENDAR-WEEKEND"),
    ("weekend: [funday]", "E-CALENDAR-WEEKEND"),
    ('opens: "09:00"\ncloses: "09:00"', "E-CALENDAR-HOURS"),
    ('years: {"2026": {holidays: [2027-01-01]}}', "E-CALENDAR-YEAR"),
    ('years: {"soon": {}}', "E-CALENDAR-YEAR"), ("seed: {country: ZZ}", "E-CALENDAR-SEED"),
    ("seed: {country: FR, subdivision: XX}", "E-CALENDAR-SEED"),
    ('years: {"2026": {holidays: [2026-01-01], workdays: [2026-01-01]}}', "E-CALENDAR-DAY"),
])  # fmt: skip
def test_a_wrong_calendar_is_refused_with_its_code(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(f"calendar: x\n{text}\n")

    with pytest.raises(BadInput) as caught:
        read_calendar(path)

    assert caught.value.code == code


def test_the_instance_s_own_calendar_wins_over_the_shipped_one(instance: Instance) -> None:
    (instance.home / "calendars" / "cn.yaml").write_text('calendar: cn\nyears: {"2030": {holidays: [2030-05-06]}}\n')

    found = load_calendars(instance)

    assert found["cn"].knows(2030)
    assert not found["cn"].knows(2026)
    with pytest.raises(BadInput, match="E-CALENDAR "):
        calendar_of(found, "mars")
