"""Owns calling Zoho CRM v8: its tokens, its headers, and what its answers mean, errors inside HTTP 200 included."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from riskreview.crm.budget import Allowance, Budget
from riskreview.crm.calling import TIMEOUT_SECONDS, Answer, Ask, Caller, Judged, retry_after
from riskreview.crm.connections import ZohoConnection
from riskreview.crm.problems import CrmRefused, CrmUnavailable
from riskreview.crm.timing import Timer
from riskreview.crm.tokens import Mint, Refusal, Token, Tokens, TokenStore, until
from riskreview.intake.strict_json import strict_json

EARLY_SECONDS = 300.0
TOO_MANY_TOKENS = timedelta(minutes=10)
"""Ten tokens may be asked for in ten minutes; after a refusal none for as long."""
RENEWED = frozenset({"INVALID_TOKEN", "AUTHENTICATION_FAILURE"})
TOKEN_SENTENCES = {
    "invalid_client": "the client id is unknown in this data centre; check client_id and dc",
    "invalid_client_secret": "the client secret is wrong; check client_secret",
    "invalid_code": "the refresh token is revoked, or of another data centre; authorise the application again",
}


class ZohoClient:
    """One organisation."""

    def __init__(
        self, connection: ZohoConnection, http: httpx.Client, store: TokenStore, timer: Timer, *, spent_before: int = 0
    ) -> None:
        allowance = Allowance(None, 0.0, connection.credits_per_day, connection.credits_floor)
        self.budget = Budget(allowance, timer, spent_before)
        tokens = Tokens(store, minting(connection, http, timer), timer)
        self._caller = Caller(http, ZohoService(connection, timer), tokens, self.budget, timer)

    def call(self, ask: Ask) -> Answer:
        """Return the answer to a call; see ``Caller.call``."""
        return self._caller.call(ask)

    def get(
        self, path: str, params: Mapping[str, str] | None = None, *, since: datetime | None = None, cost: int = 1
    ) -> Answer:
        """Return the answer to a read; 204 and 304 have no document.

        :param since: asks for what changed at or after this moment.
        """
        headers = {} if since is None else {"If-Modified-Since": since.isoformat(timespec="seconds")}
        return self.call(Ask("GET", path, params or {}, headers=headers, cost=cost))


class ZohoService:
    """Puts Zoho's credentials on and reads its answers."""

    def __init__(self, connection: ZohoConnection, timer: Timer) -> None:
        self._connection, self._timer = connection, timer

    def prepare(self, ask: Ask, token: Token) -> httpx.Request:
        """Return the request with its token; the answer to the token call names the API server unless the settings do."""
        base = self._connection.api_url or token.place
        headers = {"Authorization": f"Zoho-oauthtoken {token.value}", **ask.headers}
        return httpx.Request(
            ask.method, base + ask.path, params=dict(ask.params), json=ask.body, headers=headers,
            extensions={"timeout": httpx.Timeout(TIMEOUT_SECONDS).as_dict()},
        )  # fmt: skip

    def judge(self, ask: Ask, response: httpx.Response) -> Judged:
        """Return what a response means.

        :raises CrmRefused: naming the CRM's code and what it says beside it.
        """
        status = response.status_code
        if status in {204, 304}:
            return Judged("good")
        if ask.kind == "download" and status == httpx.codes.OK and response.content[:2] == b"PK":
            return Judged("good")
        document = parsed(response.content)
        code, details = error_of(document)
        passing = self._passing(response, code)
        if passing is not None:
            return passing
        if document is None:
            return Judged("broken", problem=f"HTTP {status}, {len(response.content)} bytes")
        if status < httpx.codes.BAD_REQUEST or (status == httpx.codes.BAD_REQUEST and _is_per_record(ask, document)):
            return Judged("good", document)
        raise _refused(ask, status, code, details)

    def _passing(self, response: httpx.Response, code: str) -> Judged | None:
        """Return what a response means that another try may change."""
        wait = retry_after(response, self._timer)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or code == "TOO_MANY_REQUESTS":
            return Judged("again", problem="too many requests", wait=wait, too_fast=True)
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return Judged("again", problem=f"HTTP {response.status_code}", wait=wait)
        if response.status_code == httpx.codes.UNAUTHORIZED and code in RENEWED:
            return Judged("renew")
        return None


def minting(connection: ZohoConnection, http: httpx.Client, timer: Timer) -> Mint:
    """Return what asks for a token; the secrets are in the body, so that no URL and no log holds them."""

    def mint() -> Token | Refusal:
        form = {"grant_type": "refresh_token", "client_id": connection.client_id,
                "client_secret": connection.client_secret.get_secret_value(),
                "refresh_token": connection.refresh_token.get_secret_value()}  # fmt: skip
        try:
            response = http.post(f"{connection.accounts}/oauth/v2/token", data=form, timeout=TIMEOUT_SECONDS)
        except httpx.TransportError as error:
            raise CrmUnavailable(f"the accounts server of Zoho does not answer: {type(error).__name__}") from None
        return _token(parsed(response.content), connection, timer)

    return mint


def _token(document: Any, connection: ZohoConnection, timer: Timer) -> Token | Refusal:  # JSON has any shape
    if not isinstance(document, dict):
        raise CrmUnavailable("the accounts server of Zoho answers with something that is no JSON")
    if "access_token" in document:
        seconds = float(document.get("expires_in_sec") or document.get("expires_in") or 3600)
        place = connection.api_url or str(document.get("api_domain") or "")
        return Token(str(document["access_token"]), until(timer, seconds, early=EARLY_SECONDS), place)
    error = str(document.get("error", "no access_token"))
    if error.lower().replace("_", " ") == "access denied":
        return Refusal(
            timer.now() + TOO_MANY_TOKENS, "Zoho was asked for too many tokens; it gives the next one in ten minutes"
        )
    if error == "general_error":
        raise CrmUnavailable("the accounts server of Zoho has an error of its own")
    raise CrmRefused(f"Zoho gives no token: {TOKEN_SENTENCES.get(error, error)}", error)


def parsed(body: bytes) -> Any:  # JSON has any shape
    """Return the JSON of a body with its numbers as text, None where it is none."""
    try:
        return strict_json(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def error_of(document: Any) -> tuple[str, Any]:  # JSON has any shape
    """Return code and details of an error, also where it stands in ``data``; an empty code where there is none."""
    if isinstance(document, dict) and isinstance(document.get("data"), dict):
        document = document["data"]
    if isinstance(document, dict) and isinstance(document.get("data"), list) and len(document["data"]) == 1:
        only = document["data"][0]
        document = only if isinstance(only, dict) and only.get("status") == "error" else document
    if isinstance(document, dict) and document.get("code") and document.get("status") != "success":
        return str(document["code"]), document.get("details")
    return "", None


def _is_per_record(ask: Ask, document: Any) -> bool:  # JSON has any shape
    """Whether a refused write says for each record what is wrong with it."""
    return ask.kind == "write" and isinstance(document, dict) and isinstance(document.get("data"), list)


def _refused(ask: Ask, status: int, code: str, details: Any) -> CrmRefused:  # JSON has any shape
    named = code or f"HTTP {status}"
    if code == "OAUTH_SCOPE_MISMATCH":
        text = f"the authorisation lacks the scope for {ask.method} {ask.path}; see docs/how-to/crm.md for the scopes"
    elif status == httpx.codes.FORBIDDEN:
        text = f"the user of the connection may not do this: {ask.method} {ask.path}"
    else:
        text = f"{ask.method} {ask.path} was refused"
    return CrmRefused(f"Zoho: {text} ({named})", named, details)
