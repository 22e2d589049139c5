"""Owns the demo: real PostgreSQL and Airflow, an invented portfolio, the whole loop through the REST API, and a verdict."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from riskreview.console.grants import grant
from riskreview.demo.notices import FILE as NOTICES
from riskreview.demo.notices import SOURCE, read_notices
from riskreview.demo.people import act_like_people
from riskreview.foundation.errors import Unavailable
from riskreview.foundation.instance import Instance, create_instance
from riskreview.foundation.services import Services, open_services
from riskreview.orchestration import embedded
from riskreview.orchestration.airflow_settings import AirflowPlace, environment
from riskreview.orchestration.chain import Chain, StageEnd
from riskreview.orchestration.demo_crm import DemoCrms, start_crms, wait_for, write_back
from riskreview.orchestration.demo_state import DemoState, deliveries, hand_over, hold_back, open_state, save_state
from riskreview.orchestration.event_sending import EventSender, send_spread, wait_until_told
from riskreview.orchestration.processes import is_alive, records, spawn, stop_all

AS_OF = date(2026, 10, 30)
INGESTS = ("ingest_crm", "ingest_finance")
DAGS = (
    *INGESTS,
    "recompute_risk",
    "watch",
    "summarize_portfolio",
    "open_due_reviews",
    "activate_playbooks",
    "deliver_notifications",
    "escalate",
    "watch_events",
    "write_back_crm",
)
MAIL_SERVER = "mail-server"
LOOP_SECONDS = 400.0
"""How long one delivery may take through the whole loop."""
EVENT_SECONDS = 90.0
"""How long the notices may take until the last message about them is accepted."""
NOTICES_OVER_SECONDS = 10.0
DELIVERY_PASSES = 5
"""How often the outbox is emptied at most; the first pass usually leaves nothing."""
EXPECTED_FIGURES = ("customers", "rows.landed", "rows.refused", "scored", "signals_open", "reviews_opened", "playbooks_activated",
                    "notifications.accepted", "notifications.received_by_server", "events.evaluated", "audit.events", "expected.planted",
                    "crm.accounts.fxiaoke", "crm.accounts.zoho", "crm.calls", "crm.credits", "crm.confirmed", "crm.agreed", "crm.tasks",
                    "crm.conflicts")  # fmt: skip
"""Figures of the summary that must not be zero."""

CONSOLE_LOGINS = {
    "admin": ("xie.rong", ("administrator", "approver")),
    "engineer": ("tom.berger", ("engineer",)),
    "owner": ("anna.vogel", ("risk_owner",)),
    "approver": ("helen.marsh", ("approver", "compliance")),
    "auditor": ("nora.lind", ("auditor",)),
}
"""Who of the demo's team each login is, and as what."""

console = Console(emoji=False, highlight=False)


def run_demo(
    *, home: Path, customers: int = 2000, seed: int = 7, as_of: date | None = None, port: int | None = None, setup_seconds: float = 0.0
) -> int:  # fmt: skip
    """Run the demo and return the exit code: 0 when every expected outcome is there.

    Interrupted at any moment, the same call goes on where it stopped. The services keep running until ``stop_demo``.
    """
    day = as_of or AS_OF
    home = home.resolve()
    state = open_state(home, customers=customers, seed=seed, as_of=day)
    begun = time.monotonic()
    running = _start(home, state, day, port)
    seconds = {"setup": round(setup_seconds, 1), "start": round(time.monotonic() - begun, 1)}
    begun = time.monotonic()
    with open_services(home) as services:
        _let_in(services)
        crms = start_crms(AirflowPlace(services.instance))
        _run_loop(services, running, state, crms)
        seconds["loop"] = round(time.monotonic() - begun, 1)
        begun = time.monotonic()
        events = _send_notices(services, running)
        seconds["events"] = round(time.monotonic() - begun, 1)
        summary = _summarize(services, seconds, events)
    return _conclude(home, running, summary)


def stop_demo(home: Path) -> None:
    """Stop everything a demo started, by pid; its data stay."""
    if not (home / "settings.yaml").exists():
        console.print("Nothing runs here.")
        return
    stopped = embedded.stop(home)
    console.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def missing_outcomes(summary: Mapping[str, Any]) -> list[str]:  # the summary is JSON
    """Return one sentence per outcome that a demo must have and this one has not."""
    missing = [f"{name} is zero" for name in EXPECTED_FIGURES if not _figure(summary, name)]
    expected, audit = summary["expected"], summary["audit"]
    missing += [f"a planted case was not found: {line}" for line in expected["missed_cases"]]
    missing += [f"an unplanted emergency was raised: {line}" for line in expected["spurious_findings"]]
    events = summary["events"]
    if events["evaluated"] != events["sent"]:
        missing.append(f"only {events['evaluated']} of {events['sent']} notices were evaluated")
    if audit["verified"] != audit["events"]:
        missing.append(f"only {audit['verified']} of {audit['events']} audit events verify")
    return missing


def _figure(summary: Mapping[str, Any], name: str) -> float:  # the summary is JSON
    value: Any = summary
    for part in name.split("."):
        value = value.get(part, 0)
    return float(value)


def _start(home: Path, state: DemoState, day: date, port: int | None) -> embedded.Running:
    instance = create_instance(home)
    save_state(home, state)
    console.print(f"Starting PostgreSQL and Airflow in {home}, with a portfolio of {state.customers} customers ...")
    running = embedded.start(home, port=port, business_date=day, meanwhile=lambda: _prepare(instance, state, day))
    _wait_for_dags(running)
    return running


