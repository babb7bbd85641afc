"""The head of the Data step: what to do next, which dataset, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.services.dataset.types import Dataset, Rejected
from app.ui.finetune.data import say
from app.ui.finetune.labels import text_label
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S16, S24

_NARROW = 440
_NEXT = ("label", "split", "export", "rejected", "rename", "new", "delete")


class DataHead(QWidget):
    """`asked` carries what is wanted: next, add, check, undo, redo, label, split, export,
    rejected, rename, new, delete."""

    asked = Signal(str)
    dataset_chosen = Signal(int)
    list_asked = Signal(object)
    """What could not be used, a sequence of Rejected, wants to be seen."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._filling = False
        self._low = False
        self._rejected: Sequence[Rejected] = ()
        self.heading = QLabel()
        self.heading.setProperty("kind", "heading")
        self.heading.setWordWrap(True)
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.hint = text_label("", "quiet")
        self.next_button = QPushButton()
        self.next_button.setProperty("kind", "primary")
        self.next_button.clicked.connect(lambda: self.asked.emit("next"))
        self.datasets = QComboBox()
        self.datasets.setAccessibleName(self.tr("Dataset"))
        self.datasets.setToolTip(self.tr("Which dataset this project learns from"))
        self.datasets.setMinimumContentsLength(6)
        self.datasets.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.datasets.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.datasets.setMaximumWidth(260)
        self.datasets.activated.connect(self._choose)
        self.undo_button = self._icon_button("undo")
        self.redo_button = self._icon_button("redo")
        self.add_button = self._button(self.tr("Add rows"), "add")
        self.add_button.setToolTip(self.tr("More rows, from files, chats, documents or by hand"))
        self.check_button = self._button(self.tr("Check"), "check")
        self.check_button.setAccessibleName(self.tr("Check the rows"))
        self.check_button.setToolTip(
            self.tr("Look for duplicates, personal data, rows that are too long, empty or cut off")
        )
        self.more_button = self._icon_button("")
        self.more_button.setToolTip(self.tr("More about this dataset"))
        self.more_button.setAccessibleName(self.tr("More about this dataset"))
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.more_button.setMenu(self.menu)
        self._fill_menu()
        self._banner = self._make_banner()
        self._lay_out()
        theme.changed.connect(self._tint)
        self._tint()

    def say(
        self, heading: str, hint: str, button: str, enabled: bool = True, checks: bool = False
    ) -> None:
        """What the person is asked to do, and the button that does it ('': none). checks: it runs
        the checks."""
        self.heading.setText(heading)
        self.hint.setText(hint)
        self.set_low(self._low)
        self.next_button.setText(button)
        self.next_button.setAccessibleName(button)
        self.next_button.setVisible(bool(button))
        self.next_button.setEnabled(enabled)
        # One button is enough for one thing.
        self.check_button.setVisible(not checks)

    def show_datasets(self, datasets: Sequence[Dataset], current: int) -> None:
        """All datasets, and the one in front."""
        self._filling = True
        self.datasets.clear()
        for each in datasets:
            self.datasets.addItem(each.name, each.id)
        self.datasets.setCurrentIndex(self.datasets.findData(current))
        self._filling = False

    def show_steps(self, undo: str, redo: str) -> None:
        """What undo and redo would be about; '' for nothing."""
        for button, what, word, keys in (
            (self.undo_button, undo, self.tr("Undo"), "Ctrl+Z"),
            (self.redo_button, redo, self.tr("Redo"), "Ctrl+Shift+Z"),
        ):
            button.setEnabled(bool(what))
            button.setToolTip(f"{word}: {what} ({keys})" if what else word)
            button.setAccessibleName(f"{word}: {what}" if what else word)

    def warn(self, rejected: Sequence[Rejected]) -> None:
        """Say that these could not be used; none takes the words away."""
        self._rejected = rejected
        text = self.tr("{n} could not be used.")
        self._warning.setText(text.replace("{n}", say.records(len(rejected))))
        self._banner.setVisible(bool(rejected))

    def set_low(self, low: bool) -> None:
        """Whether there is little height: the rows come before the words about them."""
        self._low = low
        self.hint.setVisible(bool(self.hint.text()) and not low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.add_button.setText("" if self.width() < _NARROW else self.tr("Add rows"))

    def set_busy(self, busy: bool) -> None:
        """While something runs, nothing else that takes long can be begun."""
        self.check_button.setEnabled(not busy)
        for action in self.menu.actions():
            if action.data() in ("split", "delete"):
                action.setEnabled(not busy)

    def _fill_menu(self) -> None:
        texts = {
            "label": self.tr("Label texts…"),
            "split": self.tr("Hold out rows…"),
            "export": self.tr("Export…"),
            "rejected": self.tr("What could not be imported…"),
            "rename": self.tr("Rename dataset…"),
            "new": self.tr("New dataset"),
            "delete": self.tr("Delete dataset"),
        }
        for key in _NEXT:
            if key == "rename":
                self.menu.addSeparator()
            action = self.menu.addAction(texts[key])
            action.setData(key)
            action.triggered.connect(lambda _on=False, key=key: self.asked.emit(key))

    def _make_banner(self) -> QFrame:
        banner = QFrame()
        banner.setProperty("kind", "banner")
        self._warning = QLabel()
        show = QPushButton(self.tr("Show them"))
        show.setAccessibleName(show.text())
        show.setProperty("kind", "link")
        show.clicked.connect(lambda: self.list_asked.emit(self._rejected))
        self._dismiss = QToolButton()
        self._dismiss.setProperty("kind", "icon")
        self._dismiss.setAccessibleName(self.tr("Hide this"))
        self._dismiss.setToolTip(self.tr("Hide this"))
        self._dismiss.clicked.connect(lambda: self.warn(()))
        row = QHBoxLayout(banner)
        row.setContentsMargins(S16, S4, S8, S4)
        row.addWidget(self._warning)
        row.addWidget(show)
        row.addStretch(1)
        row.addWidget(self._dismiss)
        banner.hide()
        return banner

    def _choose(self, index: int) -> None:
        if not self._filling and index >= 0:
            self.dataset_chosen.emit(self.datasets.itemData(index))

    def _button(self, text: str, key: str) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.clicked.connect(lambda: self.asked.emit(key))
        return button

    def _icon_button(self, key: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "icon")
        if key:
            button.clicked.connect(lambda: self.asked.emit(key))
        return button

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(S4)
        words.addWidget(self.heading)
        words.addWidget(self.hint)
        first = QHBoxLayout()
        first.setSpacing(S16)
        first.addLayout(words, 1)
        first.addWidget(self.next_button)
        second = QHBoxLayout()
        second.setSpacing(S8)
        second.addWidget(self.datasets, 3)
        second.addWidget(self.more_button)
        second.addStretch(1)
        second.addWidget(self.undo_button)
        second.addWidget(self.redo_button)
        second.addWidget(self.check_button)
        second.addWidget(self.add_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S16, S24, 0)
        layout.setSpacing(S8)
        layout.addLayout(first)
        layout.addLayout(second)
        layout.addWidget(self._banner)

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self.undo_button.setIcon(icon("undo-2", tokens.text, 18))
        self.redo_button.setIcon(icon("redo-2", tokens.text, 18))
        self.more_button.setIcon(icon("ellipsis", tokens.text, 18))
        self._dismiss.setIcon(icon("x", tokens.quiet, 16))
        self.add_button.setIcon(icon("plus", tokens.text, 16))
