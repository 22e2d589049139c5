from datetime import date

import pytest

from riskreview.demo.setup import EXPECTED, prepare_demo
from riskreview.foundation.instance import PACKAGED, open_instance
from riskreview.policy.channels import load_channels
from riskreview.policy.crm_policy import load_crm_policy
from riskreview.policy.team import load_team

pytestmark = pytest.mark.long

DAY = date(2026, 10, 30)


def test_the_demo_instance_is_complete_and_a_second_set_up_changes_only_the_port(tmp_path):
    first = prepare_demo(tmp_path / "home", customers=130, seed=1, as_of=DAY, smtp_port=2525)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "home/inbox").rglob("*.*")}

    second = prepare_demo(tmp_path / "home", customers=130, seed=1, as_of=DAY, smtp_port=2626)

    instance = open_instance(tmp_path / "home")
    assert first == second
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "home/inbox").rglob("*.*")}
    assert ":2626" in load_channels(instance).channels["mail"].url
    assert load_team(instance).person("1001") is not None
    assert len(instance.configuration("mappings")) == len(list((PACKAGED / "mappings" / "demo").glob("*.yaml")))
    assert {item.connection for item in load_crm_policy(instance).targets} == {"crm_zoho", "crm_fxiaoke"}
    assert (instance.home / EXPECTED).exists()


@pytest.mark.deep
def test_another_seed_replaces_the_portfolio(tmp_path):
    prepare_demo(tmp_path / "home", customers=130, seed=1, as_of=DAY, smtp_port=2525)
    name = tmp_path / "home/inbox/2026-10-29/kingdee_customers_20261029.csv"
    before = name.read_bytes()

    prepare_demo(tmp_path / "home", customers=130, seed=2, as_of=DAY, smtp_port=2525)

    assert name.read_bytes() != before
    assert not (tmp_path / "home/generated").exists()
