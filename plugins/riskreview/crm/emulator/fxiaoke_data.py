"""Owns what the imitated Fxiaoke does with data: queries with their ceilings, single records, checked writes."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from riskreview.crm.emulator.fxiaoke_fields import OBJECTS, Field
from riskreview.crm.emulator.tables import Row

if TYPE_CHECKING:
    from riskreview.crm.emulator.fxiaoke import FxiaokeEmulator

LIMIT, OFFSET = 100, 10_000
READ_SUFFIXES = ("__r", "__l", "__o", "__v", "__p", "__e")
EMPLOYEES = {"1000": "riskreview", "1001": "Lin Yue", "1002": "Anna Vogel", "1003": "Chen Bo", "1004": "Marta Ruiz"}


def refused(code: int, message: str) -> Row:
    """Return a refusal."""
    return {"errorCode": code, "errorMessage": message}


def query(emulator: "FxiaokeEmulator", data: Row, is_custom: bool) -> Row:  # noqa: FBT001  which door it is
    """Answer a page of what the filters find."""
    name, info = str(data.get("dataObjectApiName")), data.get("search_query_info") or {}
    wrong = _wrong_object(name, is_custom=is_custom) or _wrong_page(info)
    if wrong:
        return wrong
    try:
        rows = list(_found(emulator, name, info))
    except KeyError as error:
        return refused(32000, f"筛选字段或操作符不支持: {error}")
    limit, offset = int(info.get("limit", 20)), int(info.get("offset", 0))
    names = info.get("fieldProjection") or []
    listed = [_shown(row, names) for row in rows[offset : offset + limit]]
    total = len(rows) if data.get("find_explicit_total_num", True) else 0
    return {"data": {"dataList": listed, "offset": offset, "limit": limit, "total": total}}


def get(emulator: "FxiaokeEmulator", data: Row, is_custom: bool) -> Row:  # noqa: FBT001  which door it is
    """Answer one record."""
    name = str(data.get("dataObjectApiName"))
    row = emulator.tables[name].rows.get(str(data.get("objectDataId"))) if name in OBJECTS else None
    wrong = _wrong_object(name, is_custom=is_custom)
    return wrong or ({"data": _shown(row, [])} if row else refused(201112011, "数据不存在"))


def create(emulator: "FxiaokeEmulator", data: Row, is_custom: bool) -> Row:  # noqa: FBT001  which door it is
    """Create a record; the name of the object stands inside of it."""
    given = dict(data.get("object_data") or {})
    name = str(given.pop("dataObjectApiName", ""))
    wrong = _wrong_object(name, is_custom=is_custom) or _wrong_values(name, given, is_new=True)
    if wrong:
        return wrong
    record_id = emulator.new_id()
    emulator.write(name, record_id, given, by="1000", is_new=True)
    return {"dataId": record_id} if emulator.names_new or not is_custom else {}


def update(emulator: "FxiaokeEmulator", data: Row, is_custom: bool) -> Row:  # noqa: FBT001  which door it is
    """Set some fields of a record; its owner is not among them."""
    given = dict(data.get("object_data") or {})
    name, record_id = str(given.pop("dataObjectApiName", "")), str(given.pop("_id", ""))
    wrong = _wrong_object(name, is_custom=is_custom) or _wrong_values(name, given)
    if wrong:
        return wrong
    row = emulator.tables[name].rows.get(record_id)
    if row is None:
        return refused(201112011, "数据不存在")
    if row.get("high_seas_id"):
        return refused(201112012, "公海客户需先领取")
    if "owner" in given:
        return refused(32000, "负责人不能通过编辑修改")
    emulator.write(name, record_id, given, by="1000")
    return {}


def change_owner(emulator: "FxiaokeEmulator", data: Row, is_custom: bool) -> Row:  # noqa: FBT001  which door it is
    """Give records another owner."""
    name = str(data.get("dataObjectApiName"))
    wrong = _wrong_object(name, is_custom=is_custom)
    if wrong:
        return wrong
    for item in data.get("Data") or ():
        emulator.write(name, str(item["objectDataId"]), {"owner": list(item["ownerId"])}, by="1000")
    return {}


def _wrong_object(name: str, *, is_custom: bool) -> Row | None:
    if name not in OBJECTS:
        return refused(32000, f"对象 {name} 不存在")
    return refused(10006, "the uri is not exists") if name.endswith("__c") and not is_custom else None


def _wrong_page(info: Row) -> Row | None:
    limit, offset = int(info.get("limit", 20)), int(info.get("offset", 0))
    if not 0 < limit <= LIMIT or offset % limit:
        return refused(32000, "limit 或 offset 不合法")
    return refused(10013, f"offset out of range {OFFSET}") if offset > OFFSET else None


def _wrong_values(name: str, given: Row, *, is_new: bool = False) -> Row | None:
    known = {field.name: field for field in OBJECTS[name]}
    for key, value in given.items():
        field = known.get(key)
        if field is None or key.endswith(READ_SUFFIXES):
            return refused(32000, f"字段 {key} 不存在")
        if value is not None and not _fits(field, value):
            return refused(32000, f"字段 {key} 的值不合法")
    missing = [field.name for field in known.values() if is_new and field.is_required and not given.get(field.name)]
    return refused(32000, f"必填字段 {missing[0]} 为空") if missing else None


def _fits(field: Field, value: Any) -> bool:  # JSON has any shape
    if field.type in {"number", "currency", "percentile"}:
        return isinstance(value, str) and _is_number(value)
    if field.type in {"date", "date_time"}:
        return isinstance(value, int) and not isinstance(value, bool)
    if field.type == "true_or_false":
        return isinstance(value, bool)
    if field.type in {"employee", "department"}:
        return isinstance(value, list)
    return isinstance(value, str) and (not field.options or value in field.options)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _found(emulator: "FxiaokeEmulator", name: str, info: Row) -> Iterable[Row]:
    filters = [
        (str(item["field_name"]), OPERATORS[item["operator"]], list(item["field_values"]))
        for item in info.get("filters") or ()
    ]
    after = next(
        (
            str(item["field_values"][0])
            for item in info.get("filters") or ()
            if (item["field_name"], item["operator"]) == ("_id", "GT")
        ),
        "",
    )
    table = emulator.tables[name]
    orders = [(str(item["fieldName"]), bool(item.get("isAsc"))) for item in info.get("orders") or ()]
    matching = (
        row
        for row in table.ordered(after=after)
        if all(test(row.get(field), values) for field, test, values in filters)
    )
    if orders == [("_id", True)]:
        most = int(info.get("limit", 20)) + int(info.get("offset", 0))
        return (row for _, row in zip(range(most), matching, strict=False))
    rows = list(matching)
    for field, ascending in reversed(orders or [("last_modified_time", False)]):
        rows.sort(key=lambda row: str(row.get(field, "")), reverse=not ascending)
    return rows


def _number(value: Any) -> Any:  # JSON has any shape
    return float(value) if _is_number(str(value)) else str(value)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, list[Any]], bool]:
    def test(value: Any, wanted: list[Any]) -> bool:  # JSON has any shape
        if value is None:
            return False
        left, right = _number(value), _number(wanted[0])
        return compare(left, right) if type(left) is type(right) else compare(str(value), str(wanted[0]))

    return test


def _any_of(value: Any, wanted: list[Any]) -> bool:  # JSON has any shape
    values = value if isinstance(value, list) else [value]
    return any(str(item) in {str(one) for one in wanted} for item in values)


OPERATORS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "EQ": lambda value, wanted: str(value) == str(wanted[0]), "N": lambda value, wanted: str(value) != str(wanted[0]),
    "GT": lambda value, wanted: str(value) > str(wanted[0]) if isinstance(value, str) else _ordered(lambda a, b: a > b)(value, wanted),
    "GTE": _ordered(lambda a, b: a >= b), "LT": _ordered(lambda a, b: a < b), "LTE": _ordered(lambda a, b: a <= b),
    "IN": _any_of, "HASANYOF": _any_of, "IS": lambda value, _wanted: value in (None, "", []),
    "ISN": lambda value, _wanted: value not in (None, "", []), "LIKE": lambda value, wanted: str(wanted[0]) in str(value or ""),
}  # fmt: skip


def _shown(row: Row, names: list[str]) -> Row:
    """Return a row as it is answered: fields that are empty are left out, people come with their record."""
    wanted = [*dict.fromkeys(["_id", *names])] if names else list(row)
    shown = {name: row[name] for name in wanted if row.get(name) not in (None, "")}
    if shown.get("owner"):
        number = str(shown["owner"][0])
        shown["owner__r"] = {"employee_number": number, "name": EMPLOYEES.get(number, number)}
    return shown
