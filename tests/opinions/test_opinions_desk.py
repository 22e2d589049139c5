"""Opinions at work: proposed, decided by another, felt by the next assessment, ended by facts or days, judged by outcome."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.assessment.portfolios import AS_OF, frame, policy

from riskreview.assessment.track_record import read_track_record
from riskreview.assessment.use_cases import assess_frame
from riskreview.audit.log import verify
from riskreview.foundation.clock import midnight_utc
from riskreview.foundation.errors import Conflict, NotFound, RuleViolation
from riskreview.monitoring.use_cases import raise_found
from riskreview.opinions.rules import Draft
from riskreview.opinions.use_cases import approve, propose, refuse, revoke
from riskreview.policy.risk_terms import RiskClass

pytestmark = pytest.mark.database
MEDIUM = {"P2": 40, "P3": 40, "P5": 60, "P4": 20, "P6": 2, "P7": 40, "P9": 2}
OWNER, MANAGER, CFO = "wang.fang", "zhao.min", "yang.li"
WORSE = Draft(
    "class", "liquidity", "They lost their bank.", "Call with the CFO", RiskClass.high, AS_OF + timedelta(days=150)
)
BETTER = replace(WORSE, reason="security_given", statement="The parent guarantees.", risk_class=RiskClass.low)


@pytest.fixture
def assessed(services):
    """Customer 1 is medium by its figures, customer 2 defaulted, as of the clock's day."""
    with services.engine.begin() as connection:
        for key in (1, 2):
            connection.execute(
                text("INSERT INTO customer (customer_key, customer_id, known_at) VALUES (:k, 'C' || :k, now())"),
                {"k": key},
            )
    run(services, MEDIUM, {"P1": 95})
    return services


def run(services, *customers, days=0, run_id=None):
    day = AS_OF + timedelta(days=days)
    services.clock.moment = midnight_utc(day)
    return assess_frame(services, frame(*customers), feeds=(), as_of=day, run_id=run_id or days + 1)


def rows(services, query, **values):
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def states(services):
    return rows(services, "SELECT kind, state, end_reason FROM opinion ORDER BY opinion_id")


def classes(services):
    query = "SELECT class_without_opinion, opinion_class, evaluated_class, risk_class FROM current_assessment ORDER BY customer_key"
    return rows(services, query)


def messages(services):
    return rows(services, "SELECT kind, audience FROM outbox_event WHERE kind LIKE 'opinion%' ORDER BY outbox_id")


def granted(services, draft, *, key=1, author=OWNER, by=MANAGER):
    found = propose(services, customer_key=key, draft=draft, actor=author)
    approve(services, opinion_id=found.opinion_id, actor=by, reason="convincing", digest=found.digest)
    return found.opinion_id


def test_an_opinion_to_the_worse_needs_nobody_else_and_counts_in_the_next_assessment(assessed):
    found = propose(assessed, customer_key=1, draft=WORSE, actor="li.wei")
    assert (found.kind, found.state, states(assessed)) == ("worse", "approved", [("worse", "approved", None)])

    run(assessed, MEDIUM, {"P1": 95}, days=1)

    assert classes(assessed) == [(2, 3, 3, 3), (5, 0, 5, 5)]
    assert rows(assessed, "SELECT opinion_id, rule_code FROM current_assessment ORDER BY customer_key")[0] == (
        found.opinion_id,
        112,
    )
    assert states(assessed) == [("worse", "active", None)]
    actions = [
        row[0] for row in rows(assessed, "SELECT action FROM audit_event WHERE subject_type = 'opinion' ORDER BY seq")
    ]
    assert actions == ["opinion:proposed", "opinion:adopted", "opinion:activated"]


