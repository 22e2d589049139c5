"""Owns measuring the search for customers that are one: a first search among many accounts, and one after a few were renamed."""

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, text

from riskreview.foundation.database import transaction
from riskreview.foundation.instance import create_instance
from riskreview.foundation.progress import LogProgress, Progress
from riskreview.foundation.services import Services, open_services
from riskreview.foundation.sql import sql
from riskreview.identity.names import normalize, similarity
from riskreview.identity.proposals import propose
from riskreview.orchestration import bench_data
from riskreview.orchestration.bench import StageClock, empty_home, hardware
from riskreview.orchestration.bench_memory import PeakMemory
from riskreview.orchestration.bench_names import damage, invent
from riskreview.policy.identity_policy import load_identity_policy

Kind = Literal["unlike", "alike"]
PORTION = 50_000
EVERY = 100
"""One account in so many has a second one with another spelling of its name."""
RENAMED = 100


@dataclass(frozen=True, slots=True)
class IdentityBench:
    """What was measured; wall and processor seconds of this process and its most memory, of the first search and of one after few changes.

    :param pairs: that were weighed in the first search.
    :param planted: second spellings that are alike enough to be proposed by their names; ``proposed`` of them were, at ``found`` in all.
    :param crowds: words so many share that only neighbours in the alphabet were compared for them.
    """

    accounts: int
    names: str
    pairs: int
    planted: int
    proposed: int
    found: int
    crowds: int
    renamed: int
    seconds: Mapping[str, float]
    cpu_seconds: Mapping[str, float]
    peak_rss_mb: Mapping[str, float]
    load_average: float
    hardware: dict[str, str]


@dataclass(slots=True)
class _Listening:
    """Hears how many pairs are weighed."""

    teller: Progress
    pairs: list[int] = field(default_factory=list)

    def advance(self, task: str, done: int, total: int | None = None) -> None:
        if task == "compare_pairs" and done == total:
            self.pairs.append(done)
        self.teller.advance(task, done, total)


def run_identity_bench(*, home: Path, accounts: int, names: Kind, progress: Progress | None = None) -> IdentityBench:
    """Make up accounts, search among all of them, rename a few and search again.

    :param home: folder of the instance; one of an earlier benchmark is replaced.
    :param names: ``alike`` differ in their numbers only (Bench Trading 0000001 Ltd).
    """
    empty_home(home)
    create_instance(home)
    (home / bench_data.MARKER).touch()
    load, heard = os.getloadavg()[0], _Listening(progress or LogProgress())
    with PeakMemory() as memory, open_services(home, progress=heard) as services:
        clock = StageClock(memory)
        planted = _make_up(services, accounts, _alike if names == "alike" else invent)
        with clock.stage("first"):
            first = propose(services)
        with transaction(services.engine) as connection:
            proposed = connection.execute(text(sql("bench", "count_planted")), planted).scalar_one()
            connection.execute(text(sql("bench", "rename_accounts")), {"every": max(1, first.compared // RENAMED)})
        with clock.stage("renamed"):
            again = propose(services)
    return IdentityBench(
        first.compared, names, sum(heard.pairs[:1]), len(planted["first"]), int(proposed), first.proposed, first.crowds, again.compared,
        _rounded(clock.seconds), _rounded(clock.cpu), _rounded(clock.peak), round(load, 2), hardware(),
    )  # fmt: skip


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in figures.items()}


def _make_up(services: Services, accounts: int, invented: Callable[[random.Random], str]) -> dict[str, list[int]]:
    """Insert accounts and return the places of those that are one and have names alike enough to be proposed."""
    chance = random.Random(1)  # noqa: S311  invented names, not secrets
    enough = load_identity_policy(services.instance).name_alone
    planted: dict[str, list[int]] = {"first": [], "second": []}
    with transaction(services.engine) as connection:
        for start in range(0, accounts, PORTION):
            made = list(_spelled(invented, chance, min(PORTION, accounts - start)))
            _insert(connection, start, [name for name, _ in made])
            for place, (name, another) in enumerate(made, start + 1):
                if another is not None and similarity(normalize(name), normalize(another)) >= enough:
                    planted["first"].append(place - 1)
                    planted["second"].append(place)
    return planted


def _spelled(
    invented: Callable[[random.Random], str], chance: random.Random, count: int
) -> Iterator[tuple[str, str | None]]:
    """Yield names, beside those that are another spelling of the one before what that one was."""
    last = ""
    for number in range(count):
        if number % EVERY == 1:
            yield damage(last, chance), last
        else:
            last = invented(chance)
            yield last, None


def _insert(connection: Connection, start: int, names: Sequence[str]) -> None:
    connection.execute(text(sql("bench", "identity_accounts")), {"start": start, "names": list(names)})


def _alike(chance: random.Random) -> str:
    return f"Bench Trading {chance.randrange(10**7):07d} Ltd"
