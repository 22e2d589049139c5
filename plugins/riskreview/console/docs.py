"""Owns serving the Data Docs of validation under the console's rights: only files below their folder, without script, from nowhere else."""

import mimetypes
from pathlib import Path

from riskreview.console.answers import Document
from riskreview.console.visit import Visit
from riskreview.foundation.errors import NotFound

POLICY = "sandbox; default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'; frame-ancestors 'self'"
"""Their pages are written by a library that styles inline; script is not let run, and what lies elsewhere is not fetched."""
SERVED = frozenset({"text/html", "text/css", "image/png", "image/gif", "image/svg+xml", "image/vnd.microsoft.icon", "image/x-icon", "font/otf",
                    "font/woff", "font/woff2", "application/vnd.oasis.opendocument.formula-template"})  # fmt: skip


def document(visit: Visit) -> Document:
    """Return one file of the Data Docs.

    :raises NotFound: for what is not there, lies elsewhere, or is of a kind that no page of theirs needs.
    """
    folder = visit.services.instance.docs.resolve()
    try:
        path = (folder / visit.path["path"]).resolve()
        if path.is_dir():
            path /= "index.html"
        kind = mimetypes.guess_type(path.name)[0] or ""
        is_there = kind in SERVED and path.is_file() and not _is_hidden(path, folder)
    except OSError:  # such as a name longer than any file has
        is_there = False
    if not is_there:
        raise NotFound("there is no such document")
    return Document(path.read_bytes(), kind, POLICY)


def _is_hidden(path: Path, folder: Path) -> bool:
    return not path.is_relative_to(folder) or any(part.startswith(".") for part in path.relative_to(folder).parts)
