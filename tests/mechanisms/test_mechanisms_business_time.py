"""A year nobody has published is told of once, before a deadline falls into it, and stops nothing."""

from datetime import date

import pytest
from sqlalchemy import text

from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.mechanisms.business_time import report_unpublished_years, unpublished_years


def told(services: Services) -> list[tuple[str, list[str]]]:
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT event_key, audience FROM outbox_event"))]  # type: ignore[misc]  # two columns


def test_the_administrator_hears_once_of_a_year_that_comes_near(services: Services) -> None:
    assert report_unpublished_years(services, as_of=date(2026, 10, 30)) == 0

    found = [report_unpublished_years(services, as_of=day) for day in (date(2026, 11, 20), date(2026, 12, 20))]

    assert found == [1, 1]
    assert told(services) == [("calendar_year_missing:cn:2027", ["qian.bo", "jiang.tao"])]


def test_a_year_that_is_added_is_missed_no_more(services: Services) -> None:
    (services.instance.home / "calendars" / "cn.yaml").write_text('calendar: cn\nyears: {"2026": {}, "2027": {}}\n')

    assert report_unpublished_years(services, as_of=date(2026, 12, 1)) == 0


def test_a_person_in_a_place_without_calendar_is_refused_by_name(services: Services) -> None:
    team = services.instance.configuration_file("policies", "team.yaml").read_text(encoding="utf-8")
    (services.instance.home / "policies" / "team.yaml").write_text(team.replace("calendar: de", "calendar: atlantis"))

    with pytest.raises(BadInput, match="there is no calendar atlantis"):
        unpublished_years(services.instance, as_of=date(2026, 7, 1))
