"""Owns pulling a source from its CRM: raw pages into the raw zone, an extract made of them landed like a file, the mark moved last."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import structlog

from riskreview.audit.log import AuditEvent, append
from riskreview.crm import mapping_check, reading
from riskreview.crm.echoes import Echoes, without_echoes
from riskreview.crm.extract import Made, Stamp, newest, told, write_extract
from riskreview.crm.opening import OpenCrm
from riskreview.crm.problems import BrokenAnswer
from riskreview.crm.reading import Described, Page, Walk
from riskreview.crm.records import Record, whole_page
from riskreview.crm.results import Pulled
from riskreview.crm.store import KeptPage, NewPull, StoredPull, insert_pull, last_pull
from riskreview.crm.write_store import ours
from riskreview.foundation.database import transaction
from riskreview.foundation.errors import BadInput
from riskreview.foundation.services import Services
from riskreview.intake import raw_zone
from riskreview.intake.staging import local_day
from riskreview.intake.unchanged import record_nothing_new
from riskreview.intake.use_cases import land_file
from riskreview.policy.crm_object import CrmObject
from riskreview.policy.crm_policy import load_crm_policy
from riskreview.policy.mapping import Mapping

LOG = structlog.get_logger("riskreview.crm")
ACTOR = "system:crm"
REPAIR = "Look at the page in the raw zone, then pull again"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pull is going to read.

    :param before: the extract before, over which a delta is laid; None for a full read.
    """

    walk: Walk
    before: str | None
    stamp: Stamp


def pull(services: Services, mapping: Mapping, crm: OpenCrm, *, full: bool = False) -> Pulled:
    """Read what changed since the last pull, or everything, and land it; nothing new is no batch.

    Killed anywhere, the next pull reads the same again: the mark moves in the transaction after the batch has landed.

    :param full: read everything even where a delta would do; deletions are found by it in every CRM.
    :raises BadInput: where the mapping does not fit the CRM, or the extract is refused as a whole.
    :raises CrmUnavailable: and its kin, where the CRM does not answer; nothing has changed then.
    """
    object_ = _object(mapping)
    calls, credits_used = crm.budget.calls, crm.budget.credits_used
    described = crm.reader.describe(object_.object)
    found = mapping_check.problems(mapping, described.fields)
    if found:
        raise found[0]
    plan = _plan(services, mapping, crm, full=full)
    kept = [_keep(services, described.page), *_echoes(services, mapping, crm)]
    records = newest(_records(services, mapping, crm, plan, described, kept))
    made, extract, batch_id = _land(services, mapping, crm, plan, records)
    if batch_id is None:
        record_nothing_new(services, mapping, as_of=plan.stamp.day)
    new = NewPull(
        mapping.source, crm.name, object_.object, "full" if plan.walk.since is None else "delta", plan.walk.paths, plan.walk.since,
        plan.stamp.at, plan.before, tuple(kept), extract, plan.stamp.day, made.rows, made.changed, made.deleted,
        crm.budget.calls - calls, crm.budget.credits_used - credits_used, batch_id,
    )  # fmt: skip
    return _record(services, new)


def replay(services: Services, mapping: Mapping, crm: OpenCrm, stored: StoredPull, target: Path) -> Made:
    """Make the extract of a pull again from its kept pages; where one was landed, the bytes are the same as then.

    :raises BadInput: E-CRM-RAW when a page is no longer in the raw zone.
    """
    first, *pages = stored.pages
    described = _described_then(services, crm, first)
    bodies = (Page(item.kind, _raw(services, item.sha256).read_bytes(), item.rows) for item in pages)
    records = newest(_read(mapping, crm, stored.paths, described, bodies))
    before = None if stored.base is None else _raw(services, stored.base)
    return write_extract(target, records, key=crm.record_key, stamp=Stamp(stored.mark, stored.pulled_on), before=before,
                         is_snapshot=mapping.delivery.kind == "snapshot")  # fmt: skip


def _object(mapping: Mapping) -> CrmObject:
    if mapping.read.crm is None:
        raise BadInput("E-QUERY", f"the source {mapping.source} is not read from a CRM", "Add read.crm to the mapping")
    return mapping.read.crm


def _plan(services: Services, mapping: Mapping, crm: OpenCrm, *, full: bool) -> Plan:
    object_, paths, began = _object(mapping), mapping_check.paths(mapping), crm.reader.server_time()
    last = last_pull(services, mapping.source, crm.name, object_.object, paths)
    if last is not None and (full or last.full_at <= began - timedelta(days=object_.full_every_days)):
        last = None
    if last is not None and mapping.delivery.kind == "snapshot" and last.extract is None:
        last = None
    overlap = timedelta(minutes=object_.overlap_minutes)
    since = None if last is None else min(last.mark, began) - overlap  # a CRM's clock may go back
    plain = all(inner in {"", "id"} for _, _, inner in (path.partition(".") for path in paths))
    walk = Walk(object_.object, mapping_check.top_fields(mapping), began, since, object_.by, paths,
                plain_lookups=plain, check_count=object_.check_count)  # fmt: skip
    return Plan(walk, None if last is None else last.extract, Stamp(began, _day(services, began)))


