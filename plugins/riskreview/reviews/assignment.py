"""Rules of who gets a review: the customer's owner when present, else the risk owner on duty; always with a deputy if there is one."""

from dataclasses import dataclass
from datetime import date

from riskreview.policy.team import Assignment, Team
from riskreview.reviews.lifecycle import ANALYSTS

ROLE = "risk_owner"


@dataclass(frozen=True, slots=True)
class Assigner:
    """Answers for one day; everything about the team is looked up once, so that ten thousand questions are cheap.

    :param ids: persons who may work on a review, by every name they are known by.
    """

    team: Team
    day: date
    on_duty: Assignment
    ids: dict[str, str]
    absent: frozenset[str]

    @classmethod
    def on(cls, team: Team, day: date) -> "Assigner":
        """Prepare the answers for a day."""
        ids = {name: person.id for name, person in team.by_name().items() if set(person.roles) & set(ANALYSTS)}
        absent = frozenset(person.id for person in team.persons if not team.is_present(person.id, day))
        return cls(team, day, team.on_duty(ROLE, day), ids, absent)

    def assign(self, owner_user: str | None) -> Assignment:
        """Return owner and deputy of a review of a customer whose CRM owner is ``owner_user``."""
        person = self.ids.get(owner_user or "")
        if person is None or person in self.absent:
            return self.on_duty
        deputy = self.on_duty.deputy if self.on_duty.owner == person else self.on_duty.owner
        return Assignment(person, deputy, ROLE)
