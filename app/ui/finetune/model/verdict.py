"""Whether the chosen model can learn here: the verdict, its reason and its figures."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from app.core.errors import LoamError
from app.services.finetune_room import Readiness
from app.ui import model_words, words
from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.notices import do_text, what_text
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S12, S16

_ICON = 20


class Verdict(QFrame):
    """Shows what was found; `again_asked` when the person wants another look."""

    again_asked = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._picture = ("loader", "quiet")
        self.setProperty("kind", "card")
        self._image = QLabel()
        self._image.setFixedSize(_ICON, _ICON)
        self.heading = text_label("", "strong")
        self.reason = text_label()
        self.memory = text_label("", "quiet")
        self.beside = text_label("", "quiet")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Looking at the model"))
        self.again = QPushButton(self.tr("Check again"))
        self.again.setAccessibleName(self.again.text())
        self.again.setProperty("kind", "link")
        self.again.clicked.connect(self.again_asked)
        text = QVBoxLayout()
        text.setSpacing(S4)
        for widget in (self.heading, self.progress, self.reason, self.memory, self.beside):
            text.addWidget(widget)
        text.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(S16, S12, S12, S12)
        row.setSpacing(S12)
        column = QVBoxLayout()
        column.addWidget(self._image)
        column.addStretch(1)
        row.addLayout(column)
        row.addLayout(text, 1)
        theme.changed.connect(self._tint)

    def show_waiting(self) -> None:
        """The model is being looked at."""
        self._say("loader", "quiet", self.tr("Looking whether this model can learn here"))
        self.progress.show()
        self.again.hide()

    def show_error(self, error: LoamError) -> None:
        """It could not be found out."""
        self._say("circle-alert", "warning", what_text(error), do_text(error))
        self.again.show()

    def show_found(self, found: Readiness, name: str) -> None:
        """What the trainer said; name: of the model."""
        finding = found.finding
        if not finding.trainable:
            title = self.tr("{name} can't learn here").replace("{name}", name)
            reason = self.tr("Because {reason}.").replace("{reason}", finding.reason.rstrip("."))
            self._say("circle-alert", "danger", title, reason)
        else:
            title = self.tr("{name} can learn here").replace("{name}", name)
            self._say("circle-check", "accent", title, finding.reason)
        self._say_memory(found)
        self.again.show()

    def _say_memory(self, found: Readiness) -> None:
        finding = found.finding
        if finding.trainable:
            text = self.tr("Needs about {need} of memory for {n} tokens at once; {free} are free.")
            text = text.replace("{need}", words.size(finding.memory_needed))
            text = text.replace("{n}", words.number(found.context))
            self._put(self.memory, text.replace("{free}", words.size(finding.memory_free)))
        if not finding.trainable:
            return
        if found.unload:
            text = self.tr(
                "{model}, which your chats use, is unloaded while this trains, to make room. A "
                "question in a chat loads it again."
            )
        elif found.chat_model:
            text = self.tr("{model} stays loaded, so you can go on chatting while this trains.")
        else:
            text = self.tr("You can go on chatting while this trains.")
        self._put(self.beside, text.replace("{model}", model_words.from_path(found.chat_model)))

    def _say(self, picture: str, color: str, heading: str, reason: str = "") -> None:
        self._picture = (picture, color)
        self.heading.setText(heading)
        self._put(self.reason, reason)
        self._put(self.memory, "")
        self._put(self.beside, "")
        self.progress.hide()
        self._tint()

    @staticmethod
    def _put(label: QLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))

    def _tint(self) -> None:
        name, color = self._picture
        tint = getattr(self._theme.tokens, color)
        self._image.setPixmap(pixmap(name, tint, _ICON, self.devicePixelRatioF()))
