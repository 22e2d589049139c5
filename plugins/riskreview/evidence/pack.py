"""Owns making an evidence pack: everything about one subject with what proves it, in a folder or ZIP file for somebody without the database."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from riskreview.audit.checkpoint_text import Checkpoint
from riskreview.audit.checkpoints import make_checkpoint
from riskreview.audit.keys import read_ring, statements_of
from riskreview.audit.log import AuditEvent, append
from riskreview.audit.log_part import VERIFIER, write_log_part
from riskreview.evidence.data_files import write_exact, write_rows, write_zip
from riskreview.evidence.explaining import Explained, explanations_of
from riskreview.evidence.inputs import Given, by_batch, rows_given
from riskreview.evidence.manifest import write_manifest
from riskreview.evidence.naming import Names
from riskreview.evidence.replay import fact_files, replay_assessment, replay_sample
from riskreview.evidence.replay_reviews import replay_decision, replay_pack
from riskreview.evidence.report import Report, ToldReplay, annex_of, contributions_of, page_of, table_of, told_replay
from riskreview.evidence.report_pdf import pdf_of
from riskreview.evidence.results import Replay
from riskreview.evidence.scope import Kind, Scope, scope_of, scope_of_days
from riskreview.evidence.sections import Row, Section, assessed_days, messages_about, read_events, read_sections
from riskreview.evidence.words import word
from riskreview.foundation.code_version import code_digest
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.foundation.whole_file import whole_folder

ACTOR = "system:evidence"
DRAWN = 25
"""So many assessments of a run are performed again, drawn by its number."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a pack is to be about: a number, or the first and last day of a period."""

    kind: Kind
    number: int = 0
    days: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written: how many files and events, under which signed manifest, proven by which checkpoint."""

    place: str
    files: int
    events: int
    checkpoint: int
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class _Work:
    services: Services
    scope: Scope
    language: str
    actor: str
    checkpoint: Checkpoint
    at: datetime
    key: str

    @property
    def names(self) -> Names:
        """What its reader is told beside ids."""
        return Names(self.services.instance, self.language)


def write_pack(services: Services, subject: Subject, place: Path, *, language: str, actor: str = ACTOR) -> Packed:
    """Write the pack of a subject into a new folder, or a ZIP file where the name ends with ``.zip``; the act goes into the log.

    :raises NotFound: when there is no such subject.
    :raises BadInput: E-EVIDENCE-PLACE when something is there already.
    """
    if place.exists() and (place.is_file() or any(place.iterdir())):
        raise BadInput("E-EVIDENCE-PLACE", f"{place} is there already", "Name a new folder or file", "--out")
    if place.suffix != ".zip":
        with whole_folder(place):
            return _fill(services, subject, place, place, language, actor)
    with TemporaryDirectory(prefix="evidence-") as folder:
        done = _fill(services, subject, Path(folder), place, language, actor)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_zip(Path(folder), place, services.clock.now())
    return done


def _fill(services: Services, subject: Subject, folder: Path, place: Path, language: str, actor: str) -> Packed:  # noqa: PLR0913, PLR0917, RUF100  the parts of one pack
    checkpoint, at = make_checkpoint(services), services.clock.now()
    with services.engine.connect() as connection:
        scope = (
            scope_of_days(connection, *subject.days)
            if subject.days
            else scope_of(connection, subject.kind, subject.number)
        )
        key = str(read_ring(statements_of(connection)).keys[-1][1])
    work = _Work(services, scope, language, actor, checkpoint, at, key)
    given = rows_given(services, scope.customer) if scope.customer is not None else {}
    explained = explanations_of(services, scope, language)
    work, sections, events = _read(work, given, explained)
    replays = _replays(work)
    count = _write_log(work, folder / "log", events)
    write_rows(folder / "data", sections, given, replays, explained)
    with services.engine.connect() as connection:
        write_exact(connection, folder / "data", sections, work.scope.values["review"])
    report = _report(work, sections, replays, explained)
    (folder / "report.html").write_bytes(page_of(report))
    font = services.instance.settings.report_font
    (folder / "report.pdf").write_bytes(pdf_of(report, made_at=at, font=Path(font) if font else None))
    (folder / "annex.xlsx").write_bytes(annex_of(sections, language, at))
    shutil.copyfile(VERIFIER, folder / VERIFIER.name)
    said = [("kind", scope.kind), ("subject", scope.name), ("made", at.isoformat()), ("by", actor), ("language", language), ("code", code_digest()),
            ("checkpoint", str(checkpoint.number))]  # fmt: skip
    digest = write_manifest(services, folder, said, at=at)
    _note(work, digest)
    files = sum(path.is_file() for path in folder.rglob("*"))
    return Packed(str(place), files, count, checkpoint.number, digest)


def _read(work: _Work, given: Given, explained: Sequence[Explained]) -> tuple[_Work, list[Section], list[Row]]:
    """Read what the pack tells; one about a customer's review or plan holds the assessment and the run it rests on."""
    scope = work.scope.wider(("batch", str(batch)) for batch in by_batch(given))
    rests_on = [item.rests_on for item in explained if item.rests_on is not None and scope.customer is not None]
    scope = scope.wider(("run", str(run)) for _, run in rests_on)
    with work.services.engine.connect() as connection:
        scope = scope.wider(messages_about(connection, scope))
        days = assessed_days(work.services.instance, scope, rests_on)
        events = [row for row in read_events(connection, scope, days) if row["seq"] <= work.checkpoint.size]
        sections = read_sections(connection, work.names, scope, events, given=by_batch(given), rests_on=rests_on)
    return _Work(work.services, scope, work.language, work.actor, work.checkpoint, work.at, work.key), sections, events


