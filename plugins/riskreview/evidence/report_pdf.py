"""Owns the report as PDF: paper, headings, tables. Latin is set in Helvetica; of an open Chinese font of this machine what is used is embedded.

Where the machine has none Chinese is set in STSong-Light, which the viewer must bring along.
"""

import io
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import structlog

from riskreview.evidence.report import Cell, Report, ReportTable
from riskreview.evidence.words import words

LOG = structlog.get_logger(__name__)
OF_VIEWERS = "STSong-Light"
FONTS = tuple(map(Path, ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
                         "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "/usr/share/fonts/google-droid-sans-fonts/DroidSansFallbackFull.ttf")))  # fmt: skip
"""Open fonts with TrueType outlines, which can be embedded, where Linux distributions put them; a Debian package is fonts-droid-fallback."""
WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]+")
"""Runs of text that Helvetica cannot set."""
PARTS = re.compile(f"{WIDE.pattern}|(?:(?!{WIDE.pattern}).)+")
"""A line in the pieces that one font can set."""
INK, QUIET, BLUE, PALE = "#1a1f26", "#56606b", "#1f4e79", "#eef3f8"
ROOM = 96
"""A table begins where its heading and its first rows have room; a long one goes on over pages."""
LONGEST = 400
"""Of a cell, so that a row fits on a page; the annex has all of it."""
LONGEST_WORD, POINTS, TOGETHER = 20, 3.9, 4
"""A longer word is broken; the width of a letter in a table; so many Chinese signs stay in a line."""


def pdf_of(report: Report, *, made_at: datetime, font: Path | None = None) -> bytes:
    """Return the report as a PDF file; the same report at the same moment by the same font gives the same bytes.

    :param font: to set Chinese in; None takes the first of ``FONTS`` that is here.
    """
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import SimpleDocTemplate

    chinese = _chinese((font, *FONTS) if font else FONTS)
    stream = io.BytesIO()
    title = f"{words(report.language)['report']['title']}: {report.heading}"
    document = SimpleDocTemplate(stream, pagesize=landscape(A4), leftMargin=36, rightMargin=36, topMargin=36, bottomMargin=40,
                                 title=title, author="riskreview", invariant=1)  # fmt: skip
    footer = f"{title} · {made_at.isoformat(timespec='seconds')}"

    def number(canvas: Any, page: Any) -> None:  # the library is untyped
        canvas.saveState()
        canvas.setFillColor(QUIET)
        line = canvas.beginText(36, 22)
        for part in PARTS.findall(footer):
            line.setFont(chinese if WIDE.match(part) else "Helvetica", 7)
            line.textOut(part)
        canvas.drawText(line)
        canvas.setFont("Helvetica", 7)
        canvas.drawRightString(landscape(A4)[0] - 36, 22, str(page.page))
        canvas.restoreState()

    document.build(_story(report, title, document.width, chinese), onFirstPage=number, onLaterPages=number)
    return stream.getvalue()


def _chinese(fonts: Iterable[Path]) -> str:
    """Return the name of the first font that can be embedded, else of the one that viewers have."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    for path in (path for path in fonts if path.is_file()):
        try:
            pdfmetrics.registerFont(TTFont(path.stem, str(path)))
        except TTFError:
            LOG.warning("font_not_embedded", font=path.name)
        else:
            return path.stem
    pdfmetrics.registerFont(UnicodeCIDFont(OF_VIEWERS))
    return OF_VIEWERS


def _story(report: Report, title: str, width: float, chinese: str) -> list[Any]:
    from reportlab.platypus import CondPageBreak

    w = words(report.language)["report"]
    style = _styles(report.language, chinese)
    story = [_text(title, style["title"]), _facts(report, style, width), _text(w["verify"], style["heading"]),
             _text(w["verify_how"], style["text"]), _text(w["references"].format(currency=report.currency), style["quiet"])]  # fmt: skip
    if chinese == OF_VIEWERS and WIDE.search(repr(report)):
        LOG.warning(
            "chinese_font_missing",
            install="fonts-droid-fallback or fonts-wqy-microhei, or report_font in settings.yaml",
        )
        story.append(_text(w["font_missing"], style["quiet"]))
    if report.replays:
        story.append(_text(w["replays"], style["heading"]))
        story += [
            _text(f"• {w['equal'] if item.is_equal else w['not_equal']}: {item.told}", style["text"])
            for item in report.replays
        ]
    for item in report.explained:
        story += [_text(item.heading, style["heading"]), _text(item.explanation.headline, style["strong"])]
        story += [_text(f"• {line}", style["text"]) for line in item.explanation.sentences]
        story.append(_text(item.footing, style["quiet"]))
    for table in report.tables:
        story += [CondPageBreak(ROOM), _text(table.title, style["table_heading"]), *([_text(table.intro, style["intro"])] if table.intro else []),
                  _grid(table, style, width)]  # fmt: skip
        if table.more:
            story.append(_text(w["more"].format(number=table.more), style["quiet"]))
    return story


def _styles(language: str, chinese: str) -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    wrap = "CJK" if language == "zh" else None
    text = ParagraphStyle(
        "text",
        fontName="Helvetica",
        fontSize=9,
        leading=12.5,
        textColor=INK,
        wordWrap=wrap,
        spaceAfter=3,
        chinese=chinese,
    )
    cell = ParagraphStyle("cell", parent=text, fontSize=6.8, leading=8.6, spaceAfter=0, wordWrap="CJK")
    return {
        "text": text, "cell": cell, "title": ParagraphStyle("title", parent=text, fontName="Helvetica-Bold", fontSize=16, leading=21, spaceAfter=8),
        "heading": ParagraphStyle("heading", parent=text, fontName="Helvetica-Bold", fontSize=11.5, leading=15, textColor=BLUE, spaceBefore=12,
                                  keepWithNext=1),
        "strong": ParagraphStyle("strong", parent=text, fontName="Helvetica-Bold"), "quiet": ParagraphStyle("quiet", parent=text, fontSize=8, leading=11,
                                                                                                        textColor=QUIET),
        "table_heading": ParagraphStyle("table_heading", parent=text, fontName="Helvetica-Bold", fontSize=11.5, leading=15, textColor=BLUE, spaceBefore=12),
        "intro": ParagraphStyle("intro", parent=text, fontSize=8, leading=11, textColor=QUIET),
        "head": ParagraphStyle("head", parent=cell, fontName="Helvetica-Bold"), "number": ParagraphStyle("number", parent=cell, alignment=2),
        "number_head": ParagraphStyle("number_head", parent=cell, fontName="Helvetica-Bold", alignment=2),
        "hash": ParagraphStyle("hash", parent=cell, fontName="Courier", fontSize=6),
    }  # fmt: skip


def _text(content: str, style: Any) -> Any:
    from reportlab.platypus import Paragraph

    marked = WIDE.sub(lambda found: f'<font name="{style.chinese}">{found.group()}</font>', escape(content))
    return Paragraph(marked.replace("\n", "<br/>"), style)


def _facts(report: Report, style: dict[str, Any], width: float) -> Any:
    from reportlab.platypus import Table

    rows = [[_text(name, style["quiet"]), _text(value, style["text"])] for name, value in report.facts]
    return Table(rows, colWidths=[width * 0.16, width * 0.84], hAlign="LEFT", style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 0),
                                                                                     ("BOTTOMPADDING", (0, 0), (-1, -1), 1)])  # fmt: skip


def _grid(table: ReportTable, style: dict[str, Any], width: float) -> Any:
    from reportlab.platypus import Table

    head = [
        _text(name, style["number_head" if place in table.numbers else "head"])
        for place, name in enumerate(table.heads)
    ]
    rows = [[_cell(cell, style) for cell in row] for row in table.rows]
    look = [("BACKGROUND", (0, 0), (-1, 0), PALE), ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#dde3ea"), ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3), ("TOPPADDING", (0, 0), (-1, -1), 2)]  # fmt: skip
    return Table([head, *rows], colWidths=_widths(table, width), repeatRows=1, style=look)


def _widths(table: ReportTable, width: float) -> list[float]:
    """Return the widths of the columns: room for the longest word of each, and what is left by how much each holds."""
    least, wanted = [], []
    for place, head in enumerate(table.heads):
        texts = [head, *(row[place].text for row in table.rows)]
        words_of = (piece for content in texts for piece in WIDE.sub(_as_wide, content).split() or ["  "])
        least.append(min(max(map(len, words_of)), LONGEST_WORD) * POINTS + 7)
        wanted.append(min(max(len(content) + sum(map(len, WIDE.findall(content))) for content in texts), 60) ** 0.8)
    left = width - sum(least)
    if left <= 0:
        return [width * part / sum(least) for part in least]
    return [part + left * share / sum(wanted) for part, share in zip(least, wanted, strict=True)]


def _as_wide(found: re.Match[str]) -> str:
    """Return a word of letters that is as wide as the first signs of a Chinese one, which are not parted."""
    return f" {'x' * round(min(len(found.group()), TOGETHER) * 1.8)} "


def _cell(cell: Cell, style: dict[str, Any]) -> Any:
    shown = cell.text if len(cell.text) <= LONGEST else f"{cell.text[:LONGEST]}…"
    return _text(shown, style[{"n": "number", "h": "hash"}.get(cell.kind, "cell")])
