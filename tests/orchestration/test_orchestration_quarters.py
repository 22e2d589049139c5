"""Quarters of the schedules and of the policy are the same."""

import pytest

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.orchestration.quarters import check_fiscal_year


def test_a_schedule_with_another_fiscal_year_than_the_policy_is_refused_with_both_days(instance: Instance) -> None:
    file = instance.home / "policies" / "reviews.yaml"
    file.write_text(
        instance.configuration_file("policies", "reviews.yaml")
        .read_text(encoding="utf-8")
        .replace('fiscal_year_starts: "01-01"', 'fiscal_year_starts: "04-06"'),
        encoding="utf-8",
    )

    check_fiscal_year(instance, "04-06")
    for other in ("01-01", "04-01", "07-06"):
        with pytest.raises(RuleViolation, match=rf"begins on {other} .*04-06"):
            check_fiscal_year(instance, other)
