"""Owns reading a delivery once more: the same bytes by the same mapping give the same rows in and the same rows refused."""

import hashlib
import json
import shutil
from collections.abc import Mapping

from sqlalchemy import text

from riskreview.assessment.again import CannotReplay
from riskreview.evidence.results import Replay, first_difference
from riskreview.facts.erased import proven_erased
from riskreview.foundation.errors import RiskReviewError
from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql
from riskreview.intake import raw_zone
from riskreview.intake.staging import Extract, local_day, stage_extract
from riskreview.intake.store import BatchRecord, kept_mapping, read_batch

ERASED = "erasure {} took a customer out of its bytes, so they cannot give the same rows"
READ = ("batch:landed", "batch:restaged")


def replay_batch(services: Services, *, batch_id: int) -> Replay:
    """Read a delivery's bytes again by the mapping of then, and compare date and counts with what the event log says.

    :raises NotFound: when there is no such batch.
    """
    with services.engine.connect() as connection:
        record = read_batch(connection, batch_id)
        values = {"subject_type": "batch", "subject_id": str(batch_id), "action": "batch:%"}
        bodies = connection.execute(text(sql("evidence", "events_of")), values).scalars()
        events = [json.loads(bytes(body)) for body in bodies]
    said = next((event for event in reversed(events) if event["action"] in READ), None)
    name = {"batch": batch_id}
    if said is None:
        return Replay("batch", name, problem="it was refused as a whole; nothing was read from it")
    stored = {"as_of": said["new"]["as_of"], "counts": said["new"]["counts"]}
    number = raw_zone.erased_by(services.instance, str(said["cause"].get("sha256", record.sha256)))
    if number is not None and number not in _erasures_of(services, record.sha256):
        return Replay("batch", name, problem=f"its bytes were changed and the event log knows of no erasure {number} that did it")  # fmt: skip
    erased = "" if number is None else f"{ERASED.format(number)}; what became facts is proven by their files"
    try:
        replayed = _read_again(services, record, said["cause"])
    except RiskReviewError as error:
        return Replay("batch", name, problem=erased or str(error))
    if erased and replayed != stored:
        return Replay("batch", name, problem=erased)
    one, other = (hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest() for item in (stored, replayed))
    checks = {
        "bytes": f"SHA-256 {record.sha256}{'' if number is None else f', less what erasure {number} took out'}",
        "mapping": said["cause"]["mapping_digest"],
    }
    return Replay("batch", name, one, other, first_difference(stored, replayed), checks=checks)


def _erasures_of(services: Services, sha256: str) -> set[int]:
    """Return the erasures that changed the bytes of a hash, as the event log proves."""
    with services.engine.connect() as connection:
        return {item.erasure_id for item in proven_erased(connection) if (item.place, item.name) == ("raw", sha256)}


def _read_again(services: Services, record: BatchRecord, cause: Mapping[str, str]) -> dict[str, object]:
    """Return date and counts that its bytes give now; an event from before bytes were named in it stands by the batch's row.

    :raises RuleViolation: when its bytes were altered.
    """
    number, wanted = record.batch.batch_id, cause.get("sha256", record.sha256)
    raw = raw_zone.find(services.instance, wanted)
    if raw is None:
        raise CannotReplay(f"the bytes of batch {number} are no longer in the raw zone")
    with services.engine.connect() as connection:
        mapping = kept_mapping(connection, cause["mapping_digest"])
    if mapping is None:
        raise CannotReplay(f"the mapping {cause['mapping_digest'][:12]} that batch {number} was read with was not kept")
    folder = services.instance.staging / f"replay-{number}"
    try:
        extract = Extract(raw, record.file_name, local_day(services.instance, record.received_at))
        staged = stage_extract(services.instance, mapping, extract, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    counts = {item.dataset: [item.rows_in, item.accepted, item.refused, item.skipped] for item in staged.datasets}
    return {"as_of": staged.as_of.isoformat(), "counts": counts}
