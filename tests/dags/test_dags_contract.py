"""Every DAG keeps the house rules: thin, documented, retried, bounded, safe to trigger."""

import ast
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

PROJECT = Path(__file__).resolve().parents[2]
FILES = sorted((PROJECT / "dags").glob("*.py"))
EXPECTED = {
    "ingest_crm": ([], ["riskreview_facts"]),
    "ingest_finance": ([], ["riskreview_facts"]),
    "recompute_risk": (["riskreview_facts"], ["riskreview_risk_classes"]),
    "watch": (["riskreview_risk_classes"], ["riskreview_signals"]),
    "summarize_portfolio": (["riskreview_risk_classes"], []),
    "check_invariants": ([], []),
    "plan_reviews": ([], ["riskreview_duties"]),
    "sign_off_quarter": ([], ["riskreview_duties"]),
    "open_due_reviews": (["riskreview_signals"], ["riskreview_duties"]),
    "activate_playbooks": (["riskreview_signals"], ["riskreview_duties"]),
    "deliver_notifications": (["riskreview_duties"], []),
    "escalate": ([], []),
    "checkpoint_audit": ([], []),
    "watch_events": (["riskreview_events"], []),
    "write_back_crm": ([], []),
}
Seen = dict[str, Any]


def test_every_dag_file_parses(seen_by_airflow: Seen) -> None:
    assert seen_by_airflow["import_errors"] == {}


def test_the_dags_are_the_expected_ones_each_in_the_file_of_its_name(seen_by_airflow: Seen) -> None:
    found = {dag["dag_id"]: dag["file"] for dag in seen_by_airflow["dags"]}

    assert found == {name: f"{name}.py" for name in EXPECTED}
    assert {path.stem for path in FILES} == set(EXPECTED)


def test_assets_link_the_dags_into_the_loop(seen_by_airflow: Seen) -> None:
    found = {dag["dag_id"]: (dag["waits_for"], dag["leaves"]) for dag in seen_by_airflow["dags"]}

    assert found == EXPECTED


def test_a_quarter_is_signed_without_a_word_since_airflow_s_page_asks_for_what_may_not_be_null(
    seen_by_airflow: Seen,
) -> None:
    (dag,) = (dag for dag in seen_by_airflow["dags"] if dag["dag_id"] == "sign_off_quarter")

    assert [task["asked"] for task in dag["tasks"] if task["asked"]] == [{"reason": ["null", "string"]}]


def test_every_dag_is_documented_owned_tagged_and_bounded(seen_by_airflow: Seen) -> None:
    for dag in seen_by_airflow["dags"]:
        name = dag["dag_id"]
        assert dag["catchup"] is False, name
        assert dag["max_active_runs"] == 1, name
        assert "riskreview" in dag["tags"], name
        assert dag["survives_serialization"], name
        for heading in ("**When**", "**Pause**" if "ingest" not in name else "Pausing", "fails**", "trigger twice**"):
            assert heading in dag["doc_md"], f"{name}: the runbook lacks {heading}"


def test_in_buckets_everybody_is_computed_and_assessed_side_by_side_with_one_task_between(
    seen_by_airflow: Seen,
) -> None:
    found = seen_by_airflow["in_buckets"]

    assert found["before"] == {
        "begin_recompute": [[], False], "compute_bucket": [["begin_recompute"], True], "learn_across": [["compute_bucket"], False],
        "assess_part": [["learn_across"], True], "publish_recompute": [["assess_part"], False],
    }  # fmt: skip
    assert (found["dag"]["waits_for"], found["dag"]["leaves"]) == EXPECTED["recompute_risk"]


def test_every_task_is_retried_with_growing_delays_and_has_a_timeout(seen_by_airflow: Seen) -> None:
    for dag in (*seen_by_airflow["dags"], seen_by_airflow["in_buckets"]["dag"]):
        for task in dag["tasks"]:
            assert task["owner"] not in {"", "airflow"}, task
            assert task["retries"] >= 2, task
            assert task["backoff"] > 1, task
            assert 0 < task["retry_delay"] < task["longest_delay"], task
            assert 0 < task["timeout"] <= 6 * 3600, task


def test_a_business_date_may_be_entered_or_left_empty(seen_by_airflow: Seen) -> None:
    by_clock = {"deliver_notifications", "escalate", "write_back_crm", "checkpoint_audit"}
    for dag in seen_by_airflow["dags"]:
        assert dag["params"] == ({} if dag["dag_id"] in by_clock else {"as_of": None}), dag["dag_id"]


def test_dag_files_are_read_within_two_seconds_each(seen_by_airflow: Seen) -> None:
    assert {name: seconds for name, seconds in seen_by_airflow["seconds"].items() if seconds >= 2} == {}
    assert seen_by_airflow["seconds_again"] < 2


def test_reading_the_dags_loads_no_heavy_library(seen_by_airflow: Seen) -> None:
    heavy = {"great_expectations", "duckdb", "deltalake", "pyarrow", "scipy", "apprise"}

    assert heavy.isdisjoint(seen_by_airflow["modules"])


def test_the_plugin_loads_without_error(seen_by_airflow: Seen) -> None:
    assert seen_by_airflow["plugin_problems"] == {}
    assert "riskreview" in seen_by_airflow["plugins"]


def test_airflow_does_not_import_our_modules_by_their_bare_file_names(seen_by_airflow: Seen) -> None:
    telling = {"stages", "use_cases", "locks", "instance", "clock"}  # no library has modules of these names
    assert telling <= {path.stem for path in (PROJECT / "plugins" / "riskreview").rglob("*.py")}

    assert telling.isdisjoint(seen_by_airflow["modules"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dag_file_is_thin_and_imports_airflow_from_its_public_interface_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    imported = {node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}

    assert len(text.splitlines()) <= 60
    assert all(name == "airflow.sdk" or name.startswith("riskreview.orchestration") for name in imported)
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.If | ast.For | ast.Import)]
