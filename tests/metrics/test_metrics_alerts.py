"""Each alert is made to fire once, by bringing the database into its state; nothing fires while all is well."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import eq, gt
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import Connection, text
from tests.databases import separate
from tests.metrics.stating import MAPPING, insert_run

from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.metrics.families import FAMILIES, PREFIX
from riskreview.metrics.reading import Sample, samples

ROOT = Path(__file__).resolve().parents[2]
PANELS: list[dict[str, Any]] = json.loads((ROOT / "deploy/observability/dashboard.json").read_text(encoding="utf-8"))[
    "panels"
]
RULES: list[dict[str, Any]] = [
    rule
    for group in YAML(typ="safe").load(ROOT / "deploy" / "observability" / "alerts.yaml")["groups"]
    for rule in group["rules"]
]
NAMES = {PREFIX + family.name: set(family.labels) for family in FAMILIES}
FORM = re.compile(
    r"(?P<age>time\(\) - )?(?P<name>\w+)(?:{(?P<labels>[^}]*)})? (?P<sign>==|>) (?P<bound>\d+)|absent\((?P<gone>\w+)(?:{(?P<gone_labels>[^}]*)})?\)"
)
SIGNS = {"==": eq, ">": gt}


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression of the alerts file, taken apart."""

    name: str
    labels: dict[str, str]
    is_absent: bool
    of_age: bool = False
    sign: str = ">"
    bound: float = 0

    def fires(self, found: Sequence[Sample], now: float) -> bool:
        """Tell whether it holds for at least one series."""
        values = [item.value for item in found if PREFIX + item.family.name == self.name and self._fits(item)]
        if self.is_absent:
            return not values
        return any(SIGNS[self.sign](now - value if self.of_age else value, self.bound) for value in values)

    def _fits(self, item: Sample) -> bool:
        given = dict(zip(item.family.labels, item.labels, strict=True))
        return all(re.fullmatch(pattern, given[name]) for name, pattern in self.labels.items())


def parsed(expression: str) -> Condition:
    match = FORM.fullmatch(expression)
    assert match, f"{expression} is none of the three forms"
    labels = dict(re.findall(r'(\w+)=~?"([^"]*)"', match["labels"] or match["gone_labels"] or ""))
    if match["gone"]:
        return Condition(match["gone"], labels, is_absent=True)
    return Condition(
        match["name"],
        labels,
        is_absent=False,
        of_age=bool(match["age"]),
        sign=match["sign"],
        bound=float(match["bound"]),
    )


MESSAGE = """INSERT INTO message (ref, event_key, recipient, channel, kind, urgency, items, state, nonce, created_at, next_at, ended_at)
    VALUES ('r', 'e', 'p', 'mail', 'k', 'high', 1, {state}, 'n', :now, {next_at}, {ended_at})"""
ATTEMPTS = """WITH given AS (INSERT INTO message (ref, event_key, recipient, channel, kind, urgency, items, state, nonce, created_at, ended_at)
    VALUES ('r', 'e', 'p', 'mail', 'k', 'high', 1, 'accepted', 'n', :now, :now) RETURNING message_id)
    INSERT INTO message_attempt (message_id, attempt, lease_token, channel, started_at, outcome, ended_at)
    SELECT message_id, number, gen_random_uuid(), 'mail', :now - INTERVAL '10 minutes', '{outcome}', :now
    FROM given, generate_series(1, 25) AS number"""
DUTY = """INSERT INTO duty (kind, subject_type, subject_id, role, owner, due_at, ladder, state, opened_at)
    VALUES ('review', 'review', '1', 'risk_owner', 'p', :now - INTERVAL '9 days', '[]', {state}, :now)"""
OUTBOX = """INSERT INTO outbox_event (event_key, kind, subject_type, subject_id, urgency, audience, created_at, expanded_at)
    SELECT {key}, 'k', 'feed', 'ledger', 'high', '{{p}}', {created_at}, {expanded_at}"""
BATCH = "UPDATE batch SET state = '{state}', problem = 'x', received_at = :now - INTERVAL '1 hour', as_of = :today"
CHECKPOINT = """INSERT INTO audit_checkpoint (number, size, root, content, made_at)
    VALUES (2, 0, decode(repeat('00', 32), 'hex'), 'x', :now - INTERVAL '4 hours')"""
RUN_OLD = (
    "UPDATE run SET ended_at = :now - INTERVAL '2 days', started_at = :now - INTERVAL '2 days' WHERE stage = '{stage}'"
)
HEAD = """INSERT INTO assessment_head (as_of, run_id, policy_version, policy_digest, result_digest, customers, written_at)
    VALUES (CAST(:today AS date) - 5, 1, '1', 'x', 'x', 1, :now)"""
FINDING = """INSERT INTO invariant_finding (run_id, invariant, broken, checked_at)
    SELECT max(run_id), '{invariant}', {broken}, :now - INTERVAL '{age}' FROM run"""
