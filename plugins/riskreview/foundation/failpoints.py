"""Owns named places where a test may kill or break the process; without the variable they cost one dictionary look-up.

``RISKREVIEW_FAILPOINT="facts.appended:2:kill"`` kills the process the second time ``facts.appended`` is reached;
``raise`` instead of ``kill`` raises.
"""

import os
import signal
from collections import Counter

REGISTERED: dict[str, str] = {}
_hits: Counter[str] = Counter()
"""How often each was reached while the variable was set."""


class InjectedFault(RuntimeError):
    """The exception a failpoint raises on request."""


def register(name: str, meaning: str) -> str:
    """Register a failpoint at import time, so that a test can enumerate all of them; returns the name."""
    REGISTERED[name] = meaning
    return name


def reach(name: str) -> None:
    """Stop here if the environment asks for it.

    :raises InjectedFault: when the environment asks for an exception at this hit.
    """
    wanted = os.environ.get("RISKREVIEW_FAILPOINT")
    if wanted is None:
        return
    if name not in REGISTERED:
        raise LookupError(f"failpoint {name} is not registered")
    _hits[name] += 1
    target, _, rest = wanted.partition(":")
    hit, _, action = rest.partition(":")
    if target != name or _hits[name] != int(hit or 1):
        return
    if action == "raise":
        raise InjectedFault(f"failpoint {name}, hit {_hits[name]}")
    os.kill(os.getpid(), signal.SIGKILL)
