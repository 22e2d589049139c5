"""What somebody who left, stays away or lost a role still owes goes to the next who may have it, with an event and a message, and never to the wrong one."""

import re
from collections.abc import Iterator

import pytest
from tests.foundation.parting import part
from tests.reviews.portfolio import add_customers, raise_signal, rows
from tests.reviews.working import APPROVER, BOTH, JULY, OWNER, SECOND, decided, opened, proposed, review, version
from tests.validation.staging import FIVE, land

from riskreview.foundation.roles import DatabaseRole
from riskreview.foundation.services import Services, open_services
from riskreview.orchestration.handovers import hand_over
from riskreview.playbooks import response
from riskreview.playbooks.use_cases import activate_playbooks
from riskreview.reviews import analysis
from riskreview.reviews.use_cases import open_due_reviews
from riskreview.validation.use_cases import validate_batch

pytestmark = pytest.mark.database
LEAD = BOTH  # incident owner of PB1
HIGH = 3


LOST_ROLES = "another role"


def gone(services: Services, *people: str, until: str | None = None) -> None:
    """Let people leave the team, stay away until a day, or have another role only."""
    path = services.instance.configuration_file("policies", "team.yaml")
    words = path.read_text(encoding="utf-8")
    stays = until == LOST_ROLES
    away = ", ".join(
        f"{{person: {name}, first_day: 2026-06-30, last_day: {until}}}" for name in people if until and not stays
    )
    words = words.replace("absences: []", f"absences: [{away}]")
    for name in people if until is None or stays else ():
        person = re.compile(rf"  - id: {re.escape(name)}\n(    .*\n)+")
        words = person.sub(lambda found: re.sub(r"roles: .*", "roles: [it]", found[0]) if stays else "", words)
        words = re.sub(rf"{re.escape(name)}, |(, )?{re.escape(name)}(?=])", "", words)
    words = re.sub(r"  \w+: \[\]\n", "", words)
    (services.instance.home / "policies" / "team.yaml").write_text(words, encoding="utf-8")


def owners(services: Services, kind: str) -> list[object]:
    found = rows(
        services.engine, "SELECT owner FROM duty WHERE kind LIKE :kind AND state = 'open' ORDER BY duty_id", kind=kind
    )
    return [row["owner"] for row in found]


def told(services: Services) -> Iterator[tuple[object, object, object]]:
    sql = "SELECT kind, subject_type, audience FROM outbox_event WHERE kind IN ('duty_taken_over', 'nobody_available') ORDER BY outbox_id"
    for row in rows(services.engine, sql):
        yield row["kind"], row["subject_type"], row["audience"]


def started(services: Services, rule: str = "payment_default") -> int:
    add_customers(services.engine, [{"customer_key": 1, "risk_class": 5}], as_of=JULY)
    raise_signal(services.engine, 1, rule, on=JULY)
    activate_playbooks(services, as_of=JULY, run_id=1)
    return int(str(rows(services.engine, "SELECT activation_id FROM activation")[0]["activation_id"]))


