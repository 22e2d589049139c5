"""Owns telling an OpenLineage collector of runs, where the settings name one. It listens or not: no run waits for it or fails by it."""

import logging
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Literal

from riskreview import __version__
from riskreview.foundation.services import Services
from riskreview.mechanisms.runs import Run, recorded_run

PRODUCER = f"https://pypi.org/project/riskreview/{__version__}"
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = "https://openlineage.io/spec/facets"
NAMESPACE = "riskreview"
PATIENCE_SECONDS = 3.0
API_KEY = "OPENLINEAGE_API_KEY"
"""Variable of the environment with the collector's key; the same that OpenLineage's own clients read."""
Moment = Literal["START", "COMPLETE", "FAIL"]
log = logging.getLogger(__name__)


@contextmanager
def told_run(
    services: Services, stage: str, *, business_key: str, as_of: date | None, triggered_by: str, pins: Mapping[str, object]
) -> Iterator[Run]:  # fmt: skip
    """Record a run around a block and tell the collector how it begins and ends."""
    run = None
    try:
        with recorded_run(
            services, stage, business_key=business_key, as_of=as_of, triggered_by=triggered_by, pins=pins
        ) as run:
            tell(services, run, "START", as_of=as_of)
            yield run
    except BaseException as error:
        if run is not None:
            tell(services, run, "FAIL", as_of=as_of, problem=f"{type(error).__name__}: {error}")
        raise
    tell(services, run, "COMPLETE", as_of=as_of)


def tell(services: Services, run: Run, moment: Moment, *, as_of: date | None, problem: str = "") -> None:
    """Send the event of a run; a collector that is away or refuses is named in the log."""
    place = services.instance.openlineage_url
    if place is None:
        return
    import httpx

    key = os.environ.get(API_KEY)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.post(
            place,
            json=event(services, run, moment, as_of=as_of, problem=problem),
            headers=headers,
            timeout=PATIENCE_SECONDS,
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        log.warning("the OpenLineage collector did not take run %s: %s", run.run_id, type(error).__name__)


def event(services: Services, run: Run, moment: Moment, *, as_of: date | None, problem: str = "") -> dict[str, object]:
    """Return the RunEvent: the stage is the job, the fact tables it reads are its inputs, those it moved on its outputs."""
    before, after = _versions(run.pins.get("facts")), _versions(run.pins.get("facts_after"))
    own = _own_facet(run_id=run.run_id, as_of=None if as_of is None else as_of.isoformat(), counts=dict(run.counts),
                 pins={name: str(value) for name, value in run.pins.items()})  # fmt: skip
    facets: dict[str, object] = {"riskreview": own}
    if moment == "FAIL":
        facets["errorMessage"] = _facet(
            "1-0-1/ErrorMessageRunFacet.json", message=problem, programmingLanguage="PYTHON"
        )
    return {
        "eventType": moment, "eventTime": services.clock.now().isoformat(), "producer": PRODUCER, "schemaURL": SPEC,
        "run": {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{services.instance.facts}#run={run.run_id}")), "facets": facets},
        "job": {"namespace": NAMESPACE, "name": run.stage, "facets": {}},
        "inputs": _datasets(services, [*before.items()]),
        "outputs": _datasets(services, [item for item in after.items() if before.get(item[0]) != item[1]]),
    }  # fmt: skip


def _datasets(services: Services, versions: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    return [
        {"namespace": services.instance.facts, "name": name,
         "facets": {"version": _facet("1-0-1/DatasetVersionDatasetFacet.json", datasetVersion=version)}}
        for name, version in sorted(versions)
    ]  # fmt: skip


def _versions(pinned: object) -> dict[str, str]:
    return {str(name): str(version) for name, version in pinned.items()} if isinstance(pinned, Mapping) else {}


def _own_facet(**values: object) -> dict[str, object]:
    """Return a facet of ours: its schema is no OpenLineage one."""
    return {"_producer": PRODUCER, "_schemaURL": PRODUCER, **values}


def _facet(schema: str, **values: object) -> dict[str, object]:
    return {"_producer": PRODUCER, "_schemaURL": f"{FACETS}/{schema}", **values}
