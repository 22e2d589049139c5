"""Owns what a demo has already done, so that it can be interrupted anywhere and run again."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

from riskreview.orchestration import embedded


@dataclass(frozen=True, slots=True)
class DemoState:
    """The portfolio of a demo and the deliveries that went through the whole loop.

    :param as_of: ISO date of the second delivery.
    :param finished: names of the delivery folders that are done.
    """

    customers: int
    seed: int
    as_of: str
    is_prepared: bool = False
    finished: tuple[str, ...] = field(default_factory=tuple)


def open_state(home: Path, *, customers: int, seed: int, as_of: date) -> DemoState:
    """Return the state of the demo in ``home``, a new one when there is none.

    A demo of another portfolio, or one that was killed while its portfolio was being written, is stopped and thrown away.
    """
    wanted = DemoState(customers, seed, as_of.isoformat())
    state = read_state(home)
    if state is None:
        return wanted
    if state.is_prepared and replace(state, is_prepared=False, finished=()) == wanted:
        return state
    if (home / "settings.yaml").exists():
        embedded.stop(home)
    shutil.rmtree(home)
    return wanted


def read_state(home: Path) -> DemoState | None:
    """Return the stored state, None before the first."""
    if not _path(home).exists():
        return None
    found = json.loads(_path(home).read_text(encoding="utf-8"))
    return DemoState(**(found | {"finished": tuple(found["finished"])}))


def save_state(home: Path, state: DemoState) -> None:
    """Write the state, whole or not at all."""
    draft = _path(home).with_suffix(".draft")
    draft.write_text(json.dumps(asdict(state)), encoding="utf-8")
    draft.replace(_path(home))


def hold_back(home: Path, inbox: Path) -> None:
    """Take the deliveries out of the inbox, so that they can be handed over one after the other, as the days would."""
    (home / "deliveries").mkdir(exist_ok=True)
    for folder in sorted(path for path in inbox.iterdir() if path.is_dir()):
        folder.rename(home / "deliveries" / folder.name)


def deliveries(home: Path) -> list[Path]:
    """Return the deliveries held back, oldest first."""
    return sorted(path for path in (home / "deliveries").iterdir() if path.is_dir())


def hand_over(delivery: Path, inbox: Path) -> int:
    """Copy the extracts of a delivery into the inbox, each complete or not at all, and return how many; done twice it adds nothing."""
    count = 0
    for source in _files(delivery):
        target = inbox / delivery.name / source.relative_to(delivery)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = delivery.parent / f".handing-over-{source.name}"
        shutil.copyfile(source, draft)
        draft.replace(target)
        count += 1
    return count


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _path(home: Path) -> Path:
    return home / "demo_run.json"
