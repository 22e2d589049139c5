"""Schemathesis asks over HTTP what nobody thought of: every answer is one that the description names, and nothing breaks.

A short run reads as an auditor, who may see everything. ``make fuzz`` lets every role read and write with FUZZ=20 examples for each
operation, on a portfolio of its own, since what it says may hit something.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.console.conftest import Console
from tests.console.furnishing import DAY, LOGINS, furnish
from tests.console.serving import OPEN, NamedLogin, served
from tests.databases import separate

from riskreview.console.api import OPENAPI
from riskreview.console.api_tokens import create_token
from riskreview.console.app import make_app
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.orchestration.redrive import Publisher

pytestmark = pytest.mark.database
EXAMPLES = os.environ.get("RISKREVIEW_FUZZ")
SEED = os.environ.get("RISKREVIEW_SEED", "7")
LONG = pytest.mark.skipif(EXAMPLES is None, reason="takes minutes: make fuzz")
THOROUGH = ("--phases", "coverage,fuzzing", "--max-examples", EXAMPLES or "1")
RULES = """\
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "422", "429", "503"]
"""
"""422 is how a rule refuses what is well said: a reason that is too short, a verb that does not fit the state."""


def fuzz(services: Services, ids: dict[str, str], folder: Path, login: str, *options: str) -> str:
    """Run Schemathesis as a login; returns what it found, empty when nothing."""
    token = create_token(services, user_id=login, name=f"fuzz {login}", writes=True, days=1, actor="jiang.tao")
    real = "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items())
    (folder / "schemathesis.toml").write_text(f"{RULES}\n[parameters]\n{real}", encoding="utf-8")
    with served(make_app(services, NamedLogin(), lambda: DAY, Publisher(), OPEN)) as address:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml"), "run", f"{address}{OPENAPI}",
                   "--header", f"Authorization: Bearer {token}", "--seed", SEED, "--no-color", *options]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return "" if done.returncode == 0 else done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.deep
def test_schemathesis_finds_nothing_in_what_an_auditor_reads(console: Console, tmp_path: Path):
    options = ("--include-method", "GET", "--mode", "positive", "--phases", "fuzzing", "--max-examples", "1")

    assert fuzz(console.services, console.ids, tmp_path, "auditor", *options) == ""


@pytest.fixture(scope="module")
def own(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, dict[str, str]]]:
    clock = FixedClock(datetime(2026, 7, 2, 3, tzinfo=UTC))
    with separate(server, tmp_path_factory.mktemp("fuzz") / "home", clock) as services:
        yield services, furnish(services)


@LONG
@pytest.mark.parametrize("real", [True, False], ids=["what is there", "anything"])
@pytest.mark.parametrize("login", [name for name in LOGINS if name != "administrator"])
def test_schemathesis_finds_nothing_whoever_asks(login, real, own: tuple[Services, dict[str, str]], tmp_path: Path):
    services, ids = own
    said = ("--mode", "positive" if real else "all")  # what is there takes the place of what would be wrong

    assert fuzz(services, ids if real else {}, tmp_path, login, *said, *THOROUGH) == ""


@LONG
def test_schemathesis_finds_nothing_as_an_administrator_who_may_shut_everybody_out(
    own: tuple[Services, dict[str, str]], tmp_path: Path
):
    services, ids = own

    assert fuzz(services, ids, tmp_path, "administrator", "--mode", "positive", *THOROUGH) == ""
