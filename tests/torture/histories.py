"""Owns histories: each goes through the loop part by part, is struck by a fault in every one, and is run again from the top.

A history goes on from what was left, so that faults add up; where it goes astray, the undisturbed state is gone on from.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import itemgetter

from tests.torture.parts import PARTS
from tests.torture.runner import Parts, Runner
from tests.torture.state import Difference, difference

SIGKILLED = -9
ORDER = list(PARTS)


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
    """A fault in a part and what was found once the loop had been run again."""

    fault: Fault
    before: tuple[str, ...]
    struck: int
    again: int
    wrong: dict[str, Difference] = field(default_factory=dict)
    log: str = ""

    def __str__(self) -> str:
        after = ", ".join(self.before) or "nothing"
        return f"{self.fault.part}: {self.fault} after {after}: ended {self.struck}, again {self.again}: {self.wrong} {self.log}"


def kills(parts: Parts) -> list[Fault]:
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


def live(runner: Runner, history: list[Fault], parts: Parts) -> list[Case]:
    """Strike the loop with each fault of a history and run it again from the top through the part that was struck."""
    first = ORDER.index(history[0].part)
    runner.start_from(ORDER[first - 1] if first else "")
    cases: list[Case] = []
    for fault in history:
        runner.log.write_text("", encoding="utf-8")
        work = PARTS[fault.part].whole
        case = Case(
            fault,
            tuple(str(item.fault) for item in cases),
            runner.run(work, failpoint=str(fault)),
            runner.run(work),
        )
        state = runner.outcome()["state"]
        if state is None:
            case.log = runner.said()
        else:
            case.wrong = difference(parts[fault.part]["state"], state)
        cases.append(case)
        if state is None or case.wrong:
            runner.start_from(fault.part)
    return cases
