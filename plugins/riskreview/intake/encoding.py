"""Owns turning an extract's bytes into UTF-8, strictly: a byte that does not fit stops the file, nothing is replaced."""

import codecs
import re
from pathlib import Path

from riskreview.foundation.errors import BadInput

BLOCK = 4 << 20
HEAD = 8 << 20
"""Bytes of a text that are looked at before the rest has arrived."""
CANDIDATES = ("gb18030", "cp1252")
PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def as_utf8(path: Path, name: str, encoding: str, folder: Path) -> tuple[Path, int]:
    """Return a UTF-8 file with the text of ``path`` and the length of its byte-order mark.

    :param encoding: what the mapping declares; the file itself is returned when it is UTF-8 already.
    :raises BadInput: E-ENCODING with the offset of the first byte that does not fit.
    """
    _check_mark(path, name, encoding)
    declared = encoding.replace("_", "-")
    if is_utf8(encoding):
        check_utf8(path, name)
        return path, _length_of_mark(path)
    if declared != "utf-16" and not declared.startswith("utf-16") and _is_other_text_utf8(path):
        raise BadInput(
            "E-ENCODING", f"the file is UTF-8, the mapping says {encoding}", "Set encoding: utf-8 in the mapping", name
        )
    target = folder / "utf8"
    with path.open("rb") as reader, target.open("wb") as writer:
        decoder, offset = codecs.getincrementaldecoder(encoding)("strict"), 0
        while True:
            data = reader.read(BLOCK)
            writer.write(_decoded(decoder, data, offset, name, encoding).encode("utf-8", "strict"))
            offset += len(data)
            if not data:
                return target, 0


def head_mark(path: Path, name: str, encoding: str) -> int:
    """Check the head of a text that ought to be UTF-8 and return the length of its byte-order mark.

    :raises BadInput: E-ENCODING as ``as_utf8``.
    """
    _check_mark(path, name, encoding)
    check_utf8(path, name, upto=HEAD)
    return _length_of_mark(path)


def is_utf8(encoding: str) -> bool:
    """Return whether a mapping declares UTF-8."""
    return encoding.replace("_", "-") == "utf-8"


def check_utf8(path: Path, name: str, *, upto: int | None = None) -> None:
    """Check that a text, or its first bytes, are UTF-8.

    :raises BadInput: E-ENCODING with the offset of the first byte that does not fit, and what the text seems to be.
    """
    at = utf8_problem(path, upto=upto)
    if at is None:
        return
    other = detect(path)
    repair = f"Set encoding: {other} in the mapping, or save the file as UTF-8" if other else "Save the file as UTF-8"
    raise BadInput("E-ENCODING", f"byte {at} is not UTF-8", repair, name)


def _check_mark(path: Path, name: str, encoding: str) -> None:
    mark = byte_order_mark(path)
    if mark is not None and not encoding.replace("_", "-").startswith(mark):
        raise BadInput("E-ENCODING", f"the file is {mark.upper()} by its byte-order mark, the mapping says {encoding}",
                       f"Set encoding: {mark} in the mapping, or save the file as {encoding}", name)  # fmt: skip


def _length_of_mark(path: Path) -> int:
    return len(codecs.BOM_UTF8) if byte_order_mark(path) == "utf-8" else 0


def _decoded(decoder: codecs.IncrementalDecoder, data: bytes, offset: int, name: str, encoding: str) -> str:
    pending = decoder.getstate()[0]
    try:
        return decoder.decode(data, final=not data)
    except UnicodeDecodeError as error:
        at = offset - len(pending) + error.start
        raise BadInput("E-ENCODING", f"byte {at} is not {encoding}",
                       "Set the encoding the file was really saved in", name) from error  # fmt: skip


def byte_order_mark(path: Path) -> str | None:
    """Return the encoding a byte-order mark announces, None without one."""
    with path.open("rb") as file:
        head = file.read(3)
    return next((encoding for mark, encoding in MARKS if head.startswith(mark)), None)


def utf8_problem(path: Path, *, upto: int | None = None) -> int | None:
    """Return the offset of the first byte that is not UTF-8, None when all (or about the first ``upto``) are."""
    with path.open("rb") as reader:
        decoder, offset = codecs.getincrementaldecoder("utf-8")("strict"), 0
        while True:
            data = reader.read(BLOCK)
            pending = decoder.getstate()[0]
            try:
                if not data or pending or not data.isascii():
                    decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                return offset - len(pending) + error.start
            offset += len(data)
            if not data or (upto is not None and offset >= upto):
                return None


def detect(path: Path) -> str | None:
    """Return the encoding of a text: byte-order mark, strict UTF-8, then the likelier of GB18030 and Windows-1252; None for none."""
    mark = byte_order_mark(path)
    if mark is not None:
        return mark
    if utf8_problem(path) is None:
        return "utf-8"
    with path.open("rb") as file:
        data = file.read(HEAD)
    if data[:400].count(b"\0") > 40:
        return "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    likely = CANDIDATES if _looks_chinese(data) else CANDIDATES[::-1]
    return next((candidate for candidate in likely if _decodes(data, candidate)), None)


def _looks_chinese(data: bytes) -> bool:
    """Return whether most double bytes are of GB 2312, the common characters; Western text decodes to rare ones by chance."""
    pairs = PAIR.findall(data)
    return 2 * len([pair for pair in pairs if pair[1] >= 0xA1]) > len(pairs)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(data, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _is_other_text_utf8(path: Path) -> bool:
    with path.open("rb") as file:
        sample = file.read(1 << 20)
    if sum(byte > 127 for byte in sample[:65536]) < 6:
        return False
    return utf8_problem(path) is None
