"""Owns starting an emulator: seeded, listening on this machine only, with the connection that opens it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path

from riskreview.crm.emulator import fxiaoke, zoho
from riskreview.crm.emulator.control import ShiftedTimer
from riskreview.crm.emulator.fxiaoke import FxiaokeEmulator
from riskreview.crm.emulator.fxiaoke_seed import seeded_fxiaoke
from riskreview.crm.emulator.keeping import keep
from riskreview.crm.emulator.wire import Emulator, serve
from riskreview.crm.emulator.zoho import ZohoEmulator
from riskreview.crm.emulator.zoho_seed import seeded_zoho
from riskreview.crm.timing import SystemTimer


@dataclass(frozen=True, slots=True)
class Running:
    """An emulator that listens.

    :param connection: what opens it, as ``riskreview crm connect`` takes it.
    """

    emulator: Emulator
    url: str
    connection: str
    server: ThreadingHTTPServer

    def serve(self) -> None:
        """Answer until the process is stopped."""
        self.server.serve_forever(poll_interval=0.2)


@contextmanager
def start(service: str, *, port: int, accounts: int, seed: int, records: Path | None = None) -> Iterator[Running]:
    """Seed an emulator and listen; the caller lets it serve.

    :param records: a file of records that it holds instead of invented ones, and that remembers what is written; its time goes on
        from the newest of them.
    """
    timer = ShiftedTimer(SystemTimer())
    emulator = _emulator(service, timer, accounts=accounts if records is None else 0, seed=seed)
    with ExitStack() as stack:
        if records is not None:
            timer.set_to(stack.enter_context(keep(emulator.tables, records)) or timer.now())
        server = stack.enter_context(serve(emulator, port))
        url = f"http://127.0.0.1:{server.server_address[1]}"
        yield Running(emulator, url, json.dumps(settings_of(service, url)), server)


def _emulator(service: str, timer: ShiftedTimer, *, accounts: int, seed: int) -> ZohoEmulator | FxiaokeEmulator:
    if service == "zoho":
        return seeded_zoho(timer, accounts=accounts, seed=seed)
    return seeded_fxiaoke(timer, accounts=accounts, seed=seed)


def settings_of(service: str, url: str) -> dict[str, str]:
    """Return the settings of a connection to an emulator."""
    if service == "zoho":
        return {"kind": "zoho", "client_id": zoho.CLIENT_ID, "client_secret": zoho.CLIENT_SECRET,
                "refresh_token": zoho.REFRESH_TOKEN, "accounts_url": url, "api_url": url}  # fmt: skip
    return {"kind": "fxiaoke", "app_id": fxiaoke.APP_ID, "app_secret": fxiaoke.APP_SECRET, "permanent_code": fxiaoke.PERMANENT_CODE,
            "user": fxiaoke.USER, "api_url": url}  # fmt: skip