@pytest.mark.parametrize("until", [None, "2026-07-20", LOST_ROLES])
def test_plan_and_steps_of_somebody_who_is_gone_go_to_the_deputy_and_the_time_goes_on(
    services: Services, until: str | None
) -> None:
    activation = started(services)
    step = rows(services.engine, "SELECT * FROM step WHERE step_id = 'confirm_balance'")[0]
    owner, deputy = str(step["owner"]), str(step["deputy"])
    response.acknowledge(services, activation_id=activation, step_id="confirm_balance", version=1, actor=owner)
    before = rows(services.engine, "SELECT due_at, ladder FROM duty ORDER BY duty_id")
    gone(services, owner, LEAD, until=until)

    moved = hand_over(services)

    assert (moved > 1, hand_over(services)) == (True, 0)
    after = rows(services.engine, "SELECT owner, acknowledged_by, next_at < due_at AS soon FROM duty WHERE subject_id = :key AND kind = 'step'",
                 key=str(step["step_key"]))  # fmt: skip
    assert after == [{"owner": deputy, "acknowledged_by": None, "soon": True}]
    assert rows(services.engine, "SELECT due_at, ladder FROM duty ORDER BY duty_id") == before
    assert rows(services.engine, "SELECT owner FROM step WHERE owner = ANY(:gone)", gone=[owner, LEAD]) == []
    lead = rows(services.engine, "SELECT owner, deputy, version FROM activation")[0]
    assert (lead["owner"], lead["version"]) == (APPROVER, 2)
    assert owners(services, "activation_acknowledge") == [APPROVER]
    assert ("duty_taken_over", "step", [deputy]) in list(told(services))
    assert ("duty_taken_over", "activation", [APPROVER]) in list(told(services))
    relieved = rows(services.engine, "SELECT DISTINCT audience[1] AS who FROM outbox_event WHERE kind = 'passed_on'")
    assert {str(row["who"]) for row in relieved} == (
        set() if until is None else {owner, LEAD}
    )  # who left reads no mail
    events = rows(
        services.engine,
        "SELECT count(*) AS n FROM audit_event WHERE action IN ('step:reassigned', 'activation:reassigned')",
    )
    assert events == [{"n": moved}]
    version = int(
        str(rows(services.engine, "SELECT version FROM step WHERE step_id = 'confirm_balance'")[0]["version"])
    )
    response.finish(
        services, activation_id=activation, step_id="confirm_balance", version=version, actor=deputy, evidence="Letter."
    )


def test_nothing_goes_to_a_deputy_who_is_away_too(services: Services) -> None:
    started(services)
    step = rows(services.engine, "SELECT * FROM step WHERE step_id = 'confirm_balance'")[0]
    away = [str(step["owner"]), str(step["deputy"])]
    gone(services, *away, until="2026-07-20")

    hand_over(services)

    assert rows(services.engine, "SELECT 1 FROM step WHERE owner = ANY(:away) OR deputy = ANY(:away)", away=away) == []


def test_the_end_of_a_plan_is_never_asked_of_a_leader_who_left(services: Services) -> None:
    activation = started(services)
    response.acknowledge_activation(services, activation_id=activation, version=1, actor=LEAD)
    gone(services, LEAD)
    hand_over(services)

    for row in rows(services.engine, "SELECT step_id, version, owner FROM step ORDER BY position"):
        response.finish(services, activation_id=activation, step_id=str(row["step_id"]), version=int(str(row["version"])),
                        actor=str(row["owner"]), evidence="Done, see file 7.")  # fmt: skip

    assert owners(services, "activation_resolve") == [APPROVER]


def test_a_step_does_not_go_to_who_decides_about_its_measure(services: Services) -> None:
    started(services, "order_collapse")
    found = rows(services.engine, """SELECT m.measure_id, s.step_key, s.owner, a.asked, a.duty_kind FROM measure AS m
        INNER JOIN step AS s USING (step_key) INNER JOIN measure_approval AS a ON m.measure_id = a.measure_id AND a.state = 'open'""")  # fmt: skip
    first = found[0]
    gone(services, str(first["owner"]))

    hand_over(services)

    now = rows(services.engine, """SELECT s.owner, s.deputy, m.implementer, d.owner AS asked, d.barred FROM measure AS m
        INNER JOIN step AS s USING (step_key)
        INNER JOIN duty AS d ON d.subject_type = 'measure' AND d.subject_id = CAST(m.measure_id AS text)""")[0]  # fmt: skip
    assert now["owner"] == now["implementer"]
    assert now["asked"] == first["asked"] != now["owner"]
    assert now["deputy"] not in {first["asked"], first["owner"]}
    assert {first["owner"], now["owner"]} == set(now["barred"])  # type: ignore[call-overload]  # an array


