"""Owns turning the invented figures into the texts a file holds, and writing files byte for byte the same each time."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from riskreview.demo.population import Ints

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return the days from 1970-01-01."""
    return (day - EPOCH).days


def day_texts(days: Ints, form: str = "%Y-%m-%d") -> list[str]:
    """Format each day; a negative one becomes the empty text."""
    distinct, place = np.unique(days, return_inverse=True)
    texts = ["" if day < 0 else (EPOCH + timedelta(days=int(day))).strftime(form) for day in distinct]
    return [texts[index] for index in place.tolist()]


def money_texts(cents: Ints) -> list[str]:
    """Format hundredths as ``1234.50``."""
    return [f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}" for value in cents.tolist()]


def grouped_money_texts(cents: Ints) -> list[str]:
    """Format hundredths as ``1,234.50``."""
    return [f"{'-' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02d}" for value in cents.tolist()]


def write_csv(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    encoding: str,
    preamble: Sequence[str] = (),
    footer: Sequence[Sequence[str]] = (),
) -> None:
    """Write one delimited file with Windows line ends, as the exporting programs do."""
    buffer = io.StringIO(newline="")
    for line in preamble:
        buffer.write(line + "\r\n")
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows(rows)
    writer.writerows(footer)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue().encode(encoding))


def write_json_lines(path: Path, records: list[dict[str, object]]) -> None:
    """Write one JSON object per line, in UTF-8 and without escapes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]
    path.write_bytes("".join(line + "\n" for line in lines).encode())
