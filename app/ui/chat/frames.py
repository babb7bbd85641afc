"""Draws an answer while it is written: tokens are gathered and drawn once a frame, and a frame that
was dear is followed by a longer pause."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from app.ui.chat.message_view import MessageView

_FRAME_MS = 33
_SHARE = 2.5
_LONGEST_PAUSE_MS = 80
_CATCH_UP_MS = 8


class Frames(QObject):
    """answer: the view of the answer under way, if one is shown; drawn: what follows a frame."""

    def __init__(
        self, answer: Callable[[], MessageView | None], drawn: Callable[[], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._answer = answer
        self._drawn = drawn
        self._timer = QTimer(self, interval=_FRAME_MS, singleShot=True)
        self._timer.timeout.connect(self._draw)

    def ask(self) -> None:
        """There is something new to draw."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Draw nothing more; the answer is shown whole otherwise."""
        self._timer.stop()

    def _draw(self) -> None:
        view = self._answer()
        if view is None or not view.streaming:
            return
        began = time.monotonic()
        whole = view.draw()
        self._drawn()
        spent_ms = (time.monotonic() - began) * 1000
        # Not for long, or the next frame would have the more to do.
        pause = min(_LONGEST_PAUSE_MS, max(_FRAME_MS, round(spent_ms * _SHARE)))
        self._timer.setInterval(pause if whole else _CATCH_UP_MS)
        if not whole:
            self._timer.start()