def test_an_opinion_to_the_better_waits_for_somebody_of_higher_rank(assessed):
    found = propose(assessed, customer_key=1, draft=BETTER, actor=OWNER)
    assert (found.kind, found.state) == ("better", "proposed")
    assert messages(assessed) == [("opinion_proposed", [MANAGER])]
    assert rows(assessed, "SELECT kind, owner, state FROM duty") == [("opinion_decision", MANAGER, "open")]

    for person, sentence in (
        (OWNER, "another person must"),
        ("chen.jie", "does not rank above"),
        ("guo.qiang", "does not rank above"),
    ):
        with pytest.raises(RuleViolation, match=sentence):
            approve(assessed, opinion_id=found.opinion_id, actor=person, reason="yes", digest=found.digest)
    with pytest.raises(Conflict, match="read it again"):
        approve(assessed, opinion_id=found.opinion_id, actor=MANAGER, reason="yes", digest="0" * 64)
    approve(assessed, opinion_id=found.opinion_id, actor=MANAGER, reason="convincing", digest=found.digest)

    assert rows(assessed, "SELECT state, valid_until - effective_on FROM opinion") == [("approved", 90)]
    assert rows(assessed, "SELECT state FROM duty") == [("done",)]
    assert messages(assessed)[1:] == [("opinion_decided", [OWNER])]


def test_nobody_makes_a_customer_look_better_while_a_review_of_it_is_overdue(assessed):
    found = propose(assessed, customer_key=1, draft=BETTER, actor=OWNER)
    with assessed.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO review (customer_key, kind, policy_line, period_key, state, owner, risk_class, due_on, opened_on, opened_at,"
            " pack, pack_sha256, run_id, policy_digest) VALUES (1, 'event', 'event', 'x', 'in_analysis', 'chen.jie', 2, :due, :due, now(),"
            " '', encode(sha256(''), 'hex'), 1, '')"), {"due": AS_OF - timedelta(days=1)})  # fmt: skip

    with pytest.raises(
        RuleViolation,
        match=r"opinion \d+ \(better\) waits: review \d+ of customer C1 is overdue .* ask chen.jie to finish it",
    ):
        approve(assessed, opinion_id=found.opinion_id, actor=MANAGER, reason="yes", digest=found.digest)
    with assessed.engine.begin() as connection:
        connection.execute(text("UPDATE review SET state = 'cancelled'"))
    approve(assessed, opinion_id=found.opinion_id, actor=MANAGER, reason="yes", digest=found.digest)


def test_the_same_draft_sent_twice_is_one_proposal_and_another_waits_its_turn(assessed):
    first = propose(assessed, customer_key=1, draft=BETTER, actor=OWNER)
    again = propose(assessed, customer_key=1, draft=BETTER, actor=OWNER)

    assert (again.opinion_id, again.is_new) == (first.opinion_id, False)
    with pytest.raises(Conflict, match="waits for a decision"):
        propose(assessed, customer_key=1, draft=replace(BETTER, statement="Something else."), actor=OWNER)
    assert len(states(assessed)) == 1


def test_a_new_opinion_takes_the_place_of_the_one_in_force(assessed):
    propose(assessed, customer_key=1, draft=WORSE, actor=OWNER)
    granted(assessed, BETTER)

    assert [row[:2] for row in states(assessed)] == [("worse", "revoked"), ("better", "approved")]
    assert ("opinion_ended", [OWNER]) in messages(assessed)


def test_refused_and_revoked_opinions_count_for_nothing(assessed):
    found = propose(assessed, customer_key=1, draft=BETTER, actor=OWNER)
    refuse(assessed, opinion_id=found.opinion_id, actor=MANAGER, reason="no evidence")
    worse = propose(assessed, customer_key=1, draft=WORSE, actor=OWNER)
    with pytest.raises(RuleViolation):
        revoke(assessed, opinion_id=worse.opinion_id, actor="feng.lei", reason="no")
    revoke(assessed, opinion_id=worse.opinion_id, actor=OWNER, reason="a mistake")

    run(assessed, MEDIUM, {"P1": 95}, days=1)

    assert classes(assessed)[0] == (2, 0, 2, 2)
    assert [row[1] for row in states(assessed)] == ["refused", "revoked"]


