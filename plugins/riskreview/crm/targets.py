"""Owns writing into the two CRMs: one record at a time, without automations, and looking at what became of it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from riskreview.crm import reading
from riskreview.crm.calling import Ask
from riskreview.crm.connections import FxiaokeConnection
from riskreview.crm.difference import Values, as_text
from riskreview.crm.extract import told
from riskreview.crm.fxiaoke_reader import data_path
from riskreview.crm.opening import OpenCrm
from riskreview.crm.problems import CrmRefused
from riskreview.crm.reading import CrmField, Page, Walk
from riskreview.crm.records import Record, read_page
from riskreview.crm.zoho_client import ZohoClient, error_of
from riskreview.policy.crm_policy import Fact, Target, TaskRule

ORIGIN = "riskreview"
NUMBERS = frozenset({"double", "currency", "percent", "integer", "bigint", "number", "percentile"})
TRUTHS = frozenset({"boolean", "true_or_false"})
VERSION = "version"
"""Fxiaoke counts the changes of a record there."""
CHANGED = frozenset({"ALREADY_MODIFIED", "RECORD_MODIFIED"})
"""What Zoho says when somebody else was faster."""


class ChangedMeanwhile(CrmRefused):
    """Somebody wrote into the record after we had looked."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as the CRM shows it.

    :param modified: its time of change as the CRM writes it. :param version: how often it was changed, None where the CRM does not say.
    :param owner: the CRM's own id of who owns it; known where one record alone was looked at.
    """

    record_id: str
    values: Values
    modified: str
    version: int | None = None
    owner: str | None = None

    def was_changed_beside(self, later: "Seen") -> bool:
        """Tell whether more than one change lies between this look and a later one with one write of ours in between."""
        return self.version is not None and later.version is not None and later.version - self.version > 1


@dataclass(frozen=True, slots=True)
class Task:
    """A duty of an account's owner in the CRM; ``key`` is in its name, so that it is found again.

    :param owner: the CRM's own id of the person who owns the account, None where nobody does.
    """

    key: str
    title: str
    text: str
    record_id: str
    due_on: date
    owner: str | None


class CrmTarget:
    """The records of one target."""

    def __init__(self, crm: OpenCrm, target: Target, fields: Mapping[str, CrmField]) -> None:
        self._crm, self._target, self._fields = crm, target, fields
        self._stamp = "Modified_Time" if isinstance(crm.client, ZohoClient) else "last_modified_time"
        self._owner = "Owner.id" if isinstance(crm.client, ZohoClient) else "owner"
        self._names = tuple(dict.fromkeys([*(rule.field for rule in target.fields.values()), self._stamp]))

    def problems(self) -> list[str]:
        """Return what keeps the target from being written: fields that are missing, read-only or lack a value."""
        found: list[str] = []
        for name in (*(rule.field for rule in self._target.fields.values()), self._target.origin):
            known = self._fields.get(name)
            if known is None or not known.is_writable:
                found.append(f"{self._target.object}.{name} is {'missing' if known is None else 'read-only'}")
        for fact, rule in self._target.fields.items():
            choices = self._fields[rule.field].choices if rule.field in self._fields else ()
            lacking = [word for word in rule.map.values() if choices and word not in choices]
            found += [f"{self._target.object}.{rule.field} has no value {word} for {fact}" for word in lacking]
        return found

    def everything(self, now: datetime) -> Iterator[Seen]:
        """Return every record with what it says in our fields."""
        walk = Walk(self._target.object, self._names, now, by="query", paths=self._names, check_count=False)
        return self._seen(self._crm.reader.pages(walk))

    def one(self, record_id: str) -> Seen | None:
        """Return one record as it is now, None where there is none."""
        if isinstance(self._crm.client, ZohoClient):
            answer = self._crm.client.get(f"/crm/v8/{self._target.object}/{record_id}")
            if answer.document is None:
                return None
            page = Page(reading.ZOHO_LIST, answer.body, 1)
        else:
            body = {"data": {"dataObjectApiName": self._target.object, "objectDataId": record_id}}
            page = Page(
                reading.FXIAOKE_QUERY, self._crm.client.post(f"{data_path(self._target.object)}/get", body).body, 1
            )
        return next(self._seen([page]), None)

    def update(self, seen: Seen, after: Values) -> None:
        """Write facts into a record as it was seen.

        :raises ChangedMeanwhile: when somebody else wrote after that. :raises CrmRefused: for a value or a record it does not take.
        :raises OutcomeUnknown: when Fxiaoke gave no answer; written twice, its count of changes would tell of somebody else.
        """
        values = {self._target.fields[fact].field: self._encoded(fact, value) for fact, value in after.items()}
        values[self._target.origin] = ORIGIN
        if isinstance(self._crm.client, ZohoClient):
            _zoho_update(self._crm.client, self._target.object, seen, values)
            return
        data = {"object_data": {"_id": seen.record_id, "dataObjectApiName": self._target.object, **values}}
        body = {"triggerApprovalFlow": False, "triggerWorkFlow": False, "data": data}
        self._crm.client.post(f"{data_path(self._target.object)}/update", body, repeatable=False)

    def find_task(self, rule: TaskRule, key: str) -> str | None:
        """Return the id of the task with our key, None where there is none yet."""
        if isinstance(self._crm.client, ZohoClient):
            query = f"select {rule.key} from {rule.object} where {rule.key} like '%[{key}]%' limit 2"  # noqa: S608  COQL; checked
            answer = self._crm.client.call(Ask("POST", "/crm/v8/coql", body={"select_query": query}))
            rows = (answer.document or {}).get("data") or []
            return str(rows[0]["id"]) if rows else None
        info = {
            "limit": 2,
            "offset": 0,
            "filters": [{"field_name": rule.key, "operator": "LIKE", "field_values": [f"[{key}]"]}],
        }
        body = {"data": {"dataObjectApiName": rule.object, "find_explicit_total_num": False, "search_query_info": info}}
        answer = self._crm.client.post(f"{data_path(rule.object)}/query", body)
        rows = (answer.document.get("data") or {}).get("dataList") or []
        return str(rows[0]["_id"]) if rows else None

    def create_task(self, rule: TaskRule, task: Task) -> None:
        """Create a task; whether it is there is looked up, whatever the answer was.

        :raises OutcomeUnknown: when no answer came.
        """
        title = f"{task.title} [{task.key}]"
        text = {rule.text: task.text} if rule.text else {}
        values: dict[str, Any] = {rule.key: title, **text, **rule.constants}  # JSON has any shape
        if isinstance(self._crm.client, ZohoClient):
            values |= {
                rule.due: task.due_on.isoformat(),
                rule.account: {"id": task.record_id},
                "$se_module": self._target.object,
                **({"Owner": {"id": task.owner}} if task.owner else {}),
            }
            body: dict[str, Any] = {"data": [values], "trigger": []}
            _checked(
                self._crm.client.call(
                    Ask("POST", f"/crm/v8/{rule.object}", body=body, kind="write", repeatable=False)
                ).document
            )
            return
        values |= {"dataObjectApiName": rule.object, rule.due: self._day(task.due_on), rule.account: task.record_id}
        values |= {"owner": [task.owner]} if task.owner else {}
        body = {"triggerApprovalFlow": False, "triggerWorkFlow": False, "data": {"object_data": values, "details": {}}}
        self._crm.client.post(f"{data_path(rule.object)}/create", body, repeatable=False)

    def _seen(self, pages: Iterable[Page]) -> Iterator[Seen]:
        for page in pages:
            for record in read_page(page.kind, page.body, self._fields, self._crm.time_zone):
                if not record.is_deleted:
                    yield self._as_seen(told(record, (*self._names, VERSION, self._owner)))

    def _as_seen(self, record: Record) -> Seen:
        values: dict[Fact, str | None] = {}
        for fact, rule in self._target.fields.items():
            back = {theirs: word for word, theirs in rule.map.items()}
            value = as_text(fact, record.values.get(rule.field))
            values[fact] = back.get(value, value) if value is not None else None
        version = str(record.values.get(VERSION, ""))
        stamp = str(record.values.get(self._stamp, ""))
        owner = _first(str(record.values.get(self._owner) or ""))
        return Seen(record.record_id, values, stamp, int(version) if version.isdigit() else None, owner)

    def _encoded(self, fact: Fact, value: str | None) -> Any:  # what the CRM's field wants
        rule = self._target.fields[fact]
        kind = self._fields[rule.field].type
        if value is None:
            return None
        if kind in TRUTHS:
            return value == "true"
        if isinstance(self._crm.connection, FxiaokeConnection):
            return self._day(date.fromisoformat(value)) if kind == "date" else rule.map.get(value, value)
        if kind in NUMBERS:
            return int(value) if kind in {"integer", "bigint"} else float(value)
        return rule.map.get(value, value)

    def _day(self, day: date) -> int:
        """Return a day as Fxiaoke writes it: midnight in the tenant's zone, in milliseconds."""
        zone = ZoneInfo(self._crm.time_zone)
        return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _first(owner: str) -> str | None:
    """Return a person's id; Fxiaoke writes a list of them."""
    if not owner.startswith("["):
        return owner or None
    return next((str(item) for item in json.loads(owner)), None)


def open_target(crm: OpenCrm, target: Target) -> CrmTarget:
    """Return a target with its fields described by the CRM."""
    return CrmTarget(crm, target, crm.reader.describe(target.object).fields)


def _zoho_update(client: ZohoClient, module: str, seen: Seen, values: Mapping[str, Any]) -> None:  # JSON has any shape
    headers = {"If-Unmodified-Since": seen.modified} if seen.modified else {}
    body = {"data": [dict(values)], "trigger": []}
    try:
        answer = client.call(Ask("PUT", f"/crm/v8/{module}/{seen.record_id}", body=body, headers=headers, kind="write"))
    except CrmRefused as error:
        if error.code in CHANGED:
            raise ChangedMeanwhile(str(error), error.code) from error
        raise
    _checked(answer.document)


def _checked(document: Any) -> None:  # JSON has any shape
    code, details = error_of(document)
    if code:
        raise CrmRefused(
            f"Zoho refused the record ({code}): {json.dumps(details, ensure_ascii=False)[:200]}", code, details
        )
