# ruff: noqa: S608  composing statements is what this module is for; see cells
"""Owns the statements that stage the records of a block: typed cells, the records of a dataset, refused rows.

Like ``expressions`` it composes SQL because columns come from a mapping; names are internal or canonical, texts pass ``literal``.
Levels: cells of ``records`` → ``t`` texts → ``p`` parsed → values, whether the cell fits.
"""

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace

from riskreview.intake.cells import Cell, Source, cell_text
from riskreview.intake.column_facts import Facts
from riskreview.intake.expressions import make_cell
from riskreview.intake.repairs import REPAIRS
from riskreview.intake.text_table import TextTable, cell_names, literal
from riskreview.policy.datasets import DATASETS, Column, Dataset, Kind, item_column
from riskreview.policy.mapping import Condition, DatasetMapping, Mapping, Pick, Totals

SHOWN = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.CURRENCY, Kind.COUNTRY, Kind.CHOICE, Kind.BOOLEAN})
"""Kinds whose cells are no secret; the others are shown by their shape."""
DATED = Dataset("dated", (Column("as_of", Kind.DATE),), account=None)


@dataclass(frozen=True, slots=True)
class Plan:
    """How one dataset is staged from one extract.

    :param cells: the expressions of its columns that hold for any text.
    """

    dataset: Dataset
    given: DatasetMapping
    totals: Totals | None
    source: Source
    cells: tuple[Cell, ...]

    @property
    def filters(self) -> bool:
        """Whether some records are not of this dataset."""
        return bool(self.given.where or self.totals)

    @property
    def filter_sources(self) -> tuple[str, ...]:
        """The block's columns that tell which records are of this dataset."""
        names = [test.column for test in self.given.where] + ([self.totals.column] if self.totals else [])
        return tuple(dict.fromkeys(map(self.source.table.cell, names)))

    def cell(self, number: int, facts: AbstractMapping[str, Facts]) -> Cell:
        """Return the expressions of the column of that number, made shorter by what is known of the block."""
        return _cell(self.dataset, number, self.given, replace(self.source, facts=facts))

    def kept(self, facts: AbstractMapping[str, Facts]) -> str:
        """Return the expression of whether a record is of this dataset."""
        source = replace(self.source, facts=facts)
        tests = [_test(condition, source) for condition in self.given.where]
        if self.totals:
            tests.append(f"NOT {is_total(self.totals, source)}")
        return " AND ".join(tests) or "true"


@dataclass(frozen=True, slots=True)
class ExtractPlan:
    """How an extract is staged.

    :param dating: the plan of a dataset whose only column is the date of the extract, where a source column tells it.
    """

    source: Source
    datasets: tuple[Plan, ...]
    dating: Plan | None
    totals: Totals | None


def plan_extract(mapping: Mapping, table: TextTable, time_zone: str) -> ExtractPlan:
    """Return how the datasets of a mapping are staged from an extract."""
    source, totals, column = Source(table, mapping.read, time_zone), mapping.read.totals, mapping.delivery.as_of.column
    chosen = [(dataset, mapping.datasets[name]) for name, dataset in DATASETS.items() if name in mapping.datasets]
    plans = tuple(_plan(dataset, given, totals, source) for dataset, given in chosen)
    dated = None if column is None else DatasetMapping(columns={"as_of": Pick(column=column)})  # type: ignore[call-arg]  # all defaulted
    return ExtractPlan(source, plans, None if dated is None else _plan(DATED, dated, None, source), totals)


def is_total(totals: Totals, source: Source) -> str:
    """Return the expression of whether a record sums up others."""
    text = cell_text(totals.column, source)
    tests = [f"{text} IN ({', '.join(literal(value) for value in totals.values)})"] if totals.values else []
    tests += [f"starts_with({text}, {literal(start)})" for start in totals.starts]
    return f"COALESCE({' OR '.join(tests)}, false)"


def sums(cells: Sequence[Cell], is_total: str) -> str:
    """Return the statement that sums columns of ``records`` over its rows, lists their totals, and counts cells that are no amount."""
    texts = ", ".join([f"{is_total} AS is_total", *(f"{cell.text} AS {cell.text_name}" for cell in cells)])
    found = ", ".join(
        f"{{'whole': coalesce(sum({cell.parsed_name}) FILTER (WHERE NOT is_total), 0), "
        f"'given': list({cell.parsed_name}) FILTER (WHERE is_total AND {cell.parsed_name} IS NOT NULL), "
        f"'unread': count(*) FILTER (WHERE {cell.text_name} IS NOT NULL AND {cell.parsed_name} IS NULL)}} AS {cell.column.name}"
        for cell in cells
    )
    return f"SELECT {found} FROM (SELECT *{_parsed(cells)} FROM (SELECT {texts} FROM records))"


def typed_cells(cells: Sequence[Cell], kept: str) -> str:
    """Return the statement that types cells of ``records``: ``kept``, ``fits`` of all together, and each value by its column."""
    values = "".join(f", {cell.value} AS {cell.column.name}" for cell in cells if not cell.is_copied)
    fits = " AND ".join(f"({cell.fits})" for cell in cells if cell.fits != "true") or "true"
    texts = ", ".join([f"{kept} AS kept", *(f"{cell.text} AS {cell.text_name}" for cell in cells)])
    return f"SELECT kept, COALESCE({fits}, false) AS fits{values} FROM (SELECT *{_parsed(cells)} FROM (SELECT {texts} FROM records))"