def test_a_new_alarm_ends_a_better_opinion_in_the_pass_that_finds_it(assessed):
    granted(assessed, BETTER)
    run(assessed, MEDIUM, {"P1": 95}, days=1)
    assert states(assessed) == [("better", "active", None)]

    run(assessed, {**MEDIUM, "F3": 0.5}, {"P1": 95}, days=2)

    assert states(assessed) == [("better", "lapsed", "new alarm or hard rule")]
    assert rows(assessed, "SELECT ended_on FROM opinion") == [(AS_OF + timedelta(days=2),)]
    assert messages(assessed)[-1] == ("opinion_ended", [OWNER, MANAGER])
    before = rows(assessed, "SELECT * FROM current_assessment ORDER BY customer_key")
    run(assessed, {**MEDIUM, "F3": 0.5}, {"P1": 95}, days=2, run_id=9)
    assert rows(assessed, "SELECT * FROM current_assessment ORDER BY customer_key") == before


def test_a_signal_of_the_same_pass_ends_better_opinions_and_proposals(assessed):
    granted(assessed, BETTER)
    propose(assessed, customer_key=1, draft=replace(BETTER, statement="More security came."), actor=OWNER)
    raise_found(assessed, contradictions=(), feeds=(), as_of=AS_OF, run_id=5)
    assert [row[1] for row in states(assessed)] == ["approved", "proposed"]

    run(assessed, {**MEDIUM, "restated": 1}, {"P1": 95}, days=1)
    raise_found(assessed, contradictions=(), feeds=(), as_of=AS_OF + timedelta(days=1), run_id=6)

    assert [row[1:] for row in states(assessed)] == [("lapsed", "new signal")] * 2


def test_facts_that_came_after_the_proposal_stop_its_approval(assessed):
    found = propose(assessed, customer_key=1, draft=BETTER, actor=OWNER)
    with assessed.engine.begin() as connection:
        connection.execute(text("UPDATE current_assessment SET alarms = alarms | 4 WHERE customer_key = 1"))

    with pytest.raises(Conflict, match="must be proposed again"):
        approve(assessed, opinion_id=found.opinion_id, actor=MANAGER, reason="yes", digest=found.digest)


def test_an_opinion_ends_with_its_days_and_the_class_follows(assessed):
    propose(assessed, customer_key=1, draft=replace(WORSE, horizon_on=AS_OF + timedelta(days=10)), actor=OWNER)
    run(assessed, MEDIUM, {"P1": 95}, days=10)
    assert classes(assessed)[0] == (2, 3, 3, 3)

    run(assessed, MEDIUM, {"P1": 95}, days=11)

    assert states(assessed) == [("worse", "expired", "its days are over")]
    assert classes(assessed)[0] == (2, 0, 2, 3)  # better only after the usual days


def test_a_past_date_is_assessed_with_the_opinions_of_that_date(assessed):
    run(assessed, MEDIUM, {"P1": 95}, days=5)
    propose(assessed, customer_key=1, draft=WORSE, actor=OWNER)

    run(assessed, MEDIUM, {"P1": 95}, days=2)
    assert run(assessed, MEDIUM, {"P1": 95}, days=5, run_id=20).by_class["high"] == 1
    assert states(assessed) == [("worse", "active", None)]


def test_a_default_is_left_after_its_closure_was_granted(assessed):
    closure = Draft("closure", "not_a_default", "The invoice was wrong.", "Credit note 4711")
    with pytest.raises(RuleViolation, match="a rule still sets default: "):
        propose(assessed, customer_key=2, draft=closure, actor=OWNER)
    run(assessed, MEDIUM, {}, days=1)
    run(assessed, MEDIUM, {}, days=95)
    assert classes(assessed)[1][3] == RiskClass.default

    granted(assessed, closure, key=2)
    run(assessed, MEDIUM, {}, days=96)

    assert classes(assessed)[1][3] == RiskClass.critical


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'approved', effective_on = proposed_on, valid_until = proposed_on", "opinion_is_decided"),
        ("decided_by = author, decided_rank = 4, decided_at = now(), decision_reason = 'x'", "opinion_four_eyes"),
        (("state = 'approved', effective_on = proposed_on, valid_until = proposed_on, decided_by = 'x', decided_rank = author_rank,"
         " decided_at = now(), decision_reason = 'x'"), "opinion_higher_rank"),
        (("state = 'approved', effective_on = proposed_on, valid_until = horizon_on + 1, decided_by = 'x', decided_rank = 4,"
         " decided_at = now(), decision_reason = 'x'"), "opinion_is_dated"),
        ("statement = 'something else'", "frozen"),
        ("needs_second = false", "frozen"),
    ],
)  # fmt: skip
def test_the_database_itself_refuses(assessed, change, constraint):
    propose(assessed, customer_key=1, draft=BETTER, actor=OWNER)

    with pytest.raises(IntegrityError, match=constraint), assessed.engine.begin() as connection:
        connection.execute(text(f"UPDATE opinion SET {change}"))  # noqa: S608  fixed texts


