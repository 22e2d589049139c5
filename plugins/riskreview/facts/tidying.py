"""Owns taking staged rows away once they are facts: what is left to decide keeps them, the raw bytes hold everything.

Staged rows are read again from the raw zone where somebody needs them after all, so that losing them loses nothing.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from riskreview.foundation.services import Services
from riskreview.foundation.sql import sql


def tidy_staging(services: Services) -> int:
    """Remove staged rows that have been facts for ``staging_days``, and what killed processes left so long ago; returns how many entries.

    Nothing of a batch goes that is held, not yet published, or has a row in quarantine, or one that was let through since. The caller holds
    the ingest's lock.
    """
    staging = services.instance.staging
    if not staging.exists():
        return 0
    before = services.clock.now() - timedelta(days=services.instance.settings.staging_days)
    with services.engine.connect() as connection:
        found = connection.execute(text(sql("facts", "staged_for_nothing")), {"before": before}).scalars()
        settled = {str(batch) for batch in found}
    gone = [path for path in staging.iterdir() if _is_over(path, settled, before)]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(gone)


def _is_over(path: Path, settled: set[str], before: datetime) -> bool:
    """Tell whether an entry is of a batch that needs it no more; one that is of no batch, by its age."""
    if path.name.isdecimal():
        return path.name in settled
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
