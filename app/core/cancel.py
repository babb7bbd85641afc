"""Asking running work to end early."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


class Cancel:
    """Asks running work to end early. May be set from any thread, once; never cleared."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def set(self) -> None:
        """Ask; safe to repeat."""
        with self._lock:
            if self._set.is_set():
                return
            self._set.set()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def is_set(self) -> bool:
        """Whether somebody asked."""
        return self._set.is_set()

    @contextlib.contextmanager
    def heard_by(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call `listener` once when (or at once if) set, while the context lasts."""
        with self._lock:
            already = self._set.is_set()
            self._listeners.append(listener)
        try:
            if already:
                listener()
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)
