"""Owns the notices of the demo's credit bureau: what it tells by web hook and queue once the night's deliveries are through."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from riskreview.demo.population import Population

SOURCE = "bureau_notices"
FILE = "notices.json"
HARMLESS = 12
SOUND_RISK = 0.3
CASES = ("notice_insolvency", "notice_media", "notice_insolvency")
SERIOUS = {"notice_insolvency": ("insolvency", 95), "notice_media": ("news", 90)}
"""Type and severity of the notice of each planted case."""
PROVIDER = "Nordlicht Auskunft"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: what its sender calls it, its body, and how it comes."""

    number: str
    body: bytes
    way: Literal["webhook", "queue"]


def write_notices(path: Path, people: Population, as_of: date) -> int:
    """Write the notices beside the expected outcomes and return their number: insolvencies and bad press, and many that mean little."""
    rows = [_row(people, place, kind, severity, as_of) for place, kind, severity in _told(people)]
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return len(rows)


def read_notices(path: Path) -> tuple[Notice, ...]:
    """Return the notices in the order they are sent; the last insolvency is dropped into the queue as a file."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    last = max((place for place, row in enumerate(rows) if row["type"] == "insolvency"), default=-1)
    return tuple(
        Notice(
            str(row["record"]), json.dumps(row, ensure_ascii=False).encode(), "queue" if place == last else "webhook"
        )
        for place, row in enumerate(rows)
    )


def noticed(people: Population) -> dict[int, str]:
    """Return the planted case of each customer that a notice tells something serious of: sound ones without a group, the last of all."""
    alone = [place for place in _sound(people) if not people.group[place]][-len(CASES) :]
    return dict(zip(alone, CASES, strict=True))


def _told(people: Population) -> Iterator[tuple[int, str, int]]:
    """Yield customer, type and severity; between the serious ones come letters about sound customers that mean little."""
    planted = noticed(people)
    serious = [(place, *SERIOUS[case]) for place, case in planted.items()]
    letters = [place for place in _sound(people) if place not in planted][:HARMLESS]
    for number, place in enumerate(letters):
        yield place, "credit_bureau", 10
        if number < len(serious):
            yield serious[number]


def _sound(people: Population) -> list[int]:
    return [place for place in people.having("").tolist() if people.risk[place] < SOUND_RISK]


def _row(people: Population, place: int, kind: str, severity: int, as_of: date) -> dict[str, object]:
    code = str(people.code[place])
    return {"record": f"NB-{as_of:%Y%m%d}-{code}-{kind[:3].upper()}", "client_ref": code, "type": kind, "provider": PROVIDER,
            "observed": as_of.isoformat(), "severity": severity, "status": "confirmed" if kind == "news" else "open"}  # fmt: skip
