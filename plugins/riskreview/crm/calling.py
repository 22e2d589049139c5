"""Owns one call to a CRM: its budget, its token, its repetitions. What an answer means is the service's to judge."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Protocol

import httpx
import structlog

from riskreview.crm.budget import Budget
from riskreview.crm.problems import BrokenAnswer, CrmUnavailable, OutcomeUnknown
from riskreview.crm.timing import Timer
from riskreview.crm.tokens import Token, Tokens

LOG = structlog.get_logger("riskreview.crm")
TIMEOUT_SECONDS = 60.0
TRIES = 6
LONGEST_WAIT = 60.0
LONGEST_ASKED_WAIT = 300.0
"""A CRM that asks for more is left alone until the next run."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call.

    :param kind: what its rate is counted under. :param cost: in credits.
    :param repeatable: whether it may be sent again when its answer did not come.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None  # JSON has any shape
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "read"
    cost: int = 1
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back and was good.

    :param document: the JSON in it with numbers as text, None for an empty body or one that is no JSON by intention.
    """

    status: int
    body: bytes
    document: Any  # JSON has any shape
    sent_at: datetime | None


Outcome = Literal["good", "again", "renew", "broken"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer means: good, worth another try, a token that must be renewed, or no JSON at all.

    :param too_fast: the call was refused for its rate, so nothing was done.
    """

    outcome: Outcome
    document: Any = None  # JSON has any shape
    problem: str = ""
    wait: float | None = None
    too_fast: bool = False


class Service(Protocol):
    """What differs between the CRMs."""

    def prepare(self, ask: Ask, token: Token) -> httpx.Request:
        """Return the request with its credentials."""

    def judge(self, ask: Ask, response: httpx.Response) -> Judged:
        """Return what a response means.

        :raises CrmRefused: for a refusal no repetition changes.
        """


class Caller:
    """Makes calls until they are answered, within reason."""

    def __init__(self, http: httpx.Client, service: Service, tokens: Tokens, budget: Budget, timer: Timer) -> None:
        self._http, self._service, self._tokens = http, service, tokens
        self.budget, self._timer = budget, timer
        self._jitter: Callable[[], float] = random.Random().random  # noqa: S311  spreads waits, guards nothing

    def call(self, ask: Ask) -> Answer:
        """Return the answer to a call.

        :raises CrmUnavailable: when every try failed. :raises CrmRefused: for a final refusal.
        :raises OutcomeUnknown: when a call that may not be repeated got no answer.
        """
        token, renewed, last = self._tokens.current(), False, Judged("again")
        body = b""
        for attempt in range(1, TRIES + 1):
            response = self._send(ask, token)
            if response is not None:
                last, body = self._service.judge(ask, response), response.content
                self._listen(response)
                if last.outcome == "good":
                    return Answer(response.status_code, body, last.document, _sent_at(response))
            else:
                last = Judged("again", problem="no answer came in time")
            if last.outcome == "renew":
                if renewed:
                    raise CrmUnavailable(
                        "the CRM refuses a token it has just given; if it goes on, authorise the application again"
                    )
                token, renewed = self._tokens.renew(token), True
                continue
            self._wait(ask, attempt, last)
        if last.outcome == "broken":
            raise BrokenAnswer(f"the CRM answers {ask.path} with something that is no JSON: {last.problem}", body)
        raise CrmUnavailable(f"the CRM did not answer {ask.path} after {TRIES} tries: {last.problem}")

    def _send(self, ask: Ask, token: Token) -> httpx.Response | None:
        self.budget.take(ask.kind, ask.cost)
        try:
            return self._http.send(self._service.prepare(ask, token))
        except httpx.TransportError as error:
            LOG.warning("crm_no_answer", path=ask.path, error=type(error).__name__)
            was_sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            if was_sent and not ask.repeatable:
                raise OutcomeUnknown(
                    f"the answer to {ask.path} never came; whether it was done is looked up next"
                ) from error
            return None

    def _listen(self, response: httpx.Response) -> None:
        left = response.headers.get("X-API-CREDITS-REMAINING", "")
        if left.isdigit():
            self.budget.told(int(left))

    def _wait(self, ask: Ask, attempt: int, judged: Judged) -> None:
        if not ask.repeatable and not judged.too_fast:
            raise OutcomeUnknown(f"the answer to {ask.path} says nothing; whether it was done is looked up next")
        if judged.too_fast:
            self.budget.slow_down()
        if judged.wait is not None and judged.wait > LONGEST_ASKED_WAIT:
            raise CrmUnavailable(f"the CRM asks to come back in {judged.wait:.0f} s")
        if attempt < TRIES:
            most = min(LONGEST_WAIT, 2.0 ** (attempt - 1))
            pause = max(judged.wait or 0.0, most / 2 + self._jitter() * most / 2)
            LOG.info("crm_waits", path=ask.path, attempt=attempt, seconds=round(pause, 1), problem=judged.problem[:120])
            self._timer.sleep(pause)


def retry_after(response: httpx.Response, timer: Timer) -> float | None:
    """Return the seconds a response asks to wait, None when it does not say."""
    given = response.headers.get("Retry-After", "").strip()
    if given.isdigit():
        return float(given)
    try:
        return max(0.0, (parsedate_to_datetime(given) - timer.now()).total_seconds()) if given else None
    except ValueError:
        return None


def _sent_at(response: httpx.Response) -> datetime | None:
    given = response.headers.get("Date")
    try:
        return parsedate_to_datetime(given) if given else None
    except ValueError:
        return None