def test_the_database_keeps_one_opinion_in_force_and_ended_ones_ended(assessed):
    first = granted(assessed, BETTER)
    with pytest.raises(IntegrityError, match="opinion_standing"), assessed.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO opinion (customer_key, kind, state, risk_class, reason, statement, source, horizon_on, author, author_rank,"
            " proposed_at, proposed_on, assessed_on, class_without, known_alarms, known_floor, known_floor_code, needs_second,"
            " policy_version, policy_digest, digest, effective_on, valid_until) SELECT customer_key, 'worse', 'approved', 3, reason,"
            " statement, source, horizon_on, author, author_rank, proposed_at, proposed_on, assessed_on, class_without, 0, 0, 0, false,"
            " policy_version, policy_digest, digest, effective_on, valid_until FROM opinion"))  # fmt: skip
    revoke(assessed, opinion_id=first, actor=CFO, reason="no longer")
    with pytest.raises(IntegrityError, match="has ended"), assessed.engine.begin() as connection:
        connection.execute(text("UPDATE opinion SET state = 'active'"))


def test_nobody_speaks_about_a_customer_that_is_not_assessed_or_not_lately(assessed):
    with pytest.raises(NotFound, match="not in the current assessment"):
        propose(assessed, customer_key=99, draft=WORSE, actor=OWNER)
    assessed.clock.moment = midnight_utc(AS_OF + timedelta(days=policy().validity.medium + 1))
    with pytest.raises(NotFound, match="out of date"):
        propose(assessed, customer_key=1, draft=WORSE, actor=OWNER)


def test_only_people_with_a_role_speak(assessed):
    with pytest.raises(RuleViolation, match=r"feng\.lei is none of them"):
        propose(assessed, customer_key=1, draft=WORSE, actor="feng.lei")
    with pytest.raises(RuleViolation, match=r"li\.wei is none of them"):
        propose(assessed, customer_key=1, draft=BETTER, actor="li.wei")
    with pytest.raises(RuleViolation, match="nobody of the team"):
        propose(assessed, customer_key=1, draft=BETTER, actor=CFO)


def test_opinions_are_judged_by_what_became_of_the_customers(assessed):
    propose(assessed, customer_key=1, draft=WORSE, actor=OWNER)
    run(assessed, MEDIUM, {"P1": 95}, days=1)
    run(assessed, {"P1": 95}, {"P1": 95}, days=40)
    run(assessed, {"P1": 95}, {"P1": 95}, days=70)

    young = read_track_record(assessed, as_of=AS_OF + timedelta(days=20), after_months=2)
    record = read_track_record(assessed, as_of=AS_OF + timedelta(days=70), after_months=2)

    assert (young.by_author[0].opinions, young.by_author[0].judged) == (1, 0)
    [author] = record.by_author
    assert (author.name, author.judged, author.nearer, author.further) == (OWNER, 1, 1, 0)
    assert [item.name for item in record.by_reason] == ["liquidity"]
    [quarter] = record.quarters
    assert (quarter.quarter, quarter.opinions, quarter.worse, quarter.customers) == ("2026-Q3", 1, 1, 2)