STATES: dict[str, tuple[str, ...]] = {
    "RiskreviewFeedLate": ("UPDATE batch SET as_of = CAST(:today AS date) - 9",),
    "RiskreviewFeedNeverCame": ("DELETE FROM batch",),
    "RiskreviewFeedUnreachable": (OUTBOX.format(key="'feed_unreachable:ledger:' || max(batch_id)", created_at=":now", expanded_at=":now") + " FROM batch",),
    "RiskreviewCrmPullOld": ("""INSERT INTO crm_pull (source_id, connection, object, kind, paths, mark, pages, pulled_on, rows, changed, deleted, calls,
        credits, recorded_at) VALUES ('ledger', 'zoho', 'Accounts', 'full', '{}', :now, '[]', :today, 0, 0, 0, 1, 1, :now - INTERVAL '2 days')""",),
    "RiskreviewBatchHeld": (BATCH.format(state="held"),),
    "RiskreviewBatchRefused": (BATCH.format(state="refused"),),
    "RiskreviewQuarantineOld": ("""INSERT INTO quarantine_row (batch_id, source_id, dataset, source_row, code, created_at)
        VALUES (1, 'ledger', 'invoices', 1, 'R-DATE', :now - INTERVAL '6 days')""",),
    "RiskreviewEventsStuck": ("""INSERT INTO event (source_id, event_key, system, datasets, sha256, size_bytes, content_type, rows, received_at,
        received_through, state) VALUES ('ledger', 'k', 'erp', '{orders}', repeat('a', 64), 1, 'json', 1, :now - INTERVAL '1 hour', 'webhook', 'received')""",),
    "RiskreviewStageFailed": ("UPDATE run SET state = 'failed' WHERE stage = 'recompute_risk'",),
    "RiskreviewStageHangs": ("""INSERT INTO run (stage, business_key, state, code_version, triggered_by, started_at)
        VALUES ('escalate', 'x', 'running', '1', 'cli', :now - INTERVAL '5 hours')""",),
    "RiskreviewEscalationStopped": (RUN_OLD.format(stage="escalate"),),
    "RiskreviewDeliveryStopped": (RUN_OLD.format(stage="deliver_notifications"),),
    "RiskreviewAssessmentStopped": (RUN_OLD.format(stage="recompute_risk"),),
    "RiskreviewNothingRuns": ("DELETE FROM run WHERE stage = 'escalate'",),
    "RiskreviewAssessmentOld": (HEAD,),
    "RiskreviewCustomersUnexplained": (HEAD, """INSERT INTO completeness_proof (as_of, run_id, active, fresh, listed, unexplained, digest, proven_at)
        VALUES (:today, 1, 2, 1, 1, 1, repeat('a', 64), :now)"""),
    "RiskreviewDutiesExhausted": (DUTY.format(state="'exhausted'"),),
    "RiskreviewDutiesOverdue": (DUTY.format(state="'open'"),),
    "RiskreviewReviewsOverdue": ("""INSERT INTO review (customer_key, kind, policy_line, period_key, period_months, state, owner, risk_class, due_on,
        opened_on, opened_at, run_id, pack, pack_sha256, policy_digest) VALUES (1, 'periodic', 'high', '2026Q2', 3, 'opened', 'p', 3,
        CAST(:today AS date) - 1, :today, :now, 1, 'x', encode(sha256('x'), 'hex'), 'd')""",),
    "RiskreviewMessagesStuck": (MESSAGE.format(state="'queued'", next_at=":now - INTERVAL '1 hour'", ended_at="NULL"),),
    "RiskreviewOutboxStuck": (OUTBOX.format(key="'k'", created_at=":now - INTERVAL '1 hour'", expanded_at="NULL"),),
    "RiskreviewDeadLetters": (MESSAGE.format(state="'dead'", next_at="NULL", ended_at=":now"),),
    "RiskreviewChannelRefuses": (ATTEMPTS.format(outcome="refused"),),
    "RiskreviewOutcomesUnknown": (ATTEMPTS.format(outcome="unknown"),),
    "RiskreviewCrmWritesFailed": ("""INSERT INTO crm_write (connection, object, record_id, customer_key, changes, digest, needs_person, state, proposed_at,
        problem) VALUES ('zoho', 'Accounts', '1', 1, '{"a": 1}', repeat('a', 64), FALSE, 'conflict', :now, 'x')""",),
    "RiskreviewInvariantBroken": (FINDING.format(invariant="review_once", broken=2, age="1 hour"),),
    "RiskreviewInvariantsUnchecked": (FINDING.format(invariant="log_verifies", broken=0, age="3 days"),),
    "RiskreviewCheckpointOld": (CHECKPOINT,),
    "RiskreviewCheckpointNotOutside": (CHECKPOINT,),
}  # fmt: skip
"""What brings about the state of each alert but those that need more than the database."""
BESIDE = {"RiskreviewMappingRefused", "RiskreviewFiguresMissing", "RiskreviewFiguresOld"}


