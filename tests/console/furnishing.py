"""The small portfolio of the console's tests: customers of two owners, and one thing of every kind that belongs to ``owner``."""

import json
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, text
from tests.assessment.portfolios import frame
from tests.gate.editing import warn_earlier
from tests.gate.planted import try_frames
from tests.models.cards import scorecard
from tests.reviews.portfolio import raise_signal

from riskreview.assessment.use_cases import assess_frame
from riskreview.console.grants import grant
from riskreview.facts.spelling import spell_customers
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.services import Services
from riskreview.gate.deciding import propose as propose_policy
from riskreview.gate.installing import install
from riskreview.gate.store import list_activations
from riskreview.measures.proposing import propose as propose_measure
from riskreview.measures.terms import Wanted
from riskreview.models.definition import load_definition
from riskreview.opinions.rules import Draft
from riskreview.opinions.use_cases import propose
from riskreview.playbooks.use_cases import activate_playbooks
from riskreview.reviews.cadence_overrides import propose as propose_rhythm
from riskreview.reviews.use_cases import open_due_reviews

FIRST, DAY = date(2026, 7, 1), date(2026, 7, 2)
LOGINS = {
    "owner": ("wang.fang", "risk_owner"), "stranger": ("anna.keller", "risk_owner"), "approver": ("maria.stein", "approver"),
    "engineer": ("qian.bo", "engineer"), "compliance": ("xu.ning", "compliance"), "auditor": ("feng.lei", "auditor"),
    "administrator": ("jiang.tao", "administrator"),
}  # fmt: skip
"""Login, person and role; ``stranger`` is a risk owner to whom nothing of ``owner`` belongs."""
BAD = {"P1": 75, "P2": 45, "T2": -40}
PEOPLE = [BAD, BAD, {"P1": 45}, BAD, {**BAD, "rate_missing": True}, {"P1": 20}]
NAMES = (
    "Quenmoth Drives Ltd",
    "棠溪市锐远汽车零部件有限公司",
    "=SUM(A1)",
    "鹭汀市维晟仪器仪表有限公司",
    "Brinsora Industries GmbH",
    "Stranger & Sons",
)
CUSTOMER = ("INSERT INTO customer (customer_key, customer_id, name, country, owner_user, tax_id, known_at)"
            " VALUES (:key, :id, :name, 'CN', :owner, :tax, now())")  # fmt: skip
ACCOUNTS = ("INSERT INTO account (account_key, system, account_id, customer_key, name, tax_id, tax_key, as_of, known_at) VALUES"
            " (1280, 'zoho', 'Z-5', 5, NULL, 'tax 5', 'TAX5', '2026-07-01', now()), (1281, 'erp', '007', 5, NULL, 'none yet', NULL, '2026-07-01', now()),"
            " (256, 'zoho', 'Z-1', 1, 'Quenmoth Drives Ltd', 'TAX1', 'TAX1', '2026-07-01', now()),"
            " (512, 'erp', '1002', 2, 'Quenmoth Drives', 'FR28900003609', 'FR900003609', '2026-07-01', now())")  # fmt: skip
TIES = ("INSERT INTO group_member (customer_key, group_id) VALUES (1, 1), (2, 1)",
        ("INSERT INTO current_relation (item_key, customer_key, kind, party_key, party, party_name, share_pct, starts_on)"
         " VALUES (1, 1, 'ownership', 2, '2', 'Quenmoth Holding', 80, '2026-01-01')"),
        "INSERT INTO screening_list (list_id, digest, entries, loaded_at) VALUES ('un', repeat('a', 64), 1, now())",
        ("INSERT INTO screening_entry (list_id, entry_id, digest, kind, names, countries, identifiers, programs)"
         " VALUES ('un', 'E1', repeat('a', 64), 'organisation', '{Quenmoth Drives}', '{KP}', '{}', '{DPRK}')"))  # fmt: skip
BATCH = ("INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, problem)"
         " VALUES ('crm_accounts', 'zoho', 'crm', repeat('a', 64), 'accounts.csv', 10, 'm', '2026-07-01', now(), 'held', 'E-EMPTY it is empty')"
         " RETURNING batch_id")  # fmt: skip
