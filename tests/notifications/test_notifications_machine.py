"""Whatever services answer, whoever is killed and whatever is acknowledged, a plain model and the database agree: nothing is lost or told twice.

``RISKREVIEW_EXAMPLES`` plays so many others, see ``tests/machines.py``.
"""

import contextlib
import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from tests.machines import play
from tests.notifications.loopback import TEAM, channels_yaml, event, told
from tests.reviews.portfolio import rows

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.failpoints import InjectedFault
from riskreview.foundation.services import Services
from riskreview.mechanisms.duty import NewDuty, Rung, close_duties, open_duties
from riskreview.mechanisms.outbox import Urgency
from riskreview.notifications import dispatch
from riskreview.notifications.acknowledgement import link_maker
from riskreview.notifications.content import Answer, Content, Target
from riskreview.notifications.use_cases import acknowledge, deliver, escalate
from riskreview.policy.channels import Channel

pytestmark = pytest.mark.database
ANSWERS = {"accepted": Answer("accepted", "yes"), "refused": Answer("refused", "no"), "unknown": Answer("unknown", "silence"),
           "throttled": Answer("refused", "too many", retry_after=90)}  # fmt: skip
SCRIPTS = (("accepted",), ("accepted", "accepted", "refused"), ("accepted", "unknown", "killed before", "killed after"),
           ("accepted", "accepted", "throttled"), ("refused", "unknown"))  # fmt: skip
"""What the services do to one delivery; ``killed``: the dispatcher ends before, or after, the service took the message."""

BACKOFF, LEASE = (timedelta(minutes=1), timedelta(minutes=5)), timedelta(seconds=60)
LOUD, WINDOW, GRACE = ("critical", "high"), timedelta(minutes=15), timedelta(hours=72)
PEOPLE = {"li": ("mail", "chat"), "anna": ("mail",), "it": ("chat", "mail"), "mute": ("none",), "stranger": ("mail",)}
"""Channels of everybody; what a stranger should hear goes to anna, who has the final duty."""
HOUR = timedelta(hours=1)


@dataclass
class Sends:
    """Stands for the services outside: answers by a script and remembers every attempt."""

    clock: FixedClock
    script: tuple[str, ...] = ("accepted",)
    attempts: dict[tuple[str, str], list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))
    paused: dict[str, datetime] = field(default_factory=dict)
    started: dict[str, datetime] = field(default_factory=dict)

    def begin(self, script: tuple[str, ...]) -> None:
        self.script, self.started = script, dict(self.paused)

    def send(self, channel: Channel, _target: Target, content: Content) -> Answer:
        name, now = ("mail" if channel.kind == "mail" else "chat"), self.clock.now()
        assert self.started.get(name, now) <= now, "a channel that asked to wait is left alone"
        known = self.attempts[content.ref, name]
        word = self.script[crc32(f"{content.ref}{name}{len(known)}".encode()) % len(self.script)]
        known.append((now, word))
        if word == "throttled":
            self.paused[name] = now + timedelta(seconds=90)
        if word.startswith("killed"):
            raise InjectedFault(word)
        return ANSWERS[word]


@dataclass
class Duty:
    """The plain model of a duty: three rungs an hour apart around its due time, then it is used up."""

    number: str
    due_at: datetime
    next_at: datetime | None
    state: str = "open"
    level: int = 0

    @property
    def moments(self) -> list[datetime]:
        return [self.due_at - HOUR, self.due_at + HOUR, self.due_at + 2 * HOUR, self.due_at + 3 * HOUR]

    def sweep(self, now: datetime) -> None:
        if self.state != "open" or self.next_at is None or self.next_at > now:
            return
        if self.level == 3:
            self.state, self.next_at = "exhausted", None
        else:
            self.next_at = max(self.moments[self.level + 1], now + HOUR)
        self.level += 1


LADDER = (Rung(-1, ("owner",), 0), Rung(1, ("owner", "deputy"), 1), Rung(2, ("anna",), 2))