def _replays(work: _Work) -> list[Replay]:
    """Perform again the customer's last assessment, packs and decisions of the reviews, and some assessments of a run; of a plan and a period nothing."""
    services, scope, files = work.services, work.scope, fact_files(work.services)
    found = []
    if scope.kind == "customer" and scope.customer is not None and (days := assessed_days(services.instance, scope)):
        found.append(replay_assessment(services, customer_key=scope.customer, as_of=days[-1], files=files))
    if scope.kind == "run":
        found += replay_sample(services, size=DRAWN, seed=int(scope.name), run_id=int(scope.name), files=files)
    for number in scope.values["review"] if scope.kind in {"customer", "review"} else ():
        with suppress(NotFound):  # one that was never opened, or whose customer was erased
            found += [replay_pack(services, review_id=number, files=files), replay_decision(services, review_id=number)]
    return found


def _write_log(work: _Work, folder: Path, events: Sequence[Row]) -> int:
    """Write the events that prove the pack; of a period all of its days."""
    with work.services.engine.connect() as connection:
        if work.scope.kind == "period":
            return write_log_part(connection, folder, work.checkpoint, since=work.scope.since, until=work.scope.until)
        return write_log_part(
            connection,
            folder,
            work.checkpoint,
            seqs=[int(row["seq"]) for row in events],
            texts=work.scope.customer is not None,
        )


def _report(
    work: _Work, sections: Sequence[Section], replays: Sequence[Replay], explained: Sequence[Explained]
) -> Report:
    language, names = work.language, work.names
    tables = [table_of(section, language, names.titles) for section in sections]
    if len(explained) == 1:
        tables.insert(0, contributions_of(explained[0].explanation, names))
    told: tuple[ToldReplay, ...] = tuple(told_replay(item, language) for item in _named(work, replays))
    heading = f"{word(language, 'report', f'of_{work.scope.kind}')} {work.scope.name}"
    currency = work.services.instance.settings.reporting_currency
    return Report(language, heading, currency, tuple(_facts(work)), told, tuple(explained), tuple(tables))


def _named(work: _Work, replays: Sequence[Replay]) -> list[Replay]:
    """Return what was performed again under the customers' ids rather than their numbers in the log."""
    keys = [item.names["customer"] for item in replays if "customer" in item.names]
    with work.services.engine.connect() as connection:
        rows = connection.execute(text(sql("evidence", "customer_ids")), {"keys": keys})
        ids = {row.customer_key: row.customer_id for row in rows}
    return [replace(item, names={name: ids.get(value, value) if name == "customer" else value for name, value in item.names.items()})
            for item in replays]  # fmt: skip


def _facts(work: _Work) -> list[tuple[str, str]]:
    def named(key: str) -> str:
        return word(work.language, "report", key)

    facts = [(named("made_at"), work.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")), (named("made_by"), work.actor),
             (named("proven_by"), named("checkpoint").format(number=work.checkpoint.number, size=work.checkpoint.size, key=work.key))]  # fmt: skip
    if work.scope.customer is not None:
        with work.services.engine.connect() as connection:
            row = connection.execute(text(sql("evidence", "customer")), {"customer_key": work.scope.customer}).one()
        facts.insert(
            0,
            (
                named("customer"),
                " · ".join(
                    str(value)
                    for value in (
                        row.customer_id,
                        row.name,
                        row.country,
                        row.industry_code,
                        named("key").format(key=row.customer_key),
                    )
                    if value
                ),
            ),
        )
    return [*facts, (named("code"), code_digest())]


def _note(work: _Work, manifest_sha256: str) -> None:
    new = {"manifest_sha256": manifest_sha256, "language": work.language, "checkpoint": work.checkpoint.number}
    kind = {"period": "log"}.get(work.scope.kind, work.scope.kind)
    name = str(work.scope.customer) if work.scope.kind == "customer" else work.scope.name
    with transaction(work.services.engine) as connection:
        append(connection, [AuditEvent("evidence:taken", kind, name, work.actor, new=new)], at=work.at)
