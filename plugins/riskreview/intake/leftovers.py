"""Owns removing what a landing that was killed left behind; the caller holds the source's lock, so nobody else works there."""

import shutil

from riskreview.foundation.services import Services
from riskreview.intake import raw_zone
from riskreview.intake.store import batch_ids

OWNER = ".source"
"""A staged folder names its source, so that only that source's landing removes it."""


def remove_leftovers(services: Services, source_id: str) -> None:
    """Remove a source's incoming bytes, working folders, and staged folders whose batch was never committed."""
    raw_zone.incoming_path(services.instance, source_id).unlink(missing_ok=True)
    staging = services.instance.staging
    (staging / "queries" / f"{source_id}.jsonl").unlink(missing_ok=True)
    for name in (f"landing-{source_id}", f"restage-{source_id}"):
        shutil.rmtree(staging / name, ignore_errors=True)
    if not staging.exists():
        return
    with services.engine.connect() as connection:
        known = batch_ids(connection)
    for folder in staging.iterdir():
        if folder.name.isdecimal() and int(folder.name) not in known:
            owner = folder / OWNER
            if owner.exists() and owner.read_text(encoding="utf-8") == source_id:
                shutil.rmtree(folder, ignore_errors=True)
