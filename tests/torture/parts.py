"""The parts a loop is cut into, and what people do after it: what an undisturbed run does, what is killed, what is done again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from tests.torture.portfolio import AS_OF, crm_records

from riskreview.crm.connections import read_connection
from riskreview.crm.emulator.keeping import keep
from riskreview.crm.emulator.starting import settings_of
from riskreview.crm.emulator.wire import EmulatorTransport
from riskreview.crm.emulator.zoho import ZohoEmulator
from riskreview.crm.timing import VirtualTimer
from riskreview.crm.use_cases import Network
from riskreview.crm.writing import write_back
from riskreview.facts.compaction import compact
from riskreview.foundation.clock import FixedClock
from riskreview.foundation.services import Services
from riskreview.orchestration import stages
from riskreview.orchestration.continuous import watch_events
from riskreview.orchestration.log_keeping import checkpoint_audit
from riskreview.orchestration.loop import ORDER, run_loop
from riskreview.orchestration.redrive import redrive_rows
from riskreview.playbooks.response import acknowledge
from riskreview.privacy.erasing import erase
from riskreview.reviews.analysis import start_analysis
from riskreview.reviews.finishing import cancel

Work = Callable[[Services, FixedClock], object]
DAY: dict[str, Any] = {"as_of": AS_OF, "triggered_by": "test"}
LATER = timedelta(hours=1)
"""Between the passes after the loop: the lease of a killed sender ends, what it left is sent again, the first reminders are due."""
STAGES: dict[str, Callable[[Services], object]] = {
    "ingest": lambda services: stages.ingest(services, **DAY),
    "recompute_risk": lambda services: stages.recompute_risk(services, **DAY),
    "watch": lambda services: stages.watch(services, **DAY),
    "open_due_reviews": lambda services: stages.open_reviews(services, **DAY),
    "activate_playbooks": lambda services: stages.activate(services, **DAY),
    "escalate": lambda services: stages.escalate(services, triggered_by="test"),
    "deliver_notifications": lambda services: stages.deliver(services, triggered_by="test"),
    "watch_events": lambda services: watch_events(services, **DAY),
    "summarize_portfolio": lambda services: stages.summarize(services, **DAY),
    "checkpoint_audit": lambda services: checkpoint_audit(services, triggered_by="test"),
}
ALONE = ORDER[: ORDER.index("escalate")]
"""Stages that are a part each. The others are one part together: what a killed sender left is sent again only later."""
REST = "the rest"


@dataclass(frozen=True)
class Part:
    """A part of the loop: its own work alone, and the loop from the top through it, which is what is killed and run again."""

    alone: Work
    whole: Work


def _start_analysis(services: Services, _clock: FixedClock) -> object:
    row = _first(
        services,
        "SELECT review_id, version, owner FROM review JOIN customer USING (customer_key) WHERE state = 'assigned'"
        " ORDER BY customer_id, policy_line, period_key",
    )
    return row and start_analysis(services, review_id=row.review_id, version=row.version, actor=row.owner)


def _acknowledge_step(services: Services, _clock: FixedClock) -> object:
    row = _first(services, "SELECT * FROM step WHERE step_id = 'hold_orders' AND state = 'todo' ORDER BY activation_id")
    return row and acknowledge(
        services, activation_id=row.activation_id, step_id=row.step_id, version=row.version, actor=row.owner
    )


def _redrive(services: Services, _clock: FixedClock) -> object:
    row = _first(services, "SELECT batch_id FROM batch WHERE source_id = 'erp_invoices'")
    return redrive_rows(services, batch_id=row.batch_id, ids=(), actor="tom.berger")


def _compact(services: Services, _clock: FixedClock) -> object:
    return compact(services, dataset="customers", at_least=2)


def _write_back(services: Services, clock: FixedClock) -> object:
    timer = VirtualTimer(clock.moment)
    emulator = ZohoEmulator(timer)
    connection = read_connection(settings_of("zoho", "http://127.0.0.1:1"), "crm_zoho")
    with keep(emulator.tables, crm_records(services.instance.home)):
        network = Network(lambda _name: connection, EmulatorTransport(emulator, seconds_per_call=1.0), timer)
        return write_back(services, network, as_of=AS_OF)


def _forget(services: Services, _clock: FixedClock) -> object:
    """Erase a customer by two people, once nothing is open with it any more; what was done is not asked for again."""
    row = _first(
        services,
        "SELECT customer_id, review_id, review.version FROM account JOIN customer USING (customer_key) LEFT JOIN review"
        " ON review.customer_key = customer.customer_key AND review.state = 'assigned' WHERE account_id = 'K012'",
    )
    if row.review_id is not None:
        cancel(services, review_id=row.review_id, version=row.version, actor="gao.min", reason="Leaves as a customer")
    asked = (
        ("helen.marsh", "SELECT erasure_id FROM erasure"),
        ("song.jia", "SELECT erasure_id FROM erasure WHERE files_erased_at IS NOT NULL"),
    )
    return [
        erase(services, customer=row.customer_id, actor=person, reason="Asked to be forgotten")
        for person, done in asked
        if _first(services, done) is None
    ]


def _first(services: Services, query: str) -> Any:  # a row of SQLAlchemy
    with services.engine.connect() as connection:
        return connection.execute(text(query)).first()


def _stages(names: Sequence[str]) -> Work:
    return lambda services, _clock: [STAGES[name](services) for name in names]


def _through(name: str) -> Part:
    return Part(_stages([name]), _stages(ORDER[: ORDER.index(name) + 1]))


def loop(services: Services, _clock: FixedClock) -> None:
    """Run every stage once."""
    run_loop(services, **DAY)


def _then_settle(work: Work) -> Work:
    def both(services: Services, clock: FixedClock) -> None:
        work(services, clock)
        for _ in range(3):
            clock.moment += LATER
            stages.escalate(services, triggered_by="test")
            stages.deliver(services, triggered_by="test")
        clock.moment += 2 * LATER
        stages.deliver(services, triggered_by="test")  # what was killed in the last pass; nothing where none was

    return both


def _afterwards(work: Work) -> Part:
    def later(services: Services, clock: FixedClock) -> None:
        clock.moment += 6 * LATER
        work(services, clock)

    return Part(later, later)


ACTIONS: dict[str, Work] = {
    "write into the CRM": _write_back,
    "start an analysis": _start_analysis,
    "acknowledge a step": _acknowledge_step,
    "let rows through again": _redrive,
    "compact a table": _compact,
    "forget a customer": _forget,
}
"""What people or maintenance do after the loop."""
PARTS: dict[str, Part] = {
    **{name: _through(name) for name in ALONE},
    REST: Part(_then_settle(_stages(ORDER[len(ALONE) :])), _then_settle(loop)),
    **{name: _afterwards(work) for name, work in ACTIONS.items()},
}
