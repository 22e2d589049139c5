"""Rehearses production on a container engine: ``python -m tools.prod_smoke [--customers 200] [--no-build] [--keep]``.

Builds the image, starts docker-compose.yml with secrets of its own, lets people in, runs the loop of a small portfolio while a worker and
the scheduler are killed, compares what is left with an undisturbed loop, opens the console, and takes away all it started.
Exit code 0: all as it should be; 1: something is not; 2: no container engine.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from rich.console import Console
from rich.table import Table
from tools.prod_smoke.engine import NotThere
from tools.prod_smoke.stack import DATABASE, REFERENCE, Stack
from tools.prod_smoke.web import Airflow, wrong_answers, wrong_behind_proxy

AS_OF = "2026-10-30"
LOOP_SECONDS = 1800.0
DAGS = ("ingest_finance", "recompute_risk", "watch", "open_due_reviews", "activate_playbooks", "deliver_notifications", "escalate",
        "summarize_portfolio")  # fmt: skip
console = Console(highlight=False)


@dataclass
class Rehearsal:
    """What was done and found."""

    rows: list[tuple[str, str, str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Show a step while it runs and keep how it ended; what is told to it last stands in the summary."""
        begun, said = time.monotonic(), [""]
        with console.status(f"{name} ...") as status:

            def tell(text: str) -> None:
                if not console.is_terminal and text != said[0]:
                    console.print(f"     {text[:150]}", soft_wrap=True)
                said[0] = text
                status.update(f"{name}: {text[:150]}")

            try:
                yield tell
            except BaseException as error:
                self._keep(name, "failed", str(error).splitlines()[0] if str(error) else type(error).__name__, begun)
                raise
        self._keep(name, "ok", said[0], begun)

    def wrong(self, name: str, sentences: list[str]) -> None:
        """Keep what was found wrong, if anything."""
        if sentences:
            raise NotThere(f"{name}: " + "; ".join(sentences[:5]))

    def _keep(self, name: str, end: str, said: str, begun: float) -> None:
        seconds = time.monotonic() - begun
        self.rows.append((name, end, said, seconds))
        console.print(
            f"  {'[green]ok[/]' if end == 'ok' else '[red]failed[/]':<6} {name} ({seconds:.0f} s) {said}",
            soft_wrap=True,
        )

    def summary(self) -> Table:
        """Return all steps."""
        table = Table("step", "end", "seconds", "what was seen")
        for name, end, said, seconds in self.rows:
            table.add_row(name, end, f"{seconds:.0f}", said)
        return table