FEED = ("INSERT INTO feed (source_id, system, stage, held_batch, held_problem, updated_at)"
        " VALUES ('crm_accounts', 'zoho', 'crm', :batch, 'E-EMPTY it is empty', now())")  # fmt: skip
REFUSED = ("INSERT INTO quarantine_row (batch_id, source_id, dataset, source_row, line, column_name, code, found, repair, created_at)"
           " VALUES (:batch, 'crm_accounts', 'customers', :row, :row + 1, 'country', 'R-CODE', '=cmd()', 'Give a country', now())"
           " RETURNING quarantine_id")  # fmt: skip
MESSAGE = ("INSERT INTO message (ref, event_key, recipient, channel, kind, urgency, items, state, next_at, nonce, created_at)"
           " VALUES ('RR-1', 'k', 'wang.fang', 'mail', 'review_opened', 'normal', 1, 'queued', now(), 'nonce1', now()) RETURNING message_id")  # fmt: skip
SUMMARY = ("INSERT INTO portfolio_summary (as_of, run_id, assessed_as_of, policy_version, currency, customers, exposure, overdue,"
           " expected_loss, provision, average_overdue, financing_cost, digest, written_at)"
           " VALUES ('2026-07-02', 1, '2026-07-02', '1', 'CNY', 6, 6, 1, 1, 1, 1, 1, repeat('a', 64), now())")  # fmt: skip
RUN = ("INSERT INTO run (stage, business_key, state, code_version, triggered_by, started_at)"
       " VALUES ('recompute_risk', 'k', 'finished', '1', 'airflow:recompute_risk:manual__1', now()) RETURNING run_id")  # fmt: skip
PROPOSAL = ("INSERT INTO identity_proposal (first_account, second_account, score, evidence, evidence_digest, state, proposed_at)"
            " VALUES (256, 512, 0.9, CAST(:evidence AS jsonb), 'e', 'proposed', now()) RETURNING proposal_id")  # fmt: skip
MATCH = ("INSERT INTO screening_match (customer_key, list_id, entry_id, likeness, same_number, matched_name, evidence, list_digest, found_on, run_id)"
         " VALUES (1, 'un', 'E1', 0.93, false, 'Quenmoth Drives', 'e', 'd', '2026-07-01', 1) RETURNING match_id")  # fmt: skip
WRITE = ("INSERT INTO crm_write (connection, object, record_id, customer_key, changes, edited, digest, needs_person, state, proposed_at)"
         """ VALUES ('crm_zoho', 'Accounts', 'Z-1', 1, '{"class": ["low", "high"]}', '{class}', repeat('a', 64), true, 'proposed', now())"""
         " RETURNING write_id")  # fmt: skip
MODEL = ("INSERT INTO model (name, purpose, kind, digest, content, definition, figures, trained_by, trained_at)"
         " VALUES ('small', 'default', 'scorecard', :digest, :content, :definition, '{}', 'lin', now()) RETURNING model_id")  # fmt: skip


def furnish(services: Services) -> dict[str, str]:
    """Give every login its role, and the owner customers with everything that can hang on one; return one number of each kind."""
    for login, (person, role) in LOGINS.items():
        grant(services, user_id=login, person=person, roles=[role], actor="system:test")
    grant(services, user_id="second", person="yang.li", roles=["approver"], actor="system:test")
    with services.engine.begin() as connection:
        _register(connection)
    cases, policy = _cases(services), _policy(services)
    (services.instance.docs / "crm_accounts").mkdir(parents=True)
    (services.instance.docs / "crm_accounts" / "index.html").write_text("<p>all rules hold</p>", encoding="utf-8")
    with services.engine.begin() as connection:
        return {"customer_key": "1", "source_id": "crm_accounts", "seq": "1", "name": "console.css", "group_id": "1",
                "path": "crm_accounts/index.html", **cases, **policy, **_operations(connection), **_decisions(connection)}  # fmt: skip


