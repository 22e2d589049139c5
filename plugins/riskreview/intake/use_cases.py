"""Owns the verbs of intake: land an inbox, land a file, land a query, add a source, read refused rows again."""

import shutil
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import structlog

from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.foundation.whole_file import whole_file
from riskreview.intake import inbox, raw_zone
from riskreview.intake.inbox import InboxFile, SourceUnreachable
from riskreview.intake.landing import Delivery, ensure_staged, land, record_unreachable
from riskreview.intake.leftovers import remove_leftovers
from riskreview.intake.query_source import write_query
from riskreview.intake.results import LandedBatch, PassedOver
from riskreview.intake.staging import Extract, local_day, open_duckdb, stage_extract
from riskreview.intake.statements import wanted_rows
from riskreview.intake.store import known_files, newest_published, read_batch, source_lock, unfinished_batches
from riskreview.intake.unchanged import record_nothing_new
from riskreview.policy.datasets import DATASETS
from riskreview.policy.mapping import Mapping
from riskreview.policy.mapping_checks import load_mapping

LOG = structlog.get_logger("riskreview.intake")
REFUSED = "refused"


def land_inbox(
    services: Services, *, stage: str | None = None, sources: Collection[str] | None = None,
    passed_over: PassedOver | None = None,
) -> list[LandedBatch]:  # fmt: skip
    """Land every new file of the inbox and every query, and return those and the unfinished batches of earlier runs.

    A file that must be refused as a whole is recorded as a refused batch and moved to ``<home>/refused``; the others go on, and
    so do the other sources when one does not answer: that is recorded, and the data engineer is told once.
    Batches come in the order in which their datasets depend on each other, then by business date. Events are not in the inbox;
    the events room takes them.

    :param passed_over: filled with what did not become a batch.
    :raises BadInput: when a mapping of the instance does not load.
    """
    passed_over = passed_over or PassedOver()
    wanted = [
        mapping
        for mapping in load_mappings(services.instance)
        if not mapping.read.events
        and (stage is None or mapping.stage == stage)
        and (sources is None or mapping.source in sources)
    ]
    landed: dict[int, LandedBatch] = {}
    for done, mapping in enumerate(wanted, start=1):
        with source_lock(services.engine, mapping.source):
            remove_leftovers(services, mapping.source)
            try:
                _land_source(services, mapping, passed_over)
            except SourceUnreachable as error:
                record_unreachable(services, mapping, error)
                passed_over.sources_unreachable += 1
            landed |= {batch.batch_id: batch for batch in _unfinished(services, mapping)}
        services.progress.advance("landing", done, len(wanted))
    return sorted(landed.values(), key=_loading_order)


def land_file(services: Services, *, mapping: Mapping, path: Path, received_at: datetime | None = None) -> LandedBatch:
    """Land one file; the same bytes give the same batch.

    :param received_at: when its content was received, where that was before now.
    :raises BadInput: for a file that is refused as a whole; the refused batch has been recorded where it has bytes.
    """
    with source_lock(services.engine, mapping.source):
        remove_leftovers(services, mapping.source)
        return land(services, mapping, Delivery(path, path.name, received_at=received_at))


def add_source(instance: Instance, mapping_path: Path) -> Mapping:
    """Check a mapping and copy it into the instance.

    :raises BadInput: for a mapping that does not load, or whose source the instance has in another file.
    """
    mapping = load_mapping(mapping_path)
    target = instance.home / "mappings" / f"{mapping.source}.yaml"
    for path in instance.configuration("mappings"):
        if path != target and path.resolve() != mapping_path.resolve() and load_mapping(path).source == mapping.source:
            raise BadInput("E-SOURCE-TWICE", f"the source {mapping.source} is already in {path.name}", "Change that file, or name another source",
                           mapping_path.name)  # fmt: skip
    if mapping_path.resolve().parent != target.parent.resolve():
        target.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(target) as draft:
            shutil.copyfile(mapping_path, draft)
    return mapping


def restage_rows(services: Services, *, batch_id: int, dataset: str, source_rows: Collection[int]) -> Path:
    """Read the given rows of a batch's raw bytes again with the source's current mapping and return the folder they are staged in.

    The folder holds ``<dataset>.parquet`` and ``<dataset>.refused.parquet`` with the same columns as a batch's.

    :raises NotFound: when the batch, its bytes, its mapping or the dataset in it does not exist.
    """
    with services.engine.connect() as connection:
        record = read_batch(connection, batch_id)
    mapping = find_mapping(services.instance, record.batch.source_id)
    raw = raw_zone.find(services.instance, record.sha256)
    if raw is None or dataset not in mapping.datasets:
        raise NotFound(f"batch {batch_id} has no bytes or no dataset {dataset} any more")
    folder = services.instance.staging / f"redrive-{batch_id}-{dataset}"
    received_on = local_day(services.instance, record.received_at)
    stage_extract(services.instance, mapping, Extract(raw, record.file_name, received_on), folder)
    _keep_only(services.instance, folder, dataset, source_rows)
    return folder


def unfinished(services: Services, mapping: Mapping) -> list[LandedBatch]:
    """Return the batches of a source that are landed and not yet published, staged again where their rows are gone."""
    with source_lock(services.engine, mapping.source):
        return _unfinished(services, mapping)


