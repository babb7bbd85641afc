"""A child process that is ended when nobody needs it any more, to give its memory back."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from app.core.process import WorkerProcess


class Lent:
    """Counts who uses a process. Safe from several threads."""

    def __init__(self, process: WorkerProcess) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._users = 0

    @contextlib.contextmanager
    def out(self) -> Iterator[WorkerProcess]:
        """The process, for as long as the context lasts."""
        with self._lock:
            self._users += 1
        try:
            yield self._process
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._process.rest()
