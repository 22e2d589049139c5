"""One set of credentials serves the fact tables and the file systems."""

from pathlib import Path

import pytest

from riskreview.foundation.instance import Instance, Settings


def test_file_systems_get_the_credentials_of_the_fact_tables_by_their_own_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RISK_SECRET", "hidden")
    options = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "${RISK_SECRET}", "AWS_REGION": "eu-central-1",
               "AWS_ENDPOINT_URL": "http://127.0.0.1:9000", "AWS_ALLOW_HTTP": "true", "anon": "false"}  # fmt: skip
    instance = Instance(tmp_path, Settings(storage_options=options))  # type: ignore[call-arg]  # the others have defaults

    assert instance.storage_options() == {**options, "AWS_SECRET_ACCESS_KEY": "hidden"}
    assert instance.filesystem_options() == {
        "key": "id", "secret": "hidden", "endpoint_url": "http://127.0.0.1:9000", "anon": "false",
        "client_kwargs": {"region_name": "eu-central-1"},
    }  # fmt: skip
