"""An export is verified without the database; whatever was done to it, the first entry that does not hold is named."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from tests.audit.test_audit_checkpoints import restore, state_of, write
from tests.databases import separate

from riskreview.audit import keys
from riskreview.audit.checkpoints import bring_out, make_checkpoint, newest, reconcile, rotate_key
from riskreview.audit.exporting import export_log
from riskreview.audit.log import AuditEvent, append
from riskreview.audit.log_part import VERIFIER, write_log_part
from riskreview.foundation.clock import FixedClock, midnight_utc
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql

Change = Callable[[Path], None]


def make_log(services: Services, actor: str) -> Services:
    """A log of 700 events over three days with four checkpoints and two keys."""
    for count in (100, 280, 319):
        events = [AuditEvent("review:opened", "review", str(number), actor) for number in range(count)]
        with services.engine.begin() as connection:
            append(connection, events, at=services.clock.now())
        make_checkpoint(services)
        services.clock.moment += timedelta(days=1)
    rotate_key(services, actor=actor)
    return services


@pytest.fixture(scope="module")
def log(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A log, one of the same size that somebody else wrote, and what was taken out of both."""
    first, make = midnight_utc(date(2026, 7, 1)), tmp_path_factory.mktemp
    with (
        separate(server, make("own"), FixedClock(first)) as own,
        separate(server, make("other"), FixedClock(first)) as other,
    ):
        yield taken_out((make_log(own, "system:reviews"), make_log(other, "system:forged")), make("exports"))


def taken_out(made: tuple[Services, Services], folder: Path) -> SimpleNamespace:
    """Export both logs whole, and of the first one its texts, a day and a part."""
    for place, services in enumerate(made):
        export_log(services, folder / f"whole{place}")
    with made[0].engine.begin() as connection:
        append(connection, [AuditEvent("review:returned", "review", "1", "li.wei", new={"decision_reason": "Ask 王芳 first"})], at=made[0].clock.now())  # fmt: skip
    made[0].clock.moment += timedelta(hours=1)
    export_log(made[0], folder / "texts", texts=True)
    export_log(made[0], folder / "days", since=date(2026, 7, 2), until=date(2026, 7, 2))
    with made[0].engine.connect() as connection:
        checkpoint = newest(connection)
        write_log_part(connection, folder / "pack" / "log", checkpoint, seqs=[3, 101, 256, 257, 700])
        ring = keys.read_ring(keys.statements_of(connection))
    return SimpleNamespace(folder=folder, keys=[str(key) for _, key in ring.keys], services=made[0])


