"""Business time answers from the command line: a year, what is missing, and a deadline."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from riskreview.cli.app import app
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.instance import Instance


def call(instance: Instance, *arguments: str) -> str:
    found = CliRunner().invoke(app, ["--home", str(instance.home), "calendar", *arguments], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def test_a_year_is_shown_with_its_days_and_fiscal_quarters(instance: Instance) -> None:
    policy = instance.configuration_file("policies", "reviews.yaml").read_text(encoding="utf-8")
    Path(instance.home / "policies" / "reviews.yaml").write_text(policy.replace('"01-01"', '"04-06"'), encoding="utf-8")

    found = json.loads(call(instance, "show", "cn", "--year", "2026", "--json"))

    assert found["is_published"]
    assert "2026-10-10" in found["workdays"]
    assert [item["key"] for item in found["fiscal_quarters"]] == ["2027Q1", "2027Q2", "2027Q3", "2027Q4"]
    assert found["fiscal_quarters"][0]["starts_on"] == "2026-04-06"
    assert "not published" in call(instance, "show", "cn", "--year", "2031")


def test_a_missing_year_is_named_and_fails_the_check(instance: Instance) -> None:
    assert "cn, de" in call(instance, "check", "--as-of", "2026-07-01")
    with pytest.raises(RuleViolation, match="cn lacks 2027"):
        call(instance, "check", "--as-of", "2026-12-20")


def test_a_deadline_ends_in_the_time_of_the_person(instance: Instance) -> None:
    found = json.loads(call(instance, "due", "1wd", "--person", "anna.keller", "--from", "2026-07-03T16:00", "--json"))

    assert found == {"person": "anna.keller", "due_at": "2026-07-06T17:00:00+02:00", "calendar_incomplete": False}
    with pytest.raises(NotFound):
        call(instance, "due", "1wd", "--person", "nobody")
