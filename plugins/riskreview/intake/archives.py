"""Owns unpacking gzip and zip within limits, so that no archive can escape its folder or fill the disk."""

import gzip
import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO

from riskreview.foundation.errors import BadInput
from riskreview.intake.file_guard import sniff

MAX_RATIO = 200
MAX_ENTRIES = 1000
MAX_BYTES = 64 << 30
RATIO_FLOOR = 64 << 20
BLOCK = 4 << 20
REPAIR = "Send the extract alone, unpacked or as one plain zip or gzip"


def unpack(path: Path, name: str, folder: Path) -> Path:
    """Return the file inside a gzip or zip, written to ``folder``; a workbook and any other file is returned as it is.

    :raises BadInput: E-ARCHIVE-PATH, -RATIO, -LIMIT, -LINK or -ENCRYPTED.
    """
    kind = sniff(path)
    if kind == "gzip":
        target = folder / "unpacked"
        _copy(gzip.open(path), target, name, path.stat().st_size)  # noqa: SIM115  closed by _copy
    elif kind == "zip":
        check_zip(path, name)
        with zipfile.ZipFile(path) as archive:
            if is_workbook(archive):
                return path
            target = _only_entry(archive, name, folder, path.stat().st_size)
    else:
        return path
    if sniff(target) in {"gzip", "zip", "7z", "rar"} and not _is_workbook_file(target):
        raise BadInput("E-ARCHIVE-LIMIT", "the archive holds another archive", REPAIR, name)
    return target


def check_zip(path: Path, name: str) -> None:
    """Check the directory of a zip before a byte is unpacked.

    :raises BadInput: E-ARCHIVE-PATH, -RATIO, -LIMIT, -LINK or -ENCRYPTED.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError) as error:
        raise BadInput("E-FILE-TYPE", "the zip is damaged or incomplete", "Send it again", name) from error
    if len(entries) > MAX_ENTRIES:
        raise BadInput("E-ARCHIVE-LIMIT", f"the archive has {len(entries)} entries", REPAIR, name)
    for entry in entries:
        _check_entry(entry, name)
    total = sum(entry.file_size for entry in entries)
    if total > MAX_BYTES or total > max(RATIO_FLOOR, MAX_RATIO * path.stat().st_size):
        raise BadInput("E-ARCHIVE-RATIO", f"the archive would unpack to {total} bytes", REPAIR, name)


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    parts = entry.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or ":" in parts[0]:
        raise BadInput("E-ARCHIVE-PATH", "an entry of the archive points outside of it", REPAIR, name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadInput("E-ARCHIVE-LINK", "an entry of the archive is a symbolic link", REPAIR, name)
    if entry.flag_bits & 0x1:
        raise BadInput("E-ARCHIVE-ENCRYPTED", "the archive is encrypted", "Send it without a password", name)


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Return whether a zip is an Excel workbook."""
    return "[Content_Types].xml" in archive.namelist()


def _is_workbook_file(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return is_workbook(archive)


def _only_entry(archive: zipfile.ZipFile, name: str, folder: Path, packed: int) -> Path:
    entries = [e for e in archive.infolist() if not e.is_dir() and not e.filename.startswith("__MACOSX/")]
    if len(entries) != 1:
        raise BadInput("E-ARCHIVE-LIMIT", f"the archive holds {len(entries)} files", REPAIR, name)
    target = folder / "unpacked"
    with archive.open(entries[0]) as reader:
        _copy(reader, target, name, packed)
    return target


def _copy(reader: IO[bytes] | gzip.GzipFile, target: Path, name: str, packed: int) -> None:
    limit, written = min(MAX_BYTES, max(RATIO_FLOOR, MAX_RATIO * packed)), 0
    try:
        with reader, target.open("wb") as writer:
            while data := reader.read(BLOCK):
                written += len(data)
                if written > limit:
                    raise BadInput("E-ARCHIVE-RATIO", f"the archive unpacks to more than {limit} bytes", REPAIR, name)
                writer.write(data)
    except (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise BadInput("E-FILE-TYPE", "the archive is damaged or incomplete", "Send it again", name) from error
    if written == 0:
        raise BadInput(
            "E-FILE-EMPTY", "the packed file has zero bytes", "Export it again and check that it is complete", name
        )
