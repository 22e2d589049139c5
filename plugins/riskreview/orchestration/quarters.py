"""Owns that Airflow's fiscal quarters, which its environment gives to the timetables, are those of the review policy."""

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.policy.fiscal import FiscalYear
from riskreview.policy.review_policy import load_review_policy


def check_fiscal_year(instance: Instance, scheduled: str) -> None:
    """Check that the fiscal year of the schedules begins on the day of the policy's: people would sign another quarter than was counted.

    :param scheduled: month and day, as ``RISKREVIEW_FISCAL_YEAR`` says them.
    :raises RuleViolation: naming both days.
    """
    policy = load_review_policy(instance)
    if FiscalYear.parse(scheduled) != policy.fiscal_year:
        raise RuleViolation(
            f"Airflow's fiscal year begins on {scheduled} (RISKREVIEW_FISCAL_YEAR) and that of reviews.yaml on {policy.fiscal_year_starts}; let both say the same day, start Airflow again and clear this task"
        )
