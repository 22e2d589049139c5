"""Owns the queue folder: messages that another system drops as files, ``<inbox>/queue/<source>/<id>.json``, one message a file.

A received file is removed, for its bytes are in the raw zone; a refused one is set aside and the data engineer is told.
"""

from collections.abc import Iterator
from pathlib import Path

import structlog

from riskreview.events.payload import JSON_TYPE, LINES_TYPE
from riskreview.events.receiving import Message, receive
from riskreview.events.results import Collected
from riskreview.foundation.errors import BadInput, Conflict, NotFound
from riskreview.foundation.failpoints import reach, register
from riskreview.foundation.instance import Instance
from riskreview.foundation.services import Services
from riskreview.intake import file_guard
from riskreview.intake.inbox import QUEUE, InboxFile, files_matching, is_complete
from riskreview.intake.landing import record_unread
from riskreview.intake.use_cases import set_aside
from riskreview.policy.monitoring_policy import load_monitoring_policy

TYPES = {".json": JSON_TYPE, ".jsonl": LINES_TYPE, ".ndjson": LINES_TYPE}
COLLECTED = register("events.collected", "a queued message is received, its file is still in the folder")
LOG = structlog.get_logger("riskreview.events")


def queued(instance: Instance) -> Iterator[InboxFile]:
    """Return the messages of the queue folder, oldest first."""
    yield from sorted(files_matching(instance, f"{QUEUE}/*/*"), key=lambda file: (file.modified, file.key))


def collect(services: Services) -> Collected:
    """Receive every complete message of the queue; one that an interrupted pass received already only loses its file."""
    received = refused = 0
    for file in queued(services.instance):
        if not is_complete(file):
            continue
        try:
            receive(services, _message(services.instance, file))
        except (BadInput, Conflict, NotFound) as error:
            _refuse(services, file, error)
            refused += 1
            continue
        reach(COLLECTED)
        file.path.unlink(missing_ok=True)
        received += 1
    return Collected(received, refused)


def _message(instance: Instance, file: InboxFile) -> Message:
    limits = load_monitoring_policy(instance).events
    file_guard.check_name(file.path.name)
    if isinstance(file.path, Path):
        file_guard.check_kind(file.path)
    if file.size > limits.body_kb * 1024:
        raise BadInput(
            "E-EVENT-SIZE",
            f"the message has {file.size} bytes",
            f"Send at most {limits.body_kb} KB, or a file",
            file.path.name,
        )
    content_type = TYPES.get(file.path.suffix.lower(), file.path.suffix)
    return Message(file.path.parent.name, file.path.stem, file.path.read_bytes(), content_type, "queue")


def _refuse(services: Services, file: InboxFile, error: Exception) -> None:
    LOG.warning("queued_message_refused", reason=type(error).__name__)
    known = (
        error
        if isinstance(error, BadInput)
        else BadInput("E-EVENT-REFUSED", str(error), "Add the source, or use a new id")
    )
    record_unread(services, f"{QUEUE}/{file.path.parent.name}"[:100], file.key, file.modified, known)
    set_aside(services.instance, file)
