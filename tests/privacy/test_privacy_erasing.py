"""A customer is erased by two people, never under a hold; the log still verifies and says that it was done."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.evidence.test_evidence_replay import approved, judged, tamper  # noqa: F401  a fixture
from tests.reviews.portfolio import merge

from riskreview.audit.checkpoints import make_checkpoint
from riskreview.audit.log import AuditEvent, append
from riskreview.audit.verification import verify_whole
from riskreview.evidence.pack import Subject, write_pack
from riskreview.evidence.replay_reviews import replay_pack
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.privacy.erasing import erase, hold, release, withdraw
from riskreview.reviews.discussion import remark

WHY = "The person asked to be forgotten"
SAID = "Ask Hans Beispiel first"
FIRST, SECOND = "xu.ning", "guo.qiang"


@pytest.fixture
def known(services: Services) -> Services:
    """Two customers, each with an account, a former name, and a closed review about which something was said."""
    at = services.clock.now()
    with services.engine.begin() as connection:
        for key in (1, 2):
            values = {"key": key, "id": f"C{key}", "at": at}
            connection.execute(
                text(
                    "INSERT INTO customer (customer_key, customer_id, name, tax_id, known_at) VALUES (:key, :id, 'Hans Beispiel', 'T1', :at)"
                ),
                values,
            )
            connection.execute(text("INSERT INTO account (account_key, system, account_id, customer_key, name, tax_id, phone, known_at)"
                                    " VALUES (256 * :key, 'erp', :id, :key, 'Hans Beispiel', 'T1', '138', :at)"), values)  # fmt: skip
            events = [AuditEvent("customer:class_changed", "customer", str(key), "li.wei", cause={"reason": SAID})]
            append(connection, events, at=at)
    return services


def personal(services: Services, key: int) -> list[object]:
    """Everything personal that is still known of a customer."""
    query = """
        SELECT name FROM customer WHERE customer_key = :key UNION ALL SELECT tax_id FROM customer WHERE customer_key = :key
        UNION ALL SELECT name FROM account WHERE customer_key = :key UNION ALL SELECT phone FROM account WHERE customer_key = :key
        UNION ALL SELECT name FROM account_history WHERE customer_key = :key UNION ALL SELECT name FROM customer_history WHERE customer_key = :key
        UNION ALL SELECT value FROM audit_opening JOIN audit_event USING (seq) WHERE subject_type = 'customer' AND subject_id = CAST(:key AS text)"""
    with services.engine.connect() as connection:
        return [item for item in connection.execute(text(query), {"key": key}).scalars() if item is not None]


def test_two_people_erase_what_is_personal_and_every_proof_still_holds(known: Services):
    make_checkpoint(known)
    proposed = erase(known, customer="C1", actor=FIRST, reason=WHY)
    assert (proposed.state, SAID in personal(known, 1)) == ("proposed", True)
    with pytest.raises(RuleViolation, match="another person"):
        erase(known, customer="C1", actor=FIRST, reason=WHY)

    done = erase(known, customer="C1", actor=SECOND, reason=WHY)

    assert (done.state, personal(known, 1)) == ("erased", [])
    assert len(personal(known, 2)) == 5
    with known.engine.connect() as connection:
        assert verify_whole(connection).problem == ""
        told = connection.execute(
            text("SELECT action, actor FROM audit_event WHERE subject_type = 'erasure' ORDER BY seq")
        ).all()
        bodies = connection.execute(
            text("SELECT string_agg(convert_from(body, 'UTF8'), '') FROM audit_event")
        ).scalar_one()
    assert told == [("erasure:proposed", FIRST), ("erasure:erased", SECOND), ("erasure:files_rewritten", SECOND)]
    assert "Beispiel" not in bodies


def words_about(services: Services) -> dict[int, tuple[bytes, str, str | None]]:
    """Of each customer's review: the pack, its digest in the table, and why it was decided so."""
    query = "SELECT customer_key, pack, pack_sha256, decision_reason FROM review WHERE pack IS NOT NULL"
    with services.engine.connect() as connection:
        return {
            row.customer_key: (bytes(row.pack), row.pack_sha256, row.decision_reason)
            for row in connection.execute(text(query))
        }


