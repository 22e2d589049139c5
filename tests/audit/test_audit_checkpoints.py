"""Checkpoints sign what the log is, continue each other, leave the database, and tell when the database was set back."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.s3_place import S3Place

from riskreview.audit import keys
from riskreview.audit.archive import NEWEST, Archive, file_name
from riskreview.audit.checkpoint_text import read_checkpoint
from riskreview.audit.checkpoints import (
    LogSetBack,
    bring_out,
    check_not_set_back,
    load_tree,
    make_checkpoint,
    reconcile,
    rotate_key,
)
from riskreview.audit.log import AuditEvent, append
from riskreview.audit.log_part import inclusion_proofs
from riskreview.audit.merkle import includes
from riskreview.audit.tip import leave_tip
from riskreview.audit.verification import verify_since_checkpoint, verify_whole
from riskreview.foundation.errors import BadInput, RuleViolation
from riskreview.foundation.services import Services


def write(services: Services, count: int) -> None:
    events = [AuditEvent("review:opened", "review", str(number), "system:reviews") for number in range(count)]
    with services.engine.begin() as connection:
        append(connection, events, at=services.clock.now())


def hour_later(services: Services) -> None:
    services.clock.moment += timedelta(hours=1)


def whole(services: Services):
    with services.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        return verify_whole(connection)


def as_superuser(services: Services, table: str, statement: str) -> None:
    with services.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        connection.exec_driver_sql(statement)
        for kind in ("rows", "truncate"):
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{kind}")


def state_of(services: Services) -> dict[str, list[dict[str, object]]]:
    """Take a backup of the log's tables."""
    tables = ("audit_event", "audit_head", "audit_block", "audit_checkpoint", "audit_export", "audit_key")
    with services.engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(text(f"SELECT * FROM {name}")).mappings()]  # noqa: S608
            for name in tables
        }


def restore(services: Services, backup: dict[str, list[dict[str, object]]]) -> None:
    with services.engine.begin() as connection:
        for name in reversed(backup):
            connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER ALL")
            connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608
        for name, rows in backup.items():
            for row in rows:
                columns = ", ".join(row)
                values = ", ".join(f":{column}" for column in row)
                connection.execute(
                    text(f"INSERT INTO {name} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values})"),  # noqa: S608
                    row,
                )
            connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {name}_rows")


def test_a_checkpoint_is_made_every_hour_even_when_idle_and_each_continues_the_one_before(services: Services):
    made = [make_checkpoint(services)]
    for count in (300, 0, 700):
        hour_later(services)
        write(services, count)
        made.append(make_checkpoint(services))

    assert [item.size for item in made] == [0, 300, 300, 1000]
    assert [item.previous for item in made[1:]] == [item.digest for item in made[:-1]]
    assert make_checkpoint(services) == made[-1], "within the hour nothing is added"
    assert (whole(services).verified, whole(services).first_bad) == (1000, None)
    with services.engine.connect() as connection:
        proofs = inclusion_proofs(connection, (1, 256, 257, 1000), made[-1].size)
        leaves = dict(connection.execute(text("SELECT seq, leaf_hash FROM audit_event")).all())
        assert load_tree(connection, 1000).root(300) == made[1].root
    assert all(includes(made[-1].root, 1000, seq - 1, bytes(leaves[seq]), path) for seq, path in proofs.items())


def test_checkpoints_are_brought_out_in_order_and_what_failed_comes_with_the_next(services: Services):
    make_checkpoint(services)
    place = services.instance.home / "checkpoints"
    place.write_text("in the way", encoding="utf-8")

    blocked = bring_out(services)
    place.unlink()
    hour_later(services)
    write(services, 3)
    second = make_checkpoint(services)

    assert (blocked.exported, blocked.waiting) == (0, 1)
    assert bring_out(services).exported == 2
    assert bring_out(services).exported == 0
    assert sorted(path.name for path in place.iterdir()) == [file_name(1), file_name(2), "keys.txt", NEWEST]
    assert read_checkpoint(Archive(services.instance).newest() or "") == second


