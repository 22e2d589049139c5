"""The watcher of continuous monitoring fires once for each thing that waits, goes on after a failure, and cannot write."""

import asyncio
from collections.abc import Sequence
from typing import Self

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services, open_reader
from riskreview.orchestration import continuous, waiting
from riskreview.orchestration.waiting import EventsWaiting

pytestmark = pytest.mark.airflow
ONE, TWO = frozenset({"event:1"}), frozenset({"event:1", "event:2"})


def fired(looks: Sequence[object], monkeypatch: pytest.MonkeyPatch, *, wanted: int) -> list[object]:
    """What the trigger fires while the looks return these, one after the other."""
    answers = iter(looks)

    class Look:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            return

        def __call__(self) -> object:
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

    monkeypatch.setattr(waiting, "_Look", Look)
    monkeypatch.setattr(waiting, "LOOK_AGAIN_SECONDS", 0)

    async def watch() -> list[object]:
        found: list[object] = []
        async for event in EventsWaiting(seconds=0).run():
            found.append(event.payload)
            if len(found) == wanted:
                break
        return found

    return asyncio.run(asyncio.wait_for(watch(), 20))


def test_each_thing_fires_once_and_a_new_one_fires_again(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fired([frozenset(), ONE, ONE, TWO, frozenset(), ONE], monkeypatch, wanted=3)

    assert found == [{"waiting": 1}, {"waiting": 2}, {"waiting": 1}]


def test_a_look_that_fails_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fired([ONE, OSError("no answer"), OSError("still none"), ONE, TWO], monkeypatch, wanted=2)

    assert found == [{"waiting": 1}, {"waiting": 2}]


def test_the_triggerer_can_make_the_trigger_from_what_was_stored() -> None:
    path, arguments = EventsWaiting(seconds=2).serialize()
    module, _, name = path.rpartition(".")

    assert getattr(__import__(module, fromlist=[name]), name)(**arguments).serialize() == (path, arguments)


def test_a_look_sees_what_waits_and_cannot_write(
    services: Services, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", services.engine.url.render_as_string(hide_password=False))
    queue = instance.home / "inbox" / "queue" / "bureau"
    queue.mkdir(parents=True)
    with open_reader(instance.home) as reader:
        assert continuous.what_waits(reader) == frozenset()
        (queue / "1.json").write_text("{}", encoding="utf-8")
        assert len(continuous.what_waits(reader)) == 1
        with pytest.raises(InternalError, match="read-only"), reader.engine.begin() as connection:
            connection.execute(text("CREATE TABLE x (n integer)"))
