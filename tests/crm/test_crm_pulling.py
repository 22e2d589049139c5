"""What a CRM knows becomes a batch like a file: complete, once, replayable, whatever goes wrong meanwhile."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.crm.conftest import NOON, Place, add_mapping, lines, place

from riskreview.crm.connections import configured, read_connection, save_connection
from riskreview.crm.emulator import faults
from riskreview.crm.emulator.faults import FAULTS
from riskreview.crm.problems import CrmRefused, CrmUnavailable
from riskreview.crm.store import read_pull
from riskreview.crm.use_cases import check, pull_all, pull_source, replay_pull
from riskreview.foundation.errors import BadInput
from riskreview.foundation.instance import PACKAGED
from riskreview.intake import raw_zone
from riskreview.intake.results import PassedOver
from riskreview.intake.use_cases import add_source, load_mappings, unfinished


def extract(services, pulled):
    return lines(raw_zone.find(services.instance, read_pull(services, pulled.pull_id).extract))


def batches(services):
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT source_id, state FROM batch ORDER BY batch_id"))]


def test_everything_is_read_first_and_only_changes_later(services, crm: Place):
    source = add_mapping(services, crm.service)
    first = pull_source(services, crm.network(), source)
    crm.timer.sleep(3600)
    changed, gone = list(crm.accounts.rows)[7], list(crm.accounts.rows)[400]
    crm.emulator.stamp(
        "Accounts" if crm.service == "zoho" else "AccountObj",
        changed,
        {"Phone" if crm.service == "zoho" else "tel": "0512-1"},
    )
    crm.accounts.delete(gone, crm.timer.now())

    second = pull_source(services, crm.network(), source)

    assert (first.kind, first.rows) == ("full", 450)
    assert (second.kind, second.changed) == ("delta", 1)
    assert second.calls < first.calls
    found = extract(services, second)
    assert found[changed]["Phone" if crm.service == "zoho" else "tel"] == "0512-1"
    assert (gone in found) == (crm.service == "fxiaoke"), "Fxiaoke tells of deletions only by reading everything"
    assert set(extract(services, pull_source(services, crm.network(), source, full=True))) == set(crm.accounts.rows)


def test_a_value_that_changes_back_is_a_new_statement_and_nothing_new_is_no_batch(services, crm: Place):
    source = add_mapping(services, crm.service)
    field, name = ("Phone", "Accounts") if crm.service == "zoho" else ("tel", "AccountObj")
    record_id = next(iter(crm.accounts.rows))
    pull_source(services, crm.network(), source)
    told = []
    for value in ("1", "2", "1", "1"):
        crm.timer.sleep(600)
        crm.emulator.stamp(name, record_id, {field: value})
        told.append(pull_source(services, crm.network(), source).batch_id)

    assert told[3] is None
    assert len(set(told[:3])) == 3


def test_kept_pages_make_the_same_bytes_again(services, crm: Place):
    source = add_mapping(services, crm.service)
    pull_source(services, crm.network(), source)
    crm.timer.sleep(600)
    crm.emulator.stamp(
        *("Accounts", list(crm.accounts.rows)[3], {"Phone": "9"})
        if crm.service == "zoho"
        else ("AccountObj", list(crm.accounts.rows)[3], {"tel": "9"})
    )
    second = pull_source(services, crm.network(), source)

    same, sha256 = replay_pull(services, crm.network().find, second.pull_id, services.instance.staging / "again.jsonl")

    assert same
    assert sha256 == read_pull(services, second.pull_id).extract


def test_a_movement_tells_of_changes_and_of_what_is_gone_each_once(services):
    crm = place("zoho", 450)
    source = add_mapping(services, "zoho", kind="movement")
    pull_source(services, crm.network(), source)
    crm.timer.sleep(60)
    changed, gone = list(crm.accounts.rows)[:2]
    crm.emulator.stamp("Accounts", changed, {"Phone": "1"})
    crm.accounts.delete(gone, crm.timer.now())

    second = pull_source(services, crm.network(), source)

    found = extract(services, second)
    assert set(found) == {changed, gone}
    assert [found[changed]["_deleted"], found[gone]["_deleted"]] == [False, True]
    crm.timer.sleep(60)
    assert pull_source(services, crm.network(), source).batch_id is None, (
        "the overlap reads them again, and tells nothing again"
    )


def test_a_pull_killed_before_its_mark_moved_is_repeated_without_loss(services, crm: Place, monkeypatch):
    source = add_mapping(services, crm.service)
    pull_source(services, crm.network(), source)
    crm.timer.sleep(7200)
    ids = list(crm.accounts.rows)[:3]
    for record_id in ids:
        crm.emulator.stamp(
            *("Accounts", record_id, {"Phone": "7"})
            if crm.service == "zoho"
            else ("AccountObj", record_id, {"tel": "7"})
        )
    with monkeypatch.context() as broken:
        broken.setattr("riskreview.crm.pulling._record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pull_source(services, crm.network(), source)
    crm.timer.sleep(7200)

    again = pull_source(services, crm.network(), source)

    assert again.changed == 3


@pytest.mark.parametrize("by", ["query", "list", "bulk"])
def test_every_way_of_reading_zoho_says_the_same(services, by):
    crm = place("zoho", 2350)
    source = add_mapping(services, "zoho", replace={"object: Accounts": f"object: Accounts, by: {by}"})

    pulled = pull_source(services, crm.network(), source)

    found = extract(services, pulled)
    assert set(found) == set(crm.accounts.rows)
    assert by != "bulk" or pulled.calls == 4, "the description, the job, one look at it and its rows"
    first = found[next(iter(crm.accounts.rows))]
    assert first["Owner.id"] == "5545974000000352001"
    assert {"id", "Account_Name", "Registration_Number", "Owner.id", "Payment_Terms_Days"} <= set(first)


def test_a_list_that_shifts_while_it_is_read_is_read_again(services):
    crm = place("zoho", 900)
    source = add_mapping(services, "zoho", replace={"object: Accounts": "object: Accounts, by: list"})
    crm.emulator.faults.add({4: "delete"})  # before the second page, of a row of the first one

    assert set(extract(services, pull_source(services, crm.network(), source))) == set(crm.accounts.rows)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(service=st.sampled_from(["zoho", "fxiaoke"]), by=st.sampled_from(["query", "list", "bulk"]),
       schedules=st.lists(st.dictionaries(st.integers(1, 14), st.sampled_from(FAULTS), max_size=6), min_size=1, max_size=4))  # fmt: skip
def test_under_any_faults_nothing_is_lost_or_doubled(services, service, by, schedules):
    """Each pull either says what the CRM says, or fails and changes nothing; the first undisturbed full pull says all of it."""
    crm = place(service, 450)
    source = add_mapping(
        services,
        service,
        replace={"connection: crm_zoho, object: Accounts": f"connection: crm_zoho, object: Accounts, by: {by}"},
    )
    with services.engine.begin() as connection:
        connection.execute(text("DELETE FROM crm_pull; DELETE FROM crm_token"))
    for schedule in schedules:
        crm.timer.sleep(900)
        crm.emulator.faults.add(schedule)
        try:
            pulled = pull_source(services, crm.network(), source)
        except (CrmUnavailable, CrmRefused, BadInput):
            crm.timer.sleep(900)
            continue
        if pulled.rows:
            extract(services, pulled)
    crm.emulator.faults.schedule.clear()
    crm.timer.sleep(900)
    pull_source(services, crm.network(), source)
    crm.timer.sleep(900)
    delta = pull_source(services, crm.network(), source)
    full = pull_source(services, crm.network(), source, full=True)

    assert set(extract(services, full)) == set(crm.accounts.rows)
    field, ours = ("Phone", "Phone") if service == "zoho" else ("tel", "tel")
    phones = {record_id: row[field] for record_id, row in crm.accounts.rows.items() if row.get(field)}
    assert {record_id: row[ours] for record_id, row in extract(services, full).items() if ours in row} == phones
    if service == "zoho":
        assert set(extract(services, delta)) == set(crm.accounts.rows), "changes and deletions alone come to the same"


def test_the_engineer_hears_of_a_cause_once_and_again_after_it_was_over(services, crm: Place, monkeypatch):
    add_mapping(services, crm.service)

    def poll(*, broken: bytes = b"") -> None:
        crm.timer.sleep(900)
        crm.emulator.stamp(*touched(crm, str(crm.emulator.faults.calls)))
        if broken:
            monkeypatch.setattr(faults, "HTML", broken)
            crm.emulator.faults.add(dict.fromkeys(range(2, 20), "html"))
        pull_all(services, crm.network())
        crm.emulator.faults.schedule.clear()

    def heard() -> int:
        with services.engine.connect() as connection:
            return int(
                connection.execute(
                    text("SELECT count(*) FROM outbox_event WHERE suppressed_reason IS NULL")
                ).scalar_one()
            )

    poll()
    for number in range(3):
        poll(broken=b"<html>%d</html>" % number)
    assert heard() == 1
    poll()
    poll(broken=b"<html>later</html>")
    assert heard() == 2


def touched(crm: Place, value: str) -> tuple[str, str, dict[str, str]]:
    record_id = next(iter(crm.accounts.rows))
    return (
        ("Accounts", record_id, {"Phone": value})
        if crm.service == "zoho"
        else ("AccountObj", record_id, {"tel": value})
    )


def test_a_mapping_that_does_not_fit_is_refused_before_anything_is_read(services, crm: Place):
    add_mapping(
        services,
        crm.service,
        replace={"Registration_Number": "Registration_Nummer", "credit_code__c": "credit_kode__c"},
    )
    passed_over = PassedOver()

    done = pull_all(services, crm.network(), passed_over=passed_over)

    assert (done, passed_over.files_refused, batches(services)) == ([], 1, [])
    (problem,) = check(services, crm.network(), f"crm_{crm.service}").problems[crm.source]
    assert "Did you mean" in problem


def test_a_field_taken_out_of_the_crm_stops_the_source_and_keeps_what_is_known(services, crm: Place):
    source = add_mapping(services, crm.service)
    pull_source(services, crm.network(), source)
    crm.emulator.hidden.add(
        ("Accounts", "Registration_Number") if crm.service == "zoho" else ("AccountObj", "credit_code__c")
    )

    with pytest.raises(BadInput, match="E-CRM-FIELD"):
        pull_source(services, crm.network(), source)

    assert batches(services) == [(source, "landed")]


def test_an_answer_that_stays_broken_is_kept_and_refused_like_a_file(services, crm: Place):
    add_mapping(services, crm.service)
    crm.emulator.faults.add(dict.fromkeys(range(3, 40), "html"))
    passed_over = PassedOver()

    done = pull_all(services, crm.network(), passed_over=passed_over)

    assert (done, passed_over.files_refused) == ([], 1)
    assert batches(services) == [(crm.source, "refused")]


def test_a_crm_that_is_silent_is_reported_and_asked_again_later(services, crm: Place):
    add_mapping(services, crm.service)
    crm.emulator.faults.add(dict.fromkeys(range(2, 40), "silence"))
    passed_over = PassedOver()

    pull_all(services, crm.network(), passed_over=passed_over)
    assert passed_over.sources_unreachable == 1
    crm.emulator.faults.schedule.clear()

    (pulled,) = pull_all(services, crm.network())
    assert pulled.rows == 450


def test_a_source_without_a_connection_waits(services, crm: Place):
    add_mapping(services, crm.service)

    assert pull_all(services, type(crm.network())(lambda _name: None)) == []


def test_a_token_is_shared_by_all_and_renewed_once(services, crm: Place):
    add_mapping(services, crm.service)
    for _ in range(4):
        crm.timer.sleep(400)
        pull_source(services, crm.network(), crm.source)
    given = crm.emulator.tokens_given if crm.service == "zoho" else crm.emulator.token_calls

    assert len(given) == 1
    with services.engine.connect() as connection:
        sealed = bytes(connection.execute(text("SELECT sealed FROM crm_token")).scalar_one())
    assert not any(token.encode() in sealed for token in crm.emulator._tokens)


def test_a_wrong_secret_is_said_in_one_sentence_without_the_secret(services, crm: Place):
    secret = {"zoho": "client_secret", "fxiaoke": "app_secret"}[crm.service]
    with pytest.raises(CrmRefused) as refused:
        check(services, crm.network(**{secret: "hunter2-wrong"}), f"crm_{crm.service}")

    assert "secret is wrong" in str(refused.value)
    assert "hunter2" not in str(refused.value) + repr(crm.connection(**{secret: "hunter2-wrong"}))


def test_the_old_generation_of_fxiaoke_reads_the_same(services):
    crm = place("fxiaoke", 150)
    source = add_mapping(services, "fxiaoke")

    assert pull_source(services, crm.network(generation="old", user="FSUID_1000"), source).rows == 150


def test_more_tokens_than_zoho_allows_are_not_asked_for(services):
    crm = place("zoho", 10)
    add_mapping(services, "zoho")
    crm.emulator.tokens_given = [NOON] * 10
    with pytest.raises(CrmUnavailable, match="ten minutes"):
        pull_source(services, crm.network(), "zoho_accounts")
    asked = len(crm.emulator.tokens_given)
    with pytest.raises(CrmUnavailable, match="ten minutes"):
        pull_source(services, crm.network(), "zoho_accounts")
    assert len(crm.emulator.tokens_given) == asked
    crm.timer.sleep(601)

    assert pull_source(services, crm.network(), "zoho_accounts").rows == 10


def test_credits_are_counted_over_pulls_and_the_floor_is_left_to_others(services):
    crm = place("zoho", 10)
    source = add_mapping(services, "zoho")
    network = crm.network(credits_per_day=30, credits_floor=5)
    with pytest.raises(CrmUnavailable, match="30 credits of a day"):
        for _ in range(9):
            crm.timer.sleep(600)
            pull_source(services, network, source)

    assert crm.emulator.credits_used <= 25


def test_the_pace_of_fxiaoke_is_kept(services):
    crm = place("fxiaoke", 450)
    source = add_mapping(services, "fxiaoke")
    before = crm.timer.now()

    pulled = pull_source(services, crm.network(calls_per_window=4), source)

    assert pulled.rows == 450
    assert crm.emulator.faults.met == []
    assert (crm.timer.now() - before).total_seconds() >= 20, "four calls in twenty seconds, then a wait"


def test_settings_come_from_airflow_or_a_private_file_and_never_go_to_plain_http(services):
    airflow = '{"conn_type": "zoho", "login": "1000.X", "password": "s", "extra": {"refresh_token": "r", "dc": "cn"}}'
    find = configured(services.instance, {"AIRFLOW_CONN_CRM_ZOHO": airflow})
    assert find("crm_zoho").accounts == "https://accounts.zoho.com.cn"
    assert find("crm_other") is None

    save_connection(services.instance, "crm_other", airflow)
    assert configured(services.instance, {})("crm_other").client_id == "1000.X"
    with pytest.raises(BadInput, match="plain http"):
        read_connection(
            {
                "kind": "zoho",
                "client_id": "a",
                "client_secret": "b",
                "refresh_token": "c",
                "api_url": "http://zoho.example.com",
            },
            "x",
        )
    with pytest.raises(BadInput) as refused:
        read_connection({"kind": "zoho", "client_secret": "hunter2"}, "x")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("service", ["zoho", "fxiaoke"])
def test_every_shipped_mapping_fits_the_emulator_and_lands_whole(services, service):
    crm = place(service, 30)
    shipped = sorted((PACKAGED / "mappings" / "crm").glob(f"{service}_*.yaml"))
    for path in shipped:
        add_source(services.instance, path)

    done = pull_all(services, crm.network())

    assert len(done) == len(shipped) > 0
    assert all(item.rows for item in done)
    landed = [batch for mapping in load_mappings(services.instance) for batch in unfinished(services, mapping)]
    assert sum(counts.refused for batch in landed for counts in batch.datasets) == 0
    assert min(counts.accepted for batch in landed for counts in batch.datasets) > 0


def test_an_emulator_speaks_real_http(tmp_path):
    import threading

    from riskreview.crm.emulator.starting import start

    with start("zoho", port=0, accounts=3, seed=1) as running:
        thread = threading.Thread(target=running.serve, daemon=True)
        thread.start()
        with httpx.Client(base_url=running.url) as http:
            assert http.get("/crm/v8/Accounts?fields=id").json()["code"] == "INVALID_TOKEN"
            http.post("/_emulator/clock", json={"now": "2027-01-01T00:00:00+00:00"})
            assert http.post("/_emulator/state", json={}).json()["now"].startswith("2027-01-01")
        running.server.shutdown()
        thread.join()
