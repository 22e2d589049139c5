"""Owns named places where a test may kill or break the process; without the variable they cost one dictionary look-up.

``RISKREVIEW_FAILPOINT="facts.appended:2:kill"`` kills the process the second time ``facts.appended`` is reached;
``raise`` instead of ``kill`` raises, ``full`` raises what a full disk does, ``slow`` sleeps.
"""

import errno
import os
import signal
import time
from collections import Counter

SLOW_SECONDS = 1.5
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
    :raises OSError: when it asks for a full disk.
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
    if action == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if action == "slow":
        time.sleep(SLOW_SECONDS)
        return
    os.kill(os.getpid(), signal.SIGKILL)
