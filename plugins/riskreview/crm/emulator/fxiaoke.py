"""Owns the imitated Fxiaoke: both generations of authentication, its doors and its limits. Every answer is HTTP 200."""

import re
import secrets
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from riskreview.crm.emulator import fxiaoke_data, fxiaoke_office
from riskreview.crm.emulator.control import PREFIX, control
from riskreview.crm.emulator.faults import Faults
from riskreview.crm.emulator.fxiaoke_fields import OBJECTS, described
from riskreview.crm.emulator.tables import Row, Table
from riskreview.crm.emulator.wire import Request, Response, as_json
from riskreview.crm.timing import Timer

APP_ID, APP_SECRET, PERMANENT_CODE = "FSAID_emulator", "emulator-secret", "emulator-permanent-code"
EA, CORP_ID, USER, OPEN_USER = "hengyuan01", "FSCID_emulator", "1000", "FSUID_1000"
TOKEN_SECONDS, SAME_SECONDS = 7200, 6600
CALLS, WINDOW = 100, timedelta(seconds=20)
TOKEN_CALLS, TOKEN_WINDOW = 10, timedelta(minutes=1)
Handler = Callable[["FxiaokeEmulator", Row, bool], Row]
DOORS: dict[str, Handler] = {
    "query": fxiaoke_data.query, "findSimple": fxiaoke_data.query, "get": fxiaoke_data.get, "create": fxiaoke_data.create,
    "update": fxiaoke_data.update, "changeOwner": fxiaoke_data.change_owner,
}  # fmt: skip
"""What can be done with data; the flag says whether the door is that of custom objects."""
OFFICE: dict[str, Callable[["FxiaokeEmulator", Row], Row]] = {
    "/cgi/crm/v2/object/list": lambda emulator, _body: emulator.objects(),
    "/cgi/crm/v2/object/describe": lambda emulator, body: emulator.describe(body),
    "/cgi/message/send": fxiaoke_office.send,
    "/cgi/user/getByMobile": fxiaoke_office.by_mobile,
}
DATA = re.compile(r"/cgi/crm/(custom/)?v2/data/(\w+)")


