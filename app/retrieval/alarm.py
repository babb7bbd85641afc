"""Wakes whoever waits when something below some folders changes, by the system's own means.

Where the system has none, or refuses (network drives, too many folders), `native` is False and the
one who waits must look at intervals. It rings once when it has begun to listen. Limits: it says
that something changed, not what.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_log = logging.getLogger(__name__)
_TICK_S = 0.1
_LOOK_FOR_FOLDERS_S = 1.0
_RETRY_S = 30.0


class Alarm:
    """Close it when done. `ring` may be called from any thread."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._folders: tuple[str, ...] = ()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.native = False

    def ring(self) -> None:
        """Wake whoever waits."""
        self._rung.set()

    def wait(self, folders: Sequence[str], seconds: float, cancelled: Callable[[], bool]) -> None:
        """Until something changes below the folders, one of them goes or comes, somebody rings,
        `cancelled` or so many seconds have passed."""
        self._listen(folders)
        there = self._folders
        begun = looked = time.monotonic()
        while not cancelled() and not self._rung.wait(_TICK_S):
            now = time.monotonic()
            if now - begun > seconds:
                return
            if now - looked > _LOOK_FOR_FOLDERS_S:
                looked = now
                if _existing(folders) != there:
                    return
        self._rung.clear()

    def close(self) -> None:
        """Listen no longer."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2.0)
        self._thread = None
        self._folders = ()
        self.native = False

    def _listen(self, folders: Sequence[str]) -> None:
        there = _existing(folders)
        alive = self._thread is not None and self._thread.is_alive()
        if there == self._folders and (alive or not there):
            return
        self.close()
        self._folders = there
        if there:
            self._stop = threading.Event()
            self.native = True
            self._thread = threading.Thread(
                target=self._hear, args=(there, self._stop), name="folders", daemon=True
            )
            self._thread.start()

    def _hear(self, folders: tuple[str, ...], stop: threading.Event) -> None:
        import watchfiles

        heard = False
        try:
            for changes in watchfiles.watch(
                *folders,
                watch_filter=None,
                debounce=200,
                stop_event=stop,
                rust_timeout=500,
                yield_on_timeout=True,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                # It hears from now on: what changed before, since somebody looked, is looked for.
                if changes or not heard:
                    heard = True
                    self._rung.set()
        except Exception as error:
            # Too many folders, one that went in between, a system without such means.
            _log.warning("Folders can't be listened to: %s", type(error).__name__)
            if not stop.is_set():
                self.native = False
                stop.wait(_RETRY_S)


def _existing(folders: Sequence[str]) -> tuple[str, ...]:
    return tuple(folder for folder in folders if Path(folder).is_dir())
