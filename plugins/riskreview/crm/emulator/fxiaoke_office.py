"""Owns the imitated Fxiaoke's messages and people."""

from typing import TYPE_CHECKING

from riskreview.crm.emulator.fxiaoke_data import EMPLOYEES, refused
from riskreview.crm.emulator.tables import Row

if TYPE_CHECKING:
    from riskreview.crm.emulator.fxiaoke import FxiaokeEmulator

RECEIVERS = 500
MOBILES = {f"1380000{number}": number for number in EMPLOYEES}


def send(emulator: "FxiaokeEmulator", body: Row) -> Row:
    """Take a message; no id comes back."""
    people, kind = body.get("toUser") or [], body.get("msgType")
    if not people:
        return refused(10015, "toUser 为空")
    if (
        not isinstance(people, list)
        or len(people) > RECEIVERS
        or any(_number(item) not in EMPLOYEES for item in people)
    ):
        return refused(11016, "toUser 不合法")
    if kind not in {"text", "composite", "articles"}:
        return refused(11017, "msgType 不合法")
    if kind == "text" and not (body.get("text") or {}).get("content"):
        return refused(12005, "文本内容为空")
    emulator.messages.append({"toUser": people, "msgType": kind, "content": body.get(str(kind))})
    return {}


def by_mobile(_emulator: "FxiaokeEmulator", body: Row) -> Row:
    """Answer who has a mobile number; nobody is an empty list."""
    number = MOBILES.get(str(body.get("mobile")))
    if number is None:
        return {"empList": []}
    return {"empList": [{"openUserId": f"FSUID_{number}", "account": number, "name": EMPLOYEES[number], "isStop": False,
                         "mobile": body["mobile"], "employeeNumber": number}]}  # fmt: skip


def _number(person: object) -> str:
    return str(person).removeprefix("FSUID_")
