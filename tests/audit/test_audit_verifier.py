"""Whatever somebody puts into a pack or an export, the single-file verifier says one sentence, and never that it holds what is not proven."""

import importlib.util
import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.audit.made_log import FOLLOWS, LAST_YEARS, MadeLog, public

from riskreview.audit.log_part import VERIFIER

PRESENT_KEY = public(MadeLog().signer)
Act = Callable[[Path], object]


@pytest.fixture(scope="module")
def verifier():
    """The single file that an auditor runs."""
    spec = importlib.util.spec_from_file_location("verify", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def said(verifier, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What the verifier says about a path; it says one thing and agrees with its exit code."""

    def ask(path: Path, *options: str, key: str = PRESENT_KEY) -> str:
        code = verifier.main([str(path), "--key", key, *options])
        told = capsys.readouterr().out
        assert told.startswith("REFUSED: ") == (code == 1)
        assert code == 0 or told.count("\n") == 1
        return told

    return ask


def test_a_pack_and_an_export_hold(said: Callable[..., str], tmp_path: Path):
    packed = zipped(MadeLog().pack(tmp_path / "pack"), tmp_path / "pack.zip")

    assert "and 6 files of the pack" in said(packed)
    assert "and 6 files of the pack" in said(tmp_path / "pack")
    whole = said(MadeLog().whole(tmp_path / "part"))
    assert (
        "12 events (all of 1 to 12, and with them all that were recorded from the beginning to the checkpoint" in whole
    )


def test_who_kept_the_key_of_last_year_signs_nothing_of_today(said: Callable[..., str], tmp_path: Path):
    forged = MadeLog().pack(tmp_path / "today", signer=LAST_YEARS, number=FOLLOWS - 1)
    outright = MadeLog().pack(tmp_path / "outright", signer=LAST_YEARS)
    log = MadeLog(signer=LAST_YEARS).whole(tmp_path / "log")
    of_then = MadeLog(number=FOLLOWS - 1, signer=LAST_YEARS).pack(tmp_path / "then", signer=LAST_YEARS)

    assert "manifest.txt is not signed by the log's key of its time" in said(forged)
    assert "manifest.txt is not signed by the log's key of its time" in said(outright)
    assert "checkpoint 100 is not signed by the log's key of its time" in said(log)
    assert "another key than the one you trust" in said(of_then)
    assert "HOLDS" in said(of_then, key=public(LAST_YEARS)), "a pack of then verifies by the key of then"


def test_a_manifest_is_about_the_checkpoint_that_lies_beside_it(said: Callable[..., str], tmp_path: Path):
    assert "manifest.txt is about checkpoint 107, the log beside it ends with 100" in said(
        MadeLog().pack(tmp_path / "pack", number=107)
    )


JULY_FIRST = ("2026-07-01T00:00:00+00:00", "2026-07-02T00:00:00+00:00")
NO_DAY = ("2026-07-01T01:00:00+00:00", "2026-07-01T02:00:00+00:00")


def test_that_no_event_of_a_day_is_left_out_is_seen_by_the_events_beside_it(said: Callable[..., str], tmp_path: Path):
    log = MadeLog()

    def of(name: str, first: int, last: int, between: object, shown: range) -> str:
        return said(log.write(tmp_path / name, first, last, between, shown))

    assert "4 events (all of 2 to 5, and with them all that were recorded from 2026-07-01" in of(
        "day", 2, 5, JULY_FIRST, range(1, 7)
    )
    assert "recorded from 2026-07-01T00:00:00+00:00 to the checkpoint, which knows nothing of later" in of(
        "not over", 2, 12, (JULY_FIRST[0], "2026-07-31T00:00:00+00:00"), range(1, 13)
    )
    assert "0 events (there are none, and with them" in of("none", 2, 1, NO_DAY, range(1, 3))
    assert "event 2 is of the same time and was left out" in of("begun later", 3, 5, JULY_FIRST, range(2, 7))
    assert "event 5 is of the same time and was left out" in of("ended earlier", 2, 4, JULY_FIRST, range(1, 6))
    assert "event 6 is missing, which would show" in of("without the one after", 2, 5, JULY_FIRST, range(1, 6))
    assert "event 3 is missing in tree.txt" in of("one hidden", 2, 5, JULY_FIRST, range(1, 3))
    assert "event 2 is of the same time" in of("said to be all", 3, 5, (None, None), range(2, 7))


def written(name: str, content: bytes) -> Act:
    return lambda folder: (folder / name).write_bytes(content)


def in_part(**said: object) -> Act:
    def change(folder: Path) -> None:
        part = json.loads((folder / "part.json").read_text(encoding="utf-8"))
        (folder / "part.json").write_text(json.dumps(part | said), encoding="utf-8")

    return change


def in_file(name: str, old: str, new: str) -> Act:
    def change(folder: Path) -> None:
        content = (folder / name).read_text(encoding="utf-8")
        assert old in content
        (folder / name).write_text(content.replace(old, new, 1), encoding="utf-8")

    return change


def beside(folder: Path) -> None:
    (folder / "report.html").write_text("<p>Nothing was found</p>", encoding="utf-8")


def link(folder: Path) -> None:
    (folder / "keys.txt").rename(folder.parent / "keys.txt")
    (folder / "keys.txt").symlink_to(folder.parent / "keys.txt")


HOSTILE: dict[str, tuple[Act, str]] = {
    "no JSON": (written("part.json", b"{"), "the part cannot be read"),
    "JSON that is no object": (written("part.json", b"[1, 2]"), "the part cannot be read"),
    "no text": (written("part.json", b"\xff\xfe\x00"), "the part cannot be read"),
    "too deep": (written("part.json", b'{"format":' * 200_000), "the part cannot be read"),
    "a number without end": (written("part.json", b'{"format": "riskreview log part 3", "size": ' + b"9" * 100_000 + b"}"), "the part cannot be read"),
    "complete from no number": (in_part(complete=[float("nan"), float("nan")]), "something else where numbers must stand"),
    "complete from true": (in_part(complete=[True, 12]), "something else where numbers must stand"),
    "complete beyond the log": (in_part(complete=[1, 9999]), "complete from [1, 9999], which are no events of the log"),
    "complete backwards": (in_part(complete=[9, 3]), "complete from [9, 3], which are no events of the log"),
    "complete without a time": (in_part(between=None), "does not say for which time it is complete"),
    "a size below nothing": (in_part(size=-1), "something else where numbers must stand"),
    "another format": (in_part(format="riskreview log part 9"), "of the format 'riskreview log part 9'"),
    "a format of before that does not prove the days": (in_part(format="riskreview log part 2"), "HOLDS: 12 events (all of 1 to 12; of which days, it does not prove"),
    "a checkpoint's size in other digits": (in_file("checkpoints/0000000100.checkpoint", "\n12\n", "\n١٢\n"), "0000000100.checkpoint is no checkpoint"),
    "a hash of another length": (in_file("tree.txt", "1 ", "1 ab"), "stands where a SHA-256 must"),
    "a number of another kind": (in_file("tree.txt", "1 ", "0x1 "), "'0x1' stands where a number must"),
    "a tree that is no text": (written("tree.txt", b"\xff\xff"), "the part cannot be read"),
    "an empty tree": (written("tree.txt", b""), "event 1 is in events.jsonl and not in tree.txt"),
    "no keys": (written("keys.txt", b""), "keys.txt names no key"),
    "a key that is none": (written("keys.txt", b"riskreview audit key\nkey x+y+z\nfrom 1\n\n"), "is no public key"),
    "a report nothing proves": (beside, "report.html is no file of an export; nothing proves it"),
    "a link for a file": (link, "keys.txt is a link or a device, not a file"),
    "a pipe for a file": (lambda folder: os.mkfifo(folder / "openings.jsonl"), "openings.jsonl is a link or a device, not a file"),
    "a name that would begin a line of its own": (written("x\nHOLDS: 12 events", b""), r"'x\nHOLDS: 12 events' is no name of ours"),
    "a name that is no text": (lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/\xff")).touch(), r"'\udcff' is no name of ours"),
    "openings that are none": (written("openings.jsonl", b"[]\n"), "the part cannot be read"),
    "a checkpoint twice": (lambda folder: (folder / "checkpoints" / "z.checkpoint").write_bytes((folder / "checkpoints" / "0000000100.checkpoint").read_bytes()),
                           "checkpoint 100 stands after checkpoint 100"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_part_that_was_made_to_deceive_is_refused_in_one_sentence(
    said: Callable[..., str], tmp_path: Path, kind: str
):
    act, expected = HOSTILE[kind]
    act(MadeLog().whole(tmp_path / "part"))

    assert expected in said(tmp_path / "part")


def test_a_log_that_was_taken_out_of_its_pack_proves_nothing_of_what_lies_beside_it(
    said: Callable[..., str], tmp_path: Path
):
    pack = MadeLog().pack(tmp_path / "pack")
    for path in (pack / "log").iterdir():
        path.rename(pack / path.name)
    (pack / "log").rmdir()
    beside(pack)

    assert "manifest.txt is no file of an export; nothing proves it" in said(pack)


def zipped(folder: Path, place: Path, *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(place, "w", method) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return place


def added(name: str, content: bytes = b"x", *, mode: int = stat.S_IFREG | 0o600) -> Act:
    def change(place: Path) -> None:
        item = zipfile.ZipInfo(name)
        item.external_attr = mode << 16
        item.compress_type = zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(place, "a") as archive:
            archive.writestr(item, content)

    return change


def marked(offset: int, value: bytes) -> Act:
    """Change bytes of the last entry in the ZIP file's directory."""

    def change(place: Path) -> None:
        content = bytearray(place.read_bytes())
        begin = content.rindex(b"PK\x01\x02") + offset
        content[begin : begin + len(value)] = value
        place.write_bytes(content)

    return change


ZIPS: dict[str, tuple[Act, str]] = {
    "a bomb": (added("report.pdf", bytes((1 << 26) + 1)), "unpacks to more than 200 times its size"),
    "out of the folder": (added("../../etc/cron.d/x"), "'../../etc/cron.d/x' is no path inside it"),
    "from the root": (added("/etc/passwd"), "'/etc/passwd' is no path inside it"),
    "by the other slash": (added("..\\x"), r"'..\\x' is no name of ours"),
    "on a drive": (added("C:x"), "'C:x' is no name of ours"),
    "a name that ends elsewhere": (added("report.html "), "'report.html ' is no path inside it"),
    "the same letters in capitals": (added("Report.html"), "is there more than once"),
    "a link": (added("link", b"/etc/passwd", mode=stat.S_IFLNK | 0o777), "link is a link or a device, not a file"),
    "something else before it": (lambda place: place.write_bytes(b"MZ" + place.read_bytes()), "something before its first entry"),
    "cut off": (lambda place: place.write_bytes(place.read_bytes()[:-30]), "neither a folder nor a whole ZIP file"),
    "no ZIP file": (lambda place: place.write_bytes(b"PK\x05\x06"), "neither a folder nor a whole ZIP file"),
    "encrypted": (marked(8, b"\x01"), "is encrypted"),
    "an unknown method": (marked(10, b"\x63"), "the part cannot be read"),
    "a damaged entry": (marked(16, b"\0\0\0\0"), "the part cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ZIPS)
def test_a_zip_file_that_was_made_to_deceive_is_refused_in_one_sentence(
    said: Callable[..., str], tmp_path: Path, kind: str
):
    act, expected = ZIPS[kind]
    place = zipped(MadeLog().pack(tmp_path / "pack"), tmp_path / "pack.zip", method=zipfile.ZIP_STORED)
    act(place)

    assert expected in said(place)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_of_which_a_reader_sees_the_other_are_refused(said: Callable[..., str], tmp_path: Path):
    place = tmp_path / "pack.zip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("report.html", "<p>Nothing was found</p>")
    with zipfile.ZipFile(place, "a") as archive:
        for path in sorted(item for item in MadeLog().pack(tmp_path / "pack").rglob("*") if item.is_file()):
            archive.write(path, path.relative_to(tmp_path / "pack").as_posix())

    assert "report.html is there more than once" in said(place)


def test_what_one_names_wrongly_is_said(said: Callable[..., str], tmp_path: Path):
    part = MadeLog().whole(tmp_path / "part")
    (tmp_path / "trusted").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").mkdir()

    assert "is neither a folder nor a file" in said(tmp_path / "nowhere")
    assert "there is no part.json" in said(tmp_path / "empty")
    assert "REFUSED" in said(part, "--trusted", str(tmp_path / "trusted"))
    assert "REFUSED" in said(part, "--trusted", str(tmp_path / "nowhere"))
    assert "is no public key" in said(part, key="x")
