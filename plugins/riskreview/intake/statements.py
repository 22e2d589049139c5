# ruff: noqa: S608  composing statements is what this module is for; see cells
"""Owns the statements that stage one dataset of an extract: the accepted rows, the refused rows, the counts.

Like ``expressions`` it composes SQL because columns come from a mapping; names are internal or canonical, texts pass ``literal``.
Levels: scan of text cells → ``t`` texts → ``p`` parsed → values, whether the row fits → record number → rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from riskreview.intake.cells import Cell, Source, cell_text
from riskreview.intake.expressions import make_cell
from riskreview.intake.repairs import REPAIRS
from riskreview.intake.text_table import Part, TextTable, literal
from riskreview.policy.datasets import Column, Dataset, Kind
from riskreview.policy.mapping import Condition, DatasetMapping, Mapping, Pick, Totals, item_column

PARQUET = "(FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 200)"
SHOWN = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.CURRENCY, Kind.COUNTRY, Kind.CHOICE, Kind.BOOLEAN})
"""Kinds whose cells are no secret; the others are shown by their shape."""


Level = Callable[[Part], str]
"""A select that depends on the part it reads."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one dataset is staged from one extract."""

    dataset: Dataset
    table: TextTable
    parts: tuple[Part, ...]
    cells: tuple[Cell, ...]
    labels: tuple[str, ...]
    kept: str

    @property
    def filters(self) -> bool:
        """Whether some records are not of this dataset."""
        return self.kept != "true"


def make_plan(mapping: Mapping, dataset: Dataset, table: TextTable, time_zone: str) -> Plan:
    """Return the plan of one dataset of a mapping."""
    given, source = mapping.datasets[dataset.name], Source(table, mapping.read, time_zone)
    cells, labels = [], []
    for number, column in enumerate(dataset.columns, start=1):
        pick = given.columns.get(column.name)
        cells.append(make_cell(column, pick, source, text=_unpivoted_text(column, dataset, given)).named(number))
        labels.append(pick.column if pick and pick.column else column.name)
    tests = [_test(condition, source) for condition in given.where]
    if mapping.read.totals:
        tests.append(f"NOT {_is_total(mapping.read.totals, source)}")
    parts = tuple(_unpivot(part, table, given) for part in table.parts) if given.unpivot else table.parts
    return Plan(dataset, table, parts, tuple(cells), tuple(labels), " AND ".join(tests) or "true")


def accepted_rows(plan: Plan, target: str) -> str:
    """Return the statement that writes accepted rows to ``target``; it answers their number."""
    names = ", ".join(cell.column.name for cell in plan.cells)
    selects = [f"SELECT source_row, {names} FROM ({_numbered(part, _values(plan))}) WHERE fits" for part in plan.parts]
    return f"COPY ({' UNION ALL '.join(selects)}) TO {literal(target)} {PARQUET}"


def refused_rows(plan: Plan, target: str) -> str:
    """Return the statement that writes refused rows with their first problem to ``target``; it answers their number."""
    selects = [_refused(plan, part) for part in plan.parts]
    return f"COPY ({' UNION ALL '.join(selects)}) TO {literal(target)} (FORMAT parquet, COMPRESSION snappy)"


def record_counts(plan: Plan) -> str:
    """Return the statement that counts records and those of this dataset."""
    selects = [f"SELECT {plan.kept} AS kept FROM {part.scan}" for part in plan.parts]
    return f"SELECT count(*), count(*) FILTER (WHERE kept) FROM ({' UNION ALL '.join(selects)})"


def latest_date(mapping: Mapping, column: str, table: TextTable, time_zone: str) -> str:
    """Return the statement that finds the latest date in a source column."""
    cell = make_cell(Column("as_of", Kind.DATE), Pick(column=column), Source(table, mapping.read, time_zone)).named(1)  # type: ignore[call-arg]  # defaults
    selects = [f"SELECT {cell.text} AS t1 FROM {part.scan}" for part in table.parts]
    return f"SELECT max({cell.value}) FROM (SELECT t1, {cell.parsed} AS p1 FROM ({' UNION ALL '.join(selects)}))"


