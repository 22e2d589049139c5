"""What people do on pages, by the use cases of the rooms: decide reviews, follow plans, change the policy, let rows through."""

import re

import httpx
import pytest
from sqlalchemy import text
from tests.assessment.portfolios import frame
from tests.console.conftest import Console, token_of
from tests.console.furnishing import DAY, refuse_row
from tests.console.reading import checklist_of, foreign_signal, seen, version_of
from tests.gate.editing import edit
from tests.gate.planted import try_frames

pytestmark = pytest.mark.database


def test_a_review_goes_from_its_owner_to_other_people_s_decisions(console: Console):
    number = review_of(console, 2)
    page = f"/reviews/{number}"

    def does(login: str, verb: str, **said: str) -> int:
        return console.post(login, f"{page}/{verb}", page, version=version_of(console, number), **said).status_code

    proposal = {"recommendation": "Deliver against prepayment.", "measure_prepayment": "1"}
    assert does("owner", "hand_in", **proposal) == 422
    for item in checklist_of(console, number):
        assert does("owner", "answer", item=item, answer="yes", evidence="visit of 1 July") == 303
    assert does("owner", "start_analysis") == 303
    assert '<option value="anna.keller">' in seen(console, "owner", page)
    with console.client("stranger") as client:
        assert client.get(page).status_code == 404
    assert does("owner", "request_info", question="Who signs?", of="anna.keller") == 303
    assert f"{page}/resume" in seen(console, "stranger", page)
    assert does("stranger", "resume", reply="Their parent.") == 303
    with console.client("stranger") as client:
        assert client.get(page).status_code == 404
    assert does("owner", "hand_in", **proposal) == 303
    said = "Which <b>goods</b>?\nAnd when?"
    for _ in range(2):
        assert does("approver", "remark", remark=said) == 303
    shown = seen(console, "owner", page)
    first = re.search(r'id="remark-(\d+)"', shown)
    assert first
    assert shown.count("Which &lt;b&gt;goods&lt;/b&gt;?\nAnd when?") == 1
    assert does("owner", "remark", remark="All of them.", answers=first.group(1)) == 303
    assert does("owner", "remark", remark=" ") == 422
    assert f'href="#remark-{first.group(1)}"' in seen(console, "approver", page)
    assert 'name="remark"' not in seen(console, "auditor", page)
    assert "措施的预期效果" in seen(console, "owner", page)
    stale = console.post(
        "approver", f"{page}/approve", page, version=version_of(console, number), reason="Agreed.", digest="0" * 64
    )
    assert stale.status_code == 409
    assert "Agreed." in stale.text
    for login in ("approver", "second"):
        if state_of(console, number)[0] == "in_approval":
            assert does(login, "approve", reason="Agreed.", digest=digest_of(console, login, page)) == 303
    assert state_of(console, number)[:2] == ("approved", "wang.fang")
    assert state_of(console, number)[2] != "wang.fang"
    assert does("owner", "approve", reason="Me too.", digest="0" * 64) == 422
    for to, status in (("", 422), ("wang.fang", 422), ("chen.jie", 303), ("chen.jie", 422)):
        assert does("owner", "reassign", to=to, reason="On leave.") == status


def digest_of(console: Console, login: str, page: str) -> str:
    with console.client(login) as client:
        found = re.search(r'name="digest" value="([0-9a-f]{64})"', client.get(page).text)
    assert found
    return found.group(1)


def test_a_form_that_a_rule_refuses_comes_back_with_the_sentence_and_what_was_typed(console: Console):
    number = review_of(console, 4)
    answer = console.post(
        "approver", f"/reviews/{number}/cancel", f"/reviews/{number}", version=version_of(console, number), reason="   "
    )

    assert answer.status_code == 422
    assert "the reason is empty" in answer.text
    assert token_of(answer.text)


def made_once(console: Console, form: str, asked: dict[str, str], *wrong: dict[str, str]) -> str:
    """Make something by a form and return its page: what is wrong, somebody else's and the same again are refused."""
    for other in wrong:
        assert console.post("owner", form, form, **{**asked, **other}).status_code == 422, other
    assert console.post("stranger", form, "/signals/" + foreign_signal(console), **asked).status_code == 404
    made = console.post("owner", form, form, **asked)
    assert made.status_code == 303
    assert console.post("owner", form, form, **asked).status_code == 409
    return str(made.headers["location"].partition("?")[0].removeprefix("/riskreview"))


