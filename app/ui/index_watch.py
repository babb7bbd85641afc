"""How the server is that keeps the index by meaning, for the whole window.

It is asked after the start and after each search, and at intervals while its state is seen or not
settled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from app.core.messages import HealthReport
    from app.ui.context import Context

_SEEN_MS, _AWAY_MS, _SOON_MS = 15_000, 4_000, 1_000
_AWAY_UNSEEN_MS = 15_000
_UNSETTLED = ("starting", "rebuilding")


class IndexWatch(QObject):
    """Says once that a server is away, wherever the person is, and again after it was back.
    report: the last one, None before there was any."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._said = ""
        self._asking = False
        self._again = False
        self._seen = False
        self.report: HealthReport | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)

    @property
    def _chosen(self) -> bool:
        return bool(self._context.loam.settings.current.index_server)

    def seen(self, seen: bool) -> None:
        """Whether its state is in front of the person, who then sees changes soon."""
        self._seen = seen
        if seen:
            self.look_soon()

    def look_soon(self) -> None:
        """Ask in a moment."""
        if self._chosen:
            self._timer.start(_SOON_MS)

    def look(self) -> None:
        """Ask how the server is by now, if there is one."""
        if self._asking:
            self._again = True
            return
        if not self._chosen and self.report is None:
            return
        self._timer.stop()
        self._asking, self._again = True, False
        self._context.tasks.call(
            self._context.loam.library.health, self._take, on_error=lambda _error: self._asked()
        )

    def _asked(self) -> None:
        self._asking = False
        if self._again:
            self.look()

    def _take(self, report: HealthReport) -> None:
        self.report = report if report.server else None
        trouble = report.trouble
        said = str(trouble) if trouble is not None else ""
        # While it is tried again there is no trouble to tell of, and it is not back either.
        if trouble is not None and said != self._said:
            self._context.notices.show(trouble)
        if trouble is not None or report.dense_index == "ready" or not report.server:
            self._said = said
        self.changed.emit()
        if report.server and (pause := self._pause(report.dense_index)):
            self._timer.start(pause)
        self._asked()

    def _pause(self, state: str) -> int:
        """Milliseconds until it is asked again; 0: with the next search."""
        if state in _UNSETTLED:
            return _SOON_MS
        if state == "away":
            return _AWAY_MS if self._seen else _AWAY_UNSEEN_MS
        return _SEEN_MS if self._seen else 0
