"""Owns histories: each goes through the loop part by part, is struck by faults in every one, and is run again from the top.

A history goes on from what was left, so that faults add up; where it goes astray, the undisturbed state is gone on from.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from operator import attrgetter, itemgetter
from typing import Any

from tests.torture.canaries import found_in_text
from tests.torture.parts import ACTIONS as PEOPLE
from tests.torture.parts import PARTS
from tests.torture.runner import Parts, Runner
from tests.torture.state import Difference, difference

SIGKILLED = -9
ORDER = list(PARTS)
ACTIONS = ("kill", "kill", "kill", "kill", "kill", "kill", "raise", "full")
"""What strikes in a long course of events, by weight; slowness matters only where two loops meet."""
MOST_STRIKES = 6
"""How often a part is struck at most before it may come to its end."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What strikes when a failpoint is passed in a part for the n-th time."""

    part: str
    point: str
    hit: int = 1
    action: str = "kill"

    def __str__(self) -> str:
        return f"{self.point}:{self.hit}:{self.action}"


@dataclass(slots=True)
class Case:
    """What struck in a part and what was found once the loop had been run again.

    :param ended: how each process ended; the last one was not struck.
    """

    part: str
    faults: list[str]
    before: list[str]
    ended: list[int]
    wrong: dict[str, Difference] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    log: str = ""

    @property
    def is_astray(self) -> bool:
        """Whether the loop did not come to the end and the state it should have."""
        return bool(self.ended[-1] or self.wrong or self.broken)

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return self.ended.count(SIGKILLED)


def every_hit(parts: Parts) -> list[Fault]:
    """Return a kill at every hit of every failpoint, each in the first part that passes it."""
    seen: set[str] = set()
    found = []
    for name in ORDER:
        new = {point: hits for point, hits in parts[name]["passed"].items() if point not in seen}
        seen.update(new)
        found += [Fault(name, point, hit) for point, hits in sorted(new.items()) for hit in range(1, hits + 1)]
    return found


def deal(faults: Iterable[Fault], *, seed: int) -> list[list[Fault]]:
    """Deal shuffled faults to as few histories as will do, at most one of a part to each; no point comes again before all others came."""
    shuffled = list(faults)
    random.Random(seed).shuffle(shuffled)  # noqa: S311  a course of events, no secret
    came: Counter[tuple[str, str]] = Counter()
    columns: dict[str, list[tuple[int, Fault]]] = {name: [] for name in ORDER}
    for fault in shuffled:
        columns[fault.part].append((came[fault.part, fault.point], fault))
        came[fault.part, fault.point] += 1
    rows = zip_longest(*(sorted(column, key=itemgetter(0)) for column in columns.values()))
    return [[item[1] for item in row if item] for row in rows]


def invented(parts: Parts, *, seed: int) -> Iterator[list[Fault]]:
    """Invent histories without end: every part is struck a few times, at any hit of any failpoint it passes, by any action."""
    chance = random.Random(seed)  # noqa: S311  a course of events, no secret
    while True:
        history = []
        for name in ORDER:
            for _ in range(chance.randint(1, MOST_STRIKES)):
                point, hits = chance.choice(sorted(parts[name]["passed"].items()))
                history.append(Fault(name, point, chance.randint(1, hits), chance.choice(ACTIONS)))
        yield history


def live(runner: Runner, history: list[Fault], parts: Parts) -> list[Case]:
    """Strike the loop with the faults of a history, part by part, and run it again from the top through the part that was struck.

    What people do after the loop is no part of it: that of which no fault is in the history is done undisturbed.
    """
    reached = ORDER.index(history[0].part)
    runner.start_from(ORDER[reached - 1] if reached else "")
    cases: list[Case] = []
    for part, faults in groupby(history, key=attrgetter("part")):
        for passed_over in ORDER[reached : ORDER.index(part)]:
            if passed_over in PEOPLE:
                runner.run(PARTS[passed_over].whole)
        reached = ORDER.index(part) + 1
        strikes, work = [str(fault) for fault in faults], PARTS[part].whole
        runner.log.write_text("", encoding="utf-8")
        ended = [runner.run(work, failpoint=strike) for strike in strikes]
        before = [fault for case in cases for fault in case.faults]
        case = judged(runner, Case(part, strikes, before, [*ended, runner.run(work)]), parts[part]["state"])
        cases.append(case)
        if case.is_astray:
            runner.start_from(part)
    return cases


def judged(runner: Runner, case: Case, wanted: dict[str, Any]) -> Case:
    """Compare what the last process left with the state wanted."""
    outcome = runner.outcome()
    if outcome["state"] is None:
        case.log = runner.said()
    else:
        case.wrong, case.broken = difference(wanted, outcome["state"]), outcome["broken"]
    case.broken += found_in_text(runner.home, "a log", runner.log.read_text(encoding="utf-8"))
    return case