def test_the_key_is_private_and_its_successor_is_signed_by_it(services: Services):
    write(services, 2)
    make_checkpoint(services)
    rotated = rotate_key(services, actor="compliance")
    hour_later(services)
    after = make_checkpoint(services)

    path = services.instance.home / "keys" / "audit.key"
    assert (path.stat().st_mode & 0o077, path.with_name("audit.key.next").exists()) == (0, False)
    with services.engine.connect() as connection:
        ring = keys.read_ring(keys.statements_of(connection))
        statements = keys.statements_of(connection)
    assert ring.key_of(1) != ring.key_of(rotated.number) == ring.key_of(after.number)
    assert whole(services).first_bad is None
    with pytest.raises(RuleViolation, match="not signed"):
        keys.read_ring([statements[0], statements[1].replace("from 2", "from 3")])
    path.unlink()
    hour_later(services)
    with pytest.raises(BadInput, match="E-AUDIT-KEY"):
        make_checkpoint(services)


def test_a_restored_backup_is_found_and_a_person_reconciles_it(services: Services):
    write(services, 5)
    make_checkpoint(services)
    bring_out(services)
    backup = state_of(services)
    hour_later(services)
    write(services, 4)
    rotate_key(services, actor="compliance")
    bring_out(services)
    restore(services, backup)

    with services.engine.connect() as connection, pytest.raises(LogSetBack, match="audit reconcile"):
        check_not_set_back(services, connection)
    with pytest.raises(LogSetBack):
        make_checkpoint(services)
    outside = services.instance.home / "checkpoints"
    for content in (None, (outside / file_name(1)).read_text(encoding="utf-8")):
        (outside / NEWEST).unlink() if content is None else (outside / NEWEST).write_text(content, encoding="utf-8")
        with pytest.raises(LogSetBack, match="older than checkpoint 3 "):
            make_checkpoint(services)
    with pytest.raises(RuleViolation, match="two words"):
        reconcile(services, actor="compliance", reason="Restored")
    made = reconcile(services, actor="compliance", reason="The disk failed")

    with services.engine.connect() as connection:
        check_not_set_back(services, connection)
        body = connection.execute(text("SELECT body FROM audit_event ORDER BY seq DESC LIMIT 1")).scalar_one()
    assert (made.restored, made.number, made.size) == (1, 4, 6)
    assert json.loads(bytes(body))["action"] == "audit_log:reconciled"
    assert whole(services).first_bad is None
    bring_out(services)
    hour_later(services)
    assert make_checkpoint(services).number == 5
    with pytest.raises(RuleViolation, match="nothing to reconcile"):
        reconcile(services, actor="compliance", reason="Once more please")


def test_a_backup_younger_than_the_newest_checkpoint_is_found_by_the_tip(services: Services):
    write(services, 5)
    make_checkpoint(services)
    bring_out(services)
    leave_tip(services)
    write(services, 1)
    backup = state_of(services)
    write(services, 4)
    leave_tip(services)
    with services.engine.connect() as connection:
        check_not_set_back(services, connection)
    restore(services, backup)
    services.clock.moment += timedelta(minutes=5)
    write(services, 4)

    with (
        services.engine.connect() as connection,
        pytest.raises(LogSetBack, match="was at event 10 when messages were sent last"),
    ):
        check_not_set_back(services, connection)
    made = reconcile(services, actor="compliance", reason="The disk failed")

    with services.engine.connect() as connection:
        check_not_set_back(services, connection)
    assert (made.restored, made.number, made.size) == (None, 2, 11)
    assert whole(services).first_bad is None


def test_a_log_that_has_no_event_yet_was_not_set_back(services: Services):
    for count in (0, 2):
        leave_tip(services)
        write(services, count)
        with services.engine.connect() as connection:
            check_not_set_back(services, connection)


def test_a_database_begun_anew_beside_old_checkpoints_is_found_too(services: Services):
    empty = state_of(services)
    write(services, 3)
    make_checkpoint(services)
    bring_out(services)
    restore(services, empty)

    with pytest.raises(LogSetBack):
        make_checkpoint(services)


def test_what_the_log_did_not_sign_is_not_taken_over_as_its_checkpoint(services: Services):
    write(services, 3)
    make_checkpoint(services)
    bring_out(services)
    newest = services.instance.home / "checkpoints" / NEWEST
    forged = newest.read_text(encoding="utf-8").replace("number 1", "number 900000000")
    newest.write_text(forged, encoding="utf-8")

    with pytest.raises(RuleViolation, match="checkpoint 900000000 is not signed by the log's key of its time"):
        reconcile(services, actor="compliance", reason="It says so")
    newest.write_bytes(b"\xff\xfe")
    with pytest.raises(RuleViolation, match=r"newest\.checkpoint among the log's checkpoints is no text"):
        make_checkpoint(services)


