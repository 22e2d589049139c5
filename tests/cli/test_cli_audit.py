"""The commands about the event log answer, and refuse whom they must."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from riskreview.cli.app import app
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services


@pytest.fixture
def call(services: Services, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", services.engine.url.render_as_string(hide_password=False))
    return lambda *words: CliRunner().invoke(app, ["--home", str(services.instance.home), "audit", *words])


def test_a_checkpoint_is_made_the_key_shown_and_rotated_and_a_part_exported(call, tmp_path):
    made = json.loads(call("checkpoint", "--json").stdout)
    assert (made["checkpoint"], made["exported"], made["waiting"]) == (1, 1, 0)
    first = call("key").stdout.strip()

    assert "from checkpoint 2 on" in call("rotate-key", "--as", "guo.qiang").stdout
    keys = [item["key"] for item in json.loads(call("key", "--json").stdout)]
    exported = json.loads(call("export", str(tmp_path / "part"), "--since", "2020-01-01", "--json").stdout)

    assert (keys[0], len(keys), exported["events"]) == (first, 2, 1)
    assert (tmp_path / "part" / "verify.py").exists()
    assert "not empty" in str(call("export", str(tmp_path / "part")).exception)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("rotate-key", "--as", "somebody"), "keeps no log"),
        (("reconcile", "--as", "guo.qiang", "--reason", "Nothing was restored"), "nothing to reconcile"),
        (
            ("erase", "--customer", "C1", "--as", "somebody", "--reason", "Asked to be forgotten"),
            "no person of the team",
        ),
    ],
)
def test_who_may_not_is_told_so_in_a_sentence(call, words: tuple[str, ...], sentence: str):
    found: Result = call(*words)

    assert isinstance(found.exception, RuleViolation)
    assert sentence in str(found.exception)


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "export", "s3://risk/log"),
        ("evidence", "customer", "C1", "--out", "s3://risk/packs/C1.zip"),
        ("metrics", "--file", "s3://risk/riskreview.prom"),
    ],
)
def test_what_is_written_to_this_machine_is_never_put_into_a_folder_named_after_object_storage(
    services: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    found = CliRunner().invoke(app, ["--home", str(services.instance.home), *words])

    assert (found.exit_code, list(here.iterdir())) == (2, [])
    assert f"{words[-1]} is a place in object storage" in " ".join(found.output.replace("│", " ").split())
