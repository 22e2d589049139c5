"""Rules of which open signals start which playbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from riskreview.policy.playbook_model import Playbook


@dataclass(frozen=True, slots=True)
class Emergency:
    """An open signal on a customer, or the occasion of a drill, which has neither signal nor customer.

    :param taken: the playbook and trigger have been activated before, or the playbook is active for this customer.
    """

    signal_id: int | None
    rule_id: str
    severity: str
    opened_on: date
    customer_key: int | None
    customer_id: str
    owner_user: str | None
    risk_class: int
    playbook_id: str | None
    taken: bool

    @property
    def trigger_key(self) -> str:
        """Names the trigger independently of row numbers: rule and day."""
        return f"{self.rule_id}:{self.opened_on.isoformat()}"

    @property
    def is_drill(self) -> bool:
        """Tell whether the plan is only practised."""
        return self.customer_key is None


@dataclass(frozen=True, slots=True)
class Call:
    """A playbook called for by a signal."""

    playbook: Playbook
    emergency: Emergency


@dataclass(frozen=True, slots=True)
class Matched:
    """What the open signals ask for."""

    calls: tuple[Call, ...]
    already_active: int
    without_playbook: int


def match(emergencies: Sequence[Emergency], playbooks: Sequence[Playbook]) -> Matched:
    """Decide which playbooks start; a playbook starts once per customer, for the oldest of its triggers."""
    books = {book.id: book for book in playbooks}
    calls: dict[tuple[str, int | None], Call] = {}
    already = without = 0
    for item in sorted(emergencies, key=lambda e: (e.customer_key or 0, e.opened_on, e.rule_id)):
        book = books.get(item.playbook_id or "")
        if (
            book is None
            or book.trigger_for(rule=item.rule_id, severity=item.severity, risk_class=item.risk_class) is None
        ):
            without += item.severity == "emergency"
        elif item.taken or (book.id, item.customer_key) in calls:
            already += 1
        else:
            calls[book.id, item.customer_key] = Call(book, item)
    return Matched(tuple(calls.values()), already, without)