REHASHED = """
WITH RECURSIVE changed AS (SELECT seq, CASE seq WHEN 2 THEN convert_to(replace(convert_from(body, 'UTF8'), 'opened', 'closed'), 'UTF8')
                                    ELSE body END AS body FROM audit_event),
leaves AS (SELECT seq, body, sha256('\\x00'::bytea || body) AS leaf FROM changed),
chained AS (SELECT seq, body, leaf, sha256(decode(repeat('00', 32), 'hex') || leaf) AS chain FROM leaves WHERE seq = 1
            UNION ALL SELECT leaves.seq, leaves.body, leaves.leaf, sha256(chained.chain || leaves.leaf)
            FROM chained INNER JOIN leaves ON leaves.seq = chained.seq + 1)
UPDATE audit_event SET body = chained.body, leaf_hash = chained.leaf, chain_hash = chained.chain,
    action = CASE audit_event.seq WHEN 2 THEN 'review:closed' ELSE audit_event.action END
FROM chained WHERE audit_event.seq = chained.seq
"""


def test_a_log_rewritten_and_hashed_anew_differs_from_its_checkpoint(services: Services):
    write(services, 6)
    make_checkpoint(services)
    as_superuser(services, "audit_event", REHASHED)
    as_superuser(services, "audit_head", "UPDATE audit_head SET chain_hash = (SELECT chain_hash FROM audit_event WHERE seq = 6)")  # fmt: skip

    found = whole(services)

    assert (found.first_bad, "checkpoint 1" in found.problem) == (6, True)
    hour_later(services)
    write(services, 1)
    with pytest.raises(RuleViolation, match="event 7 was altered"):
        make_checkpoint(services)


def test_events_cut_off_after_a_checkpoint_are_missed(services: Services):
    write(services, 6)
    make_checkpoint(services)
    as_superuser(services, "audit_event", "DELETE FROM audit_event WHERE seq > 4")
    as_superuser(services, "audit_head", "UPDATE audit_head SET seq = 4, chain_hash = (SELECT chain_hash FROM audit_event WHERE seq = 4)")  # fmt: skip

    assert (whole(services).first_bad, "checkpoint 1 covers 6" in whole(services).problem) == (5, True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_checkpoint SET content = replace(content, E'\\n3\\n', E'\\n2\\n'), size = 2 WHERE number = 2",
        "DELETE FROM audit_checkpoint WHERE number = 1",
        "UPDATE audit_checkpoint SET content = replace(content, 'old 3', 'old 2') WHERE number = 2",
    ],
)
def test_a_forged_or_missing_checkpoint_is_named(services: Services, statement: str):
    write(services, 3)
    make_checkpoint(services)
    hour_later(services)
    write(services, 3)
    make_checkpoint(services)
    as_superuser(services, "audit_checkpoint", statement)

    assert "checkpoint" in whole(services).problem


def test_what_came_since_the_newest_checkpoint_is_verified_alone(services: Services):
    write(services, 4)
    made = make_checkpoint(services)
    write(services, 2)
    with services.engine.connect() as connection:
        found, known = verify_since_checkpoint(connection)
    assert (found.verified, found.first_bad, known) == (6, None, made)

    as_superuser(services, "audit_event", "UPDATE audit_event SET body = body || 'x'::bytea WHERE seq = 5")
    with services.engine.connect() as connection:
        assert verify_since_checkpoint(connection)[0].first_bad == 5


def elsewhere(services: Services, place: str) -> Services:
    settings = services.instance.settings.model_copy(update={"checkpoints_url": place})
    instance = type(services.instance)(services.instance.home, settings)
    return Services(instance, services.engine, services.clock, services.progress)


def test_checkpoints_go_where_the_settings_say(services: Services, s3_place: S3Place, tmp_path: Path):
    remote = replace(services, instance=s3_place.on(services.instance))
    for number, place in enumerate((f"file://{tmp_path}/elsewhere", f"{s3_place.url}/log"), start=1):
        hour_later(services)
        there = elsewhere(remote, place)
        make_checkpoint(there)

        assert bring_out(there).exported == 1
        assert read_checkpoint(Archive(there.instance).newest() or "").number == number
        with services.engine.connect() as connection:
            check_not_set_back(there, connection)


def test_a_storage_that_does_not_answer_stops_nothing(services: Services):
    there = elsewhere(services, "nowhere-known://checkpoints")

    assert make_checkpoint(there).number == 1
    assert (bring_out(there).exported, bring_out(there).waiting) == (0, 1)