def test_a_rhythm_is_proposed_in_the_console_and_decided_by_another_person(console: Console):
    form = "/customers/4/rhythm"
    asked = {"every_months": "12", "reason": "Small and steady."}
    page = made_once(console, form, asked, {"every_months": "x"}, {"every_months": "99"}, {"until": "2027-13-01"}, {"reason": " "})  # fmt: skip

    assert f"{page}/approve" not in seen(console, "owner", page)
    assert console.post("owner", f"{page}/approve", page, reason="Mine.").status_code == 422
    with console.services.engine.connect() as connection:
        asked_of = (
            connection.exec_driver_sql(
                "SELECT owner FROM duty WHERE subject_type = 'cadence' AND state = 'open' ORDER BY duty_id DESC"
            )
            .scalars()
            .first()
        )
    assert asked_of not in {None, "wang.fang"}
    assert console.post("approver", f"{page}/approve", page, reason="Seen and agreed.").status_code == 303
    assert "Small and steady." in seen(console, "approver", "/customers/4")
    assert console.post("owner", f"{page}/revoke", page, reason="It was a rehearsal.").status_code == 303


def test_a_review_is_asked_for_on_the_customer_s_page_once_for_an_occasion(console: Console):
    form = "/customers/4/review"
    asked = {
        "kind": "limit_request",
        "opens_on": "2026-07-15",
        "key": "LR-2026-118",
        "reason": "They ask for twice the limit.",
    }
    page = made_once(console, form, asked, {"kind": "periodic"}, {"opens_on": "2026-02-30"}, {"opens_on": "2026-06-01"}, {"key": "k" * 61}, {"reason": " "})  # fmt: skip

    assert console.post("owner", form, form, **{**asked, "key": ""}).status_code == 303
    assert "They ask for twice the limit." in seen(console, "owner", page)
    assert f'href="/riskreview{form}"' in seen(console, "owner", "/customers/4")
    with console.services.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT kind, state, period_key, opened_on::text, requested_by FROM review WHERE state = 'planned' ORDER BY review_id"
        ).all()
    assert [tuple(row) for row in found] == [
        ("limit_request", "planned", "LR-2026-118", "2026-07-15", "wang.fang"),
        ("limit_request", "planned", "2026-07-15", "2026-07-15", "wang.fang"),
    ]


