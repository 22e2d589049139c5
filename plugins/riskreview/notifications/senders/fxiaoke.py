"""Owns enterprise messages of Fxiaoke (纷享销客): to the person, by employee number, and the result the CRM really answers.

The channel's secret is the connection, the same JSON that ``riskreview crm connect`` takes. No message id comes back.
"""

import json
from functools import cache
from urllib.parse import urlsplit

import httpx

from riskreview.crm.calling import Ask, Judged
from riskreview.crm.connections import FxiaokeConnection, from_airflow, read_connection
from riskreview.crm.fxiaoke_client import FxiaokeService, minting
from riskreview.crm.problems import BudgetSpent, CrmRefused, CrmUnavailable
from riskreview.crm.timing import SystemTimer, Timer
from riskreview.crm.tokens import MemoryStore, Token, Tokens
from riskreview.foundation.errors import BadInput
from riskreview.notifications.content import Answer, Content, Target
from riskreview.notifications.senders.web import DEFAULT_WAIT, NotDelivered, guard
from riskreview.policy.channels import Channel

PATH = "/cgi/message/send"
SPENT_WAIT = 3600.0


class FxiaokeMessages:
    """Sends a text message to one person.

    :param transport: stands in for the network.
    """

    def __init__(self, transport: httpx.BaseTransport | None = None, timer: Timer | None = None) -> None:
        self._transport, self._timer = transport, timer or SystemTimer()
        self._tokens = cache(self._tokens_of)

    def send(self, channel: Channel, target: Target, content: Content) -> Answer:
        """Send and read ``errorCode``; a token that ended between two messages is renewed once."""
        try:
            connection = _connection(target.secret or "", target.url)
            guard(channel, target.url)
            tokens = self._tokens(target.secret or "", connection.api_url)
            return self._sent(connection, tokens, channel, _body(target.address, content.text))
        except NotDelivered as problem:
            return problem.answer
        except BadInput as error:
            return Answer("refused", f"{error.code} the channel's secret is no Fxiaoke connection")
        except BudgetSpent as error:
            return Answer("refused", str(error)[:150], SPENT_WAIT)
        except CrmRefused as error:
            return Answer("refused", f"code {error.code}: {error}"[:150])
        except CrmUnavailable as error:
            return Answer("refused", str(error)[:150], DEFAULT_WAIT)

    def _sent(self, connection: FxiaokeConnection, tokens: Tokens, channel: Channel, body: dict[str, object]) -> Answer:
        service = FxiaokeService(connection)
        ask, token = Ask("POST", PATH, body=body, kind=PATH, repeatable=False), tokens.current()
        judged = self._asked(service, ask, channel, token)
        if isinstance(judged, Judged) and judged.outcome == "renew":
            judged = self._asked(service, ask, channel, tokens.renew(token))
        return judged if isinstance(judged, Answer) else _answer(judged)

    def _asked(self, service: FxiaokeService, ask: Ask, channel: Channel, token: Token) -> Judged | Answer:
        try:
            with self._client(channel) as http:
                return service.judge(ask, http.send(service.prepare(ask, token)))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return Answer("refused", f"not reached: {type(error).__name__}")
        except httpx.HTTPError as error:
            return Answer("unknown", f"no answer: {type(error).__name__}")

    def _client(self, channel: Channel) -> httpx.Client:
        return httpx.Client(transport=self._transport, timeout=channel.timeout_seconds, trust_env=False)

    def _tokens_of(self, secret: str, url: str) -> Tokens:
        """Return the tokens of a connection, kept by this process; for most of its life the CRM gives everybody the same one."""
        http = httpx.Client(transport=self._transport, trust_env=False)
        return Tokens(MemoryStore(), minting(_connection(secret, url), http, self._timer), self._timer)


def _connection(secret: str, url: str) -> FxiaokeConnection:
    """Return the connection in a channel's secret; messages go to the channel's own host."""
    try:
        fields = json.loads(secret)
    except ValueError:
        fields = {}
    parts = urlsplit(url)
    found = from_airflow(fields, "channel") if "conn_type" in fields else read_connection(fields, "channel")
    if not isinstance(found, FxiaokeConnection):
        raise BadInput("E-CONNECTION", "the channel's secret is a connection to another CRM", "Give one to Fxiaoke")
    return found.model_copy(update={"api_url": f"{parts.scheme}://{parts.netloc}"})


def _body(person: str, text: str) -> dict[str, object]:
    return {"toUser": [person], "msgType": "text", "text": {"content": text}}


def _answer(judged: Judged) -> Answer:
    if judged.outcome == "good":
        return Answer("accepted", "code 0")
    if judged.outcome == "again" and judged.too_fast:
        return Answer("refused", judged.problem, judged.wait or DEFAULT_WAIT)
    return Answer("refused" if judged.outcome == "broken" else "unknown", judged.problem or judged.outcome)
