"""What the person wrote, in a soft surface at the right; and the field to write it anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.ui.chat.painter import Painter
from app.ui.chat.text_view import TextView
from app.ui.render.plain import plain
from app.ui.shortcuts import Keys, pressed
from app.ui.tokens import S4, S8, S12, S16

if TYPE_CHECKING:
    from app.core.types import Picture
    from app.ui.chat.shown_pictures import ShownPictures

_SHARE = 0.82
_LONG = 3000
# A line of text stands high in its line box, so less room is left under it.
_ABOVE, _BELOW = S12, S4
_EDIT_LINES = (3, 14)


class UserBubble(QWidget):
    """Plain text as it was typed, under the pictures that went with it. A very long one is cut
    until it is asked for."""

    grew = Signal()

    def __init__(self, painter: Painter, text: str, pictures: Sequence[Picture] = ()) -> None:
        super().__init__()
        self._text = text
        self._pictures: ShownPictures | None = None
        if pictures:
            from app.ui.chat.shown_pictures import ShownPictures

            self._pictures = ShownPictures(painter, pictures, self)
        self._frame = QFrame(self)
        self._frame.setProperty("kind", "card")
        self._view = TextView(painter)
        self._view.setParent(self._frame)
        self._view.setAccessibleName(self.tr("Your message"))
        self._more = QPushButton(self.tr("Show all"), self._frame)
        self._more.setAccessibleName(self._more.text())
        self._more.setProperty("kind", "link")
        self._more.clicked.connect(self._show_all)
        self._whole = len(text) <= _LONG
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        painter.restyled.connect(self._restyle)
        self._draw()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        above = self._pictures.height_at(width) if self._pictures else 0
        if not self._text:
            return above
        inner, _ = self._widths(width)
        said = self._view.heightForWidth(inner) + _ABOVE + _BELOW + self._more_height()
        return said + above + (S8 if above else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        inner, outer = self._widths(self.width())
        height = self._view.heightForWidth(inner)
        more, top = self._more_height(), 0
        if self._pictures:
            top = self._pictures.place(self.width()) + S8
        self._frame.setVisible(bool(self._text))
        self._frame.setGeometry(self.width() - outer, top, outer, height + _ABOVE + _BELOW + more)
        self._view.setGeometry(S16, _ABOVE, inner, height)
        self._more.setGeometry(S12, _ABOVE + height, inner, more)

    def _widths(self, width: int) -> tuple[int, int]:
        widest = int(width * _SHARE) - 2 * S16
        inner = max(40, min(widest, self._ideal))
        return inner, inner + 2 * S16

    def _more_height(self) -> int:
        return 0 if self._whole else self._more.sizeHint().height()

    def _show_all(self) -> None:
        self._whole = True
        self._draw()
        self.grew.emit()

    def _restyle(self) -> None:
        self._view.restyle()
        self._draw()
        self.grew.emit()

    def _draw(self) -> None:
        shown = self._text if self._whole else f"{self._text[:_LONG]} …"
        self._view.show_html(plain(shown))
        self._ideal = self._view.ideal_width()
        self._more.setVisible(not self._whole)


class EditBox(QWidget):
    """A message being written anew. `accepted` carries the text; Esc gives up. The keys that send
    a message accept it. answer: it is the model's, which is kept and not sent; Ctrl+Enter accepts
    that, since answers have paragraphs."""

    accepted = Signal(str)
    given_up = Signal()

    def __init__(self, text: str, keys: Keys, answer: bool = False) -> None:
        super().__init__()
        self._field = _Field(None if answer else keys)
        self._field.setPlainText(text)
        self._field.setAccessibleName(
            self.tr("Edit the answer") if answer else self.tr("Edit your message")
        )
        self._field.accepted.connect(self._accept)
        self._field.given_up.connect(self.given_up)
        line = self._field.fontMetrics().lineSpacing()
        least, most = _EDIT_LINES
        self._field.setFixedHeight(
            min(most, max(least, text.count("\n") + len(text) // 80 + 1)) * line + 2 * S12
        )
        send = QPushButton(
            self.tr("Keep as a new version") if answer else self.tr("Send as a new version")
        )
        send.setToolTip(self.tr("Ctrl+Enter") if answer else keys.words("send"))
        send.setProperty("kind", "primary")
        send.setAccessibleName(send.text())
        send.clicked.connect(self._accept)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.setProperty("kind", "quiet")
        cancel.setAccessibleName(cancel.text())
        cancel.clicked.connect(self.given_up)
        row = QHBoxLayout()
        row.setSpacing(S8)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(send)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, S4)
        layout.setSpacing(S8)
        layout.addWidget(self._field)
        layout.addLayout(row)

    @property
    def field(self) -> QPlainTextEdit:
        """Where the text is typed."""
        return self._field

    def _accept(self) -> None:
        text = self._field.toPlainText().strip()
        if text:
            self.accepted.emit(text)


class _Field(QPlainTextEdit):
    accepted = Signal()
    given_up = Signal()

    def __init__(self, keys: Keys | None) -> None:
        super().__init__()
        self._keys = keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = pressed(event)
        # Asked at every press: other keys count at once, and nothing outlives the box.
        accepts = self._keys.of("send") if self._keys else QKeySequence("Ctrl+Return")
        if keys == accepts:
            self.accepted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif self._keys is not None and keys == self._keys.of("newline"):
            self.insertPlainText("\n")
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)
