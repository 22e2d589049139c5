"""Rules of who gets a review: the customer's owner when present, else the risk owners by duty order, each as far as there is room.

Always with a deputy if there is one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from riskreview.policy.team import Assignment, Team
from riskreview.reviews.cadence import Waiting
from riskreview.reviews.lifecycle import ANALYSTS

ROLE = "risk_owner"


@dataclass(frozen=True, slots=True)
class Assigner:
    """Answers for one day; everything about the team is looked up once, so that ten thousand questions are cheap.

    :param on_duty: who has what nobody present owns, as long as there is room. :param queue: the risk owners who are there, in duty order.
    :param ids: persons who may work on a review, by every name they are known by.
    """

    team: Team
    day: date
    on_duty: Assignment
    queue: tuple[str, ...]
    ids: dict[str, str]
    absent: frozenset[str]

    @classmethod
    def on(cls, team: Team, day: date) -> "Assigner":
        """Prepare the answers for a day."""
        ids = {name: person.id for name, person in team.by_name().items() if set(person.roles) & set(ANALYSTS)}
        absent = frozenset(person.id for person in team.persons if not team.is_present(person.id, day))
        queue = tuple(name for name in team.order(ROLE) if name not in absent)
        return cls(team, day, team.on_duty(ROLE, day), queue, ids, absent)

    def assign(self, owner_user: str | None) -> Assignment:
        """Return owner and deputy of a review of a customer whose CRM owner is ``owner_user``."""
        person = self.ids.get(owner_user or "")
        if person is None or person in self.absent:
            return self.on_duty
        return self.to(person)

    def to(self, person: str) -> Assignment:
        """Return the assignment to a person, with a deputy on duty."""
        deputy = self.on_duty.deputy if self.on_duty.owner == person else self.on_duty.owner
        return Assignment(person, deputy, ROLE)


def share(
    unowned: Sequence[Waiting], owned: Sequence[Waiting], queue: Sequence[str], *, room: Mapping[str, Sequence[int]], earliest: int
) -> dict[int, str]:  # fmt: skip
    """Return, by number, who takes each review that nobody owns: the first of the queue with room up to its limit, else the least overfull.

    What is due soonest is given away first, the most money first among equals, so that the first of the queue has what matters most.

    :param owned: the other reviews that want a due day, which take room too. :param room: by owner and working days after opening.
    """
    found: dict[int, str] = {}
    taken: Counter[str] = Counter()
    order = sorted(unowned, key=lambda item: (item.latest, -item.weight, item.number))
    for latest, group in groupby(order, key=attrgetter("latest")):
        own = Counter(item.owner for item in owned if item.latest <= latest)
        left = {name: sum(room[name][min(earliest, latest) : latest + 1]) - taken[name] - own[name] for name in queue}
        for item in group:
            name = next((name for name in queue if left[name] > 0), None) or max(queue, key=left.__getitem__)
            left[name] -= 1
            taken[name] += 1
            found[item.number] = name
    return found
