"""The command line answers machines in JSON, people in sentences, and exits with a meaning."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from riskreview.cli.app import home_first

pytestmark = pytest.mark.long


def call(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": "plugins", "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    if home is not None:
        environment["RISKREVIEW_HOME"] = str(home)
    command = [sys.executable, "-m", "riskreview.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["run", "--home", "x", "--as-of", "2026-01-01"], ["--home", "x", "run", "--as-of", "2026-01-01"]),
        (["--home", "x", "run"], ["--home", "x", "run"]),
        (["run", "--home=x"], ["--home=x", "run"]),
        (["run"], ["run"]),
        (["source", "check", "--", "--home"], ["source", "check", "--", "--home"]),
    ],
)
def test_home_may_stand_before_or_after_the_command(given: list[str], expected: list[str]):
    assert home_first(given) == expected


def test_without_an_instance_the_sentence_says_how_to_name_one():
    refused = call("source", "list")

    assert refused.returncode == 1
    assert "Give --home DIR or set RISKREVIEW_HOME" in refused.stderr


def test_a_refusal_is_json_when_json_was_asked_for(tmp_path: Path):
    refused = call("source", "list", "--json", home=tmp_path)

    assert refused.returncode == 1
    assert json.loads(refused.stderr)["error"]["code"] == "E-HOME"


def test_a_date_that_is_none_is_a_wrong_call(tmp_path: Path):
    (tmp_path / "settings.yaml").write_text("{}", encoding="utf-8")

    assert call("run", "--as-of", "yesterday", home=tmp_path).returncode == 2


def test_an_answer_in_json_stands_alone_on_standard_output_beside_log_lines():
    lines = "import structlog; from riskreview.cli.output import log_to_stderr; log_to_stderr(); structlog.get_logger('riskreview').warning('file_refused'); print('{}')"
    done = subprocess.run(
        [sys.executable, "-c", lines], env={"PYTHONPATH": "plugins"}, capture_output=True, text=True, check=True
    )

    assert done.stdout == "{}\n"
    assert "file_refused" in done.stderr
    assert "\x1b" not in done.stderr, "a file of log lines holds no colours"


def test_log_lines_are_json_with_the_run_they_belong_to_where_the_instance_wants_it(tmp_path: Path):
    (tmp_path / "settings.yaml").write_text("log_format: json\n", encoding="utf-8")
    lines = f"""
import structlog, pathlib
from riskreview.cli.output import log_as_set_up
log_as_set_up(pathlib.Path({str(tmp_path)!r}))
with structlog.contextvars.bound_contextvars(run_id=4711, stage="watch"):
    structlog.get_logger("riskreview").info("source_read", rows=3)
"""
    done = subprocess.run(
        [sys.executable, "-c", lines], env={"PYTHONPATH": "plugins"}, capture_output=True, text=True, check=True
    )

    said = json.loads(done.stderr)
    assert {name: said[name] for name in ("event", "level", "run_id", "stage", "rows")} == {
        "event": "source_read", "level": "info", "run_id": 4711, "stage": "watch", "rows": 3,
    }  # fmt: skip
    assert said["timestamp"].endswith("Z")
