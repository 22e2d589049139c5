"""An upgrade refuses no working instance: every policy file as it was first shipped still loads, and says of itself what it said."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Instance
from riskreview.policy.channels import load_channels
from riskreview.policy.drill_policy import load_drill_policy
from riskreview.policy.identity_policy import load_identity_policy
from riskreview.policy.model_policy import load_model_policy
from riskreview.policy.monitoring_policy import load_monitoring_policy
from riskreview.policy.portfolio_policy import load_portfolio_policy
from riskreview.policy.review_checklists import load_checklists
from riskreview.policy.review_policy import load_review_policy
from riskreview.policy.risk_policy import load_policy
from riskreview.policy.screening_policy import load_screening_policy
from riskreview.policy.team import load_team
from riskreview.policy.training_policy import load_training_policy
from riskreview.validation.rules import load_validation_policy

FIRST = Path(__file__).parent / "first_shipped"
LOADERS: dict[str, Callable[[Instance], object]] = {
    "channels": load_channels, "checklists": load_checklists, "drills": load_drill_policy, "identity": load_identity_policy,
    "models": load_model_policy, "monitoring": load_monitoring_policy, "portfolio": load_portfolio_policy,
    "reviews": load_review_policy, "risk_policy": load_policy, "screening": load_screening_policy, "team": load_team,
    "training": load_training_policy, "validation": load_validation_policy,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.stem for path in FIRST.glob("*.yaml")))
def test_a_policy_file_as_first_shipped_still_loads(instance: Instance, name: str) -> None:
    shutil.copy(FIRST / f"{name}.yaml", instance.home / "policies")
    LOADERS[name](instance)


def test_what_an_older_file_lacks_is_as_shipped_and_what_it_says_stays(instance: Instance, tmp_path: Path) -> None:
    shipped = load_review_policy(instance)
    own = (FIRST / "reviews.yaml").read_text(encoding="utf-8").replace("event_due_within: 5wd", "event_due_within: 4wd")
    (instance.home / "policies" / "reviews.yaml").write_text(own, encoding="utf-8")
    found = load_review_policy(instance)
    assert (found.approval, found.implementation) == (shipped.approval, shipped.implementation)
    assert found.event_days == 4
    assert found.fiscal_year == shipped.fiscal_year


def test_a_risk_policy_of_before_dormancy_keeps_its_digest_and_calls_nobody_dormant(instance: Instance) -> None:
    shutil.copy(FIRST / "risk_policy.yaml", instance.home / "policies")
    found = load_policy(instance)
    assert (found.dormancy, '"dormancy"' in found.content) == (None, False)


def test_a_misspelt_key_is_still_refused_beside_missing_ones(instance: Instance) -> None:
    own = (FIRST / "monitoring.yaml").read_text(encoding="utf-8").replace("snooze:", "snoze:")
    (instance.home / "policies" / "monitoring.yaml").write_text(own, encoding="utf-8")
    with pytest.raises(BadInput, match="the key snoze is not known"):
        load_monitoring_policy(instance)
