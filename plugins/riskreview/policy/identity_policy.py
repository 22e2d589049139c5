"""Owns what a person may set about finding one customer in several systems."""

from pydantic import Field

from riskreview.foundation.instance import Instance
from riskreview.foundation.yaml_file import StrictModel
from riskreview.policy.policy_file import load_policy_file


class EvidenceWeights(StrictModel):
    """How far each piece of evidence closes the gap between the likeness of two names and certainty."""

    number: float = Field(ge=0, le=1)
    phone: float = Field(ge=0, le=1)
    domain: float = Field(ge=0, le=1)
    address: float = Field(ge=0, le=1)


class IdentityPolicy(StrictModel):
    """``policies/identity.yaml``."""

    name_alone: float = Field(gt=0, le=1)
    with_evidence: float = Field(gt=0, le=1)
    evidence: EvidenceWeights
    other_country: float = Field(ge=0, le=1)
    strangers_below: float = Field(ge=0, lt=1)
    two_companies_below: float = Field(ge=0, lt=1)


def load_identity_policy(instance: Instance) -> IdentityPolicy:
    """Read ``policies/identity.yaml`` of an instance, else the shipped one.

    :raises BadInput: naming the line that is wrong.
    """
    return load_policy_file(instance, "identity.yaml", IdentityPolicy)
