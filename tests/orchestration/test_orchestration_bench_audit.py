"""The measurement of the event log on a log small enough for a test: what it appends verifies, and auditors get pages and files."""

from pathlib import Path

import pytest

from riskreview.foundation.progress import LogProgress
from riskreview.orchestration import bench_audit


@pytest.mark.deep
@pytest.mark.long
def test_the_log_is_filled_signed_verified_and_handed_over(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)
    monkeypatch.setattr(bench_audit, "SECONDS", 1.0)
    monkeypatch.setattr(bench_audit, "PAUSE", 0.05)

    found = bench_audit.run_audit_bench(home=tmp_path / "home", events=2_000, progress=LogProgress())

    assert min(found.append_seconds, found.checkpoint_seconds, found.verify_seconds, found.peak_mb, found.bytes) > 0
    assert found.searches.pages >= bench_audit.AUDITORS
    assert found.exports.pages >= 1
    assert found.searches.others == found.exports.others == {}
