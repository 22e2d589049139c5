"""Owns exports: the events of some days with their proofs and the verifier, in a folder for somebody without the database."""

import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from riskreview.audit.checkpoints import make_checkpoint
from riskreview.audit.log_part import VERIFIER, write_log_part
from riskreview.foundation.clock import midnight_utc
from riskreview.foundation.services import Services
from riskreview.foundation.whole_file import whole_folder


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and the number of the checkpoint that proves it."""

    events: int
    checkpoint: int


def export_log(
    services: Services, folder: Path, *, since: date | None = None, until: date | None = None, texts: bool = False
) -> Exported:
    """Write the events of the days ``since`` to ``until`` (UTC, both included), proven by a checkpoint made now.

    :param texts: also what commitments stand for, which may be personal data.
    """
    checkpoint = make_checkpoint(services)
    first, after = midnight_utc(since) if since else None, midnight_utc(until + timedelta(days=1)) if until else None
    with whole_folder(folder), services.engine.connect() as connection:
        count = write_log_part(connection, folder, checkpoint, since=first, until=after, texts=texts)
        shutil.copyfile(VERIFIER, folder / VERIFIER.name)
    return Exported(count, checkpoint.number)
