"""The row under a message: copy, regenerate, edit, thumbs, continue, versions, speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.core.types import Over, Role, Status
from app.ui.chat.painter import Painter
from app.ui.icons import icon
from app.ui.tokens import S4

if TYPE_CHECKING:
    from app.core.types import Message


class MessageActions(QWidget):
    """Keeps its height while its buttons are hidden, so that nothing moves on hover."""

    copied = Signal()
    regenerate = Signal()
    edit = Signal()
    resume = Signal()
    branch = Signal(int)
    over = Signal(object)
    """An Over: what else of the documents an answer is wanted from."""
    why = Signal()
    rated = Signal(int)
    """1, -1, or 0 to take it back."""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self._painter = painter
        self._icons: list[tuple[QToolButton, str]] = []
        self._copy = self._button("copy", self.tr("Copy"), self.copied.emit)
        self._again = self._button("refresh-cw", self.tr("Regenerate"), self.regenerate.emit)
        self._edit = self._button("pencil", self.tr("Edit"), self.edit.emit)
        self._up = self._button("thumbs-up", self.tr("Good answer"), lambda: self._rate(1))
        self._down = self._button("thumbs-down", self.tr("Bad answer"), lambda: self._rate(-1))
        for thumb in (self._up, self._down):
            thumb.setCheckable(True)
        self._up.setToolTip(self.tr("Good answer. Fine-tune can collect such answers as examples."))
        self._why = self._button("circle-help", self.tr("Why this answer?"), self.why.emit)
        self._rating = 0
        self._before = self._button("chevron-left", self.tr("Version before"), lambda: self._go(-1))
        self._count = QLabel()
        self._count.setProperty("kind", "hint")
        self._after = self._button("chevron-right", self.tr("Next version"), lambda: self._go(1))
        self._resume = QPushButton(self.tr("Continue"))
        self._resume.setProperty("kind", "link")
        self._resume.setAccessibleName(self._resume.text())
        self._resume.clicked.connect(self.resume)
        self._over: QPushButton | None = None
        self._over_words = ("", "")
        self._speed = QLabel()
        self._speed.setProperty("kind", "hint")
        self._branch = 1
        self._other = Over.EVERYTHING
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(S4)
        self._shown = False
        self._wanted: dict[QWidget, bool] = {}
        self._height = self._copy.sizeHint().height()
        self.setFixedHeight(self._height)
        painter.restyled.connect(self._tint)
        self._tint()

    def show_message(self, message: Message) -> None:
        """Offer what can be done with this message."""
        answer = message.role is Role.ASSISTANT
        while self._layout.count():
            self._layout.takeAt(0)
        if not answer:
            self._layout.addStretch(1)
        versions = (self._before, self._count, self._after)
        doing = (self._copy, self._again, self._edit, self._up, self._down, self._why)
        for widget in (*versions, *doing, self._resume, self._speed):
            self._layout.addWidget(widget)
        if answer:
            self._layout.addStretch(1)
        self._offer_other(message)
        self._branch = message.branch
        several = message.branches > 1
        cut = message.status in (Status.STOPPED, Status.LENGTH, Status.FAILED)
        self._wanted = {
            self._copy: bool(message.content),
            self._again: answer,
            self._edit: not answer or bool(message.content),
            self._up: answer and bool(message.content),
            self._down: answer and bool(message.content),
            self._why: message.explained,
            self._resume: answer and cut and bool(message.content),
            self._speed: message.stats is not None and message.stats.answer_tokens > 0,
            **dict.fromkeys(versions, several),
        }
        if self._over is not None:
            self._wanted[self._over] = message.over is not Over.AUTO
        words = self.tr("Edit answer") if answer else self.tr("Edit")
        self._edit.setAccessibleName(words)
        self._edit.setToolTip(words)
        self._rating = message.rating
        self._up.setChecked(message.rating > 0)
        self._down.setChecked(message.rating < 0)
        self._tint()
        self._count.setText(f"{message.branch}/{message.branches}")
        self._before.setEnabled(message.branch > 1)
        self._after.setEnabled(message.branch < message.branches)
        if message.stats is not None:
            stats = message.stats
            rate = QLocale().toString(stats.answer_rate, "f", 1)
            self._speed.setText(self.tr("{n} tokens/s").replace("{n}", rate))
            said = self.tr("{answer} tokens written; {prompt} read, {cached} of them remembered")
            if stats.guessed:
                said = self.tr(
                    "{answer} tokens written, {guessed} of them guessed ahead; {prompt} read, "
                    "{cached} of them remembered"
                )
            for name, count in (
                ("{answer}", stats.answer_tokens),
                ("{guessed}", stats.guessed),
                ("{prompt}", stats.prompt_tokens),
                ("{cached}", stats.prompt_cached),
            ):
                said = said.replace(name, QLocale().toString(count))
            self._speed.setToolTip(said)
        self.reveal(self._shown)

    def _offer_other(self, message: Message) -> None:
        """An answer drawn from the best passages can be had from everything, and the other way."""
        if self._over is None and message.over is not Over.AUTO:
            self._over = QPushButton(self)
            self._over.setProperty("kind", "link")
            self._over.clicked.connect(lambda: self.over.emit(self._other))
        if self._over is not None:
            best = message.over is Over.EVERYTHING
            self._other = Over.BEST if best else Over.EVERYTHING
            words = self.tr("Best passages instead")
            if not best:
                words = self.tr("Everything instead")
            self._over_words = (words, self.tr("Best passages") if best else self.tr("Everything"))
            self._over.setText(words)
            self._over.setToolTip(
                self.tr("Answer again from the passages nearest to the question")
                if best
                else self.tr("Answer again by going through all passages of the documents")
            )
            self._over.setAccessibleName(words)
            self._layout.insertWidget(self._layout.indexOf(self._speed), self._over)

    def reveal(self, shown: bool) -> None:
        """Show or hide the buttons. The versions stay: they say that there are more. So does a
        thumb that was given."""
        self._shown = shown
        lasting = [self._before, self._count, self._after, self._resume]
        if self._rating:
            lasting.append(self._up if self._rating > 0 else self._down)
        for widget, wanted in self._wanted.items():
            widget.setVisible(wanted and (shown or widget in lasting))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room, the other way is named in short; where there is less, the
        speed goes, and then the other way: both are at the field, too."""
        spare = [each for each in (self._speed, self._over) if each is not None]
        for each in spare:
            each.setVisible(self._shown and self._wanted.get(each, False))
        if self._over is not None:
            for words in self._over_words:
                self._over.setText(words)
                if self._fits():
                    return
        for each in spare:
            if self._fits():
                return
            each.hide()

    def _fits(self) -> bool:
        return self._layout.sizeHint().width() <= self.width()

    def copy_to_clipboard(self, text: str) -> None:
        """Put a text on the clipboard and say so."""
        QGuiApplication.clipboard().setText(text)
        self._copy.setIcon(icon("check", self._painter.theme.tokens.accent, 16))
        self._copy.setToolTip(self.tr("Copied"))

    def _rate(self, rating: int) -> None:
        # What is stored decides which one looks pressed.
        self._up.setChecked(self._rating > 0)
        self._down.setChecked(self._rating < 0)
        self.rated.emit(0 if rating == self._rating else rating)

    def _go(self, step: int) -> None:
        self.branch.emit(self._branch + step)

    def _button(self, picture: str, text: str, action: object) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "icon")
        button.setAccessibleName(text)
        button.setToolTip(text)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(action)
        self._icons.append((button, picture))
        return button

    def _tint(self) -> None:
        tokens = self._painter.theme.tokens
        for button, picture in self._icons:
            color = tokens.accent if button.isChecked() else tokens.quiet
            button.setIcon(icon(picture, color, 16))
