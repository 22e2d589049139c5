"""Owns the roles a person of the team may have, which every policy names people by."""

from typing import Annotated

from pydantic import AfterValidator

ROLES = (
    "account_owner", "risk_owner", "credit_manager", "ar_accountant", "collections", "legal", "logistics", "compliance",
    "finance", "treasury", "sales", "supply", "audit", "it", "cfo", "executive", "data_engineer", "auditor",
)  # fmt: skip
"""Every role a duty, a step or a permission may name."""


def known_role(role: str) -> str:
    """Return a role that exists.

    :raises ValueError: for any other word.
    """
    if role not in ROLES:
        raise ValueError(f"E-TEAM-ROLE {role} is no role; the roles are {', '.join(ROLES)}")
    return role


Role = Annotated[str, AfterValidator(known_role)]
"""A role in a policy file; another word is refused where it stands."""
