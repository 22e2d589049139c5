"""Owns the proof that a form was sent from our own page: where the browser says it comes from, and a signed token of the login."""

import secrets
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer

from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.instance import Instance
from riskreview.foundation.private_file import create_private

SALT = "riskreview.console.form"
FORM_SECONDS = 12 * 3600


class CrossSite(RuleViolation):
    """A form that another site sent, or that nobody signed."""


def signing_keys(instance: Instance) -> list[str]:
    """Return the keys of an instance's console, the newest last; the first call makes one."""
    path = instance.home / "keys" / "console.key"
    if not path.exists():
        create_private(path, secrets.token_urlsafe(48) + "\n")  # when another process is first, its key counts
    return [line for line in path.read_text(encoding="ascii").splitlines() if line]


class FormTokens:
    """Signs and checks the tokens of an instance's forms."""

    def __init__(self, instance: Instance) -> None:
        self._serializer = URLSafeTimedSerializer(signing_keys(instance), salt=SALT)

    def make(self, user_id: str) -> str:
        """Return a token that only this login's forms may carry."""
        return str(self._serializer.dumps(user_id))

    def check(self, token: str, user_id: str) -> None:
        """Accept a token.

        :raises CrossSite: when it is missing, forged, another login's or older than twelve hours.
        """
        try:
            owner = self._serializer.loads(token, max_age=FORM_SECONDS)
        except BadSignature as error:
            raise CrossSite("the form is too old or was not sent from its page; open the page again") from error
        if owner != user_id:
            raise CrossSite("the form was opened by another login; open the page again")


def check_origin(headers: Mapping[str, str], own: Collection[str]) -> None:
    """Accept a request that changes something only from our own pages.

    What the browser itself says counts; an older one that does not say so names at least where the page came from.

    :param own: the addresses of this site as browsers know it.
    :raises CrossSite: for another site, a sibling domain, or a browser that says neither.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site == "same-origin":
        return
    if site is not None or origin is None or _place(origin) not in {_place(address) for address in own}:
        raise CrossSite("this form was not sent from a page of this site; open the page again")


def _place(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
