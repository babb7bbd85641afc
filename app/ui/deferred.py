"""Deletions that can be undone: they are made when nobody took them back in time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.ui.notice_views import TOAST_MS
from app.ui.notices import Notices


class Deferred(QObject):
    """Holds deletions back for as long as Undo is shown."""

    def __init__(self, notices: Notices, parent: QObject) -> None:
        super().__init__(parent)
        self._notices = notices
        self._waiting: dict[int, tuple[QTimer, Callable[[], None]]] = {}
        self._next = 0

    def delete(self, text: str, commit: Callable[[], None], undo: Callable[[], None]) -> None:
        """Say `text` with Undo; call `undo` if it is taken, else `commit` some seconds later."""
        self._next += 1
        number = self._next
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(TOAST_MS)
        timer.timeout.connect(lambda: self._commit(number))
        timer.start()
        self._waiting[number] = (timer, commit)
        self._notices.toast(text, lambda: self._undo(number, undo))

    def commit_all(self) -> None:
        """Make all deletions now: the window closes."""
        for number in list(self._waiting):
            self._commit(number)

    def _commit(self, number: int) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            timer, commit = waiting
            timer.stop()
            timer.deleteLater()
            commit()

    def _undo(self, number: int, undo: Callable[[], None]) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting[0].stop()
            waiting[0].deleteLater()
            undo()
