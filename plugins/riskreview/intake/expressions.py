"""Owns turning a mapping's pick into the expressions of one canonical column; composes SQL as ``cells`` describes."""

from collections.abc import Callable
from dataclasses import replace

from riskreview.intake import date_cells, number_cells
from riskreview.intake.cells import PARSED, Cell, Source, cell_text, failed, sql_type
from riskreview.intake.column_facts import Facts
from riskreview.intake.text_table import literal
from riskreview.policy.codes import COUNTRIES, CURRENCIES
from riskreview.policy.datasets import Column, Kind
from riskreview.policy.mapping import Pick

NO_IDS = ("NULL", "null", "Null", "NA", "N/A", "n/a", "na", "NaN", "nan", "None", "none", "#N/A", "#REF!", "#VALUE!", "TOTAL", "Total",
          "total", "SUMME", "Summe", "Gesamt", "SUBTOTAL", "Subtotal", "Grand Total", "合计", "小计", "总计", "本页小计", "合 计")  # fmt: skip
"""Texts that exports put where an id should be."""
YES, NO = ("true", "t", "1", "yes", "y", "x", "是", "ja", "j"), ("false", "f", "0", "no", "n", "否", "nein")
CONTROL = r"[\x{0}-\x{8}\x{b}\x{c}\x{e}-\x{1f}\x{7f}-\x{9f}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}]"
LOOK_ALIKE = r"[\x{0}-\x{1f}\x{7f}-\x{a0}\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202f}\x{2060}-\x{206f}\x{3000}\x{feff}\x{ff01}-\x{ff5e}]"
COMMON_CURRENCIES, COMMON_COUNTRIES = ("CNY", "USD", "EUR", "GBP", "HKD", "JPY"), ("CN", "US", "DE", "GB", "HK", "JP")
MAX_ID, MAX_TEXT = 200, 4000


def make_cell(column: Column, pick: Pick | None, source: Source, *, text: str | None = None) -> Cell:
    """Return the expressions of a canonical column; without a pick it is NULL.

    :param text: the expression of the cell where it does not come from the pick (an unpivoted value).
    """
    if pick is None and text is None:
        return Cell(column, "NULL", "NULL", f"CAST(NULL AS {sql_type(column.kind)})", "true", "NULL")
    chosen = pick or Pick()  # type: ignore[call-arg]  # all defaulted
    from_pick = text is None or bool(chosen.sources) or chosen.constant is not None
    origin = _mapped(chosen, _origin(column, chosen, source) if from_pick else str(text))
    cell = BUILDERS[column.kind](column, origin, chosen, source)
    known = source.known_of(cell.text)
    if column.minimum is not None and known.has_minus:
        cell = _no_minus_zero(cell)
    cell = _required(cell, known) if column.required else _optional(cell, known)
    sources = tuple(source.table.cell(name) for name in chosen.sources) if from_pick else (str(text),)
    return replace(cell, sources=sources).named()


def _origin(column: Column, pick: Pick, source: Source) -> str:
    if pick.constant is not None:
        return literal(pick.constant)
    if pick.multiply:
        return number_cells.product(pick.multiply, source)
    names = pick.join or (str(pick.column),)
    texts = [cell_text(name, source, keep_blanks=column.kind is Kind.ID) for name in names]
    return f" || {literal(pick.separator)} || ".join(texts)


def _mapped(pick: Pick, text: str) -> str:
    if pick.map:
        whens = " ".join(f"WHEN {literal(found)} THEN {literal(meant)}" for found, meant in pick.map.items())
        otherwise = literal(pick.default) if pick.default is not None else text
        return f"CASE {text} {whens} ELSE {otherwise} END"
    return f"COALESCE({text}, {literal(pick.default)})" if pick.default is not None else text


def _no_minus_zero(cell: Cell) -> Cell:
    """Refuse ``-0`` where nothing negative may stand: a sign that lost its number."""
    odd = "COALESCE({p} = 0 AND starts_with({t}, '-'), false)"
    code = f"CASE WHEN {odd} THEN 'R-RANGE' ELSE {cell.code} END"
    return replace(cell, fits=f"({cell.fits}) AND NOT {odd}", code=code)


