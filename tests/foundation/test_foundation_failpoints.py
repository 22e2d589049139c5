"""Failpoints stop the process where a test asks, and nowhere else."""

import subprocess
import sys

import pytest

from riskreview.foundation import failpoints

PROGRAM = """
from riskreview.foundation.failpoints import reach, register
register("demo.point", "for this test")
for turn in range(5):
    print(turn, flush=True)
    reach("demo.point")
"""


def run(wanted: str | None) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": "plugins"} | ({"RISKREVIEW_FAILPOINT": wanted} if wanted else {})
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)


def test_nothing_happens_without_the_variable():
    assert run(None).stdout.split() == ["0", "1", "2", "3", "4"]


def test_the_process_is_killed_at_the_named_hit():
    killed = run("demo.point:3:kill")

    assert killed.returncode == -9
    assert killed.stdout.split() == ["0", "1", "2"]


def test_an_exception_can_be_asked_for_instead():
    assert "InjectedFault" in run("demo.point:1:raise").stderr


@pytest.mark.long
def test_a_full_disk_and_slowness_can_be_asked_for():
    assert "No space left on device" in run("demo.point:1:full").stderr
    assert run("demo.point:5:slow").stdout.split() == ["0", "1", "2", "3", "4"]


def test_an_unregistered_name_is_a_mistake(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RISKREVIEW_FAILPOINT", "no.such:1:raise")

    with pytest.raises(LookupError, match=r"no\.such"):
        failpoints.reach("no.such")
