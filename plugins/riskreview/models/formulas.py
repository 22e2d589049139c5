"""Owns derived columns: formulas over columns, read by a closed grammar and computed by numpy. No code of a file is ever run.

A formula has columns, numbers, ``+ - * /``, comparisons (1 or 0) and the functions below. Anything missing makes the result missing,
and so does a division by zero. ``before`` and the ``own_`` functions look at the rows of the same identifier in order of time.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskreview.foundation.errors import BadInput

Floats = NDArray[np.float64]
LONGEST = 2000
ARITHMETIC: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: np.divide,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Eq: operator.eq,
}  # fmt: skip
PLAIN: Mapping[str, Callable[..., Any]] = {"abs": np.abs, "log": np.log, "sqrt": np.sqrt}
ACROSS: Mapping[str, Callable[[Floats], Floats]] = {
    "least": lambda rows: rows.min(axis=0), "most": lambda rows: rows.max(axis=0), "total": lambda rows: rows.sum(axis=0),
    "average": lambda rows: rows.mean(axis=0), "deviation": lambda rows: rows.std(axis=0),
    "count": lambda rows: np.where(np.isnan(rows).any(axis=0), np.nan, (rows != 0).sum(axis=0)),
}  # fmt: skip
"""Over the arguments of one row; ``count`` counts those that are not zero."""
OWN = ("own_least", "own_most", "own_total", "own_average", "own_deviation")
FUNCTIONS = (*PLAIN, *ACROSS, "before", "rank", *OWN)


@dataclass(frozen=True, slots=True)
class Panel:
    """Which rows belong together.

    :param order: row numbers sorted by identifier and time; ``start``: for each sorted row, where its identifier starts.
    :param moment: number of the time each row belongs to; ``rank`` compares the rows of one moment.
    """

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    moment: NDArray[np.int64]


def panel_of(identifier: NDArray[Any] | None, time: NDArray[Any] | None, rows: int) -> Panel:
    """Return the panel of an identifier and a time; without them every row stands alone and all are of one moment."""
    group = np.arange(rows) if identifier is None else np.unique(identifier.astype(str), return_inverse=True)[1]
    moment = np.zeros(rows, dtype=np.int64) if time is None else np.unique(time, return_inverse=True)[1]
    order = np.lexsort((np.arange(rows), moment, group))
    sorted_group = group[order]
    start = np.searchsorted(sorted_group, sorted_group, side="left")
    return Panel(order, start, moment)


def compute(formula: str, columns: Mapping[str, NDArray[Any]], panel: Panel, *, name: str, source: str) -> Floats:
    """Return the column a formula describes.

    :raises BadInput: for a formula outside the grammar or a column that is not there or holds text.
    """
    try:
        tree = ast.parse(formula[:LONGEST], mode="eval").body
        with np.errstate(all="ignore"):
            found = np.asarray(_value(tree, columns, panel), dtype=np.float64)
    except (ValueError, SyntaxError, RecursionError) as error:
        problem = error.msg if isinstance(error, SyntaxError) else str(error)
        raise BadInput("E-MODEL-FORMULA", f"{name} cannot be computed: {problem}",
                       f"Use columns, numbers, + - * /, comparisons and {', '.join(FUNCTIONS)}", source, None, name) from error  # fmt: skip
    whole = np.broadcast_to(found, len(panel.order)).astype(np.float64)
    return np.where(np.isfinite(whole), whole, np.nan)


def _value(node: ast.expr, columns: Mapping[str, NDArray[Any]], panel: Panel) -> Any:  # a number or a column
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name):
            return _column(name, columns)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, columns, panel)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in ARITHMETIC:
            return ARITHMETIC[type(sign)](_value(left, columns, panel), _value(right, columns, panel))
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in ARITHMETIC:
            return _compared(ARITHMETIC[type(sign)], _value(left, columns, panel), _value(right, columns, panel))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS and arguments:
            return _called(name, [_value(item, columns, panel) for item in arguments], panel)
    raise ValueError(f"{ast.unparse(node)[:60]} is not allowed")


def _column(name: str, columns: Mapping[str, NDArray[Any]]) -> Floats:
    if name not in columns:
        raise ValueError(f"there is no column {name}")
    if columns[name].dtype == object:
        raise ValueError(f"{name} holds text")
    return np.asarray(columns[name], dtype=np.float64)


def _compared(sign: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:  # numbers or columns
    missing = np.isnan(left) | np.isnan(right)
    return np.where(missing, np.nan, sign(left, right))


def _called(name: str, values: list[Any], panel: Panel) -> Any:  # a number or a column
    if name in ACROSS:
        return ACROSS[name](np.stack(np.broadcast_arrays(*values)))
    if name in PLAIN:
        return PLAIN[name](*_exactly(name, values, 1))
    whole = np.broadcast_to(values[0], len(panel.order)).astype(np.float64)
    if name == "before":
        back = float(values[1]) if len(_exactly(name, values, 1, 2)) > 1 else 1.0
        return _before(whole, panel, int(back))
    _exactly(name, values, 1)
    return _ranked(whole, panel) if name == "rank" else _own(name, whole, panel)


def _exactly(name: str, values: list[Any], *numbers: int) -> list[Any]:
    if len(values) not in numbers:
        raise ValueError(f"{name} takes {' or '.join(map(str, numbers))} arguments")
    return values


def _before(column: Floats, panel: Panel, back: int) -> Floats:
    """Return the value ``back`` rows earlier of the same identifier."""
    place = np.arange(len(column))
    earlier = place - back
    known = (back > 0) & (earlier >= panel.start)
    found = np.full(len(column), np.nan)
    found[panel.order[known]] = column[panel.order[earlier[known]]]
    return found


def _own(name: str, column: Floats, panel: Panel) -> Floats:
    """Return a figure over this row and all earlier ones of the same identifier, missing values left out."""
    found = np.full(len(column), np.nan)
    first = np.flatnonzero(panel.start == np.arange(len(column)))
    for low, high in zip(first, np.append(first[1:], len(column)), strict=True):
        rows = panel.order[low:high]
        found[rows] = _running(name, column[rows])
    return found


def _running(name: str, values: Floats) -> Floats:
    known = np.isfinite(values)
    count = np.cumsum(known).astype(np.float64)
    if name == "own_least":
        found = np.minimum.accumulate(np.where(known, values, np.inf))
    elif name == "own_most":
        found = np.maximum.accumulate(np.where(known, values, -np.inf))
    elif name == "own_deviation":
        found = _running_deviation(values, known, count)
    else:
        total = np.cumsum(np.where(known, values, 0.0))
        found = total if name == "own_total" else total / count
    return np.where(count > 0, found, np.nan)


def _running_deviation(values: Floats, known: NDArray[np.bool_], count: Floats) -> Floats:
    """Return the standard deviation up to each row; shifted by the first value, so that little is lost by rounding."""
    first = values[known][0] if known.any() else 0.0
    shifted = np.where(known, values - first, 0.0)
    total, squares = np.cumsum(shifted), np.cumsum(shifted**2)
    spread = (squares - total**2 / count) / (count - 1.0)
    return np.sqrt(np.where(count > 1, np.maximum(spread, 0.0), np.nan))


def _ranked(column: Floats, panel: Panel) -> Floats:
    """Return the share of the rows of the same moment that are lower, ties in the middle, from 0 to 1."""
    from riskreview.models.discrimination import midranks

    found = np.full(len(column), np.nan)
    for moment in np.unique(panel.moment):
        rows = np.flatnonzero((panel.moment == moment) & np.isfinite(column))
        if rows.size:
            found[rows] = (midranks(column[rows]) - 0.5) / rows.size
    return found