def _required(cell: Cell, known: Facts) -> Cell:
    empty = "R-CURRENCY" if cell.column.kind is Kind.CURRENCY else "R-REQUIRED"
    fits = "{t} IS NOT NULL" if cell.fits == "true" and known.has_null else cell.fits
    return replace(cell, fits=fits, code=f"CASE WHEN {{t}} IS NULL THEN '{empty}' ELSE {cell.code} END")


def _optional(cell: Cell, known: Facts) -> Cell:
    is_whole = cell.fits == "true" or not known.has_null
    return cell if is_whole else replace(cell, fits=f"({{t}} IS NULL OR ({cell.fits}))")


def _id(column: Column, text: str, _: Pick, source: Source) -> Cell:
    known = source.known_of(text)
    wrong = [] if known.ends_in_digits else [f"{{t}} IN ({', '.join(literal(word) for word in NO_IDS)})"]
    if not known.is_clean:
        wrong += ["starts_with({t}, ' ') OR ends_with({t}, ' ')", _searched(LOOK_ALIKE, known)]
    return _free(column, text, wrong, MAX_ID, "R-ID-FORMAT", known)


def _text(column: Column, text: str, _: Pick, source: Source) -> Cell:
    known = source.known_of(text)
    return _free(column, text, [] if known.is_clean else [_searched(CONTROL, known)], MAX_TEXT, "R-CHAR-CONTROL", known)


def _free(column: Column, text: str, wrong: list[str], longest: int, code: str, known: Facts) -> Cell:
    """Return the expressions of a text that is staged as it stands unless something is wrong with it."""
    if known.longest is None or known.longest > longest:
        wrong = [f"strlen({{t}}) > {longest}", *wrong]
    bad = " OR ".join(wrong) or "false"
    problem = f"CASE WHEN strlen({{t}}) > {longest} THEN 'R-TOO-LONG' WHEN {bad} THEN '{code}' END"
    return Cell(column, text, "NULL", "{t}", f"NOT ({bad})" if wrong else "true", problem)


def _searched(pattern: str, known: Facts) -> str:
    found = f"regexp_matches({{t}}, {literal(pattern)})"
    return found if known.has_control else f"CASE WHEN strlen({{t}}) = length({{t}}) THEN false ELSE {found} END"


def _choice(column: Column, text: str, _: Pick, __: Source) -> Cell:
    return _listed(column, text, column.choices, "R-CHOICE")


def _currency(column: Column, text: str, _: Pick, __: Source) -> Cell:
    return _listed(column, text, tuple(sorted(CURRENCIES)), "R-CURRENCY", COMMON_CURRENCIES)


def _country(column: Column, text: str, _: Pick, __: Source) -> Cell:
    return _listed(column, text, tuple(sorted(COUNTRIES)), "R-CHOICE", COMMON_COUNTRIES)


def _listed(column: Column, text: str, allowed: tuple[str, ...], code: str, common: tuple[str, ...] = ()) -> Cell:
    inside = f"{{t}} IN ({', '.join(literal(item) for item in allowed)})"
    if common:
        inside = f"CASE WHEN {{t}} IN ({', '.join(literal(item) for item in common)}) THEN true ELSE {inside} END"
    fits, problem = inside, f"CASE WHEN NOT ({inside}) THEN '{code}' END"
    return Cell(column, text, "NULL", "{t}", fits, problem)


def _boolean(column: Column, text: str, _: Pick, __: Source) -> Cell:
    yes, no = (", ".join(literal(word) for word in words) for words in (YES, NO))
    parsed = f"CASE WHEN lower({{t}}) IN ({yes}) THEN true WHEN lower({{t}}) IN ({no}) THEN false END"
    return Cell(column, text, parsed, "{p}", PARSED, failed("'R-CHOICE'"))


BUILDERS: dict[Kind, Callable[[Column, str, Pick, Source], Cell]] = {
    Kind.ID: _id, Kind.TEXT: _text, Kind.CHOICE: _choice, Kind.CURRENCY: _currency, Kind.COUNTRY: _country,
    Kind.BOOLEAN: _boolean, Kind.MONEY: number_cells.money, Kind.NUMBER: number_cells.number, Kind.INTEGER: number_cells.integer,
    Kind.DATE: date_cells.date, Kind.TIMESTAMP: date_cells.timestamp,
}  # fmt: skip
