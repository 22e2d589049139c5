from pathlib import Path

import pytest

from riskreview.demo.generator import EMPTY_SOURCE, LATE_SOURCE, generate
from riskreview.foundation.instance import PACKAGED
from riskreview.policy.mapping_checks import load_mapping
from riskreview.policy.roles import ROLES
from riskreview.policy.team import read_team

MAPPINGS = sorted((PACKAGED / "mappings" / "demo").glob("*.yaml"))


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_a_shipped_mapping_loads_and_is_named_like_its_source(path):
    assert load_mapping(path).source == path.stem


@pytest.mark.long
def test_every_generated_file_has_exactly_one_mapping(tmp_path):
    portfolio = generate(target=tmp_path / "inbox", expected_path=tmp_path / "e.json", customers=130)
    patterns = [pattern for path in MAPPINGS if (pattern := load_mapping(path).read.path)]

    assert {LATE_SOURCE, EMPTY_SOURCE} <= {path.stem for path in MAPPINGS}
    for name in portfolio.rows:
        assert sum(Path(name).match(pattern) for pattern in patterns) == 1, name


def test_the_demo_team_fills_every_role_with_two_people():
    team = read_team(Path(__file__).parents[2] / "plugins/riskreview/demo/team.yaml")

    assert all(len(team.order(role)) >= 2 for role in ROLES)
    assert {person.language for person in team.persons} == {"en", "zh"}
    assert all(person.channels["mail"].endswith("@example.com") for person in team.persons)