@pytest.mark.parametrize("until", [None, LOST_ROLES])
def test_a_decision_goes_to_the_next_who_may_and_never_to_its_proposer(services: Services, until: str | None) -> None:
    opened(services, HIGH)
    proposed(services, actor=BOTH)  # a credit manager, who may decide what others propose
    asked = owners(services, "review_approval%")
    assert asked == [APPROVER]
    gone(services, APPROVER, until=until)

    assert (hand_over(services), hand_over(services)) == (1, 0)

    assert owners(services, "review_approval%") == [SECOND]
    assert rows(services.engine, "SELECT asked FROM review_approval WHERE state = 'open'") == [{"asked": SECOND}]
    event = rows(
        services.engine,
        "SELECT actor, convert_from(body, 'UTF8') AS body FROM audit_event WHERE action = 'duty:handed_over'",
    )
    assert [row["actor"] for row in event] == ["system:handover"]
    assert ('"why":"role_lost"' if until else '"why":"left"') in str(event[0]["body"])
    assert list(told(services)) == [("duty_taken_over", "review", [SECOND])]


def test_where_nobody_may_the_final_duty_role_has_it_and_hears_of_the_incident_once(services: Services) -> None:
    opened(services, HIGH)
    proposed(services, measures=("order_hold",))
    for actor in (BOTH, APPROVER):
        decided(services, "approve", actor)
    doer = owners(services, "review_implementation%")[0]
    gone(services, str(doer), "he.ping", "li.wei", "zhou.lan", "anna.keller", "chen.jie")

    assert (hand_over(services), hand_over(services)) == (1, 0)

    assert owners(services, "review_implementation%") == [SECOND]
    assert {kind: audience for kind, _, audience in told(services)} == {
        "duty_taken_over": [SECOND],
        "nobody_available": [SECOND],
    }
    assert rows(
        services.engine,
        "SELECT DISTINCT implementer FROM measure WHERE review_id = :id",
        id=review(services)["review_id"],
    ) == [{"implementer": SECOND}]


def test_the_final_duty_role_gives_back_what_it_has_for_want_of_others_as_soon_as_somebody_may(
    services: Services,
) -> None:
    opened(services, HIGH)
    proposed(services, actor=BOTH)
    team = services.instance.configuration_file("policies", "team.yaml").read_text(encoding="utf-8")
    gone(services, APPROVER, SECOND, until=LOST_ROLES)
    written = services.instance.home / "policies" / "team.yaml"
    written.write_text(
        written.read_text(encoding="utf-8").replace("final_duty_role: executive", "final_duty_role: audit"),
        encoding="utf-8",
    )
    assert hand_over(services) == 1
    last = owners(services, "review_approval%")

    assert (hand_over(services), owners(services, "review_approval%")) == (0, last)
    written.write_text(team, encoding="utf-8")

    assert (hand_over(services), hand_over(services)) == (1, 0)
    assert owners(services, "review_approval%") == [APPROVER]


def test_a_question_to_somebody_without_any_role_stays_theirs(services: Services) -> None:
    number = opened(services, HIGH)
    gone(services, "he.ping", until=LOST_ROLES)
    written = services.instance.home / "policies" / "team.yaml"
    written.write_text(written.read_text(encoding="utf-8").replace("roles: [it]", "roles: []"), encoding="utf-8")
    analysis.start_analysis(services, review_id=number, version=version(services), actor=OWNER)
    analysis.request_info(
        services, review_id=number, version=version(services), actor=OWNER, question="Why?", of="he.ping"
    )

    assert (hand_over(services), owners(services, "review_information%")) == (0, ["he.ping"])


def test_the_roles_of_the_database_suffice_to_hold_a_batch_and_to_pass_on_what_is_owed(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(services)
    open_due_reviews(services, as_of=JULY, run_id=1)
    proposed(services)
    gone(services, LEAD, *map(str, owners(services, "review_approval%")))
    empty = land(services, invoices=[])
    part(services, monkeypatch).engine.dispose()

    with open_services(services.instance.home, role=DatabaseRole.SCORE) as working:
        assert hand_over(working) > 1
    with open_services(services.instance.home, role=DatabaseRole.INGEST) as working:
        assert validate_batch(working, batch_id=empty, known_accounts=FIVE).state == "held"

    assert len(owners(services, "batch_held")) == 1


def test_who_is_back_before_it_is_due_keeps_a_duty(services: Services) -> None:
    opened(services, HIGH)
    proposed(services)
    asked = owners(services, "review_approval%")
    gone(services, *map(str, asked), until="2026-07-02")

    assert hand_over(services) == 0
    assert owners(services, "review_approval%") == asked
