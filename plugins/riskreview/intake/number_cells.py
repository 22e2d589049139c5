"""Owns the expressions of numbers: the file's decimal style, signs, units; decimals for money, never a float in between."""

from riskreview.intake.cells import MONEY, PARSED, Cell, Source, cell_text, failed
from riskreview.intake.column_facts import Facts
from riskreview.intake.text_table import literal
from riskreview.policy.datasets import Column
from riskreview.policy.mapping import Pick, Read

WIDE = "DECIMAL(24,6)"
FACTOR = "DECIMAL(19,6)"
"""One digit more than fits 64 bits, so that a product has room."""
FULL_WIDTH = ("０１２３４５６７８９，．－＋（）−", "0123456789,.-+()-")
CURRENCY_SIGN = r"^([-+]?)\s*(?:[¥￥€$£]|CNY|RMB|EUR|USD|GBP|HKD)\s*"
NOT_FINITE = r"[-+]?(nan|inf|infinity|1\.#(inf|ind|qnan))"


def money(column: Column, text: str, pick: Pick, source: Source) -> Cell:
    """Return the expressions of an amount in major units.

    What the mapping computes (a unit, a product) is rounded to two places; what stands in the file must have no more than two.
    """
    read = _style(pick, source)
    is_computed = bool(pick.multiply) or pick.unit != 1
    known = source.known_of(text)
    parsed = _typed("{t}", read, MONEY, known, decimals=None if is_computed else 2)
    if pick.unit != 1:
        wide = _typed("{t}", read, WIDE, known)
        parsed = f"TRY_CAST({wide} * CAST({literal(f'{pick.unit:f}')} AS DECIMAL(12,4)) AS {MONEY})"
    return Cell(column, text, parsed, _signed(pick), PARSED, failed(_code(read, decimals=None if is_computed else 2)))


def number(column: Column, text: str, pick: Pick, source: Source) -> Cell:
    """Return the expressions of a finite number."""
    read = _style(pick, source)
    parsed = _typed("{t}", read, "DOUBLE", source.known_of(text)) + (
        "" if pick.unit == 1 else f" * CAST({literal(f'{pick.unit:f}')} AS DOUBLE)"
    )
    code = f"CASE WHEN {{t}} IS NOT NULL AND ({{p}} IS NULL OR NOT isfinite({{p}})) THEN {_code(read)} END"
    return Cell(column, text, parsed, _signed(pick), "isfinite({p})", code)


def integer(column: Column, text: str, pick: Pick, source: Source) -> Cell:
    """Return the expressions of a whole number; ``30.0`` is one, ``30.5`` is not."""
    read = _style(pick, source)
    whole = _typed("{t}", read, "DECIMAL(20,2)", source.known_of(text), decimals=0)
    parsed = f"CASE WHEN {whole} = trunc({whole}) THEN TRY_CAST({whole} * {int(pick.unit)} AS BIGINT) END"
    return Cell(column, text, parsed, _signed(pick), PARSED, failed(_code(read)))


def product(names: tuple[str, ...], source: Source) -> str:
    """Return the text of a product of source columns; where a factor is no number, the factors themselves, which then fail."""
    texts = [cell_text(name, source) for name in names]
    factors = " * ".join(_typed(text, source.read, FACTOR, source.known_of(text)) for text in texts)
    return f"COALESCE(CAST(TRY(CAST({factors} AS DECIMAL(38,6))) AS VARCHAR), {' || chr(42) || '.join(texts)})"


def proven(known: Facts, decimals: int | None) -> bool:
    """Return whether all texts consist of digits, minus signs and points, with no more than so many decimals.

    Of such a text a cast reads the usual writing and nothing else.
    """
    return known.decimals is not None and (decimals is None or known.decimals <= decimals)


def usual(read: Read, decimals: int | None = None, *, exponents: bool = False) -> str:
    """Return the pattern of the usual writing of a number; text has no exponents, formats with typed numbers write them where they need to.

    :param decimals: how many decimals may be other than zero; any number of them when None.
    """
    point, group = (f"\\{sign}" for sign in (read.decimal, read.thousands or read.decimal))
    whole = f"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)" if read.thousands else "[0-9]+"
    places = "[0-9]*" if decimals is None else f"[0-9]{{0,{decimals}}}0*"
    alone = "[0-9]+" if decimals is None else "0+" if decimals == 0 else f"[0-9]{{1,{decimals}}}0*"
    exponent = "(?:[eE][-+]?[0-9]{1,3})?" if exponents or read.format not in {"csv", "tsv"} else ""
    return f"[-+]?(?:{whole}(?:{point}{places})?|{point}{alone}){exponent}"


def _style(pick: Pick, source: Source) -> Read:
    """Return how a number is written: what we compose ourselves has a point, whatever the file has."""
    if pick.multiply or pick.constant is not None:
        return source.read.model_copy(update={"decimal": ".", "thousands": ""})
    return source.read


def _signed(pick: Pick) -> str:
    return {"absolute": "abs({p})", "negate": "-{p}"}.get(pick.sign, "{p}")


def _typed(text: str, read: Read, kind: str, known: Facts, *, decimals: int | None = None) -> str:
    """Return the typed number: the usual writing by one cast, anything else by the slow, exact way.

    The cast alone reads too much: underscores, exponents, and more decimals than the type has.
    """
    fast = f"TRY_CAST({_point(text, read)} AS {kind})"
    if not proven(known, decimals):
        fast = f"CASE WHEN regexp_full_match({text}, {literal(usual(read, decimals))}) THEN {fast} END"
    slow = f"TRY_CAST({_careful(text, read, decimals)} AS {kind})"
    return f"CASE WHEN {text} IS NULL THEN NULL ELSE COALESCE({fast}, {slow}) END"


def _careful(text: str, read: Read, decimals: int | None = None, *, exponents: bool = False) -> str:
    """Return a number in the file's style as ``-1234.56``, NULL where it is not in that style.

    Reads full-width digits, blanks for groups, brackets and trailing minus for negatives, and a currency sign in front.
    """
    wide, narrow = FULL_WIDTH
    clean = f"replace(replace(translate({text}, '{wide}', '{narrow}'), chr(160), ' '), chr(8239), ' ')"
    clean = f"regexp_replace(trim({clean}), '^\\((.*)\\)$', '-\\1')"
    clean = f"regexp_replace({clean}, '^([^-].*)-$', '-\\1')"
    clean = f"regexp_replace({clean}, {literal(CURRENCY_SIGN)}, '\\1')"
    return f"CASE WHEN regexp_full_match({clean}, {literal(usual(read, decimals, exponents=exponents))}) THEN {_point(clean, read)} END"


def _point(text: str, read: Read) -> str:
    plain = f"replace({text}, {literal(read.thousands)}, '')" if read.thousands else text
    return f"replace({plain}, ',', '.')" if read.decimal == "," else plain


def _code(read: Read, *, decimals: int | None = None) -> str:
    double = f"TRY_CAST({_careful('{t}', read, exponents=True)} AS DOUBLE)"
    fine = "" if decimals is None else f"WHEN {_careful('{t}', read)} IS NOT NULL THEN 'R-NUMBER-RANGE' "
    return (
        f"CASE WHEN regexp_full_match(lower({{t}}), '{NOT_FINITE}') OR NOT isfinite({double}) THEN 'R-NUMBER-NONFINITE' "
        f"WHEN abs({double}) >= 1e15 THEN 'R-NUMBER-RANGE' {fine}ELSE 'R-NUMBER' END"
    )
