"""Owns finding where sources contradict each other, or themselves, about who owns a customer. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Same = Callable[[str, str], bool]
"""Tells whether two names may be one party's."""
MAJORITY, SHARES = "majority_owner", "ownership_shares"
HALF, ALL = 50.0, 100.5
"""More than all is more than rounding makes of it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a system says of one owner of a customer; ``owner`` is the same wherever the same party is meant for certain."""

    system: str
    owner: str
    name: str
    share_pct: float


def contradictory(told: Sequence[Told], same: Same) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield what is contradictory about one customer's owners: the attribute, and what each system says.

    Majority owners that differ are told as that; that their shares are more than all needs no telling then.
    """
    meant = _meant(told, same)
    majority = {item.system: item for item in told if item.share_pct > HALF}
    if len({meant[item.owner] for item in told if item.share_pct > HALF}) > 1:
        yield MAJORITY, {system: f"{item.name} {item.share_pct:g} %" for system, item in majority.items()}
        return
    largest: dict[str, float] = {}
    for item in told:
        largest[meant[item.owner]] = max(item.share_pct, largest.get(meant[item.owner], 0.0))
    if sum(largest.values()) > ALL:
        by_system: dict[str, float] = {}
        for item in told:
            by_system[item.system] = by_system.get(item.system, 0.0) + item.share_pct
        yield SHARES, {system: f"{total:g} %" for system, total in by_system.items()}


def _meant(told: Sequence[Told], same: Same) -> dict[str, str]:
    """Return for each owner the first one named that may be the same party: by its name where systems number it differently."""
    meant: dict[str, str] = {}
    for item in told:
        if item.owner not in meant:
            before = (other for other in told if other.owner in meant and other.system != item.system)
            first = next((other.owner for other in before if same(other.name, item.name)), None)
            meant[item.owner] = item.owner if first is None else meant[first]
    return meant
