"""Owns the demo's two CRMs: processes that imitate them, Airflow's connections to them, and the writing back that people take part in."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from riskreview.crm.connections import as_airflow
from riskreview.crm.emulator.starting import settings_of
from riskreview.demo.crm_records import FOLDER
from riskreview.demo.people import HumanEdit, agree_to_writes, edit_to_make
from riskreview.foundation.errors import Unavailable
from riskreview.foundation.services import Services
from riskreview.orchestration.airflow_api import AirflowApi
from riskreview.orchestration.airflow_settings import AirflowPlace, environment
from riskreview.orchestration.chain import Chain
from riskreview.orchestration.embedded import port_beside
from riskreview.orchestration.processes import is_alive, records, spawn, stop_all

SERVICES = ("fxiaoke", "zoho")
START_SECONDS = 60.0
WRITE_SECONDS = 180.0
MORNING, EVENING = time_of_day(9), time_of_day(23, 59, 59)
"""When a CRM's day begins in the demo, and when its time stands still, so that the data end on the day of the delivery."""


@dataclass(frozen=True, slots=True)
class DemoCrms:
    """The running CRMs by service."""

    urls: Mapping[str, str]

    def move_to(self, day: date, time_zone: str) -> None:
        """Let it be a day in the CRMs; their time never goes back."""
        zone = ZoneInfo(time_zone)
        morning, evening = (datetime.combine(day, moment, zone) for moment in (MORNING, EVENING))
        for url in self.urls.values():
            now = datetime.fromisoformat(control(url, "state", {})["now"])
            control(url, "clock", {"now": max(now, morning).isoformat(), "until": evening.isoformat()})

    def connect(self, api: AirflowApi) -> None:
        """Make them known to Airflow as ``crm_fxiaoke`` and ``crm_zoho``."""
        for service, url in self.urls.items():
            more = {"calls_per_window": "100"} if service == "fxiaoke" else {}
            api.connect(f"crm_{service}", as_airflow({**settings_of(service, url), **more}))

    def edit(self, given: HumanEdit) -> None:
        """Change a field of a record as a person would who works there."""
        url = self.urls[given.connection.removeprefix("crm_")]
        control(url, "change", {"object": given.object, "id": given.record_id, "values": {given.field: given.value}})


def start_crms(place: AirflowPlace) -> DemoCrms:
    """Start the CRMs that do not run; each goes on with the records it had."""
    alive = {record.name for record in records(place.run) if is_alive(record)}
    return DemoCrms({service: _started(place, service, is_alive=_name(service) in alive) for service in SERVICES})


def write_back(services: Services, chain: Chain, crms: DemoCrms) -> None:
    """Write into the CRMs what needs nobody, let a person agree to the rest and another one edit what was written; write and look again."""
    chain.run_once("write_back_crm", seconds=WRITE_SECONDS)
    agree_to_writes(services)
    edit = edit_to_make(services)
    if edit is not None:
        crms.edit(edit)
    chain.run_once("write_back_crm", seconds=WRITE_SECONDS)


def control(url: str, verb: str, given: Mapping[str, object]) -> dict[str, Any]:  # JSON has any shape
    """Use a control of an emulator.

    :raises Unavailable: when it does not answer.
    """
    try:
        answer = httpx.post(f"{url}/_emulator/{verb}", json=dict(given), timeout=10, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise Unavailable(f"the demo's CRM at {url} does not answer: {type(error).__name__}") from error
    return dict(answer.json())


def _started(place: AirflowPlace, service: str, *, is_alive: bool) -> str:
    """Return the address of a CRM, started on a free port unless it runs; the port is kept beside the pid."""
    kept = place.run / f"{_name(service)}.port"
    if is_alive and kept.exists():
        return f"http://127.0.0.1:{int(kept.read_text(encoding='ascii'))}"
    stop_all(place.run, [_name(service)])
    port, home = port_beside(place), place.instance.home
    kept.write_text(str(port), encoding="ascii")
    command = (
        "module",
        "riskreview.cli",
        "crm",
        "emulate",
        service,
        "--port",
        str(port),
        "--records",
        str(home / FOLDER / f"{service}.jsonl"),
    )
    variables = environment(place, port=port, airflow_url="", riskreview_url="")
    log = place.instance.logs / f"{_name(service)}.log"
    spawn(_name(service), command, environment=variables, folder=place.home, run=place.run, log=log)
    return f"http://127.0.0.1:{port}"


def wait_for(crms: DemoCrms) -> None:
    """Wait until all CRMs answer.

    :raises Unavailable: when one does not in time; its log says why.
    """
    deadline = time.monotonic() + START_SECONDS
    for url in crms.urls.values():
        while True:
            try:
                control(url, "state", {})
                break
            except Unavailable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


def _name(service: str) -> str:
    return f"crm-{service}"
