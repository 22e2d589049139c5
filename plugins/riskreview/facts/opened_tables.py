"""Owns which table versions in object storage this process has opened: a version never changes, so its log is read once."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deltalake import DeltaTable

MOST = 64
"""About two versions of each table there is."""


class OpenedTables:
    """Opened versions, each by what names it; what was not used longest goes first."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._tables: OrderedDict[Hashable, DeltaTable | None] = OrderedDict()

    def find(self, key: Hashable) -> "DeltaTable | None":
        """Return a version if it is open."""
        with self._lock:
            if key in self._tables:
                self._tables.move_to_end(key)
            return self._tables.get(key)

    def keep(self, key: Hashable, table: "DeltaTable | None") -> None:
        """Keep a version that was opened."""
        with self._lock:
            self._tables[key] = table
            while len(self._tables) > self._most:
                self._tables.popitem(last=False)
