"""An instance is a folder; its settings are typed and its secrets come from the environment."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import Settings, create_instance, open_instance


def test_a_new_instance_is_private_and_opens_with_defaults(tmp_path: Path):
    created = create_instance(tmp_path / "home")

    assert stat.S_IMODE(created.home.stat().st_mode) == 0o700
    assert open_instance(tmp_path / "home").settings == Settings()


def test_creating_twice_keeps_the_edited_settings(tmp_path: Path):
    create_instance(tmp_path, Settings(reporting_currency="EUR"))

    assert create_instance(tmp_path, Settings(reporting_currency="USD")).settings.reporting_currency == "EUR"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_in_a_repository_only_what_people_write_can_be_committed(tmp_path: Path):
    created = create_instance(tmp_path / "home")
    for name in ("keys/audit.key", "raw/customers", "policies/team.yaml", "people.xlsx"):
        (created.home / name).parent.mkdir(exist_ok=True)
        (created.home / name).touch()
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    command = ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"]

    seen = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert seen == ["home/.gitignore", "home/policies/team.yaml", "home/settings.yaml"]


def test_opening_a_folder_without_settings_says_how_to_create_one(tmp_path: Path):
    with pytest.raises(BadInput, match="riskreview init"):
        open_instance(tmp_path)


def test_a_database_password_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    url = "postgresql+psycopg2://app:${APP_PASSWORD}@db/riskreview"
    opened = create_instance(tmp_path, Settings(database_url=url))
    monkeypatch.setenv("APP_PASSWORD", "long-enough")

    assert opened.database_url == "postgresql+psycopg2://app:long-enough@db/riskreview"


def test_a_missing_environment_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("APP_PASSWORD", raising=False)
    opened = create_instance(tmp_path, Settings(database_url="postgresql+psycopg2://app:${APP_PASSWORD}@db/x"))

    with pytest.raises(BadInput, match="APP_PASSWORD"):
        _ = opened.database_url


def test_an_unknown_time_zone_is_refused(tmp_path: Path):
    create_instance(tmp_path)
    (tmp_path / "settings.yaml").write_text("time_zone: Mars/Olympus\n", encoding="utf-8")

    with pytest.raises(BadInput, match="E-POLICY-ZONE"):
        open_instance(tmp_path)


def test_own_configuration_wins_over_shipped_and_mappings_are_never_shipped_in(tmp_path: Path):
    opened = create_instance(tmp_path)
    (tmp_path / "policies" / "team.yaml").write_text("{}", encoding="utf-8")

    assert opened.configuration_file("policies", "team.yaml") == tmp_path / "policies" / "team.yaml"
    assert opened.configuration("mappings") == []