class OutboxMachine(RuleBasedStateMachine):
    """Tells people things, delivers with services that fail, lets duties climb, acknowledges and closes them."""

    services: Services
    clock: FixedClock
    patch: pytest.MonkeyPatch

    @initialize()
    def begin(self) -> None:
        with self.services.engine.begin() as connection:
            connection.execute(
                text("TRUNCATE outbox_event, message, acknowledgement, channel_state CASCADE; DELETE FROM duty")
            )
        self.sends, self.numbers = Sends(self.clock), itertools.count(1)
        self.patch.setattr(dispatch, "sender_for", lambda _kind: self.sends)
        self.told: dict[str, tuple[Urgency, str]] = {}
        self.duties: dict[str, Duty] = {}
        self.recovered: dict[tuple[str, str, int], datetime] = {}
        self.over: set[str] = set()

    @rule(
        urgency=st.sampled_from(("critical", "high", "normal", "low")),
        person=st.sampled_from(sorted(PEOPLE)),
        many=st.integers(1, 6),
    )
    def tell(self, urgency: Urgency, person: str, many: int) -> None:
        events = [event(next(self.numbers), urgency=urgency, audience=(person,)) for _ in range(many)]
        self.told |= {item.event_key: (urgency, person) for item in events}
        told(self.services, *events)
        told(self.services, *events)  # a rerun of the stage tells nothing more

    @rule(hours=st.integers(1, 5))
    def owe(self, hours: int) -> None:
        number, now = str(next(self.numbers)), self.clock.now()
        duty = Duty(number, now + hours * HOUR, now + (hours - 1) * HOUR)
        self.duties[number] = duty
        new = NewDuty("review", "review", number, "risk_owner", "li", "it", duty.due_at, LADDER, {"review_id": number})
        with self.services.engine.begin() as connection:
            assert open_duties(connection, [new], at=now) == 1
            assert open_duties(connection, [new], at=now) == 0

    @rule(minutes=st.sampled_from((1, 3, 20, 70, 200, 5000)))
    def let_time_pass(self, minutes: int) -> None:
        self.clock.moment += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        escalate(self.services)
        for duty in self.duties.values():
            duty.sweep(self.clock.now())

    @rule(data=st.data())
    def do_it(self, data: st.DataObject) -> None:
        owed = [number for number, duty in self.duties.items() if duty.state in {"open", "exhausted"}]
        if not owed:
            return
        number = data.draw(st.sampled_from(owed))
        with self.services.engine.begin() as connection:
            close_duties(connection, "review", "review", [number], at=self.clock.now())
        self.duties[number].state, self.duties[number].next_at = "done", None

    @rule(script=st.sampled_from(SCRIPTS))
    def run_a_delivery(self, script: tuple[str, ...]) -> None:
        now = self.clock.now()
        for (ref, name), attempts in self.sends.attempts.items():
            place = len(attempts) - 1
            if attempts[-1][1].startswith("killed") and attempts[-1][0] + LEASE < now:
                self.recovered.setdefault((ref, name, place), now)
        open_rungs = rows(
            self.services.engine,
            "SELECT event_key, subject_id FROM outbox_event WHERE kind LIKE 'duty%' AND expanded_at IS NULL",
        )
        self.over |= {row["event_key"] for row in open_rungs if self.duties[row["subject_id"]].state == "done"}
        self.sends.begin(script)
        with contextlib.suppress(InjectedFault):
            deliver(self.services)
            late = rows(self.services.engine, """SELECT ref FROM message LEFT JOIN channel_state USING (channel)
                WHERE next_at <= :now AND coalesce(paused_until, :now) <= :now""", now=now)  # fmt: skip
            assert not late, "what was due was tried"
            lost = {(ref, name) for (ref, name, _), at in self.recovered.items() if at == now}
            waiting = rows(self.services.engine, "SELECT ref, channel FROM message WHERE next_at IS NOT NULL")
            assert {(row["ref"], row["channel"]) for row in waiting} & self.all_done() <= lost, (
                "what was done is not sent"
            )

    def all_done(self) -> set[tuple[str, str]]:
        """Return the messages, by reference and channel, that tell of nothing but duties that are done."""
        found: dict[tuple[str, str], bool] = defaultdict(lambda: True)
        for row in rows(self.services.engine, """SELECT ref, message.channel, kind_of.kind LIKE 'duty%' AS is_rung, kind_of.subject_id
            FROM message JOIN message_item USING (message_id) JOIN outbox_event AS kind_of USING (outbox_id)"""):  # fmt: skip
            is_done = row["is_rung"] and self.duties[row["subject_id"]].state == "done"
            found[row["ref"], row["channel"]] &= is_done
        return {key for key, is_done in found.items() if is_done}

    @rule(person=st.sampled_from(("li", "it", "anna")), data=st.data())
    def say_seen(self, person: str, data: st.DataObject) -> None:
        """Use the link of some message, as its person or as somebody else, perhaps again."""
        known = rows(self.services.engine, "SELECT message_id, nonce, recipient FROM message WHERE created_at > :since ORDER BY message_id",
                     since=self.clock.now() - timedelta(days=14))  # fmt: skip
        if not known:
            return
        chosen, now = data.draw(st.sampled_from(known)), self.clock.now()
        token = link_maker(self.services.instance).address(chosen["nonce"]).rpartition("/")[2]
        if chosen["recipient"] != person:
            with pytest.raises(RuleViolation, match="somebody else"):
                acknowledge(self.services, token=token, person=person)
            return
        used = rows(self.services.engine, "SELECT 1 FROM acknowledgement WHERE nonce = :n", n=chosen["nonce"])
        assert acknowledge(self.services, token=token, person=person).repeated == bool(used)
        if used:
            return
        subjects = rows(self.services.engine, "SELECT DISTINCT subject_id FROM message_item JOIN outbox_event USING (outbox_id)"
                        " WHERE message_id = :m AND subject_type = 'review'", m=chosen["message_id"])  # fmt: skip
        for duty in (self.duties[row["subject_id"]] for row in subjects):
            if duty.state == "open" and duty.next_at is not None:
                duty.next_at = max(duty.next_at, duty.due_at, now + GRACE)

    @invariant()
    def duties_are_where_the_model_says(self) -> None:
        if not hasattr(self, "duties"):
            return
        found = rows(self.services.engine, "SELECT subject_id, state, level, next_at, duty_id FROM duty")
        assert {row["subject_id"]: (row["state"], row["level"], row["next_at"]) for row in found} == {
            number: (duty.state, duty.level, duty.next_at) for number, duty in self.duties.items()}  # fmt: skip
        rungs = rows(
            self.services.engine,
            "SELECT subject_id, count(*) AS n FROM outbox_event WHERE kind LIKE 'duty%' GROUP BY 1",
        )
        assert {row["subject_id"]: row["n"] for row in rungs} == {
            number: duty.level for number, duty in self.duties.items() if duty.level
        }

    @invariant()
    def every_message_is_where_its_attempts_put_it(self) -> None:
        if not hasattr(self, "sends"):
            return
        found = rows(
            self.services.engine, "SELECT ref, channel, state, failures, attempts, next_at, created_at FROM message"
        )
        done = self.all_done() if any(row["state"] == "overtaken" for row in found) else set()
        for row in found:
            expected = self.expected(row)
            if row["state"] == "overtaken":
                assert (row["ref"], row["channel"]) in done
                assert expected[0] in {"queued", "refused", "unknown"}
                expected = ("overtaken", *expected[1:3], None)
            assert (row["state"], row["failures"], row["attempts"], row["next_at"]) == expected, row
        sent = {(row["ref"], row["channel"]) for row in found}
        assert set(self.sends.attempts) <= sent, "nothing is sent that the ledger does not know"

    def expected(self, message: Any) -> tuple[str, int, int, datetime | None]:
        """Return state, failures, attempts and next moment of a message, from nothing but what was answered."""
        if message["channel"] == "none":
            return "dead", 0, 0, None
        state, failures, next_at = "queued", 0, message["created_at"]
        attempts = self.sends.attempts.get((message["ref"], message["channel"]), [])
        for place, (at, word) in enumerate(attempts):
            assert next_at is not None, "nothing is sent again once it was accepted or given up"
            assert next_at <= at, "nothing is sent before its time"
            if word == "accepted":
                state, next_at = "accepted", None
            elif word == "throttled":
                state, next_at = "refused", at + timedelta(seconds=90)
            elif word.startswith("killed") and (message["ref"], message["channel"], place) not in self.recovered:
                state, next_at = "sending", None
            else:
                ended = self.recovered.get((message["ref"], message["channel"], place), at)
                failures += 1
                is_dead = failures > len(BACKOFF)
                state = "dead" if is_dead else "refused" if word == "refused" else "unknown"
                next_at = None if is_dead else ended + BACKOFF[failures - 1]
        return state, failures, len(attempts), next_at

    @invariant()
    def nothing_that_was_told_is_lost_or_told_twice(self) -> None:
        if not hasattr(self, "told"):
            return
        items = rows(self.services.engine, """SELECT event_key, kind, recipient, i.channel, message_id, urgency FROM message_item AS i
            JOIN outbox_event USING (outbox_id)""")  # fmt: skip
        by_event: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for item in items:
            by_event[item["event_key"]].append((item["recipient"], item["channel"]))
        expanded = {
            row["event_key"]
            for row in rows(self.services.engine, "SELECT event_key FROM outbox_event WHERE expanded_at IS NOT NULL")
        }
        for key, (urgency, person) in self.told.items():
            if key in expanded:
                who = "anna" if person == "stranger" else person
                usual = {(who, name) for name in PEOPLE[person] if urgency in LOUD or name != "chat"}
                assert len(by_event[key]) == len(set(by_event[key])), "once per person and channel"
                assert usual <= set(by_event[key]), (key, urgency, person)
                assert {name for name, _ in by_event[key]} == {who}
                assert set(by_event[key]) == usual or self.has_failed(usual), "another channel only after a failure"
        assert not [key for key in self.over if key in by_event], "nobody is reminded of what was done"

    def has_failed(self, usual: set[tuple[str, str]]) -> bool:
        people, channels = zip(*usual, strict=True)
        return bool(rows(self.services.engine, "SELECT 1 FROM message WHERE recipient = ANY(:p) AND channel = ANY(:c)"
                         " AND (state = 'dead' OR failures >= 2)", p=list(people), c=list(channels)))  # fmt: skip

    @invariant()
    def what_waits_waits_for_a_reason(self) -> None:
        if not hasattr(self, "told"):
            return
        waiting = rows(self.services.engine, """SELECT urgency, i.recipient, i.channel, event.expanded_at FROM message_item AS i
            JOIN outbox_event AS event USING (outbox_id) WHERE message_id IS NULL AND urgency = 'critical'""")  # fmt: skip
        assert not [row for row in waiting if row["expanded_at"] is not None and not self.was_diverted(row)], (
            "critical never waits"
        )
        dead = rows(
            self.services.engine,
            "SELECT recipient, channel FROM message WHERE state = 'dead' AND kind <> 'message_dead' AND channel <> 'none'",
        )
        alarms = {(row["facts"]["recipient"], row["facts"]["channel"]) for row in rows(
            self.services.engine, "SELECT facts FROM outbox_event WHERE kind = 'message_dead'")}  # fmt: skip
        assert {(row["recipient"], row["channel"]) for row in dead} <= alarms, (
            "somebody hears of every message given up"
        )

    def was_diverted(self, row: Any) -> bool:
        """Tell whether the item was added by a failure since the last expansion, which the next one turns into a message."""
        return bool(rows(self.services.engine, "SELECT 1 FROM message WHERE recipient = :p AND channel <> :c AND failures > 0",
                         p=row["recipient"], c=row["channel"]))  # fmt: skip


def test_no_course_of_events_loses_or_doubles_a_message(
    services: Services, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = services.instance.home / "policies"
    (folder / "team.yaml").write_text(TEAM, encoding="utf-8")
    (folder / "channels.yaml").write_text(channels_yaml(9, "http://127.0.0.1:9"), encoding="utf-8")

    class Machine(OutboxMachine):
        pass

    Machine.services, Machine.clock, Machine.patch = services, clock, monkeypatch
    play(Machine, examples=5, steps=30)
    with services.engine.connect() as connection:
        assert verify(connection).problem == ""
