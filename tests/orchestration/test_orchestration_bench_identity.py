"""The measurement of the search for customers that are one, few enough for a test: second spellings are proposed, few changes cost little."""

from pathlib import Path

import pytest

from riskreview.orchestration.bench_identity import RENAMED, Kind, run_identity_bench


@pytest.mark.deep
@pytest.mark.parametrize("names", ["unlike", "alike"])
def test_second_spellings_are_proposed_and_only_renamed_accounts_compared_again(
    names: Kind, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)

    found = run_identity_bench(home=tmp_path / "home", accounts=3_000, names=names)

    assert found.planted > 10
    assert found.proposed == found.planted
    assert (found.accounts, found.renamed) == (3_000, RENAMED)
    assert found.pairs < 30 * found.accounts