@pytest.fixture(scope="module")
def well(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An instance where all is well: its feed came today, its stages ran, its log is signed and outside."""
    from datetime import UTC, datetime

    with separate(
        server, tmp_path_factory.mktemp("alerts") / "home", FixedClock(datetime(2026, 7, 2, 3, tzinfo=UTC))
    ) as services:
        (services.instance.home / "mappings" / "ledger.yaml").write_text(MAPPING, encoding="utf-8")
        now = services.clock.now()
        with services.engine.begin() as connection:
            for stage in ("escalate", "deliver_notifications", "recompute_risk"):
                insert_run(connection, stage, "finished", ended_at=now - timedelta(minutes=5))
            _state(services, connection, """INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at,
                state) VALUES ('ledger', 'erp', 'finance', repeat('a', 64), 'a.csv', 1, 'x', :today, :now, 'published')""",
                "INSERT INTO audit_checkpoint (number, size, root, content, made_at) VALUES (1, 0, decode(repeat('00', 32), 'hex'), 'x', :now)",
                "INSERT INTO audit_export (number, exported_at) VALUES (1, :now)")  # fmt: skip
        yield services


def _state(services: Services, connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(text(statement), {"now": services.clock.now(), "today": services.today})


def firing(services: Services, *statements: str, later: timedelta = timedelta()) -> set[str]:
    """Return the alerts that fire after some statements, which are taken back."""
    with services.engine.connect() as connection:
        _state(services, connection, *statements)
        found = samples(services, connection)
        connection.rollback()
    now = (services.clock.now() + later).timestamp()
    return {rule["alert"] for rule in RULES if parsed(rule["expr"]).fires(found, now)}


def test_nothing_fires_while_all_is_well(well: Services):
    assert firing(well) == set()


def test_a_figure_at_the_top_of_the_dashboard_says_nought_rather_than_no_data_while_all_is_well(well: Services):
    with well.engine.connect() as connection:
        told = {PREFIX + sample.family.name for sample in samples(well, connection)}
    figures = {panel["title"]: panel["targets"][0]["expr"] for panel in PANELS if panel["type"] == "stat"}

    assert len(figures) == 6
    assert [title for title, expr in figures.items() if told.isdisjoint(re.findall(rf"{PREFIX}\w+", expr))] == []


@pytest.mark.parametrize("alert", [rule["alert"] for rule in RULES if rule["alert"] not in BESIDE])
def test_an_alert_fires_in_its_state(alert: str, well: Services):
    assert alert in firing(well, *STATES[alert])


def test_a_message_given_up_is_told_of_for_a_day_and_not_for_ever(well: Services):
    given_up = {
        hours: MESSAGE.format(state="'dead'", next_at="NULL", ended_at=f":now - INTERVAL '{hours} hours'")
        for hours in (23, 25)
    }

    assert firing(well, given_up[23]) == {"RiskreviewDeadLetters"}
    assert firing(well, given_up[25]) == set()


def test_a_broken_mapping_silence_and_an_old_file_fire(well: Services):
    broken = well.instance.home / "mappings" / "broken.yaml"
    broken.write_text("source: [", encoding="utf-8")
    try:
        assert firing(well) == {"RiskreviewMappingRefused"}
    finally:
        broken.unlink()
    assert "RiskreviewFiguresOld" in firing(well, later=timedelta(hours=1))
    silent = {rule["alert"] for rule in RULES if parsed(rule["expr"]).fires((), 0)}
    assert silent == {"RiskreviewFiguresMissing", "RiskreviewNothingRuns"}


def test_every_alert_asks_for_metrics_that_exist_and_has_a_runbook():
    headings = re.findall(
        r"^## (\w+)$", (ROOT / "docs/operations/runbooks.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert sorted(headings) == sorted(rule["alert"] for rule in RULES)
    for rule in RULES:
        condition = parsed(rule["expr"])
        assert set(condition.labels) <= NAMES[condition.name], rule["alert"]
        assert rule["annotations"]["runbook"] == f"docs/operations/runbooks.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["summary_zh"]
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert re.fullmatch(r"\d+[mhd]", rule["for"])
        assert set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"]))) <= NAMES[condition.name]


def test_the_dashboard_shows_metrics_that_exist_and_no_two_panels_in_one_place():
    cells = [
        (x, y)
        for panel in PANELS
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert len(set(cells)) == len(cells)
    shown = {name for panel in PANELS for target in panel.get("targets", ()) for name in re.findall(rf"{PREFIX}\w+", target["expr"])}  # fmt: skip
    assert shown - set(NAMES) == set()
    assert len(shown) > 20
    assert [panel["title"] for panel in PANELS if panel["type"] != "row" and not panel["targets"][0]["expr"]] == []
