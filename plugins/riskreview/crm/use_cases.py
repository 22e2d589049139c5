"""Owns the verbs of reading: pull every CRM source of a stage, one source, and check that connections and mappings fit."""

import hashlib
from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog

from riskreview.crm import mapping_check
from riskreview.crm.connections import FindConnection
from riskreview.crm.opening import OpenCrm, open_crm
from riskreview.crm.problems import CrmRefused
from riskreview.crm.pulling import pull, replay
from riskreview.crm.results import Pulled
from riskreview.crm.store import newest_pull, read_pull
from riskreview.crm.timing import Timer
from riskreview.foundation.errors import BadInput, NotFound, Unavailable
from riskreview.foundation.services import Services
from riskreview.intake.inbox import SourceUnreachable
from riskreview.intake.landing import record_unreachable, record_unread
from riskreview.intake.results import PassedOver
from riskreview.intake.use_cases import find_mapping, load_mappings
from riskreview.mechanisms.outbox import suppressed
from riskreview.policy.crm_object import CrmObject
from riskreview.policy.datasets import DATASETS
from riskreview.policy.mapping import Mapping

LOG = structlog.get_logger("riskreview.crm")
TOLD_BY_CAUSE = "told once by its cause, not at every poll"
"""Why the message about a single refused answer is recorded and not sent."""


@dataclass(frozen=True, slots=True)
class Network:
    """What stands between us and the CRMs; the defaults are the real ones."""

    find: FindConnection
    transport: httpx.BaseTransport | None = None
    timer: Timer | None = None


def pull_all(
    services: Services, network: Network, *, stage: str | None = None, passed_over: PassedOver | None = None
) -> list[Pulled]:  # fmt: skip
    """Pull every CRM source of a stage, customers before what refers to them; one that fails is recorded and stops no other.

    A source whose connection is not configured waits without a word: it was set up for later.
    """
    passed_over = passed_over or PassedOver()
    done: list[Pulled] = []
    with ExitStack() as stack:
        opened: dict[str, OpenCrm] = {}
        for mapping, object_ in crm_sources(services):
            if (stage is not None and mapping.stage != stage) or network.find(object_.connection) is None:
                continue
            try:
                if object_.connection not in opened:
                    opened[object_.connection] = stack.enter_context(
                        open_crm(
                            services, object_.connection, network.find, transport=network.transport, timer=network.timer
                        )
                    )
                with suppressed(TOLD_BY_CAUSE):
                    done.append(pull(services, mapping, opened[object_.connection]))
            except BadInput as error:
                _refused(services, mapping, error)
                passed_over.files_refused += 1
            except (Unavailable, CrmRefused) as error:
                LOG.warning("crm_unreachable", source_id=mapping.source, problem=str(error))
                record_unreachable(services, mapping, SourceUnreachable(str(error)))
                passed_over.sources_unreachable += 1
    return done


def pull_source(services: Services, network: Network, source_id: str, *, full: bool = False) -> Pulled:
    """Pull one source.

    :raises RiskReviewError: as ``pull``; the caller tells.
    """
    mapping = find_mapping(services.instance, source_id)
    if mapping.read.crm is None:
        raise NotFound(f"the source {source_id} is not read from a CRM; its mapping needs read: {{crm: ...}}")
    with open_crm(
        services, mapping.read.crm.connection, network.find, transport=network.transport, timer=network.timer
    ) as crm:  # fmt: skip
        return pull(services, mapping, crm, full=full)


def replay_pull(services: Services, find: FindConnection, pull_id: int, target: Path) -> tuple[bool, str]:
    """Make the extract of a pull again; tell whether it is the one of then, and its hash. The CRM is not asked."""
    stored = read_pull(services, pull_id)
    mapping = find_mapping(services.instance, stored.source_id)
    with open_crm(services, stored.connection, find) as crm:
        replay(services, mapping, crm, stored, target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return stored.batch_id is None or digest == stored.extract, digest


@dataclass(frozen=True, slots=True)
class Checked:
    """What looking at a connection came to.

    :param told: what the CRM says of itself. :param problems: what keeps a source from being pulled, by source.
    """

    connection: str
    kind: str
    told: tuple[tuple[str, str], ...]
    problems: AbstractMapping[str, tuple[str, ...]]


def check(services: Services, network: Network, connection: str) -> Checked:
    """Ask a CRM for a token and for its objects, and compare every mapping that reads it with their descriptions.

    :raises RiskReviewError: when the CRM does not let us in.
    """
    with open_crm(services, connection, network.find, transport=network.transport, timer=network.timer) as crm:
        told = tuple(crm.reader.who())
        found = {
            mapping.source: tuple(_problems(crm, mapping, object_))
            for mapping, object_ in crm_sources(services)
            if object_.connection == connection
        }
        return Checked(connection, crm.connection.kind, told, found)


def crm_sources(services: Services) -> list[tuple[Mapping, CrmObject]]:
    """Return the sources that are read from a CRM, in the order their datasets depend on each other."""
    ranks = list(DATASETS)
    found = [(item, item.read.crm) for item in load_mappings(services.instance) if item.read.crm is not None]
    return sorted(found, key=lambda pair: (min(ranks.index(name) for name in pair[0].datasets), pair[0].source))


def _problems(crm: OpenCrm, mapping: Mapping, object_: CrmObject) -> Iterator[str]:
    try:
        described = crm.reader.describe(object_.object)
    except CrmRefused as error:
        yield str(error)
        return
    yield from (str(problem) for problem in mapping_check.problems(mapping, described.fields))


def _refused(services: Services, mapping: Mapping, error: BadInput) -> None:
    """Tell the data engineer of a source that cannot be pulled, once until the mapping changes or a pull succeeds."""
    LOG.warning("crm_refused", source_id=mapping.source, code=error.code, column=error.column)
    newest = newest_pull(services, mapping.source)
    record_unread(services, mapping.source, f"crm:{mapping.digest}:{error.code}:{error.column}", newest, error)
