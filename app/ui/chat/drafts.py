"""What was typed and not sent yet, chat by chat, kept on disk: a kill costs half a second of it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.core.errors import StoreError
from app.core.files import write_atomically
from app.ui.tasks import Tasks

_WRITE_MS = 500


class Drafts(QObject):
    """One file for all chats. Errors of writing it go where those of any task go."""

    def __init__(self, tasks: Tasks, path: Path) -> None:
        super().__init__()
        self._tasks = tasks
        self._path = path
        self._texts: dict[int, str] = {}
        self._number = self._written = 0
        self._lock = threading.Lock()
        # Not begun anew by each letter: who types without a pause would lose all of it.
        self._wait = QTimer(self, interval=_WRITE_MS, singleShot=True)
        self._wait.timeout.connect(self._write_soon)
        with contextlib.suppress(OSError, ValueError, AttributeError):
            raw = json.loads(path.read_text(encoding="utf-8"))
            self._texts = {int(key): str(text) for key, text in raw.items()}

    def text(self, chat_id: int) -> str | None:
        """What waits in a chat; None for nothing."""
        return self._texts.get(chat_id)

    def keep(self, chat_id: int, text: str | None) -> None:
        """What is typed in a chat now; None for nothing. It is on disk within a second."""
        if text == self._texts.get(chat_id):
            return
        if text is None:
            del self._texts[chat_id]
        else:
            self._texts[chat_id] = text
        self._number += 1
        if not self._wait.isActive():
            self._wait.start()

    def forget_all_but(self, known: Callable[[int], bool]) -> None:
        """Drop what was typed in chats that are gone."""
        for chat_id in [each for each in self._texts if not known(each)]:
            self.keep(chat_id, None)

    def flush(self) -> None:
        """Write now: the window closes, and no task begins any more. Errors: StoreError."""
        self._wait.stop()
        self._write(self._number, dict(self._texts))

    def _write_soon(self) -> None:
        number, texts = self._number, dict(self._texts)
        self._tasks.call(lambda: self._write(number, texts), lambda _none: None)

    def _write(self, number: int, texts: dict[int, str]) -> None:
        with self._lock:
            if number <= self._written:
                return  # a later one was faster
            try:
                write_atomically(self._path, json.dumps(texts).encode())
            except OSError as error:
                raise StoreError(
                    repr(error), reason=error.strerror or "", path=self._path.parent
                ) from error
            self._written = number
