"""Owns the console's roles: who may see what, and the sets of roles that routes name."""

from enum import StrEnum


class Role(StrEnum):
    """What a login may be in the console; what a person may do with a thing stands in the lifecycles and the team file."""

    risk_owner = "risk_owner"
    approver = "approver"
    engineer = "engineer"
    compliance = "compliance"
    auditor = "auditor"
    administrator = "administrator"


EVERYBODY = frozenset(Role)
CASES = frozenset({Role.risk_owner, Role.approver, Role.compliance, Role.auditor})
"""Who sees customers and what is done about them."""
CASE_WORKERS = CASES - {Role.auditor}
"""Who may act on them, as far as the team file and the lifecycle allow it."""
ALL_CUSTOMERS = frozenset({Role.approver, Role.compliance, Role.auditor})
"""Who sees every customer; a risk owner sees his own, and those in whose reviews and plans he is named."""
OPERATIONS = frozenset({Role.engineer, Role.auditor, Role.administrator})
"""Who sees how the system works: runs, feeds, messages."""
LOG_READERS = frozenset({Role.auditor, Role.compliance, Role.administrator})
