"""Owns what a reader is told beside ids: titles of rules, indicators, plans and feeds, what a code means, values with their unit, who is who."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.instance import Instance
from riskreview.intake.use_cases import load_mappings
from riskreview.policy.playbook import load_playbooks
from riskreview.policy.risk_policy import Policy, load_policy
from riskreview.policy.risk_text import signal_figure
from riskreview.policy.roles import ROLES
from riskreview.policy.team import load_team
from riskreview.validation.bad_inputs import KINDS

ACTING = ("actor", "owner", "asked", "author", "recipient", "proposed_by", "decided_by", "approved_by", "implemented_by", "answered_by", "said_by",
          "ended_by", "acknowledged_by", "triggered_by", "closed_by")  # fmt: skip
"""Columns that name somebody by the id of the team."""
PERSON_ID = re.compile(r"[a-z][a-z0-9_.-]{1,39}")
"""What an id of the team looks like; our own stages act as ``system:...``."""
LEFT = {
    "en": "(acted under an earlier team file; the team file of the day this was taken does not name them)",
    "zh": "（依据较早的团队文件行事；取证当日的团队文件中已无此人）",
}
Row = dict[str, Any]  # a row of a section


@dataclass(frozen=True)
class Names:
    """The names of an instance in a language; what it no longer knows stands for itself."""

    instance: Instance
    language: str

    @cached_property
    def policy(self) -> Policy:
        """The policy in force."""
        return load_policy(self.instance)

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Titles by the ids of rules, indicators, plans and feeds; those of plans and feeds keep their id, by which other places name them."""
        found = {rule.id: rule.title.of(self.language) for rule in self.policy.signals.rules}
        found |= {item.id: item.name.of(self.language) for item in self.policy.indicators}
        found |= {
            book.id: f"{book.id} · {getattr(book.title, self.language)}" for book in load_playbooks(self.instance)
        }
        try:
            return found | {
                item.source: f"{getattr(item.title, self.language)} ({item.source})"
                for item in load_mappings(self.instance)
            }
        except RiskReviewError:  # a mapping somebody is editing names nothing today
            return found

    @cached_property
    def meanings(self) -> Mapping[str, str]:
        """What each code of a refused row says."""
        return {kind.code: getattr(kind, self.language) for kind in KINDS}

    def figure(self, rule_id: str, value: float | None) -> str | None:
        """Return the value or line of a signal with its unit; None where its rule shows no indicator of the policy."""
        return None if value is None else signal_figure(rule_id, value, self.policy, self.language)

    def people(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Return the people that rows name, with their roles of today; who has left the team by id alone, with a sentence."""
        named = {str(row[column]) for row in rows for column in ACTING if row.get(column)}
        found, left = load_team(self.instance).by_name(), LEFT[self.language]
        people = sorted(name for name in named if name in found or PERSON_ID.fullmatch(name))
        return tuple(
            {"person": name, "name": found[name].name if name in found else left, "roles": list(found[name].roles) if name in found else []}
            for name in people if name not in ROLES
        )  # fmt: skip