def verify(path: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", str(VERIFIER), str(path), *options], capture_output=True, text=True, check=False)  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def changed(log: SimpleNamespace, tmp_path: Path, change: Change, source: str = "whole0") -> tuple[int, str]:
    copy = tmp_path / "copy"
    shutil.copytree(log.folder / source, copy)
    change(copy)
    return verify(copy, "--key", log.keys[0])


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def rewrite(name: str, change: Callable[[list[bytes]], list[bytes]]) -> Change:
    def apply(folder: Path) -> None:
        (folder / name).write_bytes(b"".join(change(lines_of(folder / name))))

    return apply


def swap(lines: list[bytes]) -> list[bytes]:
    lines[41], lines[42] = lines[42], lines[41]
    return lines


def test_what_was_exported_holds(log: SimpleNamespace, tmp_path: Path):
    packed = tmp_path / "pack.zip"
    with zipfile.ZipFile(packed, "w") as file:
        for path in (log.folder / "pack").rglob("*"):
            file.write(path, path.relative_to(log.folder / "pack"))

    code, said = verify(log.folder / "whole0")
    assert (code, "HOLDS: 700 events (all of 1 to 700, and with them all" in said, "Compare this key" in said) == (
        0,
        True,
        True,
    )
    assert verify(log.folder / "whole0", "--key", log.keys[0])[0] == 0
    assert verify(log.folder / "whole0", "--key", log.keys[1])[0] == 0
    assert (
        "280 events (all of 101 to 380, and with them all that were recorded from 2026-07-02"
        in verify(log.folder / "days", "--key", log.keys[0])[1]
    )
    found = json.loads(verify(packed, "--json", "--key", log.keys[0])[1])
    assert (found["holds"], found["events"], found["size"], found["complete"]) == (True, 5, 701, None)


CHANGES: dict[str, tuple[Change, str]] = {
    "an event altered": (rewrite("events.jsonl", lambda lines: [*lines[:41], lines[41].replace(b"opened", b"closed"), *lines[42:]]), "event 42 was altered"),
    "an event deleted": (rewrite("events.jsonl", lambda lines: lines[:41] + lines[42:]), "event 42 is missing"),
    "events in another order": (rewrite("events.jsonl", swap), "event 42 is missing or was moved: event 43"),
    "the end cut off": (rewrite("events.jsonl", lambda lines: lines[:650]), "event 651 is missing"),
    "an event added": (rewrite("events.jsonl", lambda lines: [*lines, lines[-1].replace(b'"seq":700', b'"seq":701')]), "event 701"),
    "the tree cut off with the end": (lambda folder: (rewrite("events.jsonl", lambda lines: lines[:650])(folder), rewrite("tree.txt", lambda lines: lines[:650])(folder)), "event 651 is missing"),
    "a hash of the tree forged": (rewrite("tree.txt", lambda lines: [*lines[:300], b"301 " + b"ab" * 32 + b"\n", *lines[301:]]), "event 301 was altered"),
    "a checkpoint removed": (lambda folder: next(folder.glob("checkpoints/*2.checkpoint")).unlink(), "a checkpoint over 380 events is missing between checkpoint 1 and 3"),
    "a checkpoint altered": (rewrite("checkpoints/0000000002.checkpoint", lambda lines: [line.replace(b"380", b"379") for line in lines]), "checkpoint 2 is not signed"),
    "a consistency proof forged": (rewrite("checkpoints/0000000002.checkpoint", lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]), "checkpoint 2 does not continue checkpoint 1"),
    "the newest checkpoint removed": (lambda folder: next(folder.glob("checkpoints/*5.checkpoint")).unlink(), "checkpoint 5"),
    "a key removed": (rewrite("keys.txt", lambda lines: lines[:7]), "not signed by the log's key"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_a_changed_export_is_refused_and_the_first_bad_entry_named(log: SimpleNamespace, tmp_path: Path, kind: str):
    change, expected = CHANGES[kind]
    code, said = changed(log, tmp_path, change)

    assert code == 1
    assert expected in said


def as_before(folder: Path) -> None:
    """Make of an export that has every checkpoint one of the format in which parts always had every one."""
    rewrite("part.json", lambda lines: [line.replace(b"log part 3", b"log part 1") for line in lines])(folder)


def test_an_export_of_the_format_before_still_holds_and_then_no_checkpoint_may_be_missing(
    log: SimpleNamespace, tmp_path: Path
):
    def without_the_second(folder: Path) -> None:
        as_before(folder)
        next(folder.glob("checkpoints/*2.checkpoint")).unlink()

    assert changed(log, tmp_path / "whole", as_before)[0] == 0
    code, said = changed(log, tmp_path, without_the_second)
    assert (code, "checkpoint 2 is missing" in said) == (1, True)


def every_six_hours(services: Services, times: int) -> None:
    for _ in range(times):
        write(services, 3)
        make_checkpoint(services)
        services.clock.moment += timedelta(hours=6)


@pytest.mark.database
def test_a_part_has_the_checkpoints_its_proof_needs_and_one_a_day_also_after_a_restore(
    services: Services, tmp_path: Path
):
    every_six_hours(services, 10)
    bring_out(services)
    backup = state_of(services)
    every_six_hours(services, 4)
    bring_out(services)
    with services.engine.connect() as connection:
        write_log_part(connection, tmp_path / "selection", newest(connection), seqs=[8, 17])
        texts = {row.number: row.content for row in connection.execute(text(sql("audit", "list_checkpoints")))}
    for number, content in texts.items():
        (tmp_path / f"{number}").write_text(content, encoding="utf-8")
    restore(services, backup)
    reconcile(services, actor="compliance", reason="The disk failed")
    export_log(services, tmp_path / "whole")

    assert kept(tmp_path / "selection") == [2, 3, 5, 6, 9, 13, 14], (
        "before the first event, over each, the first of each day, the last"
    )
    trusted = {number: verify(tmp_path / "selection", "--trusted", str(tmp_path / f"{number}"))[0] for number in texts}
    assert [number for number, code in trusted.items() if code] == [1, 4, 7, 10, 11, 12], (
        "what is mailed can be compared"
    )
    assert kept(tmp_path / "whole") == [1, 5, 9, 15]
    code, said = verify(tmp_path / "whole", "--trusted", str(tmp_path / "7"))
    assert (code, "restored from a backup at checkpoint 15" in said) == (0, True)
    assert verify(tmp_path / "whole", "--trusted", str(tmp_path / "13"))[0] == 1, "it was signed over what was lost"


def kept(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in (folder / "checkpoints").iterdir())


def test_an_event_altered_together_with_the_tree_lies_between_two_checkpoints(log: SimpleNamespace, tmp_path: Path):
    from riskreview.audit.merkle import leaf_hash

    def alter(folder: Path) -> None:
        events = lines_of(folder / "events.jsonl")
        events[199] = events[199].replace(b"opened", b"closed")
        (folder / "events.jsonl").write_bytes(b"".join(events))
        tree = lines_of(folder / "tree.txt")
        tree[199] = f"200 {leaf_hash(events[199].rstrip()).hex()}\n".encode()
        (folder / "tree.txt").write_bytes(b"".join(tree))

    code, said = changed(log, tmp_path, alter)

    assert (code, "event 101 or one after it, up to event 380, is not what checkpoint 2" in said) == (1, True)


def test_an_event_left_out_of_a_time_is_missed(log: SimpleNamespace, tmp_path: Path):
    def leave_out(folder: Path) -> None:
        tree = lines_of(folder / "tree.txt")
        place = next(at for at, line in enumerate(tree) if line.startswith(b"200 "))
        tree[place] = b"199 200 " + tree[place].split()[1] + b"\n"
        (folder / "tree.txt").write_bytes(b"".join(tree))
        rewrite("events.jsonl", lambda lines: [line for line in lines if b'"seq":200' not in line])(folder)

    code, said = changed(log, tmp_path, leave_out, "days")

    assert (code, "event 200 is missing" in said) == (1, True)


def test_texts_are_handed_over_on_demand_and_are_what_the_events_committed_to(log: SimpleNamespace, tmp_path: Path):
    assert (
        "王芳" not in b"".join(path.read_bytes() for path in (log.folder / "days").iterdir() if path.is_file()).decode()
    )
    assert json.loads(verify(log.folder / "texts", "--json")[1])["texts"] == 1

    code, said = changed(
        log, tmp_path, rewrite("openings.jsonl", lambda lines: [lines[0].replace(b"first", b"later")]), "texts"
    )

    assert (code, "event 701 for new/decision_reason" in said) == (1, True)


def test_a_log_written_anew_by_somebody_with_another_key_is_refused_by_whoever_knows_the_key(log: SimpleNamespace):
    older = log.folder / "whole0" / "checkpoints" / "0000000002.checkpoint"

    assert verify(log.folder / "whole1")[0] == 0, "it holds in itself"
    assert "another key than the one you trust" in verify(log.folder / "whole1", "--key", log.keys[0])[1]
    assert "another one than the one you trust" in verify(log.folder / "whole1", "--trusted", str(older))[1]
    assert verify(log.folder / "whole0", "--trusted", str(older))[0] == 0


def test_a_key_of_somebody_else_put_before_the_log_s_own_helps_nobody(log: SimpleNamespace, tmp_path: Path):
    def put_before(folder: Path) -> None:
        own = (folder / "keys.txt").read_text(encoding="utf-8")
        other = (log.folder / "whole1" / "keys.txt").read_text(encoding="utf-8")
        (folder / "keys.txt").write_text(other + own, encoding="utf-8")

    code, said = changed(log, tmp_path, put_before)

    assert (code, "key 3 of the log is not signed by the key before it" in said) == (1, True)


def test_the_command_line_verifies_the_whole_log_and_a_part(log: SimpleNamespace, monkeypatch: pytest.MonkeyPatch):
    from typer.testing import CliRunner

    from riskreview.cli.app import app

    url = log.services.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", url)
    home = ["--home", str(log.services.instance.home)]

    whole = CliRunner().invoke(app, [*home, "verify"])
    part = CliRunner().invoke(app, [*home, "verify", str(log.folder / "whole0"), "--key", log.keys[0]])

    assert (whole.exit_code, part.exit_code) == (0, 0)
    assert "701 of 701 events verified" in whole.stdout
