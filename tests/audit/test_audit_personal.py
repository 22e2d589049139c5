"""What people write or are named by stands in the log as a commitment; what it stands for is shown, proven, and can be erased."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from riskreview.audit.log import AuditEvent, append
from riskreview.audit.personal import COMMITTED, Cover, Opening, commitment, found_at
from riskreview.audit.verification import verify_whole
from riskreview.foundation.services import Services


def covered(part: dict[str, object]) -> tuple[dict[str, object], list[Opening]]:
    cover = Cover(7, lambda: b"0123456789abcdef")
    return cover.over("new", part), cover.openings


@pytest.mark.parametrize(
    "value",
    [
        "Pays later and later",
        "王芳",
        "wang.fang@example.com",
        "Müller",
        "a" * 101,
        "=cmd()",
        "two words",
        COMMITTED + "ab" * 32,
    ],
)
def test_what_does_not_read_as_a_code_is_committed_to_whatever_the_field(value: str):
    kept, openings = covered({"anything": value, "inside": {"list": [1, value]}})

    assert value not in json.dumps(kept, ensure_ascii=False)
    assert [(item.field, item.value) for item in openings] == [("new/anything", value), ("new/inside/list/1", value)]
    assert all(found_at({"new": kept}, item.field) == commitment(item) for item in openings)


@pytest.mark.parametrize("name", ["reason", "decision_reason", "undo_evidence", "name", "email", "phone"])
def test_what_is_said_in_a_field_of_words_is_committed_to_even_when_it_reads_as_a_code(name: str):
    assert covered({name: "13800001111"})[0][name].startswith(COMMITTED)


def test_codes_ids_numbers_and_dates_stay_readable():
    clear = {"state": "opened", "version": 2, "due_on": "2026-09-30", "owner": "anna.vogel", "digest": "sha256:" + "ab" * 32,
             "at": "2026-07-01T00:00:00+00:00", "share": 0.5, "none": None, "accounts": [1, 2], "evidence_digest": "ab" * 32}  # fmt: skip

    assert covered(clear) == (clear, [])


@settings(max_examples=40)
@given(st.text(min_size=1), st.text(min_size=1))
def test_a_commitment_opens_to_one_value_only(one: str, other: str):
    first, second = (Opening(1, "new/reason", b"0123456789abcdef", value) for value in (one, other))

    assert (commitment(first) == commitment(second)) == (one == other)
    assert commitment(first) != commitment(Opening(1, "new/reason", b"another salt....", one))


def test_the_log_holds_no_words_shows_them_from_beside_it_and_misses_them_where_no_erasure_took_them(
    services: Services,
):
    said = "Ask 王芳 before anything is delivered"
    with services.engine.begin() as connection:
        append(connection, [AuditEvent("review:returned", "review", "5", "li.wei", new={"decision_reason": said, "state": "returned"})],
               at=services.clock.now())  # fmt: skip
    with services.engine.connect() as connection:
        body, read = connection.execute(text("SELECT body, audit_read(seq, body) FROM audit_event")).one()
    assert said not in bytes(body).decode()
    assert (read["new"]["decision_reason"], read["new"]["state"]) == (said, "returned")

    def problem() -> str:
        with services.engine.connect() as connection:
            return verify_whole(connection).problem

    assert problem() == ""
    with services.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_opening DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE audit_opening SET value = 'Something else'"))
        connection.execute(text("ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_rows"))
    assert "new/decision_reason" in problem()
    with services.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_opening"))
    assert problem() == "a text beside event 1 is gone, and no erasure took it"
