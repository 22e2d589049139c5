"""Owns reading Fxiaoke's objects whole: by the order of ids, beyond the ceiling of the offset, preset and custom ones alike."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from riskreview.crm import reading
from riskreview.crm.fxiaoke_client import FxiaokeClient
from riskreview.crm.problems import CrmRefused
from riskreview.crm.reading import CrmField, Described, Page, Walk
from riskreview.crm.records import fxiaoke_rows
from riskreview.crm.timing import Timer
from riskreview.crm.zoho_client import parsed

ROWS = 100
DESCRIBE = "/cgi/crm/v2/object/describe"
READ_ONLY = frozenset({"formula", "count", "quote", "auto_number"})


class FxiaokeReader:
    """Reads one tenant."""

    def __init__(self, client: FxiaokeClient, timer: Timer) -> None:
        self.client, self._timer = client, timer
        self._told: datetime | None = None

    def server_time(self) -> datetime:
        """Return the CRM's time by the header of the last answer; every pull has described its object just before."""
        return self._told or self._timer.now()

    def who(self) -> Sequence[tuple[str, str]]:
        """Return how many objects the acting user may see."""
        answer = self.client.post("/cgi/crm/v2/object/list", {})
        objects = (answer.document.get("data") or {}).get("objects") or []
        custom = sum(1 for item in objects if item.get("defineType") == "custom")
        return (("objects", str(len(objects))), ("custom objects", str(custom)))

    def describe(self, name: str) -> Described:
        """Return the active fields of an object."""
        answer = self.client.post(DESCRIBE, {"includeDetail": False, "data": {"apiName": name}})
        self._told = answer.sent_at
        fields = self.fields_of(answer.body)
        return Described(fields, Page(reading.FIELDS, answer.body, len(fields)))

    def fields_of(self, body: bytes) -> Mapping[str, CrmField]:
        """Return the fields of a description that was kept."""
        described = ((parsed(body) or {}).get("data") or {}).get("describe") or {}
        given = described.get("fields") or {}
        found = [_field(name, item) for name, item in given.items() if item.get("is_active", True)]
        return {item.name: item for item in [CrmField("_id", "text", is_writable=False), *found]}

    def pages(self, walk: Walk) -> Iterator[Page]:
        """Return every record that changed, or all of them; what was deleted for good is seen by reading all."""
        path, last = f"{data_path(walk.object)}/query", ""
        filters = (
            []
            if walk.since is None
            else [_filter("last_modified_time", "GTE", str(int(walk.since.timestamp() * 1000)))]
        )
        while True:
            after = [_filter("_id", "GT", last)] if last else []
            answer = self.client.post(path, _query(walk, [*filters, *after]))
            try:
                rows = fxiaoke_rows(answer.document)
            except ValueError:
                yield Page(reading.FXIAOKE_QUERY, answer.body, 0)
                return
            if rows:
                yield Page(reading.FXIAOKE_QUERY, answer.body, len(rows))
            if len(rows) < ROWS:
                return
            if str(rows[-1]["_id"]) <= last:
                raise CrmRefused(f"{walk.object}: the rows do not come in the order of their ids", "ORDER")
            last = str(rows[-1]["_id"])

    def some(self, walk: Walk, ids: Sequence[str]) -> Iterator[Page]:
        """Return the records of some ids; one that is gone is left out."""
        for start in range(0, len(ids), ROWS):
            chosen = {"field_name": "_id", "operator": "IN", "field_values": list(ids[start : start + ROWS])}
            answer = self.client.post(f"{data_path(walk.object)}/query", _query(walk, [chosen]))
            rows = fxiaoke_rows(answer.document)
            if rows:
                yield Page(reading.FXIAOKE_QUERY, answer.body, len(rows))


def data_path(object_: str) -> str:
    """Return where an object's data are: custom objects have a path of their own."""
    return "/cgi/crm/custom/v2/data" if object_.endswith("__c") else "/cgi/crm/v2/data"


def _query(walk: Walk, filters: list[dict[str, Any]]) -> dict[str, Any]:  # JSON has any shape
    info = {"limit": ROWS, "offset": 0, "filters": filters, "orders": [{"fieldName": "_id", "isAsc": True}],
            "fieldProjection": list(dict.fromkeys(["_id", "last_modified_time", *walk.fields]))}  # fmt: skip
    return {"data": {"dataObjectApiName": walk.object, "find_explicit_total_num": False, "search_query_info": info}}


def _filter(name: str, operator: str, value: str) -> dict[str, Any]:  # JSON has any shape
    return {"field_name": name, "operator": operator, "field_values": [value]}


def _field(name: str, item: Mapping[str, Any]) -> CrmField:  # JSON has any shape
    choices = tuple(str(option["value"]) for option in item.get("options") or () if "value" in option)
    kind = str(item.get("type", "text"))
    return CrmField(name, kind, kind not in READ_ONLY, choices, str(item.get("label", "")))