def sums_of(mapping: Mapping, totals: Totals, column: str, table: TextTable, time_zone: str) -> str:
    """Return the statement that sums a source column over the rows, lists its totals, and counts cells that are no amount."""
    source = Source(table, mapping.read, time_zone)
    cell = make_cell(Column("total", Kind.MONEY), Pick(column=column), source).named(1)  # type: ignore[call-arg]  # defaults
    selects = [
        f"SELECT {cell.text} AS t1, {_is_total(totals, source)} AS is_total FROM {part.scan}" for part in table.parts
    ]
    cells = f"SELECT t1, is_total, {cell.parsed} AS p1 FROM ({' UNION ALL '.join(selects)})"
    return (
        "SELECT coalesce(sum(p1) FILTER (WHERE NOT is_total), 0), list(p1) FILTER (WHERE is_total AND p1 IS NOT NULL),"
        f" count(*) FILTER (WHERE t1 IS NOT NULL AND p1 IS NULL) FROM ({cells})"
    )


def _is_total(totals: Totals, source: Source) -> str:
    values = ", ".join(literal(value) for value in totals.values)
    return f"COALESCE({cell_text(totals.column, source)} IN ({values}), false)"


def all_records(table: TextTable) -> str:
    """Return the statement that counts an extract's records."""
    scans = " UNION ALL ".join(f"SELECT c1 FROM {part.scan}" for part in table.parts)
    return f"SELECT count(*) FROM ({scans})"


def no_refusals(target: str) -> str:
    """Return the statement that writes an empty file of refused rows."""
    columns = "0::BIGINT AS source_row, 0::BIGINT AS line, '' AS column_name, '' AS code, '' AS found, '' AS repair, '' AS record"
    return f"COPY (SELECT {columns} WHERE false) TO {literal(target)} (FORMAT parquet)"


def wanted_rows(source: str, target: str) -> str:
    """Return the statement that copies the staged rows named by the relation ``wanted``."""
    return f"COPY (SELECT r.* FROM read_parquet({literal(source)}) AS r SEMI JOIN wanted USING (source_row)) TO {literal(target)} (FORMAT parquet)"


def empty_cells(names: Sequence[str], source: str) -> str:
    """Return the statement that counts the empty cells of canonical columns in a staged file."""
    return f"SELECT {', '.join(f'count(*) - count({name})' for name in names)} FROM read_parquet({literal(source)})"


def _unpivoted_text(column: Column, dataset: Dataset, given: DatasetMapping) -> str | None:
    if not given.unpivot:
        return None
    return {item_column(dataset): "u_item", "value": "u_value"}.get(column.name)


def _unpivot(part: Part, table: TextTable, given: DatasetMapping) -> Part:
    """Return a part with one record per filled item; its number is (record - 1) * items + position of the item."""
    pairs = [
        f"{{'o': {number}, 'item': {literal(item)}, 'raw': {table.cell(source)}}}"
        for number, (source, item) in enumerate(given.unpivot.items(), start=1)
    ]
    extra = ", defect" if table.has_defects else ""
    cells = ", ".join(f"c{number + 1}" for number in range(len(table.header)))
    line = part.line.replace("source_row", "record")
    numbered = f"SELECT {part.number} AS record, {_maybe_line(part)}{cells}{extra} FROM {part.scan}"
    spread = f"SELECT record, {line} AS line, {cells}{extra}, unnest([{', '.join(pairs)}]) AS u FROM ({numbered})"
    number = f"(record - 1) * {len(given.unpivot)} + u.o AS source_row"
    scan = f"(SELECT {number}, line, {cells}{extra}, u.item AS u_item, NULLIF(trim(u.raw), '') AS u_value FROM ({spread}) WHERE trim(u.raw) <> '')"
    return Part(scan, "source_row", "line", is_counted=False)


def _maybe_line(part: Part) -> str:
    return "line, " if part.line == "line" else ""


def _test(condition: Condition, source: Source) -> str:
    text = cell_text(condition.column, source)
    if condition.one_of is not None or condition.none_of is not None:
        values = ", ".join(literal(value) for value in (condition.one_of or condition.none_of or ()))
        inside = f"COALESCE({text} IN ({values}), false)"
        return inside if condition.one_of is not None else f"NOT {inside}"
    if condition.equals is not None:
        return f"COALESCE({text} = {literal(condition.equals)}, false)"
    if condition.not_equals is not None:
        return f"{text} IS DISTINCT FROM {literal(condition.not_equals)}"
    filled = bool(condition.not_empty) if condition.not_empty is not None else not condition.is_empty
    return f"{text} IS {'NOT ' if filled else ''}NULL"


