"""Owns ``policies/crm.yaml``: what is written back into which CRM, into which fields, whose fields those are, and who agrees."""

from typing import Literal

from pydantic import Field, field_validator

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel, load_yaml
from riskreview.policy.roles import Role

Fact = Literal["class", "index", "reasons", "next_review", "credit_limit", "terms_days", "order_hold"]
NAME = r"^[A-Za-z][A-Za-z0-9_]*$"


class FieldRule(StrictModel):
    """Where a fact is written.

    :param owner: ``ours``: nobody else should write it, so it is written without asking; ``shared``: a person agrees to every change.
        In both, what a person wrote there since is never overwritten unless a person agrees.
    :param map: the CRM's word for ours, such as its picklist values.
    """

    field: str = Field(pattern=NAME)
    owner: Literal["ours", "shared"] = "shared"
    map: dict[str, str] = Field(default_factory=dict)


class TaskRule(StrictModel):
    """How the owner of an account gets a task: one for each open review of the named classes.

    :param object: ``Tasks`` in Zoho, a custom object in Fxiaoke. :param key: the field that holds the task's name, with our key in it.
    """

    object: str = Field(pattern=NAME)
    key: str = Field("Subject", pattern=NAME)
    account: str = Field("What_Id", pattern=NAME)
    due: str = Field("Due_Date", pattern=NAME)
    text: str | None = Field(None, pattern=NAME)
    constants: dict[str, str] = Field(default_factory=dict)
    least_class: Literal["low", "medium", "high", "critical", "default"] = "high"


class Target(StrictModel):
    """One object of one CRM that is written to.

    :param system: whose account numbers are the record ids. :param origin: a text field that says that we wrote.
    :param most_per_run: accounts that are written to in one pass; the others follow in the next.
    """

    connection: str = Field(pattern=NAME)
    system: str
    object: str = Field(pattern=NAME)
    origin: str = Field(pattern=NAME)
    fields: dict[Fact, FieldRule] = Field(min_length=1)
    tasks: TaskRule | None = None
    most_per_run: int = Field(500, ge=1, le=100_000)


class Watch(StrictModel):
    """An object of a CRM whose changes are told to us at once: by Zoho itself, by a function of the tenant in Fxiaoke.

    :param source: a source with ``read: {events: true}`` that its records become events of.
    :param notify_url: where Zoho reaches us, such as ``https://risk.example.com/riskreview-crm/crm_zoho``.
    """

    connection: str = Field(pattern=NAME)
    object: str = Field(pattern=NAME)
    source: str = Field(pattern=r"^[a-z][a-z0-9_]{1,60}$")
    notify_url: str = Field(pattern=r"^https://[^\s]+$")


class CrmPolicy(StrictModel):
    """The whole file; without targets nothing is written.

    :param approvers: roles that may agree to a write or refuse it.
    """

    version: str
    approvers: tuple[Role, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = ()
    watches: tuple[Watch, ...] = ()

    @field_validator("targets")
    @classmethod
    def _one_target_a_connection(cls, value: tuple[Target, ...]) -> tuple[Target, ...]:
        names = [item.connection for item in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"E-POLICY-KEY {twice} is written to by two targets; put their fields into one")
        return value


def load_crm_policy(instance: Instance) -> CrmPolicy:
    """Read the instance's ``policies/crm.yaml``, else the shipped one, which writes nothing.

    :raises BadInput: naming file, line and key.
    """
    return load_yaml(instance.configuration_file("policies", "crm.yaml"), CrmPolicy)
