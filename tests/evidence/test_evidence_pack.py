"""An evidence pack proves itself without us: every file, every event, every claim; in two languages, with nothing it is not about."""

import hashlib
import importlib.util
import json
import shutil
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.evidence.season import day
from tests.evidence.test_evidence_replay import approved, judged  # noqa: F401  a fixture

from riskreview.audit.log import AuditEvent, append
from riskreview.audit.log_part import VERIFIER
from riskreview.doctor.use_cases import examine
from riskreview.evidence.pack import Subject, write_pack
from riskreview.evidence.sampling import draw
from riskreview.evidence.sections import EVENTS, PEOPLE, SPECS, references
from riskreview.evidence.words import LANGUAGES, words
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.reviews.discussion import remark


@pytest.fixture(scope="module")
def verifier():
    """The single file that an auditor runs."""
    spec = importlib.util.spec_from_file_location("verify", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.database
def test_a_pack_proves_itself_and_whatever_is_altered_is_named(judged, clock, tmp_path, verifier):  # noqa: F811
    number = approved(judged)
    with judged.engine.begin() as connection:
        connection.execute(text("UPDATE review SET outcome = 'false_positive' WHERE review_id = :it"), {"it": number})
    remark(judged, review_id=number, actor="wang.fang", words="Is the guarantee registered?")
    clock.moment += timedelta(days=2)

    done = write_pack(judged, Subject("review", number), tmp_path / "pack.zip", language="zh", actor="feng.lei")

    found = verifier.verify(tmp_path / "pack.zip")
    assert (found["events"], found["files"]) == (done.events, done.files - 1)
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        archive.extractall(tmp_path / "pack")
        assert archive.read("report.pdf").startswith(b"%PDF")
    pack = tmp_path / "pack"
    page = (pack / "report.html").read_text(encoding="utf-8")
    assert f"审查 {number}" in page
    assert page.count("逐字节一致") == 2, "pack and decision were performed again"
    assert "开启审查时的等级原因" in page
    for row in json.loads((pack / "data" / "decisions.json").read_text(encoding="utf-8")):
        assert row["decided_by"]
        proof = [json.loads(line) for line in (pack / "log" / "events.jsonl").read_text(encoding="utf-8").splitlines()
                 if f"#{json.loads(line)['seq']}" == row["ref"]]  # fmt: skip
        assert [event["actor"] for event in proof] == [row["decided_by"]], "every approval names its own event"
    (said,) = json.loads((pack / "data" / "discussion.json").read_text(encoding="utf-8"))
    assert (said["said_by"], said["remark"] in page) == ("wang.fang", True)
    assert f'"seq":{said["ref"].removeprefix("#")},"subject":["review_remark"' in (
        pack / "log" / "events.jsonl"
    ).read_text(encoding="utf-8")
    (told,) = json.loads((pack / "data" / "reviews.json").read_text(encoding="utf-8"))
    assert (told["outcome"], "误报" in page) == ("false_positive", True)
    answers = json.loads((pack / "data" / "checklist.json").read_text(encoding="utf-8"))
    assert len({row["ref"] for row in answers}) == len(answers), "every answer names its own event"
    assert all(row["question"] in page for row in answers)
    rested = json.loads((pack / "data" / "assessments.json").read_text(encoding="utf-8"))
    assert [(pack / "data" / "policies" / f"{row['policy_digest']}.json").exists() for row in rested] == [True]
    people = json.loads((pack / "data" / "people.json").read_text(encoding="utf-8"))
    assert {
        row["decided_by"] for row in json.loads((pack / "data" / "decisions.json").read_text(encoding="utf-8"))
    } <= {row["person"] for row in people}
    with judged.engine.connect() as connection:
        taken = connection.execute(
            text("SELECT actor, subject_id FROM audit_event WHERE action = 'evidence:taken'")
        ).one()
    assert tuple(taken) == ("feng.lei", str(number))
    with judged.engine.begin() as connection:
        append(connection, [AuditEvent("console:read", "review", str(number), "feng.lei")], at=clock.now())
    assert "version_is_events" not in {item.invariant.id for item in examine(judged, as_of=day(1)).broken}
    sample = draw(judged, since=day(1), until=day(1), size=1, seed=7)
    ranks = {hashlib.sha256(f"7:review:{review_id}".encode()).hexdigest(): review_id for review_id in (1, 2)}
    assert (sample.population, sample.drawn[0].number) == (2, ranks[min(ranks)])
    for place, change, said in (
        (
            "data/decisions.json",
            lambda content: content.replace(b"yang", b"zhao") + b" ",
            "data/decisions.json was altered",
        ),
        ("report.html", None, "report.html is missing"),
        ("extra.txt", lambda _: b"x", "extra.txt is not in the manifest"),
        (
            "manifest.txt",
            lambda content: content.replace(b"by feng.lei", b"by wang.fang"),
            "manifest.txt is not signed",
        ),
        ("manifest.txt", None, "manifest.txt is missing"),
        ("log/events.jsonl", lambda content: content.replace(b"approved", b"rejected", 1), "event"),
    ):
        assert said in refusal(verifier, pack, tmp_path / "copy", place, change)


def refusal(verifier, pack, copy, place, change) -> str:
    """Alter one file in a copy of a pack and return what the verifier says."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(pack, copy)
    path = copy / place
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(path.read_bytes() if path.exists() else b""))
    with pytest.raises(verifier.Refused) as caught:
        verifier.verify(copy)
    return str(caught.value)


@pytest.mark.database
def test_a_customers_pack_holds_what_it_was_judged_by_and_nothing_of_others(judged, tmp_path, verifier):  # noqa: F811
    place = tmp_path / "pack"

    write_pack(judged, Subject("customer", 1), place, language="en")

    assert verifier.verify(place)["files"] > 10
    facts = json.loads((place / "data" / "facts" / "invoices.json").read_text(encoding="utf-8"))
    assert [(row["invoice_id"], row["batch_id"], row["source_row"]) for row in facts] == [("I-A", 2, 1)]
    told = b"".join(path.read_bytes() for path in (place / "data").rglob("*.json"))
    assert b"Company B" not in told
    assert b"TAX-B" not in told
    page = (place / "report.html").read_text(encoding="utf-8")
    assert "equal to the byte" in page
    with pytest.raises(BadInput, match="there already"):
        write_pack(judged, Subject("customer", 1), place, language="en")
    with pytest.raises(NotFound):
        write_pack(judged, Subject("review", 99), tmp_path / "none", language="en")


def test_both_languages_have_a_word_for_every_section_and_column():
    for language in LANGUAGES:
        known = words(language)
        for spec in (*SPECS, PEOPLE, EVENTS):
            assert spec.name in known["section"]
            assert spec.name in known["intro"]
            assert [name for name in spec.columns if name not in known["column"]] == []
            assert [group for group in spec.words.values() if group not in known] == []


def test_neighbouring_events_are_named_as_a_range():
    assert references([3, 7, 8, 9, 12]) == "#3, #7–9, #12"
    assert references([]) == ""
