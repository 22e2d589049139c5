"""Moving things through their states: the table decides, compare-and-set protects, audit and messages are in the same transaction."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection, create_engine, text

from riskreview.audit.log import verify
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.mechanisms.lifecycle import Lifecycle, Transition, apply, apply_many, reference_page
from riskreview.mechanisms.outbox import OutboxEvent
from riskreview.playbooks.lifecycle import ACTIVATION, STEP
from riskreview.reviews.lifecycle import REVIEW

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

DOOR = Lifecycle("door", "door", "door_id", "shut", (
    Transition("open", ("shut",), "ajar", ("porter", "guest"), "door:opened"),
    Transition("shut", ("ajar",), "shut", ("porter",), "door:shut"),
    Transition("wall_up", ("shut", "ajar"), "gone", ("porter",), "door:walled_up"),
))  # fmt: skip


@pytest.fixture
def connection(services: Services) -> Iterator[Connection]:
    with services.engine.begin() as made:
        made.execute(text("CREATE TABLE door (door_id bigint PRIMARY KEY, state text, version integer, note text)"))
        made.execute(text("INSERT INTO door SELECT n, 'shut', 1, NULL FROM generate_series(1, 5) AS n"))
    with services.engine.begin() as opened:
        yield opened


@pytest.mark.parametrize("thing", [REVIEW, ACTIVATION, STEP, DOOR])
def test_every_state_and_role_is_answered_the_same_by_check_and_can(thing: Lifecycle) -> None:
    roles = sorted({role for item in thing.transitions for role in item.roles} | {"stranger"})

    for state, item, role in itertools.product(thing.states, thing.transitions, roles):
        allowed = state in item.sources and role in item.roles

        assert thing.can(item.verb, state=state, roles=[role]) is allowed
        if not allowed:
            with pytest.raises(RuleViolation, match=r"only|cannot be told"):
                thing.check_can(item.verb, state=state, roles=[role])


@pytest.mark.parametrize("thing", [REVIEW, ACTIVATION, STEP])
def test_every_state_can_be_reached_and_every_open_one_can_be_left(thing: Lifecycle) -> None:
    reached, grown = {thing.initial}, True
    while grown:
        more = {
            item.leads_to(source) for item in thing.transitions for source in item.sources if source in reached
        } - reached
        reached |= more
        grown = bool(more)

    assert reached == set(thing.states)
    assert thing.final_states
    assert len({item.verb for item in thing.transitions}) == len(thing.transitions)
    assert all(item.audit_action.startswith(f"{thing.name}:") for item in thing.transitions)


def test_the_reference_page_shows_every_verb_and_a_diagram() -> None:
    page = reference_page([DOOR])

    assert "stateDiagram-v2\n    [*] --> shut\n" in page
    assert "    shut --> gone: wall_up\n" in page
    assert "| open | shut | ajar | porter, guest | `door:opened` |" in page


@pytest.mark.database
def test_a_move_changes_state_audit_and_outbox_together(connection: Connection, clock: FixedClock) -> None:
    event = OutboxEvent("door:1", "door_opened", "door", "1", "normal", ("ann",))

    version = apply(connection, DOOR, "open", 1, version=1, actor="ann", roles=["guest"], at=clock.now(),
                    changes={"note": "x" * 200}, events=[event])  # fmt: skip

    assert version == 2
    assert connection.execute(text("SELECT state, version FROM door WHERE door_id = 1")).one() == ("ajar", 2)
    body = connection.execute(text("SELECT convert_from(body, 'UTF8') FROM audit_event")).scalar_one()
    assert '"action":"door:opened"' in body
    assert '"old":{"state":"shut","version":1}' in body
    assert "x" * 200 not in body
    assert connection.execute(text("SELECT count(*) FROM outbox_event")).scalar_one() == 1
    assert verify(connection).problem == ""


@pytest.mark.database
def test_a_stale_version_an_unknown_thing_and_a_wrong_role_change_nothing(
    connection: Connection, clock: FixedClock
) -> None:
    with pytest.raises(Conflict, match="changed meanwhile"):
        apply(connection, DOOR, "open", 1, version=7, actor="ann", roles=["guest"], at=clock.now())
    with pytest.raises(NotFound):
        apply(connection, DOOR, "open", 99, version=1, actor="ann", roles=["guest"], at=clock.now())
    with pytest.raises(RuleViolation, match="only porter may wall_up"):
        apply(connection, DOOR, "wall_up", 1, version=1, actor="ann", roles=["guest"], at=clock.now())

    assert connection.execute(text("SELECT count(*) FROM door WHERE state = 'shut' AND version = 1")).scalar_one() == 5
    assert connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one() == 0


@pytest.mark.database
def test_many_things_move_at_once_and_those_that_may_not_are_left(connection: Connection, clock: FixedClock) -> None:
    apply(connection, DOOR, "open", 2, version=1, actor="ann", roles=["guest"], at=clock.now())

    moved = apply_many(
        connection, DOOR, "open", [5, 2, 1, 77], actor="ann", roles=["guest"], at=clock.now(), changes={"note": "n"}
    )

    assert moved == (1, 5)
    assert connection.execute(text("SELECT door_id, version FROM door WHERE state = 'ajar' ORDER BY 1")).all() == [
        (1, 2),
        (2, 2),
        (5, 2),
    ]
    assert connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one() == 3


class DoorMachine(RuleBasedStateMachine):
    """The engine on a real table against a plain dictionary."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine(self.url)
        self.model: dict[int, tuple[str, int]] = {}
        self.moves = 0

    @initialize()
    def start(self) -> None:
        with self.engine.begin() as made:
            made.execute(text("DELETE FROM door"))
            made.execute(text("INSERT INTO door SELECT n, 'shut', 1, NULL FROM generate_series(1, 3) AS n"))
            self.before = int(made.execute(text("SELECT seq FROM audit_head")).scalar_one())
        self.model = dict.fromkeys((1, 2, 3), ("shut", 1))

    @rule(verb=st.sampled_from(["open", "shut", "wall_up"]), door=st.integers(1, 4), lag=st.integers(0, 1),
          role=st.sampled_from(["porter", "guest"]))  # fmt: skip
    def move(self, verb: str, door: int, lag: int, role: str) -> None:
        state, version = self.model.get(door, ("shut", 1))
        seen = version - lag
        allowed = door in self.model and lag == 0 and DOOR.can(verb, state=state, roles=[role])
        try:
            with self.engine.begin() as opened:
                apply(opened, DOOR, verb, door, version=seen, actor="ann", roles=[role], at=FixedClock(NOON).now())
        except (Conflict, NotFound, RuleViolation):
            assert not allowed
            return
        assert allowed
        self.model[door] = (DOOR.transition(verb).target, version + 1)
        self.moves += 1

    @invariant()
    def same_as_the_model(self) -> None:
        if not self.model:
            return
        with self.engine.connect() as opened:
            found = {row.door_id: (row.state, row.version) for row in opened.execute(text("SELECT * FROM door"))}
            audited = int(opened.execute(text("SELECT seq FROM audit_head")).scalar_one()) - self.before
        assert found == self.model
        assert audited == self.moves

    def teardown(self) -> None:
        self.engine.dispose()


@pytest.mark.database
def test_any_sequence_of_moves_ends_like_the_dictionary(services: Services, database_url: str) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    with services.engine.begin() as made:
        made.execute(text("CREATE TABLE door (door_id bigint PRIMARY KEY, state text, version integer, note text)"))
    DoorMachine.url = database_url
    few = settings(max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(DoorMachine, settings=few)
