import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.validation.staging import FIVE, invoice, land

from riskreview.foundation.errors import Conflict, RuleViolation
from riskreview.validation.overrides import approve_override, list_held, propose_override, refuse_override
from riskreview.validation.use_cases import validate_batch

pytestmark = pytest.mark.database
TEAM = """
persons:
  - {id: wang, name: W, roles: [data_engineer], aliases: [wang2]}
  - {id: lee, name: L, roles: [data_engineer, risk_owner]}
  - {id: kim, name: K, roles: [sales]}
final_duty_role: data_engineer
"""
WHY = "year-end clearing halved the open items"


@pytest.fixture
def held(services):
    (services.instance.home / "policies" / "team.yaml").write_text(TEAM, encoding="utf-8")
    first = land(services, invoices=[invoice(n) for n in range(40)])
    validate_batch(services, batch_id=first, known_accounts=FIVE)
    number = land(services, invoices=[invoice(n) for n in range(10)])
    assert validate_batch(services, batch_id=number, known_accounts=FIVE).state == "held"
    return number


def test_two_people_accept_one_batch(services, held):
    propose_override(services, batch_id=held, actor="wang", reason=WHY)
    approve_override(services, batch_id=held, actor="lee")

    verdict = validate_batch(services, batch_id=held, known_accounts=FIVE)

    assert (verdict.state, verdict.accepted) == ("validated", {"invoices": 10})
    assert list_held(services) == ()
    with services.engine.connect() as connection:
        actions = connection.execute(text("SELECT action, actor FROM audit_event ORDER BY seq")).all()
    assert actions[-3:] == [
        ("override:proposed", "wang"),
        ("override:approved", "lee"),
        ("batch:validated", "system:validation"),
    ]


def owed(services):
    with services.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT kind, owner, barred FROM duty WHERE state = 'open' AND subject_type = 'batch' ORDER BY duty_id"
            )
        )
        return [(row.kind, row.owner, row.barred) for row in rows]


def test_a_held_batch_is_somebodys_duty_until_it_is_released_or_made_good(services, held):
    seen = [owed(services)]
    propose_override(services, batch_id=held, actor="wang", reason=WHY)
    seen.append(owed(services))
    refuse_override(services, batch_id=held, actor="lee")
    seen.append(owed(services))
    good = land(services, invoices=[invoice(n) for n in range(41)])
    validate_batch(services, batch_id=good, known_accounts=FIVE)
    seen.append(owed(services))

    assert seen == [
        [("batch_held", "wang", [])],
        [("override_decision_1", "lee", ["wang"])],
        [("batch_held_2", "wang", [])],
        [],
    ]
    with services.engine.connect() as connection:
        told = connection.execute(
            text("SELECT kind, audience, facts ? 'due_at' AS timed FROM outbox_event ORDER BY outbox_id")
        ).all()
    assert [(row.kind, row.audience, row.timed) for row in told if row.kind != "batch_refused"] == [
        ("batch_held", ["wang", "lee"], True), ("override_proposed", ["lee"], True), ("override_decided", ["wang"], True),
    ]  # fmt: skip


def test_a_proposal_about_other_findings_makes_room_for_a_new_one(services, held):
    propose_override(services, batch_id=held, actor="wang", reason=WHY)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET problem = 'E-DISTRIBUTION something else' WHERE state = 'held'"))

    propose_override(services, batch_id=held, actor="lee", reason=WHY)
    approve_override(services, batch_id=held, actor="wang")

    assert owed(services) == []


@pytest.mark.parametrize("actor", ["wang", "wang2"])
def test_nobody_decides_alone_not_even_under_another_name(services, held, actor):
    propose_override(services, batch_id=held, actor="wang", reason=WHY)

    with pytest.raises(RuleViolation, match="another person"):
        approve_override(services, batch_id=held, actor=actor)

    assert validate_batch(services, batch_id=held, known_accounts=FIVE).state == "held"


def test_the_database_itself_refuses_one_person_twice(services, held):
    propose_override(services, batch_id=held, actor="wang", reason=WHY)

    with pytest.raises(IntegrityError), services.engine.begin() as connection:
        connection.execute(
            text("UPDATE batch_override SET state = 'approved', decided_by = 'wang', decided_at = now()")
        )


@pytest.mark.parametrize("actor", ["kim", "stranger", "system:ingest"])
def test_only_people_with_the_role_propose(services, held, actor):
    with pytest.raises(RuleViolation):
        propose_override(services, batch_id=held, actor=actor, reason=WHY)


def test_a_proposal_needs_a_reason_and_is_made_once(services, held):
    with pytest.raises(RuleViolation):
        propose_override(services, batch_id=held, actor="wang", reason="   because ")
    propose_override(services, batch_id=held, actor="wang", reason=WHY)
    with pytest.raises(Conflict):
        propose_override(services, batch_id=held, actor="lee", reason=WHY)


def test_a_refused_proposal_leaves_the_batch_held_and_may_be_made_anew(services, held):
    propose_override(services, batch_id=held, actor="wang", reason=WHY)
    refuse_override(services, batch_id=held, actor="lee")

    assert validate_batch(services, batch_id=held, known_accounts=FIVE).state == "held"
    with pytest.raises(Conflict):
        approve_override(services, batch_id=held, actor="lee")
    propose_override(services, batch_id=held, actor="lee", reason=WHY)
    assert list_held(services)[0].override_state == "proposed"


def test_an_approval_is_bound_to_what_was_found(services, held):
    propose_override(services, batch_id=held, actor="wang", reason=WHY)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE batch SET problem = 'E-DISTRIBUTION something else' WHERE state = 'held'"))

    with pytest.raises(Conflict):
        approve_override(services, batch_id=held, actor="lee")


def test_an_empty_batch_cannot_be_accepted_by_anybody(services):
    (services.instance.home / "policies" / "team.yaml").write_text(TEAM, encoding="utf-8")
    number = land(services, invoices=[])
    validate_batch(services, batch_id=number, known_accounts=FIVE)

    with pytest.raises(RuleViolation, match="E-BATCH-EMPTY"):
        propose_override(services, batch_id=number, actor="wang", reason=WHY)


def test_an_override_does_not_reach_the_next_batch(services, held):
    propose_override(services, batch_id=held, actor="wang", reason=WHY)
    approve_override(services, batch_id=held, actor="lee")
    validate_batch(services, batch_id=held, known_accounts=FIVE)

    again = land(services, invoices=[invoice(n) for n in range(4)])

    assert validate_batch(services, batch_id=again, known_accounts=FIVE).state == "held"
