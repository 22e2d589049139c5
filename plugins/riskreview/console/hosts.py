"""Owns which names the console answers to: a page that came under another name is none of ours, though its address leads here.

Whoever owns a name may let it lead to this machine (DNS rebinding), and a browser then takes our pages for theirs. Its own names are those of the
configured addresses, of the machine and of the socket a request came in by, so that people of one office need to set nothing.
"""

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from fastapi import Request

from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.instance import Instance

LONGEST = 100
"""Characters of a strange name that are repeated to whoever used it."""


class WrongHost(RiskReviewError):
    """The address that was asked names somebody else."""


def own_names(instance: Instance, addresses: Collection[str] = ()) -> frozenset[str]:
    """Return the names that are ours whichever way a request comes in.

    :param addresses: at which people open what hosts the console.
    """
    given = [*instance.console_hosts, *(urlsplit(address).netloc for address in (instance.console_url, *addresses))]
    return frozenset({"localhost", socket.gethostname().lower(), *map(name_of, given)} - {""})


def check_host(request: Request, names: Collection[str]) -> None:
    """Accept a request for one of our names, for this machine itself, or for the very address it came in by.

    :raises WrongHost: for any other, for none, and for more than one.
    """
    given = request.headers.getlist("host")
    name = name_of(given[0]) if len(given) == 1 else ""
    if name in names or _is_here(name, str((request.scope.get("server") or ("",))[0])):
        return
    shown = "".join(letter for letter in name if letter.isprintable())[:LONGEST]
    raise WrongHost(f"the console is not known by the name {shown or '?'}; whoever runs it adds it to console_hosts in settings.yaml and starts it again")  # fmt: skip


def name_of(host: str) -> str:
    """Return the name of a host as an address has it, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    if host.count(":") > 1:
        return host.lower()
    return host.partition(":")[0].rstrip(".").lower()


def _is_here(name: str, came_in_by: str) -> bool:
    """Tell whether a name is the number of this machine: its loopback, or the address of its own that the request came in by."""
    asked, own = _number(name), _number(came_in_by)
    return asked is not None and (asked.is_loopback or asked == own)


def _number(name: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(name)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
