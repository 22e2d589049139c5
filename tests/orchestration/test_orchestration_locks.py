"""A stage runs once at a time: the second trigger waits, and a killed holder frees the lock."""

import threading

import pytest
from sqlalchemy import text

from riskreview.foundation.errors import Unavailable
from riskreview.foundation.services import Services
from riskreview.orchestration.locks import Lock, somebody_waits, stage_lock

pytestmark = pytest.mark.database


def test_the_second_of_two_runs_gives_up_after_its_wait(services: Services) -> None:
    refused = pytest.raises(Unavailable, match="watch is still under way")
    with stage_lock(services, Lock.WATCH), refused, stage_lock(services, Lock.WATCH, wait_seconds=1):
        pytest.fail("two runs of one stage at once")


def test_stages_do_not_wait_for_one_another(services: Services) -> None:
    with stage_lock(services, Lock.WATCH), stage_lock(services, Lock.REVIEWS, wait_seconds=1):
        pass


def test_the_second_run_goes_on_when_the_first_is_done(services: Services) -> None:
    order: list[str] = []

    def second() -> None:
        with stage_lock(services, Lock.INGEST):
            order.append("second")

    with stage_lock(services, Lock.INGEST):
        thread = threading.Thread(target=second)
        thread.start()
        while not somebody_waits(services, Lock.INGEST):
            pass
        order.append("first")
    thread.join(timeout=60)

    assert order == ["first", "second"]
    assert not somebody_waits(services, Lock.INGEST)


def test_a_lock_is_free_again_after_an_error_in_the_block(services: Services) -> None:
    with pytest.raises(ZeroDivisionError), stage_lock(services, Lock.WATCH):
        raise ZeroDivisionError

    with stage_lock(services, Lock.WATCH, wait_seconds=1):
        pass


def test_a_lock_is_free_again_when_its_session_was_killed(services: Services) -> None:
    with stage_lock(services, Lock.WATCH):
        with services.engine.begin() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 3")
            )
        with stage_lock(services, Lock.WATCH, wait_seconds=5):
            pass


def test_readers_share_a_lock_and_wait_for_a_writer(services: Services) -> None:
    with stage_lock(services, Lock.INGEST, shared=True), stage_lock(services, Lock.INGEST, shared=True, wait_seconds=1):
        pass
    refused = pytest.raises(Unavailable)
    with stage_lock(services, Lock.INGEST), refused, stage_lock(services, Lock.INGEST, shared=True, wait_seconds=1):
        pytest.fail("a reader got in beside a writer")
