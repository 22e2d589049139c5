"""The verbs of the validation room; each owns its transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from riskreview.audit.log import AuditEvent, append
from riskreview.foundation import failpoints
from riskreview.foundation.errors import RuleViolation
from riskreview.foundation.services import Services
from riskreview.intake import raw_zone
from riskreview.intake.lines import lines_of
from riskreview.intake.results import batch_folder, dropped_path, failed_path
from riskreview.intake.staging import Extract
from riskreview.mechanisms.staffing import Staff
from riskreview.validation import data_docs, holding, store
from riskreview.validation.feeds import delivery_of, mapping_of
from riskreview.validation.results import Verdict
from riskreview.validation.rules import ValidationPolicy, load_validation_policy
from riskreview.validation.staged import StagedBatch, Tally, open_staged
from riskreview.validation.store import Batch
from riskreview.validation.verdicts import Judgement, Past, judge

if TYPE_CHECKING:
    import pyarrow as pa

JUDGED = failpoints.register("validation.judged", "a batch is judged, nothing of it is stored")
WRITTEN = failpoints.register("validation.written", "failed and dropped rows are written, the verdict is not stored")
RECORDED = failpoints.register("validation.recorded", "the verdict is in the open transaction, not committed")
STORED = failpoints.register("validation.stored", "the verdict is committed, the index of Data Docs is old")


def validate_batch(services: Services, *, batch_id: int, known_accounts: "pa.Table") -> Verdict:
    """Judge a landed batch: contract, breaker, rules, quarantine. A rerun adds nothing; a held batch is judged again.

    :param known_accounts: one text column ``account_id``; the batch's own accepted customers count as known too.
    :raises NotFound: when there is no such batch.
    :raises RuleViolation: for a batch that was refused or is a duplicate.
    """
    with services.engine.connect() as connection:
        batch = store.read_batch(connection, batch_id)
        past = Past(
            store.read_baseline(connection, batch),
            store.read_published_as_of(connection, batch),
            store.is_overridden(connection, batch),
            store.landed_rows(batch),
        )
    if batch.state in {"refused", "duplicate"}:
        raise RuleViolation(f"batch {batch_id} was {batch.state}; there is nothing to validate")
    if _is_settled(services, batch):
        return stored_verdict(batch)
    policy = load_validation_policy(services.instance)
    with open_staged(services.instance, batch_id=batch_id, policy=policy, known_accounts=known_accounts) as staged:
        verdict = _judge_and_store(services, staged, batch, policy, past)
    failpoints.reach(STORED)
    data_docs.write_index(services.instance, services.engine)
    return verdict


def stored_verdict(batch: Batch) -> Verdict:
    """Return the verdict stored with a judged batch."""
    judged: Mapping[str, Any] = batch.counts.get("validation", {})
    datasets = judged.get("datasets", {})
    problems = tuple(batch.problem.split("\n")) if batch.state == "held" and batch.problem else ()
    accepted, quarantined, duplicates = (
        {name: int(item[word]) for name, item in datasets.items()} for word in ("accepted", "quarantined", "duplicates")
    )
    state: Literal["held", "validated"] = "held" if batch.state == "held" else "validated"
    warned, late = judged.get("warnings", {}), bool(judged.get("late"))
    return Verdict(batch.batch_id, state, accepted, quarantined, duplicates, problems, warned, late)


def _is_settled(services: Services, batch: Batch) -> bool:
    if batch.state == "published":
        return True
    datasets = batch.counts.get("validation", {}).get("datasets", {})
    written = (
        path(services.instance, batch.batch_id, name).exists()
        for name in datasets
        for path in (failed_path, dropped_path)
    )
    return batch.state == "validated" and bool(datasets) and all(written)


def _judge_and_store(
    services: Services, staged: StagedBatch, batch: Batch, policy: ValidationPolicy, past: Past
) -> Verdict:
    zone = ZoneInfo(services.instance.settings.time_zone)
    delivery = delivery_of(
        services.instance, batch.source_id, as_of=batch.as_of, received_on=batch.received_at.astimezone(zone).date()
    )
    with data_docs.building(services.instance, batch.source_id, batch.batch_id) as docs:
        judgement = judge(staged, policy=policy, delivery=delivery, past=past, docs=docs)
        failpoints.reach(JUDGED)
        if not judgement.is_held:
            staged.note_lines(_lines(services, staged, batch, delivery.received_on))
            staged.write_back()
        failpoints.reach(WRITTEN)
        verdict = _verdict(batch, judgement)
        reopened = _store(services, staged, batch, judgement, verdict, past)
    return replace(verdict, reopened=reopened)


def _lines(services: Services, staged: StagedBatch, batch: Batch, received_on: date) -> dict[str, dict[int, int]]:
    failed = staged.failed_rows()
    mapping = mapping_of(services.instance, batch.source_id)
    raw = raw_zone.find(services.instance, batch.sha256)
    if not failed or mapping is None or raw is None:
        return {}
    extract = Extract(raw, batch.file_name, received_on)
    folder = batch_folder(services.instance, batch.batch_id)
    return lines_of(mapping, extract=extract, rows=failed, folder=folder)


def _verdict(batch: Batch, judgement: Judgement) -> Verdict:
    tallies = judgement.tallies
    return Verdict(
        batch.batch_id,
        "held" if judgement.is_held else "validated",
        {name: tally.accepted for name, tally in tallies.items()},
        {name: tally.failed + tally.refused for name, tally in tallies.items()},
        {name: tally.repeated for name, tally in tallies.items()},
        tuple(problem.sentence(batch.source_id) for problem in judgement.problems),
        dict(judgement.warnings),
        judgement.late,
    )


def _store(
    services: Services, staged: StagedBatch, batch: Batch, judgement: Judgement, verdict: Verdict, past: Past
) -> tuple[int, ...]:  # fmt: skip
    """Put a verdict down and return the batches it lets look at again."""
    at = services.clock.now()
    problem = "\n".join(verdict.problems) or None
    counts = {"datasets": _counts(batch, judgement.tallies), "warnings": dict(verdict.warnings), "late": verdict.late}
    staff = Staff.of(services) if judgement.is_held else None
    reopened: list[int] = []
    with services.engine.begin() as connection:
        state, known_problem = store.lock_batch(connection, batch.batch_id)
        if state == "published":
            return ()
        store.save_verdict(connection, batch, state=verdict.state, counts=counts, problem=problem)
        store.save_feed(connection, batch, problem=problem, at=at)
        if not judgement.is_held:
            store.fill_quarantine(connection, staged, batch, at=at)
            store.save_profile(connection, batch, judgement.profile, at=at)
        events = (
            [] if (state, known_problem) == (verdict.state, problem) else [_audited(batch, state, judgement, verdict)]
        )
        if not judgement.is_held and verdict.accepted.get("customers"):
            reopened = store.reopen_orphaned(connection, batch.system)
        events += [_reopened(number, batch) for number in reopened]
        append(connection, events, at=at)
        if staff is not None:
            _tell(connection, services, staff, batch, judgement, past.published_as_of)
        else:
            holding.settle_by(connection, batch, at=at)
        failpoints.reach(RECORDED)
    return tuple(reopened)


def _counts(batch: Batch, tallies: Mapping[str, Tally]) -> dict[str, dict[str, int]]:
    """Return rows_in = accepted + quarantined + duplicates + skipped per data set."""
    counts = {}
    for name, tally in tallies.items():
        refused = tally.failed + tally.refused
        skipped = int(batch.counts.get(name, {}).get("skipped", 0))
        counts[name] = {"rows_in": tally.accepted + refused + tally.repeated + skipped, "skipped": skipped, "accepted": tally.accepted,
                        "quarantined": refused, "duplicates": tally.repeated}  # fmt: skip
    return counts


def _audited(batch: Batch, state: str, judgement: Judgement, verdict: Verdict) -> AuditEvent:
    totals = {word: sum(getattr(verdict, word).values()) for word in ("accepted", "quarantined", "duplicates")}
    return AuditEvent(
        f"batch:{verdict.state}",
        "batch",
        str(batch.batch_id),
        "system:validation",
        {"state": state},
        {"state": verdict.state, "late": verdict.late, **totals},
        {
            "sha256": batch.sha256,
            "mapping": batch.mapping_digest,
            "codes": sorted({p.code for p in judgement.problems}),
        },
    )


def _reopened(batch_id: int, customers: Batch) -> AuditEvent:
    return AuditEvent("batch:reopened", "batch", str(batch_id), "system:validation", {"state": "held"}, {"state": "landed"},
                      {"customers_of_batch": customers.batch_id})  # fmt: skip


def _tell(
    connection: Connection, services: Services, staff: Staff, batch: Batch, judgement: Judgement, good_until: date | None
) -> None:  # fmt: skip
    """Tell of a held batch; where a CRM is polled, once for each cause until something good was published, not at each poll."""
    mapping = mapping_of(services.instance, batch.source_id)
    codes = "+".join(sorted({problem.code for problem in judgement.problems}))
    is_polled = mapping is not None and mapping.read.crm is not None
    key = f"batch_held:{batch.source_id}:{codes}:{good_until}" if is_polled else f"batch_held:{batch.batch_id}"
    facts: dict[str, object] = {"batch_id": batch.batch_id, "feed_id": batch.source_id, "source": batch.source_id, "as_of": batch.as_of.isoformat(),
                                "codes": sorted({problem.code for problem in judgement.problems})}  # fmt: skip
    holding.tell_held(services.instance, connection, staff, batch, key, facts, is_polled=is_polled)
