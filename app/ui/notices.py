"""The only place where an error is shown, and where a step can be taken back.

`Notices` collects; the window draws (`notice_views.py`). What comes before there is a window
waits for it. Exceptions that nobody caught come here too, as defects of Loam.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

from app.core.errors import LoamError

_log = logging.getLogger(__name__)
Undo = Callable[[], None]


class Notices(QObject):
    """Errors and toasts on their way to the window. May be called from any thread."""

    error_shown = Signal(object)
    offer_shown = Signal(object, str, object)
    """An error with a way out: the error, what the button says, what it does."""
    toast_shown = Signal(str, object)
    _error = Signal(object)
    _toast = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.recent: deque[LoamError] = deque(maxlen=50)
        self.toasts: deque[str] = deque(maxlen=50)
        self._early: list[LoamError] | None = []
        self._error.connect(self._take_error, Qt.ConnectionType.AutoConnection)
        self._toast.connect(self._take_toast, Qt.ConnectionType.AutoConnection)

    def show(self, error: LoamError) -> None:
        """Tell the person what happened and what to do, without stopping them."""
        _log.warning("Shown: %s: %s", type(error).__name__, error.what)
        self._error.emit(error)

    def offer(self, error: LoamError, text: str, act: Undo) -> None:
        """As `show`, with a button that does something about it. From the window's thread only."""
        _log.warning("Shown: %s: %s, offering: %s", type(error).__name__, error.what, text)
        self.recent.append(error)
        self.offer_shown.emit(error, text, act)

    def toast(self, text: str, undo: Undo | None = None) -> None:
        """A short line that goes by itself, with Undo when there is one."""
        self._toast.emit(text, undo)

    def open(self) -> None:
        """The window listens now: hand over what has waited."""
        early, self._early = self._early, None
        for error in early or ():
            self.error_shown.emit(error)

    def catch_all(self) -> Callable[[], None]:
        """Bring exceptions that nobody caught here; the function returned undoes that."""
        kept = sys.excepthook, threading.excepthook

        def in_thread(args: threading.ExceptHookArgs) -> None:
            if args.exc_type is not SystemExit and args.exc_value is not None:
                self._defect(args.exc_type, args.exc_value, args.exc_traceback)

        def restore() -> None:
            sys.excepthook, threading.excepthook = kept

        sys.excepthook = self._defect
        threading.excepthook = in_thread
        return restore

    def _defect(
        self, kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        _log.error("Nobody caught this", exc_info=(kind, value, trace))
        if isinstance(value, LoamError):
            self.show(value)
        else:
            self.show(LoamError("".join(traceback.format_exception(kind, value, trace))))

    def _take_error(self, error: LoamError) -> None:
        self.recent.append(error)
        if self._early is None:
            self.error_shown.emit(error)
        else:
            self._early.append(error)

    def _take_toast(self, text: str, undo: Undo | None) -> None:
        self.toasts.append(text)
        self.toast_shown.emit(text, undo)


def what_text(error: LoamError) -> str:
    """What happened, in the person's language."""
    return _filled(error.what, error)


def do_text(error: LoamError) -> str:
    """What to do, in the person's language; may be empty."""
    return _filled(error.do, error)


def _filled(template: str, error: LoamError) -> str:
    if not template:
        return ""
    text = QCoreApplication.translate("errors", template)
    # In one pass: a file's name may look like one of the places.
    return re.sub(r"\{(\w+)\}", lambda place: error.params.get(place[1], place[0]), text)
