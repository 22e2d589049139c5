"""Owns what a raw page says: its records in one shape, whichever way they were read. Pure, so that kept pages can be read again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from riskreview.crm import reading
from riskreview.crm.reading import CrmField, Page
from riskreview.crm.zoho_bulk import bulk_rows
from riskreview.crm.zoho_client import parsed

LOOKUPS = frozenset({"lookup", "ownerlookup", "userlookup"})
MODIFIED = {"zoho": "Modified_Time", "fxiaoke": "last_modified_time"}
FXIAOKE_DAYS, FXIAOKE_MOMENTS = frozenset({"date"}), frozenset({"date_time"})


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a page.

    :param modified: when, as the CRM orders it: later is larger. :param values: empty for one that was deleted.
    """

    record_id: str
    modified: float
    values: Mapping[str, Any]  # JSON has any shape
    is_deleted: bool = False


def read_page(kind: str, body: bytes, fields: Mapping[str, CrmField], time_zone: str) -> Iterator[Record]:
    """Return the records of a page.

    :param time_zone: of days that a CRM writes as moments.
    :raises ValueError: when the page is not what its kind says.
    """
    if kind == reading.ZOHO_BULK:
        for row in bulk_rows(body):
            yield _zoho({name: _nested(name, value, fields) for name, value in row.items()})
        return
    document = parsed(body)
    if not isinstance(document, dict):
        raise ValueError("the page is no complete JSON")  # noqa: TRY004  its text is wrong, not our type
    if kind == reading.FXIAOKE_QUERY:
        yield from (_fxiaoke(row, fields, ZoneInfo(time_zone)) for row in fxiaoke_rows(document))
        return
    for row in document.get("data") or ():
        if not isinstance(row, dict) or not row.get("id"):
            raise ValueError("a record of the page has no id")
        yield _deleted(row) if kind == reading.ZOHO_DELETED else _zoho(row)


def whole_page(page: Page, fields: Mapping[str, CrmField], time_zone: str) -> Iterator[Record]:
    """Return the records of a page, all that it is said to hold.

    :raises ValueError: as ``read_page``, and when there are more or fewer.
    """
    found = 0
    for record in read_page(page.kind, page.body, fields, time_zone):
        found += 1
        yield record
    if found != page.rows:
        raise ValueError(f"it holds {found} records, the CRM says {page.rows}")


def fxiaoke_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:  # JSON has any shape
    """Return the rows of a query's answer; a map without ``dataList`` is one row."""
    data = document.get("data")
    if not isinstance(data, dict):
        return []
    rows = data.get("dataList")
    if rows is None:
        rows = [data] if data.get("_id") else []
    if not isinstance(rows, list) or any(not isinstance(row, dict) or not row.get("_id") for row in rows):
        raise ValueError("a record of the page has no _id")
    return rows


def _nested(name: str, value: str, fields: Mapping[str, CrmField]) -> Any:  # JSON has any shape
    known = fields.get(name)
    return {"id": value} if known is not None and known.type in LOOKUPS else value


def _zoho(row: dict[str, Any]) -> Record:  # JSON has any shape
    return Record(str(row["id"]), _moment(row.get("Modified_Time")), row)


def _deleted(row: dict[str, Any]) -> Record:  # JSON has any shape
    return Record(str(row["id"]), _moment(row.get("deleted_time")), {}, is_deleted=True)


def _moment(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp() if text else 0.0
    except ValueError:
        return 0.0


def _fxiaoke(row: dict[str, Any], fields: Mapping[str, CrmField], zone: ZoneInfo) -> Record:  # JSON has any shape
    values = {name: _calendar(value, fields.get(name), zone) for name, value in row.items()}
    modified = str(row.get("last_modified_time") or "0")
    return Record(str(row["_id"]), float(modified) if modified.isdigit() else 0.0, values)


def _calendar(value: Any, known: CrmField | None, zone: ZoneInfo) -> Any:  # JSON has any shape
    """Return days and moments as ISO text where the CRM writes milliseconds; what is none stays and is refused by the mapping."""
    if known is None or known.type not in FXIAOKE_DAYS | FXIAOKE_MOMENTS or not str(value).lstrip("-").isdigit():
        return value
    try:
        moment = datetime.fromtimestamp(int(value) / 1000, tz=zone)
    except (OverflowError, OSError, ValueError):
        return value
    return moment.date().isoformat() if known.type in FXIAOKE_DAYS else moment.isoformat(timespec="seconds")
