"""What is written into the CRMs is seen and decided where people work: on the first page, on the customer's and on one of its own."""

import pytest
from sqlalchemy import text
from tests.console.conftest import Console
from tests.console.furnishing import WRITE

from riskreview.console.words import words

pytestmark = pytest.mark.database


def test_who_may_decide_finds_what_waits_on_the_first_page_and_others_do_not(console: Console):
    def work(login: str) -> str:
        with console.client(login) as client:
            return client.get("/work").text

    assert f"/crm/{console.ids['write_id']}" in work("approver")
    assert "/crm/" not in work("owner"), "no role of the policy"
    assert f"/identity/{console.ids['proposal_id']}" in work("approver") + work("engineer")
    assert f"/screening/{console.ids['match_id']}" in work("compliance")


def test_a_customer_shows_what_is_written_about_it(console: Console):
    with console.client("owner") as client:
        page = client.get("/customers/1").text
        write = client.get(f"/crm/{console.ids['write_id']}").text

    assert f"/crm/{console.ids['write_id']}" in page
    assert words("zh")["crm"]["edited"] in write
    assert 'name="reason"' not in write, "the owner looks and does not decide"


@pytest.mark.parametrize(("verb", "state"), [("approve", "approved"), ("refuse", "refused")])
def test_an_approver_decides_on_exactly_what_was_shown(console: Console, verb: str, state: str):
    with console.services.engine.begin() as connection:
        number = connection.execute(text(WRITE.replace("Z-1", f"Z-{verb}"))).scalar_one()
    page = f"/crm/{number}"

    other = console.post("approver", f"{page}/{verb}", page, reason="Seen.", digest="b" * 64)
    stranger = console.post("stranger", f"{page}/{verb}", "/work", reason="Seen.", digest="a" * 64)
    done = console.post("approver", f"{page}/{verb}", page, reason="Seen.", digest="a" * 64)

    assert (other.status_code, stranger.status_code, done.status_code) == (409, 403, 303)
    with console.services.engine.connect() as connection:
        row = connection.execute(
            text("SELECT state, decided_by FROM crm_write WHERE write_id = :number"), {"number": number}
        ).one()
    assert (row.state, row.decided_by) == (state, "maria.stein")
