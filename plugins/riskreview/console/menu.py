"""Owns what the menu offers whom: the pages a role may open."""

from collections.abc import Set as AbstractSet

from riskreview.console.roles import CASES, EVERYBODY, LOG_READERS, OPERATIONS, Role

MENU: tuple[tuple[str, frozenset[Role]], ...] = (
    ("work", EVERYBODY),
    ("portfolio", CASES),
    ("customers", CASES),
    ("reviews", CASES),
    ("signals", CASES),
    ("measures", CASES),
    ("playbooks", CASES),
    ("screening", frozenset({Role.compliance, Role.auditor})),
    ("identity", CASES | {Role.engineer}),
    ("models", CASES),
    ("data", OPERATIONS | {Role.compliance}),
    ("runs", OPERATIONS),
    ("messages", EVERYBODY),
    ("policy", EVERYBODY),
    ("team", EVERYBODY),
    ("audit", LOG_READERS),
    ("users", frozenset({Role.administrator, Role.auditor})),
)
"""Page, which is also its path and its key among the words, and who may open it; a test holds it to the routes."""


def menu_of(roles: AbstractSet[Role]) -> tuple[str, ...]:
    """Return the pages that somebody with these roles may open."""
    return tuple(page for page, allowed in MENU if allowed & roles)