def landed_again(services: Services, *, batch_id: int) -> LandedBatch:
    """Return a batch that is to be looked at again, staged again where its rows are gone.

    :raises NotFound: when its mapping or its bytes are gone.
    """
    with services.engine.connect() as connection:
        record = read_batch(connection, batch_id)
    mapping = find_mapping(services.instance, record.batch.source_id)
    with source_lock(services.engine, mapping.source):
        return ensure_staged(services, mapping, record)


def small_arrivals(services: Services, *, at_most: int) -> frozenset[str]:
    """Return the continuous sources with new files in the inbox, where nothing else is new there and no file is larger.

    Files that come with others are a delivery: the scheduled ingest takes it whole, so that nobody is judged by half of it.
    """
    found: set[str] = set()
    for mapping in load_mappings(services.instance):
        for file in _new_files(services, mapping):
            if not mapping.delivery.continuous or file.size > at_most:
                return frozenset()
            found.add(mapping.source)
    return frozenset(found)


def load_mappings(instance: Instance) -> list[Mapping]:
    """Return the instance's mappings in the order of their files.

    :raises BadInput: for a mapping that does not load, or two of the same source.
    """
    mappings: dict[str, Mapping] = {}
    for path in instance.configuration("mappings"):
        mapping = load_mapping(path)
        if mapping.source in mappings:
            raise BadInput(
                "E-SOURCE-TWICE", f"the source {mapping.source} has two mappings", "Remove one of them", path.name
            )
        mappings[mapping.source] = mapping
    return list(mappings.values())


def find_mapping(instance: Instance, source_id: str) -> Mapping:
    """Return the mapping of a source.

    :raises NotFound: when the instance has none.
    """
    found = next((mapping for mapping in load_mappings(instance) if mapping.source == source_id), None)
    if found is None:
        raise NotFound(f"the instance has no mapping of the source {source_id}")
    return found


def _land_source(services: Services, mapping: Mapping, passed_over: PassedOver) -> None:
    if mapping.read.query is not None:
        with services.engine.connect() as connection:
            read_at = newest_published(connection, mapping.source)
        try:
            path = write_query(services.instance, mapping, read_on=read_at and local_day(services.instance, read_at))
        except BadInput as error:
            raise SourceUnreachable(str(error)) from error
        if path is None:
            passed_over.unchanged += 1
            record_nothing_new(services, mapping)
            return
        try:
            _land_or_refuse(services, mapping, Delivery(path, path.name), passed_over)
        finally:
            path.unlink(missing_ok=True)
        return
    for file in _new_files(services, mapping):
        if not inbox.is_complete(file):
            LOG.info("file_still_growing", source_id=mapping.source, size_bytes=file.size)
            continue
        _land_or_refuse(services, mapping, Delivery(file.path, file.path.name, file), passed_over)


def _new_files(services: Services, mapping: Mapping) -> list[InboxFile]:
    with services.engine.connect() as connection:
        known = known_files(connection, mapping.source)
    files = inbox.find_files(services.instance, mapping)
    return [file for file in files if known.get(file.key) != (file.size, file.modified)]


def _land_or_refuse(services: Services, mapping: Mapping, delivery: Delivery, passed_over: PassedOver) -> None:
    try:
        land(services, mapping, delivery, passed_over)
    except BadInput as error:
        LOG.warning("file_refused", source_id=mapping.source, code=error.code)
        if isinstance(error, raw_zone.FileChanged):
            return
        passed_over.files_refused += 1
        if delivery.file is not None:
            set_aside(services.instance, delivery.file)


def set_aside(instance: Instance, file: InboxFile) -> None:
    """Move a refused entry out of the inbox, a link or a pipe as it is; one that cannot be moved stays where it is."""
    if not isinstance(file.path, Path):
        file.path.rename(str(file.path) + ".refused")
        return
    folder = instance.home / REFUSED
    folder.mkdir(exist_ok=True)
    name = file.path.name
    safe = "".join(sign if sign.isprintable() and sign not in "/\\;" else "_" for sign in name)[:60]
    target = folder / f"{file.modified}-{safe}"
    try:
        if file.path.is_symlink() or not file.path.is_file():
            file.path.rename(target)
        else:
            shutil.move(file.path, target)
    except OSError as error:
        LOG.warning("refused_file_stays", reason=error.strerror)


def _unfinished(services: Services, mapping: Mapping) -> list[LandedBatch]:
    with services.engine.connect() as connection:
        records = unfinished_batches(connection, mapping.source)
    return [ensure_staged(services, mapping, record) for record in records]


def _loading_order(batch: LandedBatch) -> tuple[int, str, int]:
    order = list(DATASETS)
    first = min((order.index(counts.dataset) for counts in batch.datasets), default=len(order))
    return first, batch.as_of.isoformat(), batch.batch_id


def _keep_only(instance: Instance, folder: Path, dataset: str, source_rows: Collection[int]) -> None:
    import pyarrow as pa

    with open_duckdb(instance, folder) as connection:
        connection.register("wanted", pa.table({"source_row": pa.array(sorted(source_rows), pa.int64())}))
        for path in (folder / f"{dataset}.parquet", folder / f"{dataset}.refused.parquet"):
            kept = path.with_suffix(".kept")
            connection.execute(wanted_rows(str(path), str(kept)))
            kept.replace(path)
