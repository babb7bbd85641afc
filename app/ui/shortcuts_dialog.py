"""All shortcuts in a list; a click on one's keys, then other keys, and those count from now on."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.icons import icon
from app.ui.shortcuts import SHORTCUTS, Keys, Place, Shortcut, pressed, what
from app.ui.theme import ThemeKeeper, set_kind
from app.ui.tokens import S8, S12, S16, S24, S32

_SIZE = (620, 600)
_PRESSED = QEvent.Type.KeyPress
_MODIFIERS = (
    *(Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta),
    *(Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_Super_L, Qt.Key.Key_Super_R),
)


class ShortcutsDialog(QDialog):
    """pages: titles of the pages that have a shortcut, by its name."""

    def __init__(
        self, keys: Keys, theme: ThemeKeeper, pages: Mapping[str, str], parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._keys = keys
        self._theme = theme
        self._pages = pages
        self.rows: dict[str, tuple[KeyButton, QToolButton]] = {}
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        room = parent.size() if parent is not None else QSize(*_SIZE) * 2
        self.resize(QSize(*(round(theme.scaled(each)) for each in _SIZE)).boundedTo(room))

        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(S24, S24, S24, S8)
        column.setSpacing(S12)
        title = QLabel(self.tr("Keyboard shortcuts"))
        title.setProperty("kind", "title")
        hint = QLabel(self.tr("Choose the keys at the right, then press the ones you want."))
        hint.setProperty("kind", "hint")
        hint.setWordWrap(True)
        column.addWidget(title)
        column.addWidget(hint)
        for place in Place:
            column.addLayout(self._group(place, self._listed(place)))
            column.addSpacing(S8)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)

        self.problem = QLabel()
        self.problem.setProperty("kind", "danger-text")
        self.problem.setWordWrap(True)
        self.reset_all = QPushButton(self.tr("Reset all"))
        self.reset_all.setAccessibleName(self.tr("Give all shortcuts their default keys"))
        self.reset_all.setAutoDefault(False)
        self.reset_all.clicked.connect(self._reset_all)
        close = QPushButton(self.tr("Close"))
        close.setAccessibleName(self.tr("Close"))
        close.setProperty("kind", "primary")
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(S24, S12, S24, S16)
        foot.setSpacing(S8)
        foot.addWidget(self.reset_all)
        foot.addWidget(self.problem, 1)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addLayout(foot)
        keys.changed.connect(self._show)
        for name in self.rows:
            self._show(name)

    def _listed(self, place: Place) -> Collection[Shortcut]:
        return [
            each
            for each in SHORTCUTS
            if each.place is place
            and (not each.name.startswith("page_") or each.name in self._pages)
        ]

    def _group(self, place: Place, shortcuts: Collection[Shortcut]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(S8)
        grid.setVerticalSpacing(S8)
        grid.setColumnStretch(0, 1)
        heading = QLabel(QCoreApplication.translate("shortcuts", place.value))
        heading.setProperty("kind", "heading")
        grid.addWidget(heading, 0, 0, 1, 3)
        for row, shortcut in enumerate(shortcuts, 1):
            words = self._pages.get(shortcut.name) or what(shortcut)
            label = QLabel(words)
            label.setWordWrap(True)
            button = KeyButton(words)
            button.chosen.connect(lambda keys, name=shortcut.name: self._choose(name, keys))
            button.begun.connect(self.problem_gone)
            reset = QToolButton()
            reset.setProperty("kind", "icon")
            reset.setIcon(icon("rotate-ccw", self._theme.tokens.quiet, 16))
            reset.setToolTip(self.tr("Back to the default"))
            reset.setAccessibleName(self.tr("{name}: back to the default").replace("{name}", words))
            reset.clicked.connect(lambda _on, each=shortcut: self._choose(each.name, each.keys))
            policy = reset.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            reset.setSizePolicy(policy)
            self.rows[shortcut.name] = (button, reset)
            grid.addWidget(label, row, 0)
            grid.addWidget(button, row, 1, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(reset, row, 2)
        grid.setColumnMinimumWidth(2, S32)
        return grid

    def problem_gone(self) -> None:
        """Other keys are about to be tried."""
        self.problem.clear()

    def _choose(self, name: str, keys: str) -> None:
        refusal = self._keys.refusal(name, keys)
        self.problem.setText(refusal)
        if not refusal:
            self._keys.put(name, keys)

    def _reset_all(self) -> None:
        self.problem.clear()
        self._keys.reset()

    def _show(self, name: str) -> None:
        if name in self.rows:
            button, reset = self.rows[name]
            button.show_keys(self._keys.words(name))
            if reset.hasFocus() and self._keys.is_default(name):
                button.setFocus()
            reset.setVisible(not self._keys.is_default(name))
        self.reset_all.setEnabled(not all(map(self._keys.is_default, self.rows)))


class KeyButton(QPushButton):
    """Shows keys. Pressed, it tells the next keys that come; Esc gives up. (Esc comes back by
    the default of what has it.)"""

    chosen = Signal(str)
    begun = Signal()

    def __init__(self, what_for: str) -> None:
        super().__init__()
        self._what_for = what_for
        self._keys = ""
        self.listening = False
        self.setProperty("kind", "chip")
        self.setAutoDefault(False)
        self.clicked.connect(self._listen)

    def show_keys(self, keys: str) -> None:
        """The keys as they are now."""
        self._keys = keys
        self._rest()

    def event(self, event: QEvent) -> bool:
        if self.listening and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if self.listening and isinstance(event, QKeyEvent) and event.type() == _PRESSED:
            if event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self._take(event)
                return True
            self._rest()  # one must be able to go on without a mouse
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._rest()
        super().focusOutEvent(event)

    def _listen(self) -> None:
        self.listening = True
        self.setText(self.tr("Press keys, or Esc"))
        set_kind(self, "primary")
        self.begun.emit()

    def _take(self, event: QKeyEvent) -> None:
        keys = pressed(event)
        if event.key() in _MODIFIERS or event.isAutoRepeat():
            return
        self._rest()
        if keys != QKeySequence(Qt.Key.Key_Escape):
            self.chosen.emit(keys.toString(QKeySequence.SequenceFormat.PortableText))

    def _rest(self) -> None:
        if self.listening:
            self.listening = False
            set_kind(self, "chip")
        self.setText(self._keys)
        words = self.tr("{what}: {keys}. Press to change.")
        self.setAccessibleName(
            words.replace("{what}", self._what_for).replace("{keys}", self._keys)
        )