def test_a_step_is_done_with_evidence_and_an_acknowledgement_link_is_used_by_its_person_alone(console: Console):
    from riskreview.notifications.acknowledgement import link_maker

    with console.services.engine.connect() as connection:
        key = connection.execute(text("SELECT step_key FROM step ORDER BY position LIMIT 1")).scalar_one()
    link = f"/acknowledge/{link_maker(console.services.instance).token('nonce1')}"
    with console.client("stranger") as client:
        assert client.get(link).status_code == 404
    with console.client(None) as scanner:  # of mail, which follows links and sends their forms
        assert all(scanner.request(method, link).status_code >= 300 for method in ("GET", "HEAD", "OPTIONS", "POST"))
    with console.client("owner") as client:
        assert client.get(link).status_code == 200
        assert client.request("OPTIONS", link).status_code == 405
        assert client.post(link).status_code == 403
        assert client.get(f"/steps/{key}").status_code == 303
    with console.services.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM acknowledgement")).scalar_one() == 0
    first, second = (console.post("owner", link, "/signals/" + console.ids["signal_id"]) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    with console.services.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM acknowledgement")).scalar_one() == 1


def test_an_emergency_plan_is_looked_back_on_with_what_was_avoided_and_what_should_change(console: Console):
    with console.services.engine.begin() as connection:
        own = connection.execute(text(
            "INSERT INTO activation (playbook_id, playbook_version, playbook_digest, customer_key, rule_id, trigger_key, state, owner, started_at,"
            " started_on, run_id) SELECT 'PB7', playbook_version, playbook_digest, customer_key, rule_id, 'own', 'resolved', 'wang.fang', started_at,"
            " started_on, run_id FROM activation WHERE activation_id = :n RETURNING activation_id, version"), {"n": console.ids["activation_id"]}).one()  # fmt: skip
    page = f"/playbooks/{own.activation_id}"
    said = {
        "version": str(own.version),
        "lessons": "Call sooner.",
        "loss_avoided": "250,000",
        "policy_change": "Call at 60 days.",
    }

    wrong, larger = (
        console.post("owner", f"{page}/look_back", page, **{**said, "loss_avoided": amount})
        for amount in ("much", "1e99")
    )
    right = console.post("owner", f"{page}/look_back", page, **said)

    assert (wrong.status_code, larger.status_code, right.status_code) == (422, 422, 303)
    assert "much 不是金额" in wrong.text
    with console.client("approver") as client:
        shown = client.get(page).text
    assert "250,000" in shown
    assert "Call at 60 days." in shown
    with console.services.engine.begin() as connection:  # others share the portfolio
        connection.execute(text("DELETE FROM activation WHERE activation_id = :n"), {"n": own.activation_id})
        connection.execute(
            text("DELETE FROM duty WHERE subject_type = 'activation' AND subject_id = :n"),
            {"n": str(own.activation_id)},
        )


def test_a_change_of_policy_is_proposed_from_its_report_and_decided_by_another_person(console: Console):
    services = console.services
    edit(services.instance.home, "reviews.yaml", "spread_from: 3", "spread_from: 2")
    tried = try_frames(services, {DAY: frame({"P1": 75}, {}, {}, {}, {}, {})}, actor="wang.fang").backtest_id
    report = f"/policy/backtests/{tried}"

    asked = console.post("owner", f"{report}/propose", report, reason="Reviews need more room.")
    page = asked.headers["location"].partition("?")[0].removeprefix("/riskreview")
    said = {"version": "1", "digest": digest_of(console, "approver", page), "reason": "Seen and agreed."}

    assert asked.status_code == 303
    assert f"{page}/approve" not in seen(console, "owner", page)
    assert console.post("owner", f"{page}/approve", page, **said).status_code == 422
    strange = console.post("approver", f"{page}/approve", page, **{**said, "digest": "0" * 64})
    assert (strange.status_code, "what was read is not what is proposed" in strange.text) == (422, True)
    assert console.post("approver", f"{page}/approve", page, **said).status_code == 303
    assert "已批准" in seen(console, "owner", page)
    assert (
        console.post("approver", f"{page}/withdraw", page, version="2", reason="It was a rehearsal.").status_code == 303
    )


def review_of(console: Console, customer_key: int) -> str:
    with console.services.engine.connect() as connection:
        return str(
            connection.execute(
                text("SELECT min(review_id) FROM review WHERE customer_key = :key"), {"key": customer_key}
            ).scalar_one()
        )


def state_of(console: Console, number: str) -> tuple[str, str, str]:
    with console.services.engine.connect() as connection:
        row = connection.execute(
            text("SELECT state, proposed_by, decided_by FROM review WHERE review_id = :number"), {"number": int(number)}
        ).one()
    return row.state, row.proposed_by, row.decided_by


def test_rows_in_quarantine_are_let_through_by_validation_s_rules_and_given_up(console: Console):
    number = refuse_row(console.services.engine, console.ids["batch_id"])

    def does(verb: str, **said: str) -> httpx.Response:
        return console.post("engineer", f"/quarantine/{verb}", "/quarantine", **said)

    refused = does("release", ids=str(number), reason="A test of the page.")
    assert (refused.status_code, "R-CODE" in refused.text) == (422, True)
    kept = console.post(
        "engineer", "/quarantine/discard?source=crm_accounts&code=R-CODE", "/quarantine", ids=str(number)
    )
    assert (kept.status_code, f'value="{number}" checked' in kept.text) == (422, True)
    assert 'action="/riskreview/quarantine/release?source=crm_accounts&amp;code=R-CODE"' in kept.text
    assert does("discard", reason="A test of the page.").status_code == 422
    assert does("burn", ids=str(number)).status_code == 404
    done = does("discard?source=crm_accounts", ids=str(number), reason="A test of the page.")
    assert (done.status_code, done.headers["location"]) == (
        303,
        "/riskreview/quarantine?source=crm_accounts&done=saved",
    )
    with console.services.engine.connect() as connection:
        state = text("SELECT state FROM quarantine_row WHERE quarantine_id = :number")
        assert connection.execute(state, {"number": number}).scalar_one() == "discarded"