def test_the_event_log_holds_no_word_of_what_was_said(assessed):
    granted(assessed, BETTER)

    with assessed.engine.connect() as connection:
        assert verify(connection).first_bad is None
    bodies = [json.loads(row[0]) for row in rows(assessed, "SELECT convert_from(body, 'UTF8') FROM audit_event")]
    assert not any(BETTER.statement in json.dumps(body) for body in bodies)
    assert date.fromisoformat(
        next(body for body in bodies if body["action"] == "opinion:proposed")["new"]["horizon_on"]
    )


def take_over(services, retired, survivor):
    with services.engine.begin() as connection:
        values = {"retired": retired, "survivor": survivor}
        connection.execute(text("UPDATE customer SET merged_into = :survivor WHERE customer_key = :retired"), values)


def test_after_a_merge_what_was_said_to_the_worse_counts_for_the_one_that_lives_on(assessed):
    worse = propose(assessed, customer_key=1, draft=replace(WORSE, risk_class=RiskClass.high), actor=OWNER)
    take_over(assessed, 1, 3)
    with assessed.engine.begin() as connection:
        connection.execute(text("INSERT INTO customer (customer_key, customer_id, known_at) VALUES (3, 'C3', now())"))
    run(assessed, {}, {}, MEDIUM, days=1)

    assert [row[1] for row in states(assessed)] == ["active"]
    (found,) = rows(assessed, "SELECT opinion_id, risk_class FROM current_assessment WHERE customer_key = 3")
    assert found == (worse.opinion_id, RiskClass.high)

    replacing = propose(assessed, customer_key=3, draft=replace(WORSE, statement="Two banks left."), actor=OWNER)
    assert [(row[1], (row[2] or "")[:9]) for row in states(assessed)] == [
        ("revoked", f"opinion {replacing.opinion_id}"),
        ("approved", ""),
    ]


def test_after_a_merge_nothing_that_was_said_to_the_better_goes_on_and_its_people_are_told(assessed):
    granted = propose(assessed, customer_key=1, draft=BETTER, actor=OWNER)
    approve(assessed, opinion_id=granted.opinion_id, actor=CFO, reason="Seen in original.", digest=granted.digest)
    take_over(assessed, 1, 2)
    run(assessed, {}, {"P1": 95}, days=1)

    assert [row[1] for row in states(assessed)] == ["lapsed"]
    told = rows(assessed, "SELECT count(*) FROM outbox_event WHERE kind = 'opinion_ended'")
    run(assessed, {}, {"P1": 95}, days=2)
    assert rows(assessed, "SELECT count(*) FROM outbox_event WHERE kind = 'opinion_ended'") == told == [(1,)]


@pytest.mark.parametrize("by_list", [False, True])
def test_only_compliance_proposes_that_a_default_after_a_sanctions_hit_is_over(assessed, by_list):
    run(assessed, {} if by_list else {"C1": 3}, {"P1": 95}, days=1)
    if by_list:
        with assessed.engine.begin() as connection:
            connection.execute(text(
                "INSERT INTO screening_match (customer_key, list_id, entry_id, likeness, same_number, matched_name, evidence, list_digest,"
                " state, found_on, confirmed_on, ended_on, decided_by, reason, run_id)"
                " VALUES (2, 'own', '1', 1, false, 'X', 'x', 'd', 'cleared', '2026-07-01', '2026-07-01', '2026-07-02', 'xu.ning', 'no such firm', 1)"
            ))  # fmt: skip
    key = 2 if by_list else 1
    run(assessed, MEDIUM, MEDIUM, days=2)
    run(assessed, MEDIUM, MEDIUM, days=95)
    over = Draft("closure", "not_a_default", "It was a namesake.", "Register extract")

    with pytest.raises(RuleViolation, match="sanctions match is confirmed; only compliance"):
        propose(assessed, customer_key=key, draft=over, actor=OWNER)
    proposed = propose(assessed, customer_key=key, draft=over, actor="xu.ning")
    approve(assessed, opinion_id=proposed.opinion_id, actor=CFO, reason="Seen in original.", digest=proposed.digest)
    run(assessed, MEDIUM, MEDIUM, days=96)
    assert classes(assessed)[key - 1][3] < RiskClass.default
