"""Owns calling Fxiaoke: both generations of authentication, and what its answers mean: every one is HTTP 200, errors included."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from riskreview.crm.budget import Allowance, Budget
from riskreview.crm.calling import TIMEOUT_SECONDS, Answer, Ask, Caller, Judged
from riskreview.crm.connections import FxiaokeConnection
from riskreview.crm.problems import BudgetSpent, CrmRefused, CrmUnavailable
from riskreview.crm.timing import Timer
from riskreview.crm.tokens import Mint, Refusal, Token, Tokens, TokenStore, until
from riskreview.crm.zoho_client import parsed

WINDOW_SECONDS = 20.0
EARLY_SECONDS = 600.0
"""A token lives 7,200 s; from 6,600 s on the CRM gives another."""
TOKEN_PAUSE = timedelta(minutes=1)
BUSY_WAIT = 20.0
GOOD = "0"
BUSY = frozenset({"-1", "-2", "50009"})
TOO_FAST = frozenset({"30004", "14001"})
RENEWED = frozenset({"20016", "20005", "11014"})
SPENT = frozenset({"30002", "30003"})
SENTENCES = {
    "20017": "the company id or the token is missing; check the generation of the connection",
    "10006": "the application lacks a right, or its secret is wrong; check app_secret and the rights of the application",
    "10013": "a page was asked for beyond the ceiling of the offset",
    "20014": "the application may not do this", "20020": "the application is switched off", "15003": "the user has no right",
    "30027": "the acting user is unknown; check user",
}  # fmt: skip
CREDENTIALS = frozenset({"20006", "20015", "11001", "11002", "11013", "10001", "10002", "10012"})


class FxiaokeClient:
    """One tenant."""

    def __init__(
        self,
        connection: FxiaokeConnection,
        http: httpx.Client,
        store: TokenStore,
        timer: Timer,
        *,
        spent_before: int = 0,
    ) -> None:
        allowance = Allowance(connection.calls_per_window, WINDOW_SECONDS, connection.calls_per_day)
        self.budget = Budget(allowance, timer, spent_before)
        tokens = Tokens(store, minting(connection, http, timer), timer)
        self._caller = Caller(http, FxiaokeService(connection), tokens, self.budget, timer)

    def post(self, path: str, body: Mapping[str, Any], *, repeatable: bool = True) -> Answer:  # JSON has any shape
        """Return the answer to a call; its rate is counted by path."""
        return self._caller.call(Ask("POST", path, body=body, kind=path, repeatable=repeatable))


class FxiaokeService:
    """Puts the credentials of one generation on and reads the answers of both."""

    def __init__(self, connection: FxiaokeConnection) -> None:
        self._connection = connection

    def prepare(self, ask: Ask, token: Token) -> httpx.Request:
        """Return the request: new tokens go into headers, old ones to the top of the body, never both."""
        headers, body = dict(ask.headers), dict(ask.body or {})
        if self._connection.generation == "new":
            headers |= {
                "authorization": f"Bearer {token.value}",
                "x-fs-ea": token.place,
                "x-fs-userid": self._connection.user,
            }
        else:
            body |= {"corpAccessToken": token.value, "corpId": token.place, "currentOpenUserId": self._connection.user}
        return httpx.Request(
            "POST", self._connection.api_url + ask.path, params={"thirdTraceId": str(uuid.uuid4())}, json=body,
            headers=headers, extensions={"timeout": httpx.Timeout(TIMEOUT_SECONDS).as_dict()},
        )  # fmt: skip

    def judge(self, ask: Ask, response: httpx.Response) -> Judged:
        """Return what a response means, by its ``errorCode`` alone.

        :raises CrmRefused: for every code that no repetition changes. :raises BudgetSpent: when the day's calls are used.
        """
        if response.is_redirect:
            raise CrmRefused(f"Fxiaoke: {self._connection.api_url} is not the API's host; it begins with open-", "HOST")
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return Judged("again", problem=f"HTTP {response.status_code}")
        document = parsed(response.content)
        if not isinstance(document, dict) or "errorCode" not in document:
            return Judged("broken", problem=f"HTTP {response.status_code}, {len(response.content)} bytes")
        code = str(document["errorCode"])
        if code == GOOD:
            return Judged("good", document)
        if code in RENEWED:
            return Judged("renew", problem=code)
        if code in TOO_FAST:
            return Judged("again", problem="too many calls", wait=BUSY_WAIT, too_fast=True)
        if code in BUSY:
            return Judged("again", problem=f"busy ({code})")
        raise _refused(ask.path, code, str(document.get("traceId", "")))


def minting(connection: FxiaokeConnection, http: httpx.Client, timer: Timer) -> Mint:
    """Return what asks for a token of the connection's generation."""
    path = "/oauth2.0/token" if connection.generation == "new" else "/cgi/corpAccessToken/get/V2"

    def mint() -> Token | Refusal:
        body = {"appId": connection.app_id, "appSecret": connection.app_secret.get_secret_value(),
                "permanentCode": connection.permanent_code.get_secret_value()}  # fmt: skip
        if connection.generation == "new":
            body["grantType"] = "app_secret"
        try:
            response = http.post(connection.api_url + path, params={"thirdTraceId": str(uuid.uuid4())}, json=body,
                                 timeout=TIMEOUT_SECONDS)  # fmt: skip
        except httpx.TransportError as error:
            raise CrmUnavailable(f"Fxiaoke gives no token: {type(error).__name__}") from None
        return _token(parsed(response.content), path, timer)

    return mint


def _token(document: Any, path: str, timer: Timer) -> Token | Refusal:  # JSON has any shape
    if not isinstance(document, dict) or "errorCode" not in document:
        raise CrmUnavailable("Fxiaoke answers the token call with something that is no JSON; check api_url")
    code = str(document["errorCode"])
    if code == GOOD:
        value, place = (
            document.get(name)
            for name in (("accessToken", "ea") if "accessToken" in document else ("corpAccessToken", "corpId"))
        )
        return Token(str(value), until(timer, float(document.get("expiresIn", 7200)), early=EARLY_SECONDS), str(place))
    if code in TOO_FAST:
        return Refusal(
            timer.now() + TOKEN_PAUSE, "Fxiaoke was asked for too many tokens; it gives the next one in a minute"
        )
    if code in BUSY:
        raise CrmUnavailable(f"Fxiaoke is busy and gives no token ({code})")
    raise _refused(path, code, str(document.get("traceId", "")))


def _refused(path: str, code: str, trace: str) -> CrmRefused | BudgetSpent:
    if code in SPENT:
        return BudgetSpent(f"Fxiaoke: the calls of the day are used up ({code}); it goes on after midnight")
    text = (
        "application id, secret or permanent code is wrong"
        if code in CREDENTIALS
        else SENTENCES.get(code, f"{path} was refused")
    )
    return CrmRefused(f"Fxiaoke: {text} ({code}, trace {trace or 'none'})", code)
