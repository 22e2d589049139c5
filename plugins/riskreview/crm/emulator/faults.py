"""Owns what goes wrong in an emulator, and when: by the number of the call, so that every run of a schedule is the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from riskreview.crm.emulator.wire import Hangup, Request, Response, Silence

FAULTS = ("silence", "lost", "busy", "broken", "html", "cut", "expire", "change", "delete", "insert")
"""No answer; carried out and no answer; too fast; an error of the server; a page of a proxy; half an answer; every token ended;
a record changed, deleted or inserted just before the call."""
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(slots=True)
class Faults:
    """A schedule of faults over the calls, counted from 1; calls to the token server and to the controls do not count."""

    schedule: dict[int, str] = field(default_factory=dict)
    calls: int = 0
    met: list[str] = field(default_factory=list)

    def add(self, given: Mapping[int, str]) -> None:
        """Plan faults for calls to come.

        :raises ValueError: for a fault that is not known.
        """
        unknown = set(given.values()) - set(FAULTS)
        if unknown:
            raise ValueError(f"there is no fault {min(unknown)}")
        self.schedule |= {self.calls + number: fault for number, fault in given.items()}

    def through(
        self, request: Request, carry_out: Callable[[], Response], act: Mapping[str, Callable[[], Response | None]]
    ) -> Response:
        """Answer a call with what its number has in store for it.

        :param act: what ``busy`` answers, and what the faults that touch tokens and records do.
        """
        self.calls += 1
        fault = self.schedule.pop(self.calls, "")
        if fault:
            self.met.append(f"{fault} {request.method} {request.path}")
        if fault == "silence":
            raise Silence
        if fault == "html":
            return Response(200, HTML, {"Content-Type": "text/html"})
        early = act[fault]() if fault in act else None
        if early is not None:
            return early
        done = carry_out()
        if fault == "lost":
            raise Hangup
        return (
            Response(done.status, done.body[: len(done.body) // 2], done.headers)
            if fault == "cut" and done.body
            else done
        )
