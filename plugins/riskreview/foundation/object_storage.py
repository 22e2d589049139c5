"""Owns files in object storage (S3), through obstore: the same client and the same options as the fact tables have."""

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from riskreview.foundation.errors import BadInput, NotFound
from riskreview.foundation.file_cache import FileCache
from riskreview.foundation.storage import reaching

PART = 8 << 20
AT_ONCE = 4
"""Parts under way at once; together with PART the memory that moving a file of any size takes."""
CLIENT = frozenset(
    {"allow_http", "timeout", "connect_timeout", "proxy_url", "allow_invalid_certificates", "user_agent"}
)
BACKOFF = "backoff_config."


@dataclass(frozen=True, slots=True)
class _Kept:
    size: int
    version: str


class Bucket:
    """Files below a URL such as ``s3://bucket/prefix``; what is read gets a local copy."""

    def __init__(self, place: str, options: Mapping[str, str], cache: FileCache) -> None:
        self._place, self._cache, self._store = place, cache, _connected(place, tuple(sorted(options.items())))

    @property
    def aside(self) -> Path:
        """See ``Storage``."""
        return self._cache.folder / "incoming"

    def keep(self, name: str, made: Path) -> Path:
        """See ``Storage``; large files go in parts, and count once all are there."""
        size = made.stat().st_size
        with reaching(self._place, errors=_errors()):
            kept = self._head(name)
            if kept is None or kept.size != size:
                self._store.put(name, made, chunk_size=PART, max_concurrency=AT_ONCE)
                kept = self._head(name)
        if kept is None or kept.size != size:
            raise NotFound(f"{name} was written to {self._place} and is not there as it was written")
        path = self._cache.path_of((self._place, name, kept.version), size)
        self._cache.put(made, path)
        return path

    def find(self, name: str) -> Path | None:
        """See ``Storage``."""
        with reaching(self._place, errors=_errors()):
            kept = self._head(name)
            return None if kept is None else self._copy_of(name, kept)

    def files(self, folder: str, names: Sequence[str]) -> list[Path]:
        """See ``Storage``; one list tells the versions of all."""
        with reaching(self._place, errors=_errors()):
            there = {str(item["path"]): _kept(item) for items in self._store.list(folder) for item in items}
            gone = next((name for name in names if f"{folder}/{name}" not in there), None)
            if gone is not None:
                raise NotFound(f"the file {self._place}/{folder}/{gone} is gone; restore it from a backup")
            return [self._copy_of(f"{folder}/{name}", there[f"{folder}/{name}"]) for name in names]

    def read(self, name: str) -> bytes | None:
        """See ``Storage``."""
        with reaching(self._place, errors=_errors()):
            try:
                return bytes(self._store.get(name).bytes())
            except FileNotFoundError as error:
                _none_here(error)
                return None

    def create(self, name: str, content: bytes) -> bool:
        """See ``Storage``; the storage itself decides who is first (If-None-Match)."""
        from obstore.exceptions import AlreadyExistsError

        with reaching(self._place, errors=_errors()):
            try:
                self._store.put(name, content, mode="create")
            except AlreadyExistsError:
                return False
            return True

    def write(self, name: str, content: bytes) -> None:
        """See ``Storage``; this machine's copy of what was there goes, those of others when they make room."""
        with reaching(self._place, errors=_errors()):
            kept = self._head(name)
            self._store.put(name, content)
            self._forget(name, kept)

    def remove(self, name: str) -> None:
        """See ``Storage``; this machine's copy goes too, those of others when they make room."""
        with reaching(self._place, errors=_errors()):
            kept = self._head(name)
            if kept is not None:
                self._store.delete(name)
                self._forget(name, kept)

    def _forget(self, name: str, kept: _Kept | None) -> None:
        if kept is not None:
            self._cache.path_of((self._place, name, kept.version), kept.size).unlink(missing_ok=True)

    def _head(self, name: str) -> _Kept | None:
        try:
            return _kept(self._store.head(name))
        except FileNotFoundError as error:
            _none_here(error)
            return None

    def _copy_of(self, name: str, kept: _Kept) -> Path:
        identity = (self._place, name, kept.version)
        return self._cache.copy_of(identity, kept.size, lambda path: self._fetch(name, kept, path))

    def _fetch(self, name: str, kept: _Kept, path: Path) -> None:
        """Write an object to a file in parts, all of one version: a part that breaks off is asked for again alone."""
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

        def move(start: int) -> None:
            end = min(start + PART, kept.size)
            options = {"range": (start, end), "if_match": kept.version}
            os.pwrite(target, self._store.get(name, options=options).bytes(), start)

        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(move, range(0, kept.size, PART)))
        finally:
            os.close(target)


def universal_path(place: str, options: Mapping[str, str]) -> Any:  # universal paths are untyped
    """Return a place in object storage as a path to list, open and write below, through the same client."""
    from upath import UPath

    _serve_paths()
    return UPath(place, **_arguments(tuple(sorted(options.items()))))


@lru_cache(maxsize=1)
def _serve_paths() -> None:
    from obstore.fsspec import register

    register("s3")


@lru_cache(maxsize=16)
def _connected(place: str, options: tuple[tuple[str, str], ...]) -> Any:  # obstore's stores have no common type
    """Return a client that keeps its connections; another secret is another client."""
    from obstore.store import from_url

    try:
        return from_url(place, **_arguments(options))
    except _errors() as error:
        raise BadInput("E-SETTING", f"{place} cannot be opened with these storage options: {str(error).splitlines()[0]}",
                       "Write them as docs/how-to/object-storage.md shows", "settings.yaml") from error  # fmt: skip


def _arguments(options: tuple[tuple[str, str], ...]) -> dict[str, Any]:  # obstore tells each by itself
    """Return deltalake's options as obstore takes them.

    :raises BadInput: E-SETTING for one that nobody knows.
    """
    client: dict[str, object] = {}
    retry: dict[str, object] = {}
    waiting: dict[str, object] = {"base": 2}
    config = {}
    for name, value in options:
        short = name.removeprefix("aws_")
        if short in CLIENT:
            client[short] = value == "true" if value in {"true", "false"} else value
        elif name == "max_retries":
            retry[name] = int(value)
        elif name == "retry_timeout":
            retry[name] = _span(value)
        elif name.startswith(BACKOFF):
            waiting[name.removeprefix(BACKOFF)] = _span(value)
        elif name.startswith("aws_"):
            config[name] = value
        else:
            raise BadInput("E-SETTING", f"nobody knows the storage option {name}", "Take it out", "settings.yaml")
    return {"config": config, "client_options": client, "retry_config": {**retry, "backoff": waiting}}


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)(ms|s|m)", text)
    if found is None:
        raise BadInput("E-SETTING", f"{text} is no span of time", "Write 500ms, 30s or 2m", "settings.yaml")
    return timedelta(milliseconds=int(found[1]) * {"ms": 1, "s": 1000, "m": 60_000}[found[2]])


def _kept(item: Mapping[str, Any]) -> _Kept:  # what obstore tells of an object
    return _Kept(int(item["size"]), str(item["e_tag"]))


def _none_here(error: FileNotFoundError) -> None:
    """Take it that a file is not there, unless the whole bucket is not."""
    if "NoSuchBucket" in str(error):
        raise error


def _errors() -> tuple[type[Exception], ...]:
    from obstore.exceptions import BaseError

    return (OSError, BaseError)
