"""Owns COQL as the imitated Zoho understands it: parsed strictly, answered within its limits."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]  # JSON has any shape
Test = Callable[[Row], bool]
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.|'')*')|(?P<word>[A-Za-z_$][\w.$]*)|(?P<number>-?\d+(?:\.\d+)?)|(?P<sign><=|>=|!=|=|<|>|\(|\)|,))"
)
MOST_COLUMNS, MOST_ROWS, MOST_OFFSET, MOST_CRITERIA = 50, 2000, 100_000, 25


class QueryProblem(ValueError):
    """What Zoho answers to a query it does not take."""

    def __init__(self, code: str, details: object) -> None:
        super().__init__(code)
        self.code, self.details = code, details


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    :param after: where the criteria say ``id > n``, that n: the rows before need not be looked at.
    """

    columns: tuple[str, ...]
    module: str
    test: Test
    after: str
    order: tuple[tuple[str, bool], ...]
    limit: int
    offset: int


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens, place = [], 0
        while place < len(text.rstrip()):
            found = TOKEN.match(text, place)
            if found is None:
                raise QueryProblem("SYNTAX_ERROR", {"line": 1, "column": place, "near": text[place : place + 10]})
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind]))
            place = found.end()
        self._place, self._criteria = 0, 0
        self.after = ""

    def peek(self) -> str:
        """Return the next word in small letters, empty at the end."""
        return self._tokens[self._place][1].lower() if self._place < len(self._tokens) else ""

    def take(self, *wanted: str) -> str:
        """Return the next word, which must be one of those wanted."""
        if not self.peek() or (wanted and self.peek() not in wanted):
            raise QueryProblem("SYNTAX_ERROR", {"clause": wanted[0] if wanted else self.peek()})
        self._place += 1
        return self._tokens[self._place - 1][1]

    def names(self) -> tuple[str, ...]:
        """Return names between commas."""
        found = [self.take()]
        while self.peek() == ",":
            self.take()
            found.append(self.take())
        return tuple(found)

    def value(self) -> Any:  # a text, a number, or nothing
        """Return the value of a literal."""
        kind, text = self._tokens[self._place] if self._place < len(self._tokens) else ("", "")
        self.take()
        if kind == "text":
            return re.sub(r"\\(.)|''", lambda found: found[1] or "'", text[1:-1])
        if kind == "number":
            return int(text) if "." not in text else float(text)
        return {"true": True, "false": False, "null": None}.get(text.lower(), text)

    def criteria(self) -> Test:
        """Return a test: one comparison, or two joined; longer ones are bracketed pairwise, as Zoho wants it."""
        left = self._single()
        if self.peek() not in {"and", "or"}:
            return left
        word = self.take().lower()
        right = self._single()
        if self.peek() in {"and", "or"}:
            raise QueryProblem("SYNTAX_ERROR", {"clause": "where"})
        return (lambda row: left(row) and right(row)) if word == "and" else (lambda row: left(row) or right(row))

    def _single(self) -> Test:
        if self.peek() == "(":
            self.take()
            inner = self.criteria()
            self.take(")")
            return inner
        self._criteria += 1
        if self._criteria > MOST_CRITERIA:
            raise QueryProblem("LIMIT_EXCEEDED", {"limit": MOST_CRITERIA})
        return self._comparison(self.take())

    def _comparison(self, column: str) -> Test:
        word = self.take("=", "!=", "<", ">", "<=", ">=", "in", "is", "like", "between").lower()
        if word == "is":
            negated = self.peek() == "not" and bool(self.take())
            self.take("null")
            return lambda row: (cell(row, column) is None) != negated
        if word == "in":
            self.take("(")
            values = [self.value()]
            while self.peek() == ",":
                self.take()
                values.append(self.value())
            self.take(")")
            return lambda row: any(_compare(cell(row, column), "=", value) for value in values)
        value = self.value()
        if word == ">" and column == "id":
            self.after = str(value)
        if word == "like":
            return lambda row: str(value).strip("%").lower() in str(cell(row, column) or "").lower()
        return lambda row: _compare(cell(row, column), word, value)


def parse(text: str) -> Query:
    """Return a parsed query.

    :raises QueryProblem: as Zoho would refuse it.
    """
    parser = _Parser(text)
    parser.take("select")
    columns = parser.names()
    parser.take("from")
    module = parser.take()
    parser.take("where")
    test = parser.criteria()
    order = _order(parser)
    limit, offset = _number(parser, "limit", 200), _number(parser, "offset", 0)
    if parser.peek():
        raise QueryProblem("SYNTAX_ERROR", {"near": parser.peek()})
    if len(columns) > MOST_COLUMNS:
        raise QueryProblem("LIMIT_EXCEEDED", {"limit": MOST_COLUMNS})
    if limit > MOST_ROWS or offset + limit > MOST_OFFSET:
        raise QueryProblem("INVALID_QUERY", {"limit": MOST_ROWS if limit > MOST_ROWS else MOST_OFFSET})
    return Query(columns, module, test, parser.after, order, limit, offset)


def _order(parser: _Parser) -> tuple[tuple[str, bool], ...]:
    if parser.peek() != "order":
        return ()
    parser.take()
    parser.take("by")
    found = []
    while True:
        column = parser.take()
        descending = parser.peek() in {"asc", "desc"} and parser.take().lower() == "desc"
        found.append((column, descending))
        if parser.peek() != ",":
            return tuple(found)
        parser.take()


def _number(parser: _Parser, word: str, default: int) -> int:
    if parser.peek() != word:
        return default
    parser.take()
    value = parser.value()
    if not isinstance(value, int):
        raise QueryProblem("SYNTAX_ERROR", {"clause": word})
    return value


def cell(row: Row, column: str) -> Any:  # JSON has any shape
    """Return what a row says in a column; a dot leads into a looked-up record, which alone is its id."""
    top, _, inner = column.partition(".")
    value = row.get(top)
    if isinstance(value, dict):
        return value.get(inner or "id")
    return None if inner else value


def _compare(found: Any, sign: str, wanted: Any) -> bool:  # JSON has any shape
    if found is None or wanted is None:
        return sign == "!=" and found is not wanted
    left, right = _same_kind(found, wanted)
    results = {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        ">": left > right,
        "<=": left <= right,
        ">=": left >= right,
    }
    return bool(results[sign])


def _same_kind(found: Any, wanted: Any) -> tuple[Any, Any]:  # JSON has any shape
    if isinstance(found, bool) or isinstance(wanted, bool):
        return str(found).lower(), str(wanted).lower()
    if isinstance(wanted, int | float) or isinstance(found, int | float):
        try:
            return (int(found), int(wanted)) if str(found).isdigit() else (float(found), float(wanted))
        except ValueError:
            return str(found), str(wanted)
    if "T" in str(wanted) and "T" in str(found):
        try:
            return datetime.fromisoformat(str(found)), datetime.fromisoformat(str(wanted))
        except ValueError:
            pass
    return str(found), str(wanted)