def _records(
    services: Services, mapping: Mapping, crm: OpenCrm, plan: Plan, described: Described, kept: list[KeptPage]
) -> Iterator[Record]:  # fmt: skip
    """Read page by page, each kept in the raw zone before anything is made of it."""
    before = [Page(item.kind, _raw(services, item.sha256).read_bytes(), 0) for item in kept[1:]]

    def pages() -> Iterator[Page]:
        rows = 0
        yield from before
        try:
            for page in crm.reader.pages(plan.walk):
                kept.append(_keep(services, page))
                rows += page.rows
                services.progress.advance(f"pulling {mapping.source}", rows)
                yield page
        except BrokenAnswer as error:
            _refuse(services, mapping, error)

    return _read(mapping, crm, plan.walk.paths, described, pages())


def _read(
    mapping: Mapping, crm: OpenCrm, paths: Collection[str], described: Described, pages: Iterable[Page]
) -> Iterator[Record]:  # fmt: skip
    echoes: Echoes = {}
    for number, page in enumerate(pages, start=1):
        if page.kind == reading.ECHOES:
            echoes = json.loads(page.body)
            continue
        try:
            for record in whole_page(page, described.fields, crm.time_zone):
                yield without_echoes(told(record, paths), echoes)
        except ValueError as error:
            raise BadInput("E-CRM-PAGE", f"page {number} cannot be read: {error}", REPAIR, mapping.source) from error


def _refuse(services: Services, mapping: Mapping, error: BrokenAnswer) -> None:
    """Land a broken answer as what it is: a delivery that is refused as a whole, its bytes kept and the engineer told."""
    path = services.instance.staging / f"crm-{mapping.source}-broken.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(error.body)
    try:
        land_file(services, mapping=mapping, path=path)
    finally:
        path.unlink(missing_ok=True)
    raise BadInput("E-CRM-PAGE", str(error), REPAIR, mapping.source) from error


def _land(
    services: Services, mapping: Mapping, crm: OpenCrm, plan: Plan, records: dict[str, Record]
) -> tuple[Made, str | None, int | None]:  # fmt: skip
    """Return what the extract came to, its hash, and its batch where it says something new."""
    target = services.instance.staging / f"crm-{mapping.source}.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    is_snapshot = mapping.delivery.kind == "snapshot"
    before = None if plan.before is None else _raw(services, plan.before)
    try:
        made = write_extract(
            target, records, key=crm.record_key, stamp=plan.stamp, before=before, is_snapshot=is_snapshot
        )
        is_whole = is_snapshot and plan.walk.since is None
        if not made.is_news and not is_whole:  # an empty snapshot is landed to be refused, rather than believed
            return made, plan.before, None
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return made, digest, land_file(services, mapping=mapping, path=target).batch_id
    finally:
        target.unlink(missing_ok=True)


def _day(services: Services, moment: datetime) -> date:
    """Return the day a pull speaks of, where the instance lives; a rehearsed clock may be behind the CRM's."""
    return local_day(services.instance, min(moment, services.clock.now()))


def _keep(services: Services, page: Page) -> KeptPage:
    return KeptPage(page.kind, raw_zone.keep_bytes(services.instance, page.body).sha256, page.rows)


def _echoes(services: Services, mapping: Mapping, crm: OpenCrm) -> list[KeptPage]:
    """Return, as a page of its own, what we wrote into fields that are read here: it is not what the CRM says of its customers."""
    target = next((item for item in load_crm_policy(services.instance).targets if item.connection == crm.name), None)
    fields = {} if target is None else {fact: rule.field for fact, rule in target.fields.items()}
    read = set(mapping_check.top_fields(mapping))
    with services.engine.connect() as connection:
        written = ours(connection, crm.name) if read & set(fields.values()) else {}
    echoes = {
        record: {fields[fact]: [fact, item.value, item.original] for fact, item in facts.items() if fields.get(fact) in read}
        for record, facts in written.items()
    }  # fmt: skip
    body = json.dumps({record: found for record, found in sorted(echoes.items()) if found}, sort_keys=True).encode()
    return [_keep(services, Page(reading.ECHOES, body, 0))] if written else []


def _raw(services: Services, sha256: str) -> Path:
    path = raw_zone.find(services.instance, sha256)
    if path is None:
        raise BadInput("E-CRM-RAW", f"the bytes {sha256[:12]} are no longer in the raw zone", "Pull again with --full")
    return path


def _described_then(services: Services, crm: OpenCrm, page: KeptPage) -> Described:
    body = _raw(services, page.sha256).read_bytes()
    return Described(crm.reader.fields_of(body), Page(page.kind, body, page.rows))


def _record(services: Services, new: NewPull) -> Pulled:
    """Move the mark and tell the log, in one transaction."""
    at = services.clock.now()
    with transaction(services.engine) as connection:
        pull_id = insert_pull(connection, new, at=at)
        facts = {
            "kind": new.kind,
            "rows": new.rows,
            "changed": new.changed,
            "deleted": new.deleted,
            "pages": len(new.pages),
        }
        cause = {"source_id": new.source_id, "batch_id": new.batch_id, "extract": new.extract, "calls": new.calls}
        append(connection, [AuditEvent("crm:pulled", "crm_pull", str(pull_id), ACTOR, new=facts, cause=cause)], at=at)
    LOG.info("crm_pulled", source_id=new.source_id, **facts)
    return Pulled(pull_id, new.source_id, new.kind, new.rows, new.changed, new.deleted, len(new.pages) - 1, new.calls,
                  new.credits, new.batch_id)  # fmt: skip
