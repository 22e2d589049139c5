"""Owns refusing what is no honest file: odd names and kinds, content that contradicts the format, a manifest that disagrees."""

import json
import re
import stat
from pathlib import Path
from typing import Any

from riskreview.foundation.errors import BadInput

NAME = re.compile(r"[^\x00-\x1f\x7f;<>|\\\"'`$&*?/\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]{1,200}")
MAGIC = ((b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"), (b"\x1f\x8b", "gzip"), (b"PAR1", "parquet"), (b"\xd0\xcf\x11\xe0", "ole"),
         (b"7z\xbc\xaf", "7z"), (b"Rar!", "rar"), (b"%PDF", "pdf"))  # fmt: skip


def check_name(name: str) -> None:
    """Refuse names that a log, a shell or a page could misread.

    :raises BadInput: E-FILENAME.
    """
    if not NAME.fullmatch(name) or name.startswith((".", "-")):
        shown = re.sub(r"[^\w.-]", "?", name, flags=re.ASCII)[:60]
        raise BadInput("E-FILENAME", f"the file name {shown} is too long or holds special characters",
                       "Rename it with letters, digits, dots, dashes and underscores, at most 200", "inbox")  # fmt: skip


def check_kind(path: Path) -> None:
    """Refuse everything but a plain file with content.

    :raises BadInput: E-FILE-KIND or E-FILE-EMPTY.
    """
    try:
        mode = path.lstat()
    except OSError as error:
        raise BadInput(
            "E-FILE-KIND", f"the file cannot be read: {error.strerror}", "Check that it is still there", path.name
        ) from error
    if not stat.S_ISREG(mode.st_mode):
        kind = "a symbolic link" if stat.S_ISLNK(mode.st_mode) else "no plain file"
        raise BadInput("E-FILE-KIND", f"the entry is {kind}", "Put the file itself into the inbox", path.name)
    if mode.st_size == 0:
        raise BadInput(
            "E-FILE-EMPTY", "the file has zero bytes", "Export it again and check that it is complete", path.name
        )


def sniff(path: Path) -> str:
    """Return what the first bytes say a file is: zip, gzip, parquet, ole, 7z, rar, pdf, html or text."""
    with path.open("rb") as file:
        head = file.read(512)
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return "html" if start.startswith((b"<!doctype html", b"<html", b"<table")) else "text"


def check_type(path: Path, name: str, wanted: str) -> str:
    """Return ``xlsx``, ``xls``, ``parquet`` or ``text`` and refuse content that is not what the mapping reads.

    :param wanted: the mapping's format.
    :raises BadInput: E-FILE-TYPE or E-ARCHIVE-ENCRYPTED.
    """
    kind = sniff(path)
    if kind == "ole":
        if _is_encrypted_workbook(path):
            raise BadInput(
                "E-ARCHIVE-ENCRYPTED", "the workbook is protected by a password", "Save it without a password", name
            )
        kind = "xls"
    kind = "xlsx" if kind == "zip" else kind
    allowed = {"excel": {"xlsx", "xls"}, "parquet": {"parquet"}}.get(wanted, {"text"})
    if kind not in allowed:
        raise BadInput("E-FILE-TYPE", f"the content is {kind}, the mapping reads {wanted}",
                       "Export in the agreed format, or change format in the mapping", name)  # fmt: skip
    return kind


def _is_encrypted_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return "EncryptedPackage".encode("utf-16-le") in file.read(1 << 20)


def read_manifest(path: Any) -> dict[str, object] | None:  # a local or universal path
    """Return the manifest beside an extract (``<file>.manifest.json`` with rows and sha256), None when there is none.

    :raises BadInput: E-MANIFEST for a manifest that cannot be read.
    """
    beside = path.with_name(path.name + ".manifest.json")
    if not beside.exists():
        return None
    try:
        content = json.loads(beside.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(
            "E-MANIFEST", "the manifest is no JSON", 'Write {"rows": 1, "sha256": "..."}', beside.name
        ) from error
    if not isinstance(content, dict):
        raise BadInput(
            "E-MANIFEST", "the manifest is no JSON object", 'Write {"rows": 1, "sha256": "..."}', beside.name
        )
    return content


def check_manifest(
    manifest: dict[str, object] | None, name: str, *, sha256: str | None = None, rows: int | None = None
) -> None:
    """Compare the manifest with what was received.

    :raises BadInput: E-MANIFEST.
    """
    given = manifest or {}
    if sha256 is not None and "sha256" in given and str(given["sha256"]).lower() != sha256:
        raise BadInput("E-MANIFEST", "the bytes are not those the manifest names", "Send the file again", name)
    if rows is not None and "rows" in given and str(given["rows"]) != str(rows):
        raise BadInput(
            "E-MANIFEST", f"the manifest says {given['rows']} rows, the file has {rows}", "Send the file again", name
        )
