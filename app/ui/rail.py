"""The rail at the left: one entry a page, Settings at the foot, collapsible to icons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QPushButton, QVBoxLayout

from app.ui.icons import icon
from app.ui.memory import Memory
from app.ui.page import Page
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12

_WIDE, _NARROW = 168, 56
_ROOM = 800
_KEY = "rail.collapsed"


class Rail(QFrame):
    """Chooses the page. Emits the page's key."""

    chosen = Signal(str)
    settings_asked = Signal()

    def __init__(self, pages: Sequence[type[Page]], theme: ThemeKeeper, memory: Memory) -> None:
        super().__init__()
        self.setProperty("kind", "rail")
        self._theme = theme
        self._memory = memory
        self._collapsed = memory.flag(_KEY)
        self._forced = False
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._entries: list[tuple[QPushButton, str, str]] = []
        self._by_key: dict[str, QPushButton] = {}

        layout = QVBoxLayout(self)
        layout.setContentsMargins(S8, S12, S8, S8)
        layout.setSpacing(S4)
        self._name = QLabel("Loam")
        self._name.setProperty("kind", "title")
        self._name.setContentsMargins(S8, 0, 0, S8)
        layout.addWidget(self._name)
        for page in pages:
            title = QCoreApplication.translate("pages", page.title)
            button = self._entry(page.icon, title)
            button.setCheckable(True)
            button.clicked.connect(lambda _checked, key=page.key: self.chosen.emit(key))
            self._group.addButton(button)
            self._by_key[page.key] = button
            layout.addWidget(button)
        layout.addStretch(1)
        settings = self._entry("settings", self.tr("Settings"))
        settings.clicked.connect(lambda: self.settings_asked.emit())
        layout.addWidget(settings)
        self._fold = self._entry("panel-left", self.tr("Narrow"))
        self._fold.clicked.connect(self.toggle)
        layout.addWidget(self._fold)

        theme.changed.connect(self._lay_out)
        self._group.buttonToggled.connect(lambda *_changed: self._tint())
        self._lay_out()

    def select(self, key: str) -> None:
        """Mark a page as the one shown."""
        self._by_key[key].setChecked(True)

    def toggle(self) -> None:
        """Between icons with names and icons alone."""
        self._collapsed = not self._collapsed
        self._memory.put(_KEY, self._collapsed)
        self._lay_out()

    def fit(self, width: int) -> None:
        """Icons alone in a window too narrow for names, in pixels, whatever the person chose."""
        forced = width < self._theme.scaled(_ROOM)
        if forced != self._forced:
            self._forced = forced
            self._lay_out()

    def _entry(self, picture: str, title: str) -> QPushButton:
        button = QPushButton()
        button.setProperty("kind", "rail")
        button.setIconSize(QSize(28, 20))  # the rest is the gap to the name
        button.setAccessibleName(title)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        self._entries.append((button, picture, title))
        return button

    def _lay_out(self) -> None:
        collapsed = self._collapsed or self._forced
        wide = max(_WIDE, round(self._theme.scaled(_WIDE)))
        self.setFixedWidth(_NARROW if collapsed else wide)
        self._name.setVisible(not collapsed)
        self._fold.setVisible(not self._forced)
        for button, _picture, title in self._entries:
            button.setText("" if collapsed else title)
            button.setToolTip(title if collapsed else "")
        self._fold.setToolTip(self.tr("Show names") if self._collapsed else "")
        self._fold.setAccessibleName(
            self.tr("Show the names") if self._collapsed else self.tr("Show icons only")
        )
        self._tint()

    def _tint(self) -> None:
        tokens = self._theme.tokens
        for button, picture, _title in self._entries:
            color = tokens.accent if button.isChecked() else tokens.quiet
            button.setIcon(icon(picture, color, 20))
