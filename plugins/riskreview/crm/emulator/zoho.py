"""Owns the imitated Zoho CRM v8: its token server, its doors and its limits. What is behind a door stands in its own module."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from riskreview.crm.emulator import zoho_bulk, zoho_listing, zoho_watch, zoho_writing
from riskreview.crm.emulator.control import PREFIX, control
from riskreview.crm.emulator.faults import Faults
from riskreview.crm.emulator.tables import Row, Table
from riskreview.crm.emulator.wire import Request, Response, as_json
from riskreview.crm.emulator.zoho_fields import MODULES
from riskreview.crm.timing import Timer

CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "1000.EMULATOR", "emulator-secret", "1000.emulator-refresh"
TOKEN_SECONDS = 3600
TOKENS, TOKEN_WINDOW = 10, timedelta(minutes=10)
SCOPES = frozenset({"coql", "bulk", "modules", "settings", "notifications"})
USERS: tuple[Row, ...] = (
    {"id": "5545974000000352001", "full_name": "Lin Yue", "email": "lin.yue@example.com", "status": "active"},
    {"id": "5545974000000352002", "full_name": "Anna Vogel", "email": "anna.vogel@example.com", "status": "active"},
    {"id": "5545974000000352003", "full_name": "Chen Bo", "email": "chen.bo@example.com", "status": "active"},
    {"id": "5545974000000352004", "full_name": "Marta Ruiz", "email": "marta.ruiz@example.com", "status": "active"},
)
ROBOT: Row = {
    "id": "5545974000000352099",
    "full_name": "riskreview",
    "email": "riskreview@example.com",
    "status": "active",
}
"""The user whose tokens the emulator gives."""
Handler = Callable[["ZohoEmulator", Request, tuple[str, ...]], Response]
ROUTES: tuple[tuple[str, str, str, int, Handler], ...] = (
    ("GET", r"/crm/v8/org", "settings", 1, lambda emulator, _request, _parts: emulator.org()),
    ("GET", r"/crm/v8/users", "settings", 1, lambda emulator, _request, _parts: emulator.users()),
    ("GET", r"/crm/v8/settings/modules", "settings", 1, zoho_listing.modules),
    ("GET", r"/crm/v8/settings/modules/(\w+)", "settings", 1, zoho_listing.modules),
    ("GET", r"/crm/v8/settings/fields", "settings", 1, zoho_listing.fields),
    ("POST", r"/crm/v8/coql", "coql", 1, zoho_listing.query),
    ("POST", r"/crm/bulk/v8/read", "bulk", 50, zoho_bulk.create),
    ("GET", r"/crm/bulk/v8/read/(\d+)", "bulk", 1, zoho_bulk.status),
    ("GET", r"/crm/bulk/v8/read/(\d+)/result", "bulk", 1, zoho_bulk.download),
    ("GET", r"/crm/v8/actions/watch", "notifications", 1, zoho_watch.listed),
    ("POST", r"/crm/v8/actions/watch", "notifications", 1, zoho_watch.enable),
    ("PUT", r"/crm/v8/actions/watch", "notifications", 1, zoho_watch.enable),
    ("DELETE", r"/crm/v8/actions/watch", "notifications", 1, zoho_watch.disable),
    ("GET", r"/crm/v8/(\w+)/actions/count", "modules", 1, zoho_listing.count),
    ("GET", r"/crm/v8/(\w+)/deleted", "modules", 2, zoho_listing.deleted),
    ("GET", r"/crm/v8/(\w+)/search", "modules", 1, zoho_listing.search),
    ("POST", r"/crm/v8/(\w+)/upsert", "modules", 1, zoho_writing.upsert),
    ("GET", r"/crm/v8/(\w+)/(\d+)", "modules", 1, zoho_listing.one),
    ("PUT", r"/crm/v8/(\w+)/(\d+)", "modules", 1, zoho_writing.update_one),
    ("DELETE", r"/crm/v8/(\w+)/(\d+)", "modules", 1, zoho_writing.delete_one),
    ("GET", r"/crm/v8/(\w+)", "modules", 1, zoho_listing.listed),
    ("POST", r"/crm/v8/(\w+)", "modules", 1, zoho_writing.insert),
    ("PUT", r"/crm/v8/(\w+)", "modules", 1, zoho_writing.update),
)
"""Method, path, scope, credits and what is behind; the first that fits answers."""
_COMPILED = tuple((method, re.compile(path), scope, cost, handler) for method, path, scope, cost, handler in ROUTES)


class ZohoEmulator:
    """One organisation with its records, its users and its tokens."""

    def __init__(self, timer: Timer, *, credits_per_day: int = 50_000, scopes: frozenset[str] = SCOPES) -> None:
        self.timer, self.faults, self.scopes = timer, Faults(), scopes
        self.tables = {name: Table("id") for name in MODULES}
        self.hidden: set[tuple[str, str]] = set()
        self.jobs: dict[str, Row] = {}
        self.downloads: list[datetime] = []
        self.channels: dict[str, Row] = {}
        self.calls_out: list[tuple[str, Row]] = []
        self.credits_per_day, self.credits_used = credits_per_day, 0
        self.tokens_given: list[datetime] = []
        self._tokens: dict[str, datetime] = {}
        self._next_id = 5545974000900000001

    def answer(self, request: Request) -> Response:
        """Return the answer to a request."""
        if request.path.startswith(PREFIX):
            return control(self, request)
        if request.path == "/oauth/v2/token":
            return self._token(request)
        if request.path == "/oauth/v2/token/revoke":
            return as_json(200, {"status": "success"})
        acts = {
            "busy": lambda: as_json(429, _problem("TOO_MANY_REQUESTS", "too many requests"), {"Retry-After": "2"}),
            "broken": lambda: Response(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
            "expire": self.end_tokens, "change": self._change, "delete": self._delete, "insert": self._insert,
        }  # fmt: skip
        return self.faults.through(request, lambda: self._authorized(request), acts)

    def new_id(self) -> str:
        """Return an id that no record has; larger than what a double can hold."""
        self._next_id += 1
        while any(
            str(self._next_id) in known for table in self.tables.values() for known in (table.rows, table.deleted)
        ):
            self._next_id += 1
        return str(self._next_id)

    def now(self) -> str:
        """Return the moment as Zoho writes it."""
        return self.timer.now().replace(microsecond=0).isoformat()

    def stamp(self, name: str, record_id: str, values: Row) -> None:
        """Set fields of a record as a person of the organisation would."""
        self.write(name, record_id, values, by=USERS[0])

    def write(self, name: str, record_id: str, values: Row, *, by: Row, is_new: bool = False) -> None:
        """Set fields of a record, stamp it and tell the channels that watch it."""
        person = {"name": by["full_name"], "id": by["id"]}
        stamped = {**values, "Modified_Time": self.now(), "Modified_By": person}
        if is_new:
            owner = {"Owner": {"name": by["full_name"], "id": by["id"], "email": by["email"]}}
            self.tables[name].put(
                record_id, {"id": record_id, "Created_Time": self.now(), **owner, **stamped}, self.timer.now()
            )
        else:
            self.tables[name].change(record_id, stamped, self.timer.now())
        zoho_watch.tell(self, name, record_id, "insert" if is_new else "update", tuple(values))

    def end_tokens(self) -> None:
        """Let every token end."""
        self._tokens.clear()

    def org(self) -> Response:
        """Return the organisation."""
        org = {"company_name": "Emulated Ltd", "iso_code": "CNY", "time_zone": "Asia/Shanghai",
               "license_details": {"paid_type": "enterprise"}, "id": "554597400"}  # fmt: skip
        return as_json(200, {"org": [org]})

    def users(self) -> Response:
        """Return the users."""
        people = [*USERS, ROBOT]
        return as_json(
            200, {"users": people, "info": {"per_page": 200, "count": len(people), "page": 1, "more_records": False}}
        )

    def _token(self, request: Request) -> Response:
        given = {**request.query, **_form(request.body)}
        if given.get("grant_type") != "refresh_token":
            return as_json(200, {"error": "unsupported_grant_type"})
        wrong = (("client_id", CLIENT_ID, "invalid_client"), ("client_secret", CLIENT_SECRET, "invalid_client_secret"),
                 ("refresh_token", REFRESH_TOKEN, "invalid_code"))  # fmt: skip
        for name, value, error in wrong:
            if given.get(name) != value:
                return as_json(200, {"error": error})
        now = self.timer.now()
        self.tokens_given = [item for item in self.tokens_given if item > now - TOKEN_WINDOW]
        if len(self.tokens_given) >= TOKENS:
            text = "You have made too many requests continuously. Please try again after some time."
            return as_json(400, {"error": "Access Denied", "error_description": text, "status": "failure"})
        self.tokens_given.append(now)
        token = f"1000.{secrets.token_hex(32)}"
        self._tokens[token] = now + timedelta(seconds=TOKEN_SECONDS)
        scheme = "http" if request.host.partition(":")[0] in {"127.0.0.1", "localhost"} else "https"
        return as_json(200, {"access_token": token, "scope": "ZohoCRM.modules.ALL ZohoCRM.coql.READ", "token_type": "Bearer",
                             "api_domain": f"{scheme}://{request.host}", "expires_in": TOKEN_SECONDS})  # fmt: skip

    def _authorized(self, request: Request) -> Response:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        until = self._tokens.get(token)
        if kind != "Zoho-oauthtoken" or until is None or until <= self.timer.now():
            return as_json(401, _problem("INVALID_TOKEN", "invalid oauth token"))
        for method, pattern, scope, cost, handler in _COMPILED:
            found = pattern.fullmatch(request.path)
            if found is not None and method == request.method:
                return self._metered(scope, cost, lambda: handler(self, request, found.groups()))  # noqa: B023  called at once
        known = any(pattern.fullmatch(request.path) for _, pattern, *_ in _COMPILED)
        code = "INVALID_REQUEST_METHOD" if known else "INVALID_URL_PATTERN"
        return as_json(405 if known else 404, _problem(code, "please check the URL"))

    def _metered(self, scope: str, cost: int, handle: Callable[[], Response]) -> Response:
        if scope not in self.scopes:
            return as_json(401, _problem("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL"))
        if self.credits_used + cost > self.credits_per_day:
            return as_json(429, _problem("TOO_MANY_REQUESTS", "the credits of the day are used"))
        self.credits_used += cost
        done = handle()
        left = self.credits_per_day - self.credits_used
        told = {"X-API-CREDITS-REMAINING": str(left)} if left * 2 <= self.credits_per_day else {}
        return Response(done.status, done.body, {**done.headers, **told})

    def _change(self) -> None:
        self._touch(lambda record_id: self.stamp("Accounts", record_id, {"Phone": f"0512-{self.faults.calls:06d}"}))

    def _delete(self) -> None:
        self._touch(lambda record_id: self.tables["Accounts"].delete(record_id, self.timer.now()))

    def _insert(self) -> None:
        values = {"Account_Name": f"新客户 {self.faults.calls}", "Account_Number": f"N{self.faults.calls}"}
        self.write("Accounts", self.new_id(), values, by=USERS[0], is_new=True)

    def _touch(self, act: Callable[[str], None]) -> None:
        ids = list(self.tables["Accounts"].rows)
        if ids:
            act(ids[self.faults.calls * 7919 % len(ids)])


def _problem(code: str, message: str, details: Any = None) -> Row:  # JSON has any shape
    return {"code": code, "details": details or {}, "message": message, "status": "error"}


def _form(body: bytes) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(body.decode("utf-8", "replace")))
