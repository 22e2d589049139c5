"""Owns finding a container engine and Compose on this machine, and saying what is needed where there is none."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NEEDED = """\
A container engine is needed and none answers here: {problem}.
  Debian, Ubuntu   apt-get install docker.io docker-compose, then start dockerd
  elsewhere        Docker Engine 20.10 or newer with its Compose plugin, or docker-compose 1.29
The demo on one machine needs neither: make demo"""


class NotThere(Exception):
    """No engine, or one that does not do what was asked; the text is for a person."""


@dataclass(frozen=True, slots=True)
class Compose:
    """One Compose project: its command, name and files, and the settings its files are filled from."""

    command: tuple[str, ...]
    project: str
    files: tuple[Path, ...]
    settings: Path

    def line(self, *arguments: str) -> list[str]:
        """Return the whole command line."""
        files = [part for path in self.files for part in ("--file", str(path))]
        return [*self.command, "--env-file", str(self.settings), "--project-name", self.project, *files, *arguments]

    def run(self, *arguments: str, given: str | None = None, may_fail: bool = False) -> str:
        """Run a command of Compose and return what it printed.

        :param given: what the command reads.
        :raises NotThere: when it fails, with the end of what it said.
        """
        return run(self.line(*arguments), given=given, may_fail=may_fail)

    def inside(
        self, service: str, *command: str, number: int = 1, given: str | None = None, may_fail: bool = False
    ) -> str:
        """Run a command in a running container of a service and return what it printed."""
        return self.run("exec", "-T", "--index", str(number), service, *command, given=given, may_fail=may_fail)

    def containers(self, service: str = "") -> dict[str, str]:
        """Return the containers of the project, or of one service, and what the engine says of each."""
        label = [f"label=com.docker.compose.project={self.project}"]
        label += [f"label=com.docker.compose.service={service}"] if service else []
        filters = [part for item in label for part in ("--filter", item)]
        found = run(["docker", "ps", "--all", *filters, "--format", "{{.ID}}\t{{.Names}}\t{{.Status}}"])
        rows = [line.split("\t") for line in found.splitlines()]
        return {f"{number} {name}": status for number, name, status in rows}


def find_compose() -> tuple[str, ...]:
    """Return the command of Compose: the plugin of Docker's client, or the program older distributions ship.

    :raises NotThere: when the engine does not answer or Compose is missing.
    """
    if shutil.which("docker") is None:
        raise NotThere(NEEDED.format(problem="there is no docker command"))
    try:
        run(["docker", "version", "--format", "{{.Server.Version}}"])
    except NotThere as error:
        raise NotThere(NEEDED.format(problem=str(error).strip().splitlines()[-1].rstrip("."))) from error
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:  # noqa: S607
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise NotThere(NEEDED.format(problem="Compose is missing"))


def run(command: Sequence[str], *, given: str | None = None, may_fail: bool = False) -> str:
    """Run a command and return what it printed.

    :raises NotThere: when it fails, with the end of what it said.
    """
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-15:]
        raise NotThere(f"{' '.join(command)[:200]} failed with {done.returncode}:\n" + "\n".join(said))
    return done.stdout
