"""One small portfolio behind a console on a real HTTP server, for all tests of the console in this process."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from sqlalchemy import create_engine, text
from tests.assessment.portfolios import frame
from tests.console.serving import mounted, served
from tests.reviews.portfolio import raise_signal

from riskreview.assessment.use_cases import assess_frame
from riskreview.console.grants import grant
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.instance import create_instance, open_instance
from riskreview.foundation.progress import LogProgress
from riskreview.foundation.services import Services
from riskreview.opinions.rules import Draft
from riskreview.opinions.use_cases import propose
from riskreview.playbooks.use_cases import activate_playbooks
from riskreview.reviews.use_cases import open_due_reviews

FIRST, DAY = date(2026, 7, 1), date(2026, 7, 2)
LOGINS = {
    "owner": ("wang.fang", "risk_owner"), "stranger": ("anna.keller", "risk_owner"), "approver": ("maria.stein", "approver"),
    "engineer": ("qian.bo", "engineer"), "compliance": ("xu.ning", "compliance"), "auditor": ("feng.lei", "auditor"),
    "administrator": ("jiang.tao", "administrator"),
}  # fmt: skip
"""Login, person and role; ``stranger`` is a risk owner to whom nothing of ``owner`` belongs."""
BAD = {"P1": 75, "P2": 45, "T2": -40}
NAMES = (
    "Quenmoth Drives Ltd",
    "棠溪市锐远汽车零部件有限公司",
    "=SUM(A1)",
    "鹭汀市维晟仪器仪表有限公司",
    "Brinsora Industries GmbH",
    "Stranger & Sons",
)
FEED = ("INSERT INTO feed (source_id, system, stage, held_batch, held_problem, updated_at)"
        " VALUES ('crm_accounts', 'zoho', 'crm', :batch, 'E-EMPTY it is empty', now())")  # fmt: skip
REFUSED = ("INSERT INTO quarantine_row (batch_id, source_id, dataset, source_row, line, column_name, code, found, repair, created_at)"
           " VALUES (:batch, 'crm_accounts', 'customers', 1, 2, 'country', 'R-CODE', '=cmd()', 'Give a country', now())")  # fmt: skip
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Console:
    """The running console; ``ids`` has one thing of every kind that belongs to ``owner``."""

    address: str
    services: Services
    ids: dict[str, str]

    def client(self, login: str | None, *, accept: str = "text/html") -> httpx.Client:
        cookies = {} if login is None else {"login": login}
        return httpx.Client(base_url=f"{self.address}/riskreview", cookies=cookies, headers={"accept": accept})

    def post(self, login: str, path: str, page: str, **form: str) -> httpx.Response:
        """Send a form as the browser sends it from its page."""
        with self.client(login) as client:
            token = token_of(client.get(page).text)
            return client.post(path, data={"token": token, **form}, headers={"sec-fetch-site": "same-origin"})


def token_of(html: str) -> str:
    return html.partition('name="token" value="')[2].partition('"')[0]


@pytest.fixture(scope="session")
def console(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    name = f"console{next(_numbers)}"
    admin = create_engine(server.replace("/riskreview?", "/postgres?"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE riskreview'))
    home = tmp_path_factory.mktemp("console") / "home"
    create_instance(home)
    engine = create_engine(server.replace("/riskreview?", f"/{name}?"))
    services = Services(open_instance(home), engine, FixedClock(datetime(2026, 7, 2, 3, tzinfo=UTC)), LogProgress())
    ids = furnish(services)
    with served(mounted(services, DAY)) as address:
        yield Console(address, services, ids)
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def furnish(services: Services) -> dict[str, str]:
    """Give every login its role, and the owner customers with reviews, signals, a plan, an opinion, a batch, a run and a message."""
    for login, (person, role) in LOGINS.items():
        grant(services, user_id=login, person=person, roles=[role], actor="system:test")
    grant(services, user_id="second", person="yang.li", roles=["approver"], actor="system:test")
    with services.engine.begin() as connection:
        for key, called in enumerate(NAMES, start=1):
            owner = "anna.keller" if key == len(NAMES) else "u-1001"
            connection.execute(text("INSERT INTO customer (customer_key, customer_id, name, country, owner_user, tax_id, known_at)"
                                    " VALUES (:key, :id, :name, 'CN', :owner, :tax, now())"),
                               {"key": key, "id": f"C{key:04d}", "name": called, "owner": owner, "tax": f"TAX{key}"})  # fmt: skip
        connection.execute(text("INSERT INTO account (account_key, system, account_id, customer_key, tax_key, as_of, known_at)"
                                " VALUES (1280, 'zoho', 'Z-5', 5, 'TAX5', '2026-07-01', now()), (1281, 'erp', '007', 5, 'TAX5', '2026-07-01', now())"))  # fmt: skip
    people = [BAD, BAD, {"P1": 45}, BAD, BAD, {"P1": 20}]
    for number, day in enumerate((FIRST, DAY), start=1):
        assess_frame(services, frame(*people), feeds=(), as_of=day, run_id=number)
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
    with services.engine.begin() as connection:
        one = lambda statement: str(connection.execute(text(statement)).scalar_one())  # noqa: E731
        batch = one("INSERT INTO batch (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, problem)"
                    " VALUES ('crm_accounts', 'zoho', 'crm', repeat('a', 64), 'accounts.csv', 10, 'm', '2026-07-01', now(), 'held', 'E-EMPTY it is empty')"
                    " RETURNING batch_id")  # fmt: skip
        connection.execute(text(FEED), {"batch": batch})
        connection.execute(text(REFUSED), {"batch": batch})
        message = one("INSERT INTO message (ref, event_key, recipient, channel, kind, urgency, items, state, next_at, nonce, created_at)"
                      " VALUES ('RR-1', 'k', 'wang.fang', 'mail', 'review_opened', 'normal', 1, 'queued', now(), 'nonce1', now()) RETURNING message_id")  # fmt: skip
        connection.execute(text("INSERT INTO portfolio_summary (as_of, run_id, assessed_as_of, policy_version, currency, customers, exposure, overdue,"
                                " expected_loss, provision, average_overdue, financing_cost, digest, written_at)"
                                " VALUES ('2026-07-02', 1, '2026-07-02', '1', 'CNY', 6, 6, 1, 1, 1, 1, 1, repeat('a', 64), now())"))  # fmt: skip
        run = one("INSERT INTO run (stage, business_key, state, code_version, triggered_by, started_at)"
                  " VALUES ('recompute_risk', 'k', 'finished', '1', 'airflow:recompute_risk:manual__1', now()) RETURNING run_id")  # fmt: skip
        return {
            "customer_key": "1", "signal_id": str(signal), "review_id": one("SELECT min(review_id) FROM review WHERE customer_key = 1"),
            "opinion_id": str(opinion), "activation_id": one("SELECT activation_id FROM activation"),
            "step_key": one("SELECT min(step_key) FROM step"), "batch_id": batch, "source_id": "crm_accounts", "run_id": run,
            "number": message, "seq": "1", "name": "console.css",
        }  # fmt: skip