def _prepare(instance: Instance, state: DemoState, day: date) -> None:
    """Write the portfolio and start what imitates the world around: the mail server and the CRMs, whose ports may differ from the last."""
    place = AirflowPlace(instance)
    if not state.is_prepared or not any(
        record.name == MAIL_SERVER and is_alive(record) for record in records(place.run)
    ):
        _fill(place, state, day)
    wait_for(start_crms(place))


def _fill(place: AirflowPlace, state: DemoState, day: date) -> None:
    from riskreview.demo.setup import prepare_demo

    instance = place.instance
    stop_all(place.run, [MAIL_SERVER])
    port = embedded.port_beside(place)
    prepare_demo(instance.home, customers=state.customers, seed=state.seed, as_of=day, smtp_port=port)
    if not state.is_prepared:
        hold_back(instance.home, Path(instance.inbox))
        save_state(instance.home, replace(state, is_prepared=True))
    command = ("module", "riskreview.demo.mail_server", "--port", str(port), "--maildir", str(instance.home / "mail"))
    variables = environment(place, port=port, airflow_url="", riskreview_url="")
    spawn(
        MAIL_SERVER,
        command,
        environment=variables,
        folder=place.home,
        run=place.run,
        log=instance.logs / "mail-server.log",
    )


def _wait_for_dags(running: embedded.Running) -> None:
    api = running.api()
    deadline = time.monotonic() + embedded.HEALTH_SECONDS
    while not api.knows(DAGS):
        if time.monotonic() > deadline:
            raise Unavailable(
                "Airflow did not read the DAGs: " + "; ".join(api.import_errors() or ["no reason was given"])
            )
        time.sleep(0.3)


def _let_in(services: Services) -> None:
    """Make the demo's logins people of its team, each with its role in the console."""
    for login, (person, roles) in CONSOLE_LOGINS.items():
        grant(services, user_id=login, person=person, roles=roles, actor="system:demo")


def _run_loop(services: Services, running: embedded.Running, state: DemoState, crms: DemoCrms) -> None:
    home = services.instance.home
    chain = Chain(services, running.api(), _show)
    folders = deliveries(home)
    pending = [folder for folder in folders if folder.name not in state.finished] or folders[-1:]
    for folder in pending:
        day = date.fromisoformat(folder.name)
        crms.move_to(day, services.instance.settings.time_zone)
        crms.connect(running.api())
        console.print(f"Delivery of {day}: {hand_over(folder, Path(services.instance.inbox))} files in the inbox")
        triggered = {dag_id: running.api().trigger(dag_id, {"as_of": day.isoformat()}) for dag_id in INGESTS}
        with console.status("Airflow works ..."):
            chain.finish(triggered, as_of=day, seconds=LOOP_SECONDS)
        state = replace(state, is_prepared=True, finished=tuple(sorted({*state.finished, folder.name})))
        save_state(home, state)
    act_like_people(services)
    with console.status("The CRMs are written to ..."):
        write_back(services, chain, crms)
    _empty_outbox(chain)


def _empty_outbox(chain: Chain) -> None:
    for _ in range(DELIVERY_PASSES):
        counts = chain.run_once("deliver_notifications", seconds=120)
        if not any(counts.get(name) for name in ("queued", "accepted", "refused", "unknown")):
            return


def _show(end: StageEnd) -> None:
    counts = ", ".join(f"{name} {number}" for name, number in end.counts.items() if number)
    mark = "[green]done[/]" if end.state == "finished" else "[red]failed[/]"
    console.print(f"  {mark} {end.stage} {end.as_of or ''} {end.problem or counts or 'nothing to do'}")


def _send_notices(services: Services, running: embedded.Running) -> dict[str, float]:
    """Send the bureau's notices as an outside system would and wait until Airflow has judged and told; a second time adds nothing."""
    notices = read_notices(services.instance.home / NOTICES)
    console.print(f"{len(notices)} notices of the credit bureau by web hook and queue")
    sender = EventSender(services, running.url, SOURCE)
    with console.status("Airflow watches ..."):
        send_spread(sender, notices, over_seconds=NOTICES_OVER_SECONDS)
        found = wait_until_told(services, SOURCE, [item.number for item in notices], seconds=EVENT_SECONDS)
    return {"sent": found.sent, "evaluated": found.evaluated, "passes": found.passes, "p95_seconds": found.p95_seconds}


def _summarize(
    services: Services, seconds: Mapping[str, float], events: Mapping[str, float]
) -> dict[str, Any]:  # the summary is JSON
    from riskreview.demo.summary import collect_summary

    home = services.instance.home
    return collect_summary(services, home / "expected_outcomes.json", home / "mail", seconds, events)


def _conclude(home: Path, running: embedded.Running, summary: Mapping[str, Any]) -> int:  # the summary is JSON
    from riskreview.demo.summary import render_summary

    path = (home.parent if home.name == "home" else home) / "summary.json"
    path.write_text(json.dumps(summary, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    console.print(render_summary(summary))
    console.print(f"Web interface: [bold]{running.url}[/]   summary: {path}")
    for login, password in AirflowPlace(create_instance(home)).passwords().items():
        console.print(f"  {login:<9} {password}")
    missing = missing_outcomes(summary)
    for sentence in missing:
        console.print(f"[red]Missing:[/] {sentence}.")
    return 1 if missing else 0