def typed_texts(cells: Sequence[Cell]) -> str:
    """Return the statement that types each cell's texts in the relation ``texts``: its value, and whether it fits."""
    texts = ", ".join(f"{cell.text} AS {cell.text_name}" for cell in cells)
    typed = ", ".join(
        f"{cell.value} AS {cell.column.name}, COALESCE({cell.fits}, false) AS {cell.fits_name}" for cell in cells
    )
    return f"SELECT {typed} FROM (SELECT *{_parsed(cells)} FROM (SELECT {texts} FROM texts))"


def refused_rows(plan: Plan) -> str:
    """Return the statement that gives the records of ``wrong`` with their first problem."""
    names = cell_names(len(plan.source.table.header))
    texts = [f"{cell.text} AS {cell.text_name}" for cell in plan.cells]
    inner = f"SELECT source_row, line, defect, {', '.join([*names, *texts])} FROM wrong"
    pairs = ", ".join(
        f"{literal(header)}, {name}" for header, name in zip(plan.source.table.header, names, strict=True)
    )
    whens = "".join(f" WHEN {literal(code)} THEN {literal(text)}" for code, text in REPAIRS.items())
    return (
        f"SELECT source_row, line, problem.column_name, problem.code, problem.found, CASE problem.code{whens} END AS repair, record "
        f"FROM (SELECT source_row, line, {_problem(plan)} AS problem, CAST(json_object({pairs}) AS VARCHAR) AS record "
        f"FROM (SELECT *{_parsed(plan.cells)} FROM ({inner})))"
    )


def unpivoted(plan: Plan) -> str:
    """Return the statement that gives one record per filled item of ``records``; numbers: (record - 1) * items + position."""
    pairs = [
        f"{{'o': {number}, 'item': {literal(item)}, 'raw': {plan.source.table.cell(source)}}}"
        for number, (source, item) in enumerate(plan.given.unpivot.items(), start=1)
    ]
    spread = f"SELECT *, unnest([{', '.join(pairs)}]) AS u FROM records"
    number = f"(source_row - 1) * {len(plan.given.unpivot)} + u.o AS source_row"
    return f"SELECT * EXCLUDE (u) REPLACE ({number}), u.item AS u_item, NULLIF(trim(u.raw), '') AS u_value FROM ({spread}) WHERE trim(u.raw) <> ''"


def wanted_rows(source: str, target: str) -> str:
    """Return the statement that copies the staged rows named by the relation ``wanted``."""
    return f"COPY (SELECT r.* FROM read_parquet({literal(source)}) AS r SEMI JOIN wanted USING (source_row)) TO {literal(target)} (FORMAT parquet)"


def empty_cells(names: Sequence[str], source: str) -> str:
    """Return the statement that counts the empty cells of canonical columns in a staged file."""
    return f"SELECT {', '.join(f'count(*) - count({name})' for name in names)} FROM read_parquet({literal(source)})"


def _plan(dataset: Dataset, given: DatasetMapping, totals: Totals | None, source: Source) -> Plan:
    cells = tuple(_cell(dataset, number, given, source) for number in range(len(dataset.columns)))
    return Plan(dataset, given, totals, source, cells)


def _cell(dataset: Dataset, number: int, given: DatasetMapping, source: Source) -> Cell:
    column = dataset.columns[number]
    names = {item_column(dataset): "u_item", "value": "u_value"} if given.unpivot else {}
    return make_cell(column, given.columns.get(column.name), source, text=names.get(column.name))


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


def _parsed(cells: Sequence[Cell]) -> str:
    return "".join(f", {cell.parsed} AS {cell.parsed_name}" for cell in cells if cell.parsed != "NULL")


def _problem(plan: Plan) -> str:
    problems = [f"CASE WHEN defect IS NOT NULL THEN {_finding('', literal('R-FIELDCOUNT'), 'defect')} END"]
    for cell in plan.cells:
        if cell.code == "NULL":
            continue
        pick = plan.given.columns.get(cell.column.name)
        label = pick.column if pick and pick.column else cell.column.name
        found = cell.text_name if cell.column.kind in SHOWN else _shape(cell.text_name)
        shown = f"COALESCE(left({found}, 60), 'nothing')"
        problems.append(f"CASE WHEN ({cell.code}) IS NOT NULL THEN {_finding(label, cell.code, shown)} END")
    return f"COALESCE({', '.join([*problems, _finding('', literal('R-ROW'), literal('the row'))])})"


def _finding(column: str, code: str, found: str) -> str:
    return f"{{'column_name': {literal(column)}, 'code': {code}, 'found': {found}}}"


def _shape(text: str) -> str:
    """Return the expression of a text's shape: digits as 9, letters as x, all beyond ASCII as □; short words stay."""
    shape = f"regexp_replace(regexp_replace(regexp_replace(left({text}, 40), '[0-9]', '9', 'g'), '[A-Za-z]', 'x', 'g'), '[^ -~]', '□', 'g')"
    return f"CASE WHEN {text} IN ('NULL', 'NA', 'N/A', 'TOTAL', 'Total', '合计', '小计', '总计', 'NaN', 'Infinity') THEN {text} ELSE {shape} END"