def _texts(plan: Plan, part: Part, *, with_raw: bool) -> str:
    texts = [f"{cell.text} AS t{number}" for number, cell in enumerate(plan.cells, start=1)]
    raw = [f"c{number + 1}" for number in range(len(plan.table.header))] if with_raw else []
    kept = [f"{plan.kept} AS kept"] if plan.filters else []
    own = [] if part.is_counted else [f"{part.number} AS source_row"]
    line = [] if part.is_counted or not with_raw else [f"{part.line} AS line"]
    defect = ["defect"] if plan.table.has_defects else []
    return f"SELECT {', '.join([*own, *line, *texts, *raw, *kept, *defect])} FROM {part.scan}"


def _parsed(plan: Plan, inner: str) -> str:
    parsed = [f"{cell.parsed} AS p{number}" for number, cell in enumerate(plan.cells, start=1) if cell.parsed != "NULL"]
    return f"SELECT *{''.join(', ' + item for item in parsed)} FROM ({inner})"


def _fits(plan: Plan) -> str:
    tests = [cell.fits for cell in plan.cells if cell.fits != "true"]
    tests += ["defect IS NULL"] if plan.table.has_defects else []
    return " AND ".join(f"({test})" for test in tests) or "true"


def _values(plan: Plan) -> Level:
    values = ", ".join(f"{cell.value} AS {cell.column.name}" for cell in plan.cells)
    kept = "kept AND " if plan.filters else ""

    def level(part: Part) -> str:
        own = "" if part.is_counted else "source_row, "
        return f"SELECT {own}{values}, {kept}{_fits(plan)} AS fits FROM ({_parsed(plan, _texts(plan, part, with_raw=False))})"

    return level


def _numbered(part: Part, level: Level) -> str:
    if not part.is_counted:
        return level(part)
    return f"SELECT {part.number} AS source_row, * FROM ({level(part)})"


def _refused(plan: Plan, part: Part) -> str:
    kept = "kept AND " if plan.filters else ""

    def level(piece: Part) -> str:
        return f"SELECT *, NOT COALESCE({_fits(plan)}, false) AS wrong FROM ({_parsed(plan, _texts(plan, piece, with_raw=True))})"

    rows = f"SELECT *{f', {part.line} AS line' if part.is_counted else ''} FROM ({_numbered(part, level)}) WHERE {kept}wrong"
    whens = "".join(f" WHEN {literal(code)} THEN {literal(text)}" for code, text in REPAIRS.items())
    return (
        f"SELECT source_row, line, problem.column_name, problem.code, problem.found, CASE problem.code{whens} END AS repair, record "
        f"FROM (SELECT source_row, line, {_problem(plan)} AS problem, CAST({_record(plan)} AS VARCHAR) AS record FROM ({rows}))"
    )


def _problem(plan: Plan) -> str:
    problems: list[str] = []
    if plan.table.has_defects:
        problems.append(f"CASE WHEN defect IS NOT NULL THEN {_finding('', literal('R-FIELDCOUNT'), 'defect')} END")
    for number, (cell, label) in enumerate(zip(plan.cells, plan.labels, strict=True), start=1):
        if cell.code == "NULL":
            continue
        found = f"t{number}" if cell.column.kind in SHOWN else _shape(f"t{number}")
        shown = f"COALESCE(left({found}, 60), 'nothing')"
        problems.append(f"CASE WHEN ({cell.code}) IS NOT NULL THEN {_finding(label, cell.code, shown)} END")
    return f"COALESCE({', '.join([*problems, _finding('', literal('R-ROW'), literal('the row'))])})"


def _finding(column: str, code: str, found: str) -> str:
    return f"{{'column_name': {literal(column)}, 'code': {code}, 'found': {found}}}"


def _shape(text: str) -> str:
    """Return the expression of a text's shape: digits as 9, letters as x, all beyond ASCII as □; short words stay."""
    shape = f"regexp_replace(regexp_replace(regexp_replace(left({text}, 40), '[0-9]', '9', 'g'), '[A-Za-z]', 'x', 'g'), '[^ -~]', '□', 'g')"
    return f"CASE WHEN {text} IN ('NULL', 'NA', 'N/A', 'TOTAL', 'Total', '合计', '小计', '总计', 'NaN', 'Infinity') THEN {text} ELSE {shape} END"


def _record(plan: Plan) -> str:
    pairs = ", ".join(f"{literal(name)}, c{number}" for number, name in enumerate(plan.table.header, start=1))
    return f"json_object({pairs})"