def main() -> int:
    """Rehearse and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.prod_smoke", description=__doc__)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument(
        "--keep", action="store_true", help="leave the stack running and say how to reach and remove it"
    )
    parser.add_argument("--no-build", action="store_true", help="use the image that is there")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        stack = Stack(AS_OF)
    except NotThere as error:
        console.print(str(error))
        return 2
    rehearsal, code = Rehearsal(), 1
    try:
        rehearse(rehearsal, stack, options.customers, is_built=options.no_build)
        code = 0
    except (NotThere, httpx.HTTPError) as error:
        console.print(str(error), soft_wrap=True)
    except KeyboardInterrupt:
        console.print("Interrupted.")
        code = 130
    finally:
        left = _leave(rehearsal, stack, keep=options.keep)
    return code or int(left)


def rehearse(rehearsal: Rehearsal, stack: Stack, customers: int, *, is_built: bool) -> None:
    """Do everything once, in the order of docs/operations/day-one.md."""
    if not is_built:
        with rehearsal.step("build the image"):
            stack.build()
    with rehearsal.step("start the stack") as tell:
        stack.start(tell)
        tell(f"{len(stack.compose.containers('worker'))} workers, {len(stack.compose.containers())} containers")
    with rehearsal.step("people, channels, extracts") as tell:
        stack.fill(customers, AS_OF)
        tell(f"{customers} customers as of {AS_OF}")
    with rehearsal.step("let people in"):
        stack.let_in()
    with rehearsal.step("the console, by FAB's login") as tell:
        rehearsal.wrong("console", wrong_answers(stack.site, stack.passwords))
        rehearsal.wrong("console", wrong_behind_proxy(stack.site, "admin", stack.passwords["admin"]))
        tell(
            "refused without a login and with a wrong one; four logins see what their roles allow; behind TLS the cookie is for TLS only"
        )
    with rehearsal.step("an undisturbed loop beside") as tell:
        stack.run_undisturbed(customers, AS_OF)
        tell(f"{len(stack.state(REFERENCE)):,} lines of state")
    with rehearsal.step("the loop, a worker and the scheduler killed in it") as tell:
        tell(run_disturbed(stack, tell))
    with rehearsal.step("the same is left") as tell:
        tell(compare(stack))
    with rehearsal.step("nobody is more in the database than he must be"):
        rehearsal.wrong("database", stack.overpowered())
    with rehearsal.step("riskreview doctor") as tell:
        found = json.loads(stack.riskreview("doctor", "--as-of", AS_OF, "--json"))
        tell(f"{len(found['findings'])} invariants hold")


def run_disturbed(stack: Stack, tell: Callable[[str], None]) -> str:
    """Run the loop; kill the worker that reads the extracts and later the scheduler; return what happened.

    :raises NotThere: when the loop does not come to its end.
    """
    admin = Airflow(stack.site, "admin", stack.passwords["admin"])
    for dag_id in DAGS:
        _until(lambda dag_id=dag_id: admin.knows(dag_id), 300)  # type: ignore[misc]
        admin.unpause(dag_id)
    command, script = stack.follow(AS_OF, LOOP_SECONDS)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as follower:  # fmt: skip
        assert follower.stdin is not None  # noqa: S101  it was asked for
        follower.stdin.write(script)
        follower.stdin.close()
        worker = stack.kill("worker", _running_on(admin, "ingest_finance", follower, tell))
        _running_on(admin, "recompute_risk", follower, tell)
        scheduler = stack.kill("scheduler")
        for number in (worker, scheduler):
            stack.wait_for_return(number, tell)
        assert follower.stdout is not None  # noqa: S101  it was asked for
        said = []
        for line in follower.stdout:
            said.append(line.rstrip())
            tell(line.replace("\t", " ").strip())
    if follower.returncode:
        raise NotThere("the loop did not come to its end:\n" + "\n".join(said[-12:]))
    parts = admin.side_by_side("recompute_risk")
    if parts.get("compute_bucket", 0) < 2:
        raise NotThere(f"everybody was to be assessed in parts, and {parts or 'no task'} ran side by side")
    return f"worker {worker} and scheduler {scheduler} killed and back; tried again: {admin.tries()}; side by side: {parts}"


def compare(stack: Stack) -> str:
    """Compare the state with that of the undisturbed loop.

    :raises NotThere: when anything differs.
    """
    wanted, found = Counter(stack.state(REFERENCE)), Counter(stack.state(DATABASE))
    missing, extra = wanted - found, found - wanted
    if missing or extra:
        lines = [*(f"missing {line}" for line in missing), *(f"extra {line}" for line in extra)]
        raise NotThere(f"{missing.total()} lines are missing and {extra.total()} too many:\n" + "\n".join(lines[:20]))
    parts = Counter(line.split("\t")[0] for line in wanted.elements())
    return (
        ", ".join(f"{count:,} {part}" for part, count in parts.items())
        + f"; {stack.mails()} mails received in both loops"
    )


def _running_on(admin: Airflow, dag_id: str, follower: subprocess.Popen[str], tell: Callable[[str], None]) -> str:
    """Wait until a task of a DAG runs and return the host it runs on."""
    hosts: list[str] = []

    def runs() -> bool:
        if follower.poll() is not None:
            raise NotThere(
                f"the loop ended before {dag_id} was seen running:\n{follower.stdout.read() if follower.stdout else ''}"
            )
        hosts[:] = [item["hostname"] for item in admin.running() if item["dag_id"] == dag_id and item["hostname"]]
        tell(f"waiting for {dag_id}")
        return bool(hosts)

    _until(runs, LOOP_SECONDS)
    return hosts[0]


def _until(look: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            raise NotThere(f"nothing happened within {seconds:.0f} s")
        time.sleep(0.5)


def _leave(rehearsal: Rehearsal, stack: Stack, *, keep: bool) -> bool:
    """Take everything away, or say where it runs; tell whether something was left. A second Ctrl-C does not stop the taking away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if keep:
        console.print(
            f"Running at {stack.site}, logins: {stack.passwords}\nRemove it: {' '.join(stack.compose.line('down', '--volumes'))}"
        )
        return False
    with rehearsal.step("stop and remove what was started") as tell:
        stack.remove()
        left = stack.left()
        tell("nothing left" if not left else f"left: {', '.join(left)}")
    console.print(rehearsal.summary())
    return bool(left)


if __name__ == "__main__":
    sys.exit(main())
