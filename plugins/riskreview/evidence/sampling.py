"""Owns an auditor's random sample: things of a span of days, ranked by a hash of seed and number, which anybody can compute again.

Method: the reviews opened, plans started and measures proposed on the days are the population. Each is ranked by the SHA-256 of
``SEED:KIND:NUMBER`` in hexadecimal; the sample is the first SIZE by rank. No random generator, no state, no order of reading.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql


@dataclass(frozen=True, slots=True)
class Drawn:
    """One thing of a sample with its rank."""

    kind: str
    number: int
    rank: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn from how many; ``population_sha256`` is that of the lines KIND:NUMBER it was drawn from, sorted."""

    since: date
    until: date
    seed: int
    population: int
    population_sha256: str
    drawn: tuple[Drawn, ...]


def draw(services: Services, *, since: date, until: date, size: int, seed: int) -> Sample:
    """Draw a sample; the same seed draws the same things from the same days."""
    with services.engine.connect() as connection:
        found = connection.execute(text(sql("evidence", "drawn_from")), {"since": since, "until": until}).all()
    things = [(str(row.kind), int(row.number)) for row in found]
    lines = "\n".join(sorted(f"{kind}:{number}" for kind, number in things))
    ranked = sorted(
        (Drawn(kind, number, rank_of(seed, kind, number)) for kind, number in things), key=lambda item: item.rank
    )
    return Sample(since, until, seed, len(things), hashlib.sha256(lines.encode()).hexdigest(), tuple(ranked[:size]))


def rank_of(seed: int, kind: str, number: int) -> str:
    """Return the rank of a thing."""
    return hashlib.sha256(f"{seed}:{kind}:{number}".encode()).hexdigest()
