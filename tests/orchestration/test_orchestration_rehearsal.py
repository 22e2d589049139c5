"""The rehearsal of production: what it compares exists in the database, what it sends inside fills an instance, what it needs is said."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from ruamel.yaml import YAML
from sqlalchemy import text
from tools.prod_smoke import inside_fill, web
from tools.prod_smoke.__main__ import compare
from tools.prod_smoke.engine import NotThere
from tools.prod_smoke.stack import DATABASE, PEOPLE, REFERENCE

from riskreview.console.roles import Role
from riskreview.foundation.services import Services
from riskreview.policy.channels import read_channels

PROJECT = Path(__file__).resolve().parents[2]
REHEARSAL = PROJECT / "tools" / "prod_smoke"


def test_every_table_and_column_that_is_compared_exists(services: Services) -> None:
    with services.engine.connect() as connection:
        assert connection.execute(text((REHEARSAL / "state.sql").read_text(encoding="utf-8"))).all() == []


def left(reference: list[str], found: list[str]) -> SimpleNamespace:
    """A stack whose two databases hold these lines."""
    return SimpleNamespace(state={REFERENCE: reference, DATABASE: found}.__getitem__, mails=lambda: 2)


def test_what_is_lost_or_doubled_is_told_and_the_same_in_another_order_is_not() -> None:
    lines = ["reviews\t(a)", "reviews\t(b)", "things told\t(c)"]

    assert "2 reviews, 1 things told" in compare(left(lines, lines[::-1]))  # type: ignore[arg-type]
    with pytest.raises(
        NotThere, match=r"1 lines are missing and 1 too many:\nmissing reviews\t\(b\)\nextra reviews\t\(a\)"
    ):
        compare(left(lines, ["reviews\t(a)", "reviews\t(a)", "things told\t(c)"]))  # type: ignore[arg-type]


def test_without_an_engine_it_says_what_is_needed() -> None:
    done = subprocess.run([sys.executable, "-m", "tools.prod_smoke"], cwd=PROJECT, env={"PATH": "/nowhere", "HOME": os.environ.get("HOME", "/")},
                          capture_output=True, text=True, check=False)  # fmt: skip

    assert done.returncode == 2
    assert "A container engine is needed" in done.stdout
    assert "apt-get install docker.io docker-compose" in done.stdout


def test_its_people_have_roles_of_the_console_and_its_channel_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "channels.yaml").write_text(inside_fill.CHANNELS, encoding="utf-8")

    assert list(read_channels(tmp_path / "channels.yaml").channels) == ["mail"]
    assert set(web.PAGES) == set(PEOPLE)
    assert {role for _, _, roles in PEOPLE.values() for role in roles} <= set(Role)


def test_what_it_adds_to_the_stack_names_services_that_are_there() -> None:
    own, added = (
        YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["services"]
        for path in (PROJECT / "docker-compose.yml", REHEARSAL / "compose.yaml")
    )

    assert set(added) - {"mail"} <= set(own)
    assert added["mail"]["image"] == own["worker"]["image"]
