"""The folders that a collection follows: each with its state and a button to stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from app.core.types import WatchedFolder, WatchState
from app.ui import literal
from app.ui.elided import ElidedLabel
from app.ui.icons import icon, pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12

_MOST = 4
_PICTURE = 16


class WatchedFolders(QFrame):
    """Hidden where no folder is watched. More than a few are only counted."""

    stop_asked = Signal(object)
    go_on_asked = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._folders: tuple[WatchedFolder, ...] = ()
        self._paused = False
        self.setProperty("kind", "card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(S12, S4, S4, S4)
        self._column.setSpacing(0)
        theme.changed.connect(self._draw)
        self.hide()

    @property
    def lines(self) -> list[str]:
        """What is shown, one text a folder."""
        return [
            f"{label.whole}: {label.property('state')}" for label in self.findChildren(ElidedLabel)
        ]

    def show_folders(self, folders: Sequence[WatchedFolder], paused: bool) -> None:
        """paused: the person stopped the following, of all folders."""
        if (tuple(folders), paused) != (self._folders, self._paused):
            self._folders, self._paused = tuple(folders), paused
            self._draw()

    def _draw(self) -> None:
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        for folder in self._folders[:_MOST]:
            self._column.addWidget(self._line(folder))
        if len(self._folders) > _MOST:
            more = QLabel(self.tr("and {n} more").replace("{n}", str(len(self._folders) - _MOST)))
            more.setToolTip(literal.tip("\n".join(each.path for each in self._folders[_MOST:])))
            more.setProperty("kind", "hint")
            self._column.addWidget(more)
        if self._paused and self._folders:
            again = QPushButton(self.tr("Go on watching"))
            again.setAccessibleName(again.text())
            again.setProperty("kind", "link")
            again.clicked.connect(self.go_on_asked)
            self._column.addWidget(again)
        self.setVisible(bool(self._folders))

    def _line(self, folder: WatchedFolder) -> QFrame:
        tokens = self._theme.tokens
        away = folder.state is WatchState.AWAY
        line = QFrame()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S8)
        picture = QLabel()
        tone = tokens.warning if away or self._paused else tokens.accent
        name = "triangle-alert" if away else "folder"
        picture.setPixmap(pixmap(name, tone, _PICTURE, self.devicePixelRatioF()))
        path = ElidedLabel(folder.path)
        path.setToolTip(literal.tip(folder.path))
        if away:
            words = self.tr("Can't be seen now; what was read stays")
        else:
            words = self.tr("Paused") if self._paused else self.tr("Watched")
        path.setProperty("state", words)
        state = QLabel(words)
        state.setProperty("kind", "warning" if away or self._paused else "hint")
        stop = QToolButton()
        stop.setProperty("kind", "icon")
        stop.setIcon(icon("x", tokens.quiet, _PICTURE))
        stop.setToolTip(self.tr("Stop watching; the files stay"))
        stop.setAccessibleName(self.tr("Stop watching {path}").replace("{path}", folder.path))
        stop.clicked.connect(lambda: self.stop_asked.emit(folder))
        row.addWidget(picture)
        row.addWidget(path, 1)
        row.addWidget(state)
        row.addWidget(stop)
        return line