class FxiaokeEmulator:
    """One tenant with its records, its people and its tokens.

    :param names_new: whether creating a custom object answers the new id; the manual's sample does not.
    """

    def __init__(self, timer: Timer, *, names_new: bool = True) -> None:
        self.timer, self.faults, self.names_new = timer, Faults(), names_new
        self.tables = {name: Table("_id") for name in OBJECTS}
        self.hidden: set[tuple[str, str]] = set()
        self.messages: list[Row] = []
        self.flows: list[Row] = []
        self.token_calls: deque[datetime] = deque()
        self._recent: dict[str, deque[datetime]] = {}
        self._tokens: dict[str, datetime] = {}
        self._number = 0

    def answer(self, request: Request) -> Response:
        """Return the answer to a request."""
        if request.path.startswith(PREFIX):
            return control(self, request)
        if not request.path.startswith(("/cgi/", "/oauth2.0/")) or request.host.startswith("www."):
            return Response(302, b"<html></html>", {"Location": "/", "Content-Type": "text/html"})
        if request.method != "POST":
            return self.said(10006, "the uri is not exists")
        if request.path == "/oauth2.0/token":
            return self._token(request.json(), "new")
        if request.path == "/cgi/corpAccessToken/get/V2":
            return self._token(request.json(), "old")
        acts = {
            "busy": lambda: self.said(30004, "访问频率超限"), "broken": lambda: self.said(-1, "系统繁忙"), "expire": self.end_tokens,
            "change": self._change, "delete": self._delete, "insert": self._insert,
        }  # fmt: skip
        return self.faults.through(request, lambda: self._authorized(request), acts)

    def said(self, code: int, message: str, more: Row | None = None) -> Response:
        """Return an answer: HTTP 200 whatever it says."""
        trace = f"E-O.{EA}.1000-{secrets.token_hex(8)}"
        return as_json(200, {"traceId": trace, "errorCode": code, "errorMessage": message,
                             "errorDescription": "success" if code == 0 else message, **(more or {})})  # fmt: skip

    def new_id(self) -> str:
        """Return an id that no record has; later ones are larger."""
        self._number += 1
        while any(
            f"f{self._number:023x}" in known for table in self.tables.values() for known in (table.rows, table.deleted)
        ):
            self._number += 1
        return f"f{self._number:023x}"

    def milliseconds(self) -> int:
        """Return the moment as Fxiaoke writes it."""
        return int(self.timer.now().timestamp() * 1000)

    def stamp(self, name: str, record_id: str, values: Row) -> None:
        """Set fields of a record as a person of the tenant would."""
        self.write(name, record_id, values, by="1001")

    def write(self, name: str, record_id: str, values: Row, *, by: str, is_new: bool = False) -> None:
        """Set fields of a record and stamp it."""
        stamped = {**values, "last_modified_time": self.milliseconds(), "last_modified_by": [by]}
        if is_new:
            row = {"_id": record_id, "create_time": self.milliseconds(), "created_by": [by], "owner": [by], "life_status": "normal",
                   "lock_status": "0", "record_type": "default__c", "is_deleted": False, "version": "1", **stamped}  # fmt: skip
            self.tables[name].put(record_id, row, self.timer.now())
        else:
            version = int(self.tables[name].rows[record_id].get("version", "1")) + 1
            self.tables[name].change(record_id, {**stamped, "version": str(version)}, self.timer.now())

    def end_tokens(self) -> None:
        """Let every token end."""
        self._tokens.clear()

    def objects(self) -> Row:
        """Answer which objects there are."""
        found = [{"describeApiName": name, "describeDisplayName": name, "defineType": "custom" if name.endswith("__c") else "package",
                  "isActive": True} for name in OBJECTS]  # fmt: skip
        return {"data": {"objects": found}}

    def describe(self, body: Row) -> Row:
        """Answer the fields of an object; the name may stand at the top as one old client writes it."""
        name = str((body.get("data") or {}).get("apiName") or body.get("apiName"))
        if name not in OBJECTS:
            return {"errorCode": 32000, "errorMessage": f"对象 {name} 不存在"}
        return {"data": {"describe": {"api_name": name, "fields": described(name, self.hidden)}}}

    def _token(self, given: Row, generation: str) -> Response:
        now = self.timer.now()
        while self.token_calls and self.token_calls[0] <= now - TOKEN_WINDOW:
            self.token_calls.popleft()
        if len(self.token_calls) >= TOKEN_CALLS:
            return self.said(30004, "获取 token 过于频繁")
        self.token_calls.append(now)
        wanted = {"appId": (APP_ID, 10001), "appSecret": (APP_SECRET, 10006), "permanentCode": (PERMANENT_CODE, 20006)}
        for name, (value, code) in wanted.items():
            if given.get(name) != value:
                return self.said(code, f"{name} missing or illegal")
        token, until = self._same_token(now)
        rest = int((until - now).total_seconds())
        if generation == "new":
            return self.said(
                0,
                "success",
                {"accessToken": token, "expiresIn": rest, "ea": EA, "appId": APP_ID, "openUserId": CORP_ID},
            )
        return self.said(0, "success", {"corpAccessToken": token, "corpId": CORP_ID, "expiresIn": rest})

    def _same_token(self, now: datetime) -> tuple[str, datetime]:
        """Return the newest token, a new one only when it has less than ten minutes left."""
        fresh = [
            (token, until)
            for token, until in self._tokens.items()
            if until - now > timedelta(seconds=TOKEN_SECONDS - SAME_SECONDS)
        ]
        if fresh:
            return fresh[-1]
        token = secrets.token_hex(16).upper()
        self._tokens[token] = now + timedelta(seconds=TOKEN_SECONDS)
        return token, self._tokens[token]

    def _authorized(self, request: Request) -> Response:
        body = request.json()
        problem = self._wrong_credentials(request, body)
        if problem is not None:
            return problem
        now, recent = self.timer.now(), self._recent.setdefault(request.path, deque())
        while recent and recent[0] <= now - WINDOW:
            recent.popleft()
        if len(recent) >= CALLS:
            return self.said(30004, "访问频率超限")
        recent.append(now)
        done = self._carried_out(request.path, body)
        code, message = int(done.pop("errorCode", 0)), str(done.pop("errorMessage", "OK"))
        return self.said(code, message, done)

    def _wrong_credentials(self, request: Request, body: Row) -> Response | None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer and "corpAccessToken" in body:
            return self.said(32000, "两代鉴权不可混用")
        if not bearer and "corpAccessToken" not in body:
            return self.said(20017, "corpAccessToken为必填项")
        until = self._tokens.get(bearer or str(body["corpAccessToken"]))
        is_right = request.headers.get("x-fs-ea") == EA if bearer else body.get("corpId") == CORP_ID
        if until is None or until <= self.timer.now() or not is_right:
            return self.said(20016, "the cropId,cropAccessToken or authorization is error")
        user = request.headers.get("x-fs-userid") if bearer else body.get("currentOpenUserId")
        return None if user in {USER, OPEN_USER} else self.said(30027, "员工不存在")

    def _carried_out(self, path: str, body: Row) -> Row:
        if path in OFFICE:
            return OFFICE[path](self, body)
        found = DATA.fullmatch(path)
        if found is None or found[2] not in DOORS:
            return {"errorCode": 10006, "errorMessage": f"{path} the uri is not exists"}
        return DOORS[found[2]](self, body.get("data") or {}, bool(found[1]))

    def _change(self) -> None:
        self._touch(lambda record_id: self.stamp("AccountObj", record_id, {"tel": f"0512-{self.faults.calls:06d}"}))

    def _delete(self) -> None:
        self._touch(lambda record_id: self.tables["AccountObj"].delete(record_id, self.timer.now()))

    def _insert(self) -> None:
        self.write("AccountObj", self.new_id(), {"name": f"新客户 {self.faults.calls}"}, by="1001", is_new=True)

    def _touch(self, act: Callable[[str], None]) -> None:
        ids = list(self.tables["AccountObj"].rows)
        if ids:
            act(ids[self.faults.calls * 7919 % len(ids)])
