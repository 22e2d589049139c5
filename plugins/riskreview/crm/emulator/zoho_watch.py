"""Owns notification channels of the imitated Zoho: who is told of changes, until when, and what he is told."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from riskreview.crm.emulator.tables import Row
from riskreview.crm.emulator.wire import Request, Response, as_json
from riskreview.crm.emulator.zoho_listing import refused

if TYPE_CHECKING:
    from riskreview.crm.emulator.zoho import ZohoEmulator

LONGEST, SHORTEST = timedelta(days=7), timedelta(hours=1)
OPERATIONS = {"create": "insert", "edit": "update", "delete": "delete"}


def enable(emulator: "ZohoEmulator", request: Request, _parts: tuple[str, ...]) -> Response:
    """Open channels, or give open ones another end."""
    done = []
    for item in request.json().get("watch") or ():
        until = (
            datetime.fromisoformat(item["channel_expiry"])
            if item.get("channel_expiry")
            else emulator.timer.now() + SHORTEST
        )
        if until > emulator.timer.now() + LONGEST or not str(item.get("notify_url", "")).startswith("http"):
            return refused("INVALID_DATA", {"api_name": "channel_expiry" if item.get("notify_url") else "notify_url"})
        emulator.channels[str(item["channel_id"])] = {**item, "until": until}
        events = [{"channel_expiry": until.isoformat(), "resource_uri": f"/crm/v8/{event.partition('.')[0]}", "channel_id": item["channel_id"],
                   "resource_name": event.partition(".")[0]} for event in item["events"]]  # fmt: skip
        done.append(
            {
                "code": "SUCCESS",
                "details": {"events": events},
                "message": "Successfully subscribed",
                "status": "success",
            }
        )
    return as_json(201, {"watch": done}) if done else refused("MANDATORY_NOT_FOUND", {"api_name": "watch"})


def disable(emulator: "ZohoEmulator", request: Request, _parts: tuple[str, ...]) -> Response:
    """Close channels."""
    for channel in request.query.get("channel_ids", "").split(","):
        emulator.channels.pop(channel, None)
    return as_json(
        200,
        {"watch": [{"code": "SUCCESS", "details": {}, "message": "Successfully unsubscribed", "status": "success"}]},
    )


def listed(emulator: "ZohoEmulator", _request: Request, _parts: tuple[str, ...]) -> Response:
    """Answer the open channels."""
    now = emulator.timer.now()
    found = [
        {"channel_id": name, "channel_expiry": item["until"].isoformat(), "events": item["events"], "notify_url": item["notify_url"],
         "token": item.get("token")}
        for name, item in emulator.channels.items() if item["until"] > now
    ]  # fmt: skip
    return as_json(200, {"watch": found}) if found else Response(204)


def tell(emulator: "ZohoEmulator", module: str, record_id: str, operation: str, fields: tuple[str, ...]) -> None:
    """Note what every open channel that watches a module is told; a test or the demo sends it."""
    for name, item in emulator.channels.items():
        wanted = {
            OPERATIONS.get(event.partition(".")[2], operation)
            for event in item["events"]
            if event.partition(".")[0] == module
        }
        if operation in wanted and item["until"] > emulator.timer.now():
            emulator.calls_out.append(
                (str(item["notify_url"]), _message(emulator, name, item, (module, record_id, operation), fields))
            )


def _message(
    emulator: "ZohoEmulator", channel: str, item: Row, what: tuple[str, str, str], fields: tuple[str, ...]
) -> Row:  # fmt: skip
    module, record_id, operation = what
    return {"server_time": int(emulator.timer.now().timestamp() * 1000), "module": module, "operation": operation, "ids": [record_id],
            "affected_fields": [{record_id: list(fields)}], "channel_id": channel, "token": item.get("token"),
            "resource_uri": f"/crm/v8/{module}", "query_params": {}}  # fmt: skip
