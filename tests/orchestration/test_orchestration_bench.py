"""The benchmark on a portfolio small enough for a test: every stage runs, every promised figure is there."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from riskreview.assessment import history
from riskreview.assessment.own_history import complete, read_own_history
from riskreview.foundation.services import Services, open_services
from riskreview.models.definition import find_definition, load_definition
from riskreview.orchestration import bench, bench_backtest, bench_data, bench_forecast
from riskreview.orchestration.bench import run_bench


@pytest.mark.deep
@pytest.mark.long
def test_the_benchmark_measures_every_stage(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bench_data.SIZES, "S", bench_data.Size(300, 3_000, 1_500))
    monkeypatch.setattr(bench, "ROUNDS", 1)
    monkeypatch.setenv("RISKREVIEW_DATABASE_URL", database_url)
    found = asdict(run_bench(scale="S", cache_dir=tmp_path))
    assert set(found["stages"]) == {"landing", "validation", "publish", "indicators", "assessment", "scoring", "write"}
    assert min(found["stages"].values()) > 0
    assert found["rows"]["invoices"] == 3_000
    assert found["customers"] == 300
    for name in (
        "x_scan",
        "landing_x_csv",
        "landing_x_csv_cpu",
        "validation_x_hand",
        "scoring_pct",
        "scoring_x_scan",
        "pg_rows_per_s",
        "peak_rss_mb",
    ):
        assert found[name] > 0
    with open_services(tmp_path / "S" / "home") as services:
        tried = bench_backtest.measure(services, scale="S", months=2)
    assert (tried.months, tried.customers, tried.customer_months) == (2, 300, 600)
    assert tried.seconds > 0
    assert tried.peak_rss_mb > 0


@pytest.mark.database
def test_the_made_up_history_is_one_to_learn_a_change_from(services: Services) -> None:
    last, run_id = bench_forecast.make_up(services, 300)

    definition = complete(load_definition(find_definition(services.instance, bench_forecast.MODEL)), services)
    rows = read_own_history(services, definition, as_of=last + timedelta(days=1))
    assert (last, run_id) == max(history.stored_runs(services.instance))
    assert 200 < rows.bads < len(rows) / 2


def test_a_folder_that_is_no_benchmarks_instance_is_never_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bench_data.SIZES, "S", bench_data.Size(20, 40, 20))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="no benchmark's instance"):
        run_bench(scale="S", cache_dir=tmp_path, home=tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep"


def test_an_unknown_scale_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="XL"):
        run_bench(scale="XL", cache_dir=tmp_path)
