"""Owns reading Zoho's records whole: by query, by list or in bulk, each beyond its own ceiling, and what was deleted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from riskreview.crm import reading
from riskreview.crm.calling import Answer, Ask
from riskreview.crm.problems import CrmRefused, CrmUnavailable
from riskreview.crm.reading import CrmField, Described, Page, Walk
from riskreview.crm.timing import Timer
from riskreview.crm.zoho_bulk import bulk_pages
from riskreview.crm.zoho_client import ZohoClient, parsed

LIST_ROWS, LIST_CEILING = 200, 100_000
QUERY_ROWS, FIRST_QUERY_ROWS = 2000, 200
MOST_FIELDS, MOST_IN = 50, 50
BULK_FROM = 20_000
"""Rows from which one bulk job costs less than queries."""
DELETED_COST = 2
WALKS = 3
"""How often a list is begun again because rows were deleted while it was walked."""
SCOPE = "OAUTH_SCOPE_MISMATCH"


class ZohoReader:
    """Reads one organisation."""

    def __init__(self, client: ZohoClient, timer: Timer) -> None:
        self.client, self._timer = client, timer
        self._told: datetime | None = None

    def server_time(self) -> datetime:
        """Return Zoho's time by the header of the last description; every pull has described its module just before."""
        return self._told or self._timer.now()

    def who(self) -> Sequence[tuple[str, str]]:
        """Return organisation, edition and time zone."""
        org = (self.client.get("/crm/v8/org").document or {}).get("org", [{}])[0]
        paid = (org.get("license_details") or {}).get("paid_type", "")
        return (("organisation", str(org.get("company_name", ""))), ("edition", str(paid)),
                ("time zone", str(org.get("time_zone", ""))), ("currency", str(org.get("iso_code", ""))))  # fmt: skip

    def describe(self, name: str) -> Described:
        """Return the fields of a module."""
        answer = self.client.get("/crm/v8/settings/fields", {"module": name})
        self._told = answer.sent_at
        fields = self.fields_of(answer.body)
        return Described(fields, Page(reading.FIELDS, answer.body, len(fields)))

    def fields_of(self, body: bytes) -> Mapping[str, CrmField]:
        """Return the fields of a description that was kept."""
        found = [_field(item) for item in (parsed(body) or {}).get("fields") or ()]
        return {item.name: item for item in [CrmField("id", "bigint", is_writable=False), *found]}

    def pages(self, walk: Walk) -> Iterator[Page]:
        """Return everything, or what changed and what was deleted since.

        :raises CrmUnavailable: when a full walk found fewer records than Zoho counts.
        """
        if len(walk.fields) > MOST_FIELDS:
            raise CrmRefused(
                f"{walk.object}: {len(walk.fields)} fields are mapped, Zoho gives {MOST_FIELDS} at once", "FIELDS"
            )
        if walk.since is not None:
            yield from self._by_query_or_list(walk)
            yield from self._deleted(walk.object, walk.since)
            return
        counted = 0
        if walk.by == "auto" or (walk.check_count and walk.by != "bulk"):  # a job counts its own rows
            counted = self._count(walk.object)
        if walk.by == "bulk" or (walk.by == "auto" and walk.plain_lookups and counted > BULK_FROM):
            yield from self._in_bulk(walk)
            return
        found = 0
        for page in self._by_query_or_list(walk):
            found += page.rows
            yield page
        gone = list(self._deleted(walk.object, walk.began))
        if walk.check_count and found < counted - sum(page.rows for page in gone):
            raise CrmUnavailable(f"{walk.object}: {found} records were read, Zoho counts {counted}")
        yield from gone

    def some(self, walk: Walk, ids: Sequence[str]) -> Iterator[Page]:
        """Return the records of some ids; one that is gone is left out."""
        columns = ", ".join(dict.fromkeys(["id", "Modified_Time", *walk.paths]))
        for start in range(0, len(ids), MOST_IN):
            chosen = ", ".join(ids[start : start + MOST_IN])
            query = f"select {columns} from {walk.object} where id in ({chosen}) limit {FIRST_QUERY_ROWS}"  # noqa: S608  COQL; checked
            answer = self.client.call(Ask("POST", "/crm/v8/coql", body={"select_query": query}))
            rows = _rows(answer)
            if rows:
                yield Page(reading.ZOHO_QUERY, answer.body, len(rows))

    def _in_bulk(self, walk: Walk) -> Iterator[Page]:
        """Read by jobs, each of which holds one moment: what was deleted after it is told by the next pull.

        Where several were needed and something was deleted meanwhile, rows may have moved past a job's beginning: they are read by query.
        """
        jobs = 0
        for page in bulk_pages(self.client, self._timer, walk):
            jobs += 1
            yield page
        gone = list(self._deleted(walk.object, walk.began)) if jobs > 1 else []
        if any(page.rows for page in gone):
            yield from self._by_query(walk)
        yield from gone

    def _by_query_or_list(self, walk: Walk) -> Iterator[Page]:
        if walk.by == "list":
            yield from self._by_list(walk)
            return
        try:
            yield from self._by_query(walk)
        except CrmRefused as error:
            if error.code != SCOPE or walk.by == "query":
                raise
            yield from self._by_list(walk)

    def _by_query(self, walk: Walk) -> Iterator[Page]:
        """Read by keyset: rows are neither shifted by what is deleted meanwhile nor cut by an offset's ceiling."""
        last, limit = "0", FIRST_QUERY_ROWS if walk.since else QUERY_ROWS
        columns = ", ".join(dict.fromkeys(["id", "Modified_Time", *walk.paths]))
        while True:
            changed = f"Modified_Time >= '{walk.since.isoformat(timespec='seconds')}' and " if walk.since else ""
            where = f"({changed}id > {last})" if changed else f"id > {last}"
            query = f"select {columns} from {walk.object} where {where} order by id asc limit {limit}"  # noqa: S608  COQL; the names were checked
            answer = self.client.call(Ask("POST", "/crm/v8/coql", body={"select_query": query}, cost=query_cost(limit)))
            rows = _rows(answer)
            if rows:
                yield Page(reading.ZOHO_QUERY, answer.body, len(rows))
            if not _has_more(answer):
                return
            last, limit = str(rows[-1]["id"]), QUERY_ROWS

    def _by_list(self, walk: Walk) -> Iterator[Page]:
        """Walk the list; where rows were deleted meanwhile others may have moved past, so it is walked again."""
        for number in range(WALKS):
            if number:
                self.describe(walk.object)
            began = self.server_time()
            yield from self._one_list(walk)
            if not any(page.rows for page in self._deleted(walk.object, began)):
                return
        raise CrmUnavailable(f"{walk.object}: records are deleted faster than the list can be read; use by: query")

    def _one_list(self, walk: Walk) -> Iterator[Page]:
        params = {"fields": ",".join(dict.fromkeys(["Modified_Time", *walk.fields])), "per_page": str(LIST_ROWS),
                  "sort_by": "id", "sort_order": "asc"}  # fmt: skip
        token, found = "", 0
        while True:
            more = {"page_token": token} if token else {}
            answer = self.client.get(f"/crm/v8/{walk.object}", {**params, **more}, since=walk.since)
            rows = _rows(answer)
            found += len(rows)
            if rows:
                yield Page(reading.ZOHO_LIST, answer.body, len(rows))
            if not _has_more(answer):
                return
            token = str(answer.document["info"].get("next_page_token") or "")
            if not token or found >= LIST_CEILING:
                sentence = f"{walk.object}: a list ends at {LIST_CEILING} rows; use by: query or by: bulk"
                raise CrmRefused(sentence, "PAGINATION_LIMIT_EXCEEDED")

    def _deleted(self, module: str, since: datetime) -> Iterator[Page]:
        page = 1
        while True:
            params = {"type": "all", "page": str(page), "per_page": str(LIST_ROWS)}
            answer = self.client.get(f"/crm/v8/{module}/deleted", params, since=since, cost=DELETED_COST)
            rows = _rows(answer)
            if rows:
                yield Page(reading.ZOHO_DELETED, answer.body, len(rows))
            if not _has_more(answer):
                return
            page += 1

    def _count(self, module: str) -> int:
        return int((self.client.get(f"/crm/v8/{module}/actions/count").document or {}).get("count", 0))


def query_cost(limit: int) -> int:
    """Return the credits of a query."""
    return 1 if limit <= 200 else 2 if limit <= 1000 else 3


def _rows(answer: Answer) -> list[Any]:  # JSON has any shape
    found = answer.document.get("data", []) if isinstance(answer.document, dict) else []
    return found if isinstance(found, list) else []


def _has_more(answer: Answer) -> bool:
    return isinstance(answer.document, dict) and bool((answer.document.get("info") or {}).get("more_records"))


def _field(item: dict[str, Any]) -> CrmField:  # JSON has any shape
    choices = tuple(
        str(value["actual_value"]) for value in item.get("pick_list_values") or () if value.get("actual_value")
    )
    is_writable = not (item.get("read_only") or item.get("field_read_only"))
    return CrmField(
        str(item["api_name"]), str(item["data_type"]), is_writable, choices, str(item.get("field_label", ""))
    )
