"""'It should have found this': what was expected of an answer, and the verdict on that."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Autopsy, Finding, Verdict
from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S12, S16
from app.ui.why import say
from app.ui.wrap_layout import WrapLayout

_ICON = 28


class WrongBox(QWidget):
    """Asks for what was expected and shows what became of it."""

    words_given = Signal(str)
    passage_wanted = Signal()
    """A passage shall be selected in a document."""
    place_opened = Signal(object)
    """A TextPlace."""
    kept = Signal()
    """The verdict's passage shall be a test case."""
    cases_wanted = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._verdict: Verdict | None = None
        title = text_label(self.tr("Should it have found something?"), "heading")
        about = text_label(
            self.tr(
                "Type words that the right answer has, or select the passage in its document: "
                "Loam then tells where it was lost."
            ),
            "quiet",
        )
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("Words of the right answer"))
        self.field.setAccessibleName(self.field.placeholderText())
        self.field.setMaxLength(2000)
        self.field.returnPressed.connect(self._ask)
        self.look = self._button(self.tr("Find out"), self._ask)
        self.pick = self._button(
            self.tr("Select the passage in a document"), self.passage_wanted.emit
        )
        row = QHBoxLayout()
        row.setSpacing(S8)
        row.addWidget(self.field, 1)
        row.addWidget(self.look)
        self.card = QFrame()
        self.card.setProperty("kind", "card")
        self._picture = QLabel()
        self._picture.setFixedSize(_ICON, _ICON)
        self.title = text_label(kind="heading")
        self.text = text_label()
        self.advice = text_label(kind="quiet")
        grid = QGridLayout(self.card)
        grid.setContentsMargins(S16, S16, S16, S16)
        grid.setHorizontalSpacing(S12)
        grid.setVerticalSpacing(S8)
        grid.addWidget(self._picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        for line, label in enumerate((self.title, self.text, self.advice)):
            grid.addWidget(label, line, 1)
        self.keep = self._button(
            self.tr("It should have found this: keep as a test case"), self._keep
        )
        self.keep.setProperty("kind", "primary")
        self.open = self._button(self.tr("Open the passage"), self._open)
        self.cases = self._button(self.tr("Test cases"), self.cases_wanted.emit)
        self.cases.setProperty("kind", "link")
        doing = QWidget()
        wrap = WrapLayout(doing, S8)
        for button in (self.keep, self.open, self.cases):
            wrap.addWidget(button)
        grid.addWidget(doing, 3, 1)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S8)
        column.addWidget(title)
        column.addWidget(about)
        column.addLayout(row)
        column.addWidget(self.pick, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.card)
        theme.changed.connect(self._tint)
        self.clear()

    def clear(self) -> None:
        """Nothing was expected yet."""
        self._verdict = None
        self.field.clear()
        self.card.hide()
        self.wait(False)

    def wait(self, waiting: bool) -> None:
        """A verdict is on its way; the one before is void."""
        if waiting:
            self.card.hide()
        for widget in (self.look, self.pick, self.field):
            widget.setEnabled(not waiting)

    def show_verdict(self, verdict: Verdict, autopsy: Autopsy) -> None:
        """What became of what was expected."""
        self.wait(False)
        self._verdict = verdict
        title, text, do = say.verdict(verdict, autopsy)
        self.title.setText(title)
        self.text.setText(text)
        self.advice.setText(do)
        self.card.setAccessibleName(f"{title}. {text} {do}")
        place = verdict.place
        self.open.setVisible(place is not None and place.end > place.start)
        self.keep.setText(self.tr("It should have found this: keep as a test case"))
        self.keep.setEnabled(True)
        self.keep.setVisible(verdict.finding is not Finding.ABSENT)
        self.cases.hide()
        self.card.show()
        self._tint()

    def show_kept(self) -> None:
        """It is a test case now."""
        self.keep.setText(self.tr("Kept as a test case"))
        self.keep.setEnabled(False)
        self.cases.show()

    def _ask(self) -> None:
        if self.field.text().strip():
            self.words_given.emit(self.field.text())
        else:
            self.field.setFocus()

    def _keep(self) -> None:
        self.kept.emit()

    def _open(self) -> None:
        if self._verdict is not None and self._verdict.place is not None:
            self.place_opened.emit(self._verdict.place)

    def _button(self, text: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.clicked.connect(action)
        return button

    def _tint(self) -> None:
        if self._verdict is None:
            return
        tokens = self._theme.tokens
        good = self._verdict.finding is Finding.ANSWERED
        picture = "circle-check" if good else "circle-alert"
        color = tokens.accent if good else tokens.warning
        self._picture.setPixmap(pixmap(picture, color, _ICON, self.devicePixelRatioF()))
