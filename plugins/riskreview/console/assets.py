"""Owns the files the console's pages load: style, script and the chart library, all shipped with the project."""

from functools import cache

from riskreview.console.answers import StaticFile
from riskreview.console.visit import Visit
from riskreview.foundation.errors import NotFound
from riskreview.foundation.instance import PACKAGED

KINDS = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "chart.umd.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def static_file(visit: Visit) -> StaticFile:
    """Return one of the known files.

    :raises NotFound: for any other name.
    """
    return _read(visit.path["name"])


@cache
def _read(name: str) -> StaticFile:
    if name not in KINDS:
        raise NotFound("there is no such file")
    return StaticFile((PACKAGED / "static" / "console" / name).read_bytes(), f"{KINDS[name]}; charset=utf-8")
