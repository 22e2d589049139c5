"""Owns what an erasure does to files after the database forgot: raw deliveries first, then facts; stopped anywhere it is gone on with.

The facts say how the person is called, so whatever is searched for that comes before they forget it. What every file was and became is kept and named by one event, so that nobody can alter a file and call it an erasure.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from riskreview.audit.log import AuditEvent, append
from riskreview.facts import forgetting
from riskreview.facts.erased import ErasedFile, digest_of, list_erased
from riskreview.facts.forgetting import Told
from riskreview.foundation.database import transaction
from riskreview.foundation.failpoints import reach, register
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.intake import raw_zone
from riskreview.intake.lines import lines_of
from riskreview.intake.staging import Extract, local_day
from riskreview.intake.store import kept_mapping, read_batch
from riskreview.policy.mapping import Mapping
from riskreview.privacy.masking import Form, Sought, holds, without

RECORDED = register("privacy.recorded", "what a file becomes is kept, the file is as it was")
REWRITTEN = register("privacy.rewritten", "a file says nothing of the customer any more, others do")
CLEANED = register("privacy.cleaned", "every file is done, the erasure is not recorded as finished")


def erase_files(services: Services, *, erasure_id: int, customers: list[int], actor: str) -> int:
    """Take the customers of an erasure out of raw deliveries and facts, and record it; returns how many files were changed.

    The caller holds ``one_publisher``. Where an earlier call was stopped, this one goes on.
    """
    said, at = f"[erasure {erasure_id}]", services.clock.now()
    with services.engine.connect() as connection:
        rows = connection.execute(text(sql("privacy", "accounts_of")), {"customer_keys": customers}).all()
    accounts = {int(row.account_key) for row in rows}
    told = forgetting.told_of(services.instance, accounts)
    names = frozenset(str(row.account_id) for row in rows)
    sought = Sought(names, frozenset(told.values), frozenset(told.marks), said)
    _forget_refused(services, sought, at)
    for sha256, changed in _raw_changes(services, told, sought):
        new = "" if changed is None else raw_zone.sha256_of(changed)
        _keep(services, ErasedFile("raw", sha256, erasure_id, sha256, new, len(changed or b"")))
        raw_zone.replace(services.instance, sha256, changed, erasure_id=erasure_id)
        reach(REWRITTEN)
    for batch_id in told.rows:
        shutil.rmtree(services.instance.staging / str(batch_id), ignore_errors=True)
    for made in forgetting.rewritings(services.instance, accounts, told, said):
        name = f"{made.dataset}/{made.path}"
        _keep(services, ErasedFile("facts", name, erasure_id, made.before, made.sha256, len(made.content)))
        forgetting.put(services.instance, made)
        reach(REWRITTEN)
    forgetting.clean_logs(services.instance)
    reach(CLEANED)
    return _finish(services, erasure_id, actor, at)


def _forget_refused(services: Services, sought: Sought, at: datetime) -> None:
    marks = sorted(value for value in {*sought.accounts, *sought.marks} if len(value) >= forgetting.LEAST_VALUE)
    rows = {
        "patterns": [f'%"{value}"%' for value in marks],
        "at": at,
        "datasets": [item.name for item in forgetting.PERSONAL],
    }
    with transaction(services.engine) as connection:
        connection.execute(text(sql("privacy", "forget_quarantine")), rows)


def _raw_changes(services: Services, told: Told, sought: Sought) -> Iterator[tuple[str, bytes | None]]:
    """Return the raw objects that hold the person, by the hash they have now, each with what is to stand in its place."""
    for batch_id, rows in sorted(told.rows.items()):
        with services.engine.connect() as connection:
            record = read_batch(connection, batch_id)
            mapping = kept_mapping(connection, record.mapping_digest)
        sha256, raw = _standing(services, record.sha256)
        if raw is not None:
            extract = Extract(raw, record.file_name, local_day(services.instance, record.received_at))
            yield from _changed(sha256, raw.read_bytes(), sought, _form(services, extract, mapping, rows))
    with services.engine.connect() as connection:
        names = {"accounts": sorted(sought.accounts)}
        others = connection.execute(text(sql("privacy", "raw_of_accounts")), names).scalars().all()
    for received in others:
        sha256, raw = _standing(services, received)
        data = b"" if raw is None else raw.read_bytes()
        if holds(data, (*sought.accounts, *sought.values)):
            yield from _changed(sha256, data, sought, Form("jsonl"))


def _standing(services: Services, received: str) -> tuple[str, Path | None]:
    sha256 = raw_zone.standing(services.instance, received)
    return sha256, raw_zone.find(services.instance, sha256) if sha256 else None


def _form(services: Services, extract: Extract, mapping: Mapping | None, rows: dict[str, set[int]]) -> Form:
    """Return how a delivery is written; one whose mapping was not kept cannot be read for sure."""
    if mapping is None:
        return Form("unknown", encoding="unknown")
    described = {name: numbers for name, numbers in rows.items() if name in forgetting.REGISTERS}
    lines: frozenset[int] = frozenset()
    if described and mapping.read.format in {"csv", "tsv"}:
        folder = services.instance.staging / f"erase-{extract.path.name[:16]}"
        found = lines_of(mapping, extract=extract, rows=described, folder=folder)
        shutil.rmtree(folder, ignore_errors=True)
        lines = frozenset(line for by_row in found.values() for line in by_row.values())
    return Form(mapping.read.format, mapping.read.encoding, mapping.read.separator, lines, bool(described))


def _changed(sha256: str, data: bytes, sought: Sought, form: Form) -> Iterator[tuple[str, bytes | None]]:
    changed = without(data, sought, form)
    if changed != data:
        yield sha256, changed


def _keep(services: Services, item: ErasedFile) -> None:
    with transaction(services.engine) as connection:
        connection.execute(text(sql("facts", "keep_erased")), item.values)
    reach(RECORDED)


def _finish(services: Services, erasure_id: int, actor: str, at: datetime) -> int:
    with transaction(services.engine) as connection:
        mine = [item for item in list_erased(connection) if item.erasure_id == erasure_id]
        connection.execute(text(sql("privacy", "files_erased")), {"erasure_id": erasure_id, "at": at})
        new = {"files": len(mine), "sha256": digest_of(mine)}
        append(connection, [AuditEvent("erasure:files_rewritten", "erasure", str(erasure_id), actor, new=new)], at=at)
    return len(mine)
