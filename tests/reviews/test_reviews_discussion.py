"""The discussion on a review: kept in order and for ever, told to whom it concerns, refused where there is nothing to discuss."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.reviews.portfolio import rows
from tests.reviews.working import APPROVER, OWNER, decided, opened, proposed, review, version

from riskreview.audit.log import verify
from riskreview.foundation.errors import NotFound, RuleViolation
from riskreview.foundation.services import Services
from riskreview.reviews.discussion import LONGEST_REMARK, remark, remarks_on
from riskreview.reviews.finishing import close, reopen

pytestmark = pytest.mark.database
QUESTION = "Why not ask Hans Beispiel for a guarantee?"


def told(services: Services) -> list[list[str]]:
    """Who heard of each remark."""
    found = rows(services.engine, "SELECT audience FROM outbox_event WHERE kind = 'review_remarked' ORDER BY outbox_id")
    return [sorted(row["audience"]) for row in found]  # type: ignore[call-overload]  # an array of the database


def test_a_remark_is_kept_in_order_told_to_others_and_leaves_the_review_as_it_is(services: Services) -> None:
    number = opened(services)
    proposed(services)
    before, asked = version(services), rows(services.engine, "SELECT asked FROM review_approval")[0]["asked"]

    first = remark(services, review_id=number, actor="xu.ning", words=f"  {QUESTION}\r\n")
    again = remark(services, review_id=number, actor="xu.ning", words=QUESTION)
    answer = remark(services, review_id=number, actor=OWNER, words="He declined.\n\nSee the letter.", answers=first)
    remark(services, review_id=number, actor=OWNER, words=QUESTION)

    assert (first, version(services), review(services)["state"]) == (again, before, "in_approval")
    with services.engine.connect() as connection:
        found = remarks_on(connection, number)
        assert verify(connection).problem == ""
        log = connection.execute(
            text("SELECT string_agg(convert_from(body, 'UTF8'), '') FROM audit_event")
        ).scalar_one()
    assert [(item["said_by"], item["answers"], item["body"]) for item in found] == [
        ("xu.ning", None, QUESTION), (OWNER, first, "He declined.\n\nSee the letter."), (OWNER, None, QUESTION)]  # fmt: skip
    assert answer == found[1]["remark_id"]
    assert told(services) == [sorted({OWNER, asked}), sorted({asked, "xu.ning"}), [asked]]
    assert "Beispiel" not in log
    assert '"text":"hmac-sha256:' in log
    assert [
        row["kind"] for row in rows(services.engine, "SELECT kind FROM duty WHERE subject_type = 'review_remark'")
    ] == []


def test_who_has_no_part_in_reviews_empty_words_and_closed_reviews_are_refused(services: Services) -> None:
    number = opened(services)
    first = remark(services, review_id=number, actor=OWNER, words="Look at the guarantee.")
    for actor in ("feng.lei", "somebody"):
        with pytest.raises(RuleViolation, match=f"{actor} is none of them"):
            remark(services, review_id=number, actor=actor, words="Why?")
    for words, why in ((" \n ", "is empty"), ("x" * (LONGEST_REMARK + 1), "4001 characters"), ("a\x1b[31mb", "cannot be read"), ("a\u202eb", "cannot be read")):  # fmt: skip
        with pytest.raises(RuleViolation, match=why):
            remark(services, review_id=number, actor=OWNER, words=words)
    with pytest.raises(NotFound, match="has no remark 99"):
        remark(services, review_id=number, actor=OWNER, words="Yes.", answers=99)
    with pytest.raises(NotFound):
        remark(services, review_id=number + 1, actor=OWNER, words="Yes.")
    proposed(services)
    decided(services, "approve", APPROVER)
    close(services, review_id=number, version=version(services), actor=OWNER)

    with pytest.raises(RuleViolation, match="is closed; reopen it"):
        remark(services, review_id=number, actor=OWNER, words="Too late?")
    reopen(services, review_id=number, version=version(services), actor=APPROVER, reason="Something was overlooked.")
    assert remark(services, review_id=number, actor=OWNER, words="Now again.") > first
    for change in ("UPDATE review_remark SET body = 'x'", "UPDATE review_remark SET said_by = 'x'", "DELETE FROM review_remark",
                   "UPDATE review_remark SET body = 'x', digest = NULL, forgotten_at = now()"):  # fmt: skip
        with pytest.raises(DBAPIError, match=r"never changed|erasure was decided"), services.engine.begin() as connection:  # fmt: skip
            connection.execute(text(change))
