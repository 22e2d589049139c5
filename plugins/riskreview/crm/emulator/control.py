"""Owns the controls of an emulator, beside what it imitates: ``/_emulator/...`` moves its time, plans faults and changes records."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from riskreview.crm.emulator.faults import Faults
from riskreview.crm.emulator.tables import Table
from riskreview.crm.emulator.wire import Request, Response, as_json
from riskreview.crm.timing import Timer

PREFIX = "/_emulator/"


class ShiftedTimer:
    """The machine's time, moved by what was asked for; sleeping sleeps."""

    def __init__(self, timer: Timer) -> None:
        self._timer, self._ahead = timer, timedelta()
        self._until: datetime | None = None

    def now(self) -> datetime:
        """Return the emulator's moment."""
        moment = self._timer.now() + self._ahead
        return moment if self._until is None else min(moment, self._until)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._timer.sleep(seconds)

    def set_to(self, moment: datetime, until: datetime | None = None) -> None:
        """Let it be another moment, from which time goes on, until it stands still."""
        self._ahead, self._until = moment - self._timer.now(), until


class Controlled(Protocol):
    """What the controls need of an emulator."""

    timer: Timer
    faults: Faults
    tables: dict[str, Table]
    hidden: set[tuple[str, str]]

    def stamp(self, name: str, record_id: str, values: dict[str, Any]) -> None:
        """Set fields of a record as a person of the CRM would."""

    def end_tokens(self) -> None:
        """Let every token end."""


def control(emulator: Controlled, request: Request) -> Response:
    """Carry out a control."""
    verb, given = request.path.removeprefix(PREFIX), request.json()
    if verb == "clock" and isinstance(emulator.timer, ShiftedTimer):
        until = datetime.fromisoformat(given["until"]) if given.get("until") else None
        emulator.timer.set_to(datetime.fromisoformat(given["now"]), until)
    elif verb == "faults":
        emulator.faults.add({int(number): str(fault) for number, fault in given.items()})
    elif verb == "change":
        emulator.stamp(given["object"], given["id"], given["values"])
    elif verb == "delete":
        emulator.tables[given["object"]].delete(given["id"], emulator.timer.now())
    elif verb == "hide":
        emulator.hidden.add((given["object"], given["field"]))
    elif verb == "expire":
        emulator.end_tokens()
    elif verb != "state":
        return as_json(404, {"problem": f"there is no control {verb}"})
    counts = {name: len(table.rows) for name, table in emulator.tables.items()}
    return as_json(200, {"now": emulator.timer.now().isoformat(), "calls": emulator.faults.calls, "met": emulator.faults.met,
                         "records": counts})  # fmt: skip