def _policy(services: Services) -> dict[str, str]:
    """Put the shipped policy into force and propose another one after a back-test."""
    install(services)
    warn_earlier(services.instance.home)
    tried = try_frames(services, {FIRST - timedelta(days=1): frame(*PEOPLE), DAY: frame(*PEOPLE)}, actor="wang.fang")
    number = propose_policy(services, actor="wang.fang", reason="Late payers are seen too late.")
    with services.engine.connect() as connection:
        version = list_activations(connection, on_day=DAY)[0]["activation_id"]
    return {"policy_version_id": str(version), "backtest_id": str(tried.backtest_id), "policy_proposal_id": str(number)}


def refuse_row(engine: Engine, batch_id: str) -> int:
    """Refuse one more row of a batch, which a test may do with as it likes; return its id."""
    with engine.begin() as connection:
        row = connection.execute(text("SELECT max(source_row) + 1 FROM quarantine_row")).scalar_one()
        return int(_one(connection, REFUSED, batch=batch_id, row=row))


def _register(connection: Connection) -> None:
    for key, called in enumerate(NAMES, start=1):
        owner = "anna.keller" if key == len(NAMES) else "u-1001"
        connection.execute(
            text(CUSTOMER), {"key": key, "id": f"C{key:04d}", "name": called, "owner": owner, "tax": f"TAX{key}"}
        )
    for statement in (ACCOUNTS, *TIES[1:]):
        connection.execute(text(statement))
    spell_customers(connection)


def _cases(services: Services) -> dict[str, str]:
    """Assess twice, raise signals, open what falls due, and propose an opinion."""
    for number, day in enumerate((FIRST, DAY), start=1):
        assess_frame(services, frame(*PEOPLE), feeds=(), as_of=day, run_id=number)
    with services.engine.begin() as connection:
        for statement in TIES[:1]:  # an assessment derives the groups anew
            connection.execute(text(statement))
    signal = raise_signal(services.engine, 1, "payment_default", on=DAY)
    raise_signal(services.engine, len(NAMES), "P1", on=DAY, severity="warning")
    open_due_reviews(services, as_of=DAY, run_id=3)
    activate_playbooks(services, as_of=DAY, run_id=4)
    draft = Draft(
        "class",
        "management",
        "The managing director left without notice.",
        "visit of 1 July",
        2,
        DAY + timedelta(days=60),
    )
    opinion = propose(services, customer_key=3, draft=draft, actor="wang.fang").opinion_id
    measure = propose_measure(
        services, customer_key=1, wanted=Wanted("visit"), reason="Nobody was there for a year.", actor="wang.fang"
    )
    rhythm = propose_rhythm(
        services, customer_key=1, every_months=12, reason="Its parent pays for it.", actor="wang.fang"
    )
    with services.engine.connect() as connection:
        return {
            "cadence_id": str(rhythm.cadence_id), "signal_id": str(signal), "opinion_id": str(opinion),
            "review_id": _one(connection, "SELECT min(review_id) FROM review WHERE customer_key = 1"),
            "activation_id": _one(connection, "SELECT activation_id FROM activation"),
            "measure_id": str(measure.measure_id),
            "step_key": _one(connection, "SELECT min(step_key) FROM step"),
        }  # fmt: skip


def _operations(connection: Connection) -> dict[str, str]:
    batch = _one(connection, BATCH)
    connection.execute(text(FEED), {"batch": batch})
    connection.execute(text(REFUSED), {"batch": batch, "row": 1})
    connection.execute(text(SUMMARY))
    return {"batch_id": batch, "number": _one(connection, MESSAGE), "run_id": _one(connection, RUN)}


def _decisions(connection: Connection) -> dict[str, str]:
    evidence = {"name": 0.9, "shared": ["phone"], "country": "same"}
    card = scorecard()
    definition = load_definition(PACKAGED / "models" / "own_default.yaml").model_dump_json()
    return {
        "proposal_id": _one(connection, PROPOSAL, evidence=json.dumps(evidence)),
        "match_id": _one(connection, MATCH),
        "write_id": _one(connection, WRITE),
        "model_id": _one(connection, MODEL, digest=card.digest, content=card.content, definition=definition),
    }


def _one(connection: Connection, statement: str, **given: object) -> str:
    return str(connection.execute(text(statement), given).scalar_one())
