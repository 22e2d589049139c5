"""Owns watching this process's memory while it works."""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

PAGE = os.sysconf("SC_PAGE_SIZE")
EVERY_SECONDS = 0.02


class PeakMemory:
    """Samples the resident set; ``peak_mb`` since the last ``reset``, ``highest_mb`` since the start."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self.highest_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def reset(self) -> None:
        """Forget the peak."""
        self.peak_mb = 0.0

    def _watch(self) -> None:
        status = Path("/proc/self/statm")
        while not self._stop.wait(EVERY_SECONDS):
            resident = int(status.read_text().split()[1]) * PAGE / 2**20
            self.peak_mb = max(self.peak_mb, resident)
            self.highest_mb = max(self.highest_mb, resident)
