"""Owns saying which code runs: the digest of every module and statement, and of the libraries that compute figures."""

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, text

from riskreview import __version__
from riskreview.foundation.instance import PACKAGED
from riskreview.foundation.sql import sql

PACKAGE = Path(__file__).resolve().parents[1]
LIBRARIES = ("numpy", "duckdb", "deltalake", "pyarrow")
"""What figures may depend on beside our own code."""
Manifest = Mapping[str, str]


@cache
def manifest() -> Manifest:
    """Return, for every module, statement and library, what it is: the start of a file's SHA-256, or a version."""
    found = {f"riskreview/{_under(path, PACKAGE)}": _short(path) for path in PACKAGE.rglob("*.py")}
    found |= {f"sql/{_under(path, PACKAGED / 'sql')}": _short(path) for path in (PACKAGED / "sql").rglob("*.sql")}
    found |= {f"library {name}": version(name) for name in LIBRARIES}
    return {**dict(sorted(found.items())), "library python": platform.python_version(), "release": __version__}


@cache
def code_digest() -> str:
    """Return the SHA-256 of the manifest."""
    return hashlib.sha256(_text(manifest()).encode()).hexdigest()


def register_code(connection: Connection) -> str:
    """Keep what the running code consists of at its first use and return its digest."""
    values = {"digest": code_digest(), "content": _text(manifest())}
    connection.execute(text(sql("foundation", "register_code")), values)
    return code_digest()


def registered_code(connection: Connection, digest: str) -> Manifest | None:
    """Return what code of a digest consisted of; None when it was never registered."""
    found = connection.execute(text(sql("foundation", "read_code")), {"digest": digest}).scalar_one_or_none()
    return None if found is None else json.loads(found)


def changed_parts(then: Manifest, now: Manifest) -> tuple[str, ...]:
    """Return the parts that were added, removed or changed between two versions, in the order of their names."""
    return tuple(name for name in sorted({*then, *now}) if then.get(name) != now.get(name))


def _text(parts: Manifest) -> str:
    return json.dumps(dict(parts), sort_keys=True, separators=(",", ":"))


def _short(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _under(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
