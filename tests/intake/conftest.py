"""Fixtures of the intake tests."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from intake_extracts import Outcome, mapping_text

from riskreview.foundation.instance import Instance
from riskreview.intake.staging import Extract, stage_extract
from riskreview.policy.mapping import Mapping
from riskreview.policy.mapping_checks import load_mapping


@pytest.fixture
def make_mapping(tmp_path: Path) -> Callable[[str], Mapping]:
    """Load a mapping from its text."""

    def load(text: str) -> Mapping:
        path = tmp_path / "mapping.yaml"
        path.write_text(text, encoding="utf-8")
        return load_mapping(path)

    return load


@pytest.fixture
def stage(instance: Instance, tmp_path: Path, make_mapping: Callable[[str], Mapping]) -> Callable[..., Outcome]:
    """Stage bytes or lines as ``receivables_20260630.csv``."""

    def run(content: bytes | list[str], mapping: str | None = None, *, name: str = "receivables_20260630.csv",
            manifest: dict[str, object] | None = None) -> Outcome:  # fmt: skip
        path = tmp_path / "extract"
        path.write_bytes(content if isinstance(content, bytes) else ("\n".join(content) + "\n").encode())
        folder = instance.staging / "test"
        extract = Extract(path, name, date(2026, 7, 1), manifest)
        return Outcome(stage_extract(instance, make_mapping(mapping or mapping_text()), extract, folder), folder)

    return run