def test_packs_and_what_people_wrote_are_forgotten_and_their_digests_stay(judged: Services, tmp_path: Path):  # noqa: F811
    number = approved(judged)
    remark(judged, review_id=number, actor="wang.fang", words=SAID)
    with judged.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO customer_spelling SELECT customer_key, 'n', 'n', 'n', '{n}' FROM customer")
        )
        connection.execute(text("INSERT INTO review_cadence (customer_key, state, every_months, risk_class, needs_two, reason, valid_until, proposed_by, proposed_at)"
                                " SELECT customer_key, 'proposed', 3, 2, true, :said, '2027-01-01', 'wang.fang', now() FROM customer"), {"said": SAID})  # fmt: skip
    tamper(judged, ("ALTER TABLE review DISABLE TRIGGER USER", "UPDATE review SET state = 'closed'", "ALTER TABLE review ENABLE TRIGGER USER",
                    "UPDATE customer SET customer_id = 'C' || customer_key", "DELETE FROM current_assessment"))  # fmt: skip
    with judged.engine.connect() as connection:
        key = int(
            connection.execute(
                text("SELECT customer_key FROM review WHERE review_id = :number"), {"number": number}
            ).scalar_one()
        )
    other = 3 - key
    before = words_about(judged)
    for forbidden in ("forgotten_at = now()", "forgotten_at = now(), decided_by = 'somebody'"):
        with pytest.raises(DBAPIError, match="whose erasure was decided"), judged.engine.begin() as connection:
            connection.execute(text(f"UPDATE review SET {forbidden}"))  # noqa: S608  one of two

    for person in (FIRST, SECOND):
        erase(judged, customer=f"C{key}", actor=person, reason=WHY)

    after = words_about(judged)
    assert after[key] == (b"{}", before[key][1], "[erasure 1]")
    assert after[other] == before[other]
    with pytest.raises(NotFound, match="erased with its customer"):
        replay_pack(judged, review_id=number)
    assert write_pack(judged, Subject("review", number), tmp_path / "pack", language="en").events
    assert [
        row["remark"]
        for row in json.loads((tmp_path / "pack" / "data" / "discussion.json").read_text(encoding="utf-8"))
    ] == ["[erasure 1]"]
    with judged.engine.connect() as connection:
        assert verify_whole(connection).problem == ""
        kept = connection.execute(text("SELECT value FROM audit_opening")).scalars().all()
        rhythms = connection.execute(
            text("SELECT customer_key, reason FROM review_cadence ORDER BY customer_key")
        ).all()
        spelled = connection.execute(text("SELECT customer_key FROM customer_spelling")).scalars().all()
    assert SAID not in kept
    assert dict(tuple(row) for row in rhythms) == {key: "[erasure 1]", other: SAID}
    assert spelled == [other]


def test_a_hold_forbids_erasing_until_it_is_released(known: Services):
    erase(known, customer="C1", actor=FIRST, reason=WHY)
    number = hold(known, customer="C1", actor=FIRST, reason="Lawsuit 12 of 2026")
    with pytest.raises(RuleViolation, match="legal hold 1 stands"):
        erase(known, customer="C1", actor=SECOND, reason=WHY)
    assert hold(known, customer="C1", actor=SECOND, reason="Lawsuit 12 of 2026") == number
    assert SAID in personal(known, 1)

    release(known, customer="C1", actor=SECOND, reason="The lawsuit is over")

    assert erase(known, customer="C1", actor=SECOND, reason=WHY).state == "erased"


def test_a_hold_over_a_customer_that_was_merged_stands_over_the_one_that_lives_on(known: Services):
    hold(known, customer="C2", actor=FIRST, reason="Lawsuit 12 of 2026")
    merge(known, 1, 2)

    for name in ("C1", "C2"):
        with pytest.raises(RuleViolation, match=r"legal hold \d+ stands"):
            erase(known, customer=name, actor=FIRST, reason=WHY)
    release(known, customer="C1", actor=SECOND, reason="The lawsuit is over")
    erase(known, customer="C2", actor=FIRST, reason=WHY)
    assert erase(known, customer="C1", actor=SECOND, reason=WHY).state == "erased"
    assert personal(known, 1) == personal(known, 2) == []


def test_strangers_empty_reasons_and_unknown_customers_are_refused_and_a_proposal_can_be_taken_back(known: Services):
    with pytest.raises(RuleViolation, match="no person of the team"):
        erase(known, customer="C1", actor="somebody", reason=WHY)
    with pytest.raises(RuleViolation, match="at least 10 characters"):
        erase(known, customer="C1", actor=FIRST, reason="Because")
    with pytest.raises(NotFound):
        erase(known, customer="C9", actor=FIRST, reason=WHY)
    erase(known, customer="C1", actor=FIRST, reason=WHY)

    assert withdraw(known, customer="C1", actor=FIRST, reason="Asked by mistake").state == "withdrawn"
    with pytest.raises(NotFound):
        withdraw(known, customer="C1", actor=FIRST, reason="Asked by mistake")


def test_the_database_itself_lets_only_an_erased_customer_be_forgotten_and_by_two(known: Services):
    with known.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET segment = 'x'"))
    for statement in (
        "UPDATE customer_history SET name = NULL, tax_id = NULL WHERE customer_key = 1",
        "DELETE FROM customer_history",
        "INSERT INTO erasure (customer_key, state, reason, proposed_by, proposed_at, decided_by, decided_at) VALUES (1, 'erased', 'x', 'a', now(), 'a', now())",
    ):
        with pytest.raises(DBAPIError), known.engine.begin() as connection:
            connection.execute(text(statement))
