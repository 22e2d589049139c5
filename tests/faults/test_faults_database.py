"""Faults of the database: any statement fails, its session ends, the answer to any COMMIT is lost. Nothing is lost or done twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import psycopg2
import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError
from tests.notifications.conftest import chat_service, mail_server, team_and_channels  # noqa: F401  fixtures
from tests.notifications.loopback import MailServer, told
from tests.notifications.loopback import event as told_event
from tests.reviews.portfolio import rows
from tests.reviews.test_reviews_opening import HIGH, JULY, portfolio

from riskreview.audit.checkpoints import make_checkpoint
from riskreview.audit.verification import verify_whole
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.database import retry_transaction
from riskreview.foundation.errors import Unavailable
from riskreview.foundation.services import Services
from riskreview.notifications.use_cases import deliver
from riskreview.reviews.use_cases import open_due_reviews

pytestmark = pytest.mark.database
RAISED = "DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '{}'; END $$"
ENDINGS = (RAISED.format("40001"), RAISED.format("40P01"), "SELECT pg_terminate_backend(pg_backend_pid())")
"""A serialization failure, a deadlock, a server that shuts down."""


@pytest.fixture(autouse=True)
def _tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskreview.foundation.database.random.uniform", lambda _least, _most: 0.0)


@contextmanager
def instead_of_statement(engine: Engine, place: int, statement: str) -> Iterator[SimpleNamespace]:
    """Let PostgreSQL be asked something else, once, where the statement number ``place`` would be."""
    seen = SimpleNamespace(statements=0)

    def exchange(_connection: object, _cursor: object, asked: str, given: object, *_: object) -> tuple[str, object]:
        seen.statements += 1
        return (statement, given) if seen.statements == place else (asked, given)

    event.listen(engine, "before_cursor_execute", exchange, retval=True)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", exchange)


@contextmanager
def without_answer_to_commit(engine: Engine, place: int) -> Iterator[SimpleNamespace]:
    """Lose the connection just after the COMMIT number ``place`` came to its end in the database."""
    seen, commit = SimpleNamespace(commits=0), engine.dialect.do_commit

    def lose(connection: object) -> None:
        commit(connection)
        seen.commits += 1
        if seen.commits == place:
            raise psycopg2.OperationalError("server closed the connection unexpectedly")

    engine.dialect.do_commit = lose  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        del engine.dialect.do_commit


def until_through(work: Callable[[], object], *, tries: int = 3) -> None:
    """Do what a task does: fail, and be tried again."""
    for _ in range(tries - 1):
        with suppress(Unavailable, DBAPIError):
            work()
            return
    work()


def written(services: Services) -> Counter[str]:
    found = {name: rows(services.engine, f"SELECT count(*) AS n FROM {name}")[0]["n"] for name in ("review", "duty", "outbox_event", "audit_event")}  # noqa: S608  # fmt: skip
    return Counter({name: int(str(number)) for name, number in found.items()})


def begin_anew(services: Services) -> None:
    with services.engine.begin() as connection:
        connection.execute(text("TRUNCATE review CASCADE; DELETE FROM duty; DELETE FROM outbox_event"))


def test_f33_a_transaction_any_of_whose_statements_fails_is_repeated_as_a_whole(services: Services) -> None:
    portfolio(services, HIGH, HIGH)
    once = Counter({"review": 2, "duty": 2, "outbox_event": 2, "audit_event": 2})
    for place in count(1):
        begin_anew(services)
        before = written(services)
        with instead_of_statement(services.engine, place, ENDINGS[place % len(ENDINGS)]) as seen:
            until_through(lambda: open_due_reviews(services, as_of=JULY, run_id=1))
        assert written(services) - before == once, place
        if seen.statements < place:
            break
    assert place > 10, "every statement failed once"


@pytest.mark.parametrize("ending", ENDINGS)
def test_f33_a_transaction_that_goes_on_failing_is_given_up_and_another_fault_is_not_repeated(
    services: Services, ending: str
) -> None:
    tried: list[str] = []

    def work(statement: str) -> Callable[..., object]:
        return lambda connection: tried.append(statement) or connection.execute(text(statement))

    with pytest.raises(Unavailable):
        retry_transaction(services.engine, work(ending), attempts=2)
    with pytest.raises(DBAPIError):
        retry_transaction(services.engine, work(RAISED.format("23505")))
    assert tried == [ending, ending, RAISED.format("23505")]


def test_f32_a_commit_whose_answer_was_lost_is_not_made_twice(services: Services) -> None:
    portfolio(services, HIGH, HIGH)
    for place in count(1):
        begin_anew(services)
        before = written(services)
        with without_answer_to_commit(services.engine, place) as seen:
            until_through(lambda: open_due_reviews(services, as_of=JULY, run_id=1))
            until_through(lambda: make_checkpoint(services))
        assert written(services) - before == Counter({"review": 2, "duty": 2, "outbox_event": 2, "audit_event": 2})
        services.clock.moment += timedelta(hours=1)  # type: ignore[attr-defined]  # the fixed clock of the tests
        if seen.commits < place:
            break
    assert rows(services.engine, "SELECT count(*) AS n FROM audit_checkpoint") == [{"n": place}]
    with services.engine.connect() as connection:
        assert verify_whole(connection).problem == ""


def test_f32_a_message_whose_commit_was_not_answered_is_sent_again_at_most_once_under_the_same_reference(
    team_and_channels: Services,  # noqa: F811  a fixture
    mail_server: MailServer,  # noqa: F811  a fixture
    clock: FixedClock,
) -> None:
    for place in count(1):
        told(team_and_channels, told_event(place, urgency="high"))
        mail_server.mails.clear()
        with without_answer_to_commit(team_and_channels.engine, place) as seen:
            for _ in range(3):
                with suppress(Unavailable, DBAPIError):
                    deliver(team_and_channels)
                clock.moment += timedelta(minutes=5)
        assert len({mail["X-Riskreview-Ref"] for mail in mail_server.mails}) == 1
        assert len(mail_server.mails) <= 2
        if seen.commits < place:
            break
    assert place > 3
    assert rows(team_and_channels.engine, "SELECT count(*) AS n FROM message WHERE state = 'accepted'") == [
        {"n": place}
    ]
