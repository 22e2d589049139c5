"""Owns the readable report of a pack: what it says, once, in one language; written as a page, and elsewhere as PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from riskreview.assessment.explanation import Explanation
from riskreview.evidence.explaining import Explained
from riskreview.evidence.naming import Names
from riskreview.evidence.results import Replay
from riskreview.evidence.sections import Section
from riskreview.evidence.words import TEMPLATES, word, words
from riskreview.mechanisms.spreadsheet import Sheet, workbook

SHOWN = 200
HASHES = ("sha256", "digest", "result_digest", "pack_sha256", "code_version")
SHORT = 16
"""So much of a digest is shown; the data files have all of it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``kind`` is ``n`` for a number, ``d`` for a day or moment, ``h`` for a digest, else empty."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One section as a reader sees it; ``more`` rows are only in the annex."""

    name: str
    title: str
    intro: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0

    @property
    def numbers(self) -> frozenset[int]:
        """The columns of numbers, whose heads stand on the right as they do."""
        return frozenset(place for row in self.rows for place, cell in enumerate(row) if cell.kind == "n")


@dataclass(frozen=True, slots=True)
class ToldReplay:
    """What was performed again, in words."""

    is_equal: bool
    told: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the report says.

    :param currency: what money is in that names no currency of its own.
    """

    language: str
    heading: str
    currency: str
    facts: tuple[tuple[str, str], ...]
    replays: tuple[ToldReplay, ...]
    explained: tuple[Explained, ...]
    tables: tuple[ReportTable, ...]


def table_of(section: Section, language: str, titles: Mapping[str, str]) -> ReportTable:
    """Return a section as a reader sees it.

    :param titles: names of rules and indicators by their ids.
    """
    spec = section.spec
    rows = tuple(tuple(cell_of(name, row.get(name), spec.words.get(name), language, titles) for name in spec.columns)
                 for row in section.rows[:SHOWN])  # fmt: skip
    heads = tuple(word(language, "column", name) for name in spec.columns)
    intro = word(language, "intro", spec.name) if rows else word(language, "report", "nothing_recorded")
    return ReportTable(spec.name, word(language, "section", spec.name), intro, heads, rows,
                       max(0, len(section.rows) - SHOWN))  # fmt: skip


def contributions_of(explanation: Explanation, names: Names) -> ReportTable:
    """Return what makes up the index of an explanation, value and line with their unit."""
    language = names.language
    heads = tuple(word(language, "column", name) for name in ("indicator", "value", "line", "points"))
    rows = tuple((Cell(f"{part.id} · {part.sentence or part.name}"), Cell(names.figure(part.id, part.value) or "", "n"),
                  Cell(names.figure(part.id, part.line) or "", "n"), Cell(f"{part.points:.2f}", "n")) for part in explanation.contributions)  # fmt: skip
    total = (Cell(word(language, "column", "index")), Cell(""), Cell(""), Cell(f"{explanation.index:.2f}", "n"))
    return ReportTable("contributions", word(language, "report", "contributions"), "", heads, (*rows, total))


def told_replay(item: Replay, language: str) -> ToldReplay:
    """Return an outcome with its digest, and what differs where something does."""
    name = word(language, "replay", item.kind).format(**item.names)
    if item.is_equal:
        return ToldReplay(True, f"{name} · SHA-256 {item.stored_sha256[:SHORT]}…")
    return ToldReplay(
        False, f"{name}: {item.problem or (item.difference.sentence() if item.difference else item.sentence())}"
    )


def cell_of(name: str, value: object, group: str | None, language: str, titles: Mapping[str, str]) -> Cell:
    """Return a value for a reader: words for states, days and moments (UTC) in ISO form, figures with two decimals."""
    if value is None or value == "":
        return Cell("")
    if group is not None:
        return Cell(word(language, group, value))
    kind, shown = _shown(value)
    if kind:
        return Cell(shown, kind)
    if name in HASHES:
        return Cell(f"{shown[:SHORT]}…" if len(shown) > SHORT else shown, "h")
    return Cell(titles.get(shown, shown))


def _shown(value: object) -> tuple[str, str]:
    """Return kind and text of a value."""
    if isinstance(value, datetime):
        return "d", value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return "d", value.isoformat()
    if isinstance(value, float | Decimal):
        return "n", f"{value:,.2f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return "n", str(value)
    return "", ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def page_of(report: Report) -> bytes:
    """Return the report as one HTML page that needs nothing else."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("report.html.j2")
    return page.render(report=report, language=report.language, w=words(report.language)).encode()


def annex_of(sections: Sequence[Section], language: str, made_at: datetime) -> bytes:
    """Return all rows of all sections as a workbook, a sheet for each section; every column is there under its name."""
    sheets = [_sheet(section, language) for section in sections if section.rows]
    return workbook(sheets, made_at=made_at)


def _sheet(section: Section, language: str) -> Sheet:
    hidden = (
        "subject_type",
        "subject_id",
        "title_en",
        "title_zh",
        "question_en",
        "question_zh",
        "expected_json",
        "body",
    )
    columns = [
        *section.spec.columns,
        *(name for name in section.rows[0] if name not in {*section.spec.columns, *hidden}),
    ]
    rows = [{name: _plain(row.get(name)) for name in columns} for row in section.rows]
    return Sheet(
        word(language, "sheet", section.spec.name), columns, rows, [word(language, "column", name) for name in columns]
    )


def _plain(value: Any) -> Any:
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else value
