"""Owns the shape of an emergency-plan playbook: four mandatory sections, typed, identified by its digest."""

import hashlib
import json
from functools import cached_property
from typing import Any

from pydantic import Field, field_validator, model_validator

from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.calendars import Deadline
from riskreview.policy.ladder import LadderRung
from riskreview.policy.review_approval import MEASURES
from riskreview.policy.roles import ROLES

SECTIONS = ("identification", "measures", "duties", "resources")
SEVERITIES = ("warning", "alarm", "emergency")
CLASSES = ("unknown", "low", "medium", "high", "critical", "default")


class Text(StrictModel):
    """A sentence in both languages; may hold ``{{ customer_id }}`` and the other variables of ``playbook_text``."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)


class Trigger(StrictModel):
    """A signal that starts the playbook: its rule, the least severity and the least class of the customer."""

    rule: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    min_severity: str = "emergency"
    min_class: str = "unknown"

    @field_validator("min_severity")
    @classmethod
    def _severity_exists(cls, value: str) -> str:
        return _one_of(value, SEVERITIES, "severity")

    @field_validator("min_class")
    @classmethod
    def _class_exists(cls, value: str) -> str:
        return _one_of(value, CLASSES, "risk class")

    def matches(self, *, rule: str, severity: str, risk_class: int) -> bool:
        """Tell whether a signal of this rule and severity on a customer of this class (code 0-5) starts the playbook."""
        bad_enough = SEVERITIES.index(severity) >= SEVERITIES.index(self.min_severity)
        return rule == self.rule and bad_enough and risk_class >= CLASSES.index(self.min_class)


class Identification(StrictModel):
    """Risk identification: what starts the playbook, and what people check to confirm it."""

    summary: Text
    triggers: tuple[Trigger, ...] = Field(min_length=1)
    questions: tuple[Text, ...] = ()


class Step(StrictModel):
    """One response measure: who does it until when, and the evidence that it was done.

    :param measure: entry of the response catalogue that the step carries out, such as ``order_hold`` or ``deposit share_pct=30``.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")
    title: Text
    role: str = Field("", validate_default=True)
    deadline: str
    evidence: Text
    depends_on: tuple[str, ...] = ()
    measure: str | None = None

    @field_validator("measure")
    @classmethod
    def _measure_exists(cls, value: str | None) -> str | None:
        if value is not None and (not value.split() or value.split()[0] not in MEASURES):
            raise ValueError(
                f"E-PLAYBOOK-MEASURE {value or 'nothing'} is no measure; the measures are {', '.join(MEASURES)}"
            )
        return value

    @field_validator("role")
    @classmethod
    def _role_exists(cls, value: str) -> str:
        return _known_role(value)

    @field_validator("deadline", mode="before")
    @classmethod
    def _deadline_is_readable(cls, value: object) -> object:
        Deadline.parse(str(value))
        return value


class Measures(StrictModel):
    """Response measures, and what ends the emergency."""

    steps: tuple[Step, ...] = Field(min_length=1)
    closed_when: Text


class Responsibility(StrictModel):
    """Who stands in for a role."""

    deputy: str

    @field_validator("deputy")
    @classmethod
    def _role_exists(cls, value: str) -> str:
        return _known_role(value)


class Duties(StrictModel):
    """Division of responsibility.

    :param incident_owner: the role that leads; it must acknowledge within ``acknowledge_within``, say within ``resolve_within`` of the
        last step that the emergency is over, and write its look back within ``look_back_within``; an approver closes in ``close_within``.
    :param roles: every role of a step with its deputy role.
    :param approvers: roles of whom one, not the incident owner, must agree to close or stand down; at least two roles.
    """

    incident_owner: str
    acknowledge_within: str = "2h"
    resolve_within: str = "3wd"
    look_back_within: str = "10wd"
    close_within: str = "5wd"
    roles: dict[str, Responsibility] = Field(min_length=1)
    ladder: tuple[LadderRung, ...] = Field(min_length=1)
    approvers: tuple[str, ...]

    @field_validator("incident_owner")
    @classmethod
    def _role_exists(cls, value: str) -> str:
        return _known_role(value)

    @field_validator("acknowledge_within", "resolve_within", "look_back_within", "close_within", mode="before")
    @classmethod
    def _duration_is_readable(cls, value: object) -> object:
        Deadline.parse(str(value))
        return value

    @field_validator("approvers")
    @classmethod
    def _two_can_approve(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < 2:
            raise ValueError("E-PLAYBOOK-FOUR-EYES fewer than two roles may approve; name at least two")
        return tuple(_known_role(role) for role in value)


class Resource(StrictModel):
    """An emergency resource: a document, a person outside, a system, money."""

    kind: str = Field(pattern=r"^(document|counsel|insurer|system|budget|people|data)$")
    what: Text


class Playbook(StrictModel):
    """One emergency plan."""

    playbook: str = Field(pattern=r"^[A-Z][A-Z0-9-]{1,15}$")
    version: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,19}$")
    title: Text
    identification: Identification
    measures: Measures
    duties: Duties
    resources: tuple[Resource, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _sections_are_there(cls, data: Any) -> Any:  # raw YAML has any shape until checked
        missing = [name for name in SECTIONS if not isinstance(data, dict) or not data.get(name)]
        if missing:
            raise ValueError(
                f"E-PLAYBOOK-SECTION the section {missing[0]} is missing; a playbook has {', '.join(SECTIONS)}"
            )
        return data

    @property
    def id(self) -> str:
        """The playbook's id, such as PB1."""
        return self.playbook

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the playbook's canonical JSON: two files that say the same have the same digest."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def canonical(self) -> str:
        """Return the playbook as JSON with sorted keys and no spaces."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def trigger_for(self, *, rule: str, severity: str, risk_class: int) -> Trigger | None:
        """Return the trigger a signal pulls, if any."""
        return next(
            (t for t in self.identification.triggers if t.matches(rule=rule, severity=severity, risk_class=risk_class)),
            None,
        )


def _known_role(role: str) -> str:
    if role not in ROLES:
        raise ValueError(f"E-PLAYBOOK-OWNER {role or 'nobody'} is no role; the roles are {', '.join(ROLES)}")
    return role


def _one_of(value: str, known: tuple[str, ...], what: str) -> str:
    if value not in known:
        raise ValueError(f"E-POLICY-TYPE {value} is no {what}; use one of {', '.join(known)}")
    return value
