"""The badge that says where text goes, and the dialog that asks for leave to send passages."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.core import helpers, servernames
from app.core.types import Message
from app.ui import server_words
from app.ui.finetune.data.dialog import StepDialog
from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.theme import ThemeKeeper, set_kind
from app.ui.tokens import S4, S8

_ICON = 14


class WhereBadge(QFrame):
    """An icon and a line of text; a warning where the line is open to others."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._picture = ""
        self._warned = False
        self._image = QLabel()
        self._text = text_label("", "hint")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(S4, 0, S4, S4)
        layout.setSpacing(S8)
        layout.addWidget(self._image, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._text, 1)
        theme.changed.connect(self._tint)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def show_model(self, path: str) -> None:
        """Say where text for this model goes."""
        warning = server_words.open_line(servernames.split(path)[0])
        words = f"{server_words.where(path)}. {warning}" if warning else server_words.where(path)
        self._say(words, server_words.picture(path), bool(warning), server_words.explained(path))

    def show_helpers(self, addresses: tuple[str, ...]) -> None:
        """Say which other machines compute parts of the model."""
        words = server_words.helped(addresses)
        away = not all(map(helpers.is_here, addresses))
        picture = "globe" if away else "cpu"
        self._say(words, picture, away, server_words.helped_explained())

    def _say(self, words: str, picture: str, warned: bool, tip: str) -> None:
        self._picture, self._warned = picture, warned
        self._text.setText(words)
        set_kind(self._text, "warning" if warned else "hint")
        self.setToolTip(tip)
        self.setAccessibleName(words)
        self._tint()
        self.show()

    def _tint(self) -> None:
        if self._picture:
            tokens = self._theme.tokens
            color = tokens.warning if self._warned else tokens.quiet
            drawn = pixmap(self._picture, color, _ICON, self.devicePixelRatioF())
            self._image.setPixmap(drawn)


def where_label(message: Message) -> QLabel:
    """Of an answer that a server wrote, where the question went; of another, which machines helped
    to compute it."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("kind", "hint")
    if servernames.is_remote(message.model):
        label.setText(server_words.went(message.model))
        label.setToolTip(server_words.explained(message.model))
        return label
    places = ", ".join(message.stats.helpers) if message.stats else ""
    text = _tr("Computed with help of {places}")
    label.setText(text.replace("{places}", places))
    label.setToolTip(_tr("Parts of the model were there, and what they computed went there."))
    return label


def _tr(text: str) -> str:
    return QCoreApplication.translate("where_badge", text)


class LeaveDialog(StepDialog):
    """Accepted: passages of documents may go to the server of this model from now on."""

    def __init__(self, parent: QWidget, path: str) -> None:
        super().__init__(parent)
        address = servernames.split(path)[0]
        place = servernames.place(address)
        self.say(
            self.tr("Send passages of your documents?"),
            self.tr(
                "This chat answers from documents, and its model runs at {place}. The passages "
                "that fit a question, and those around them, are sent there with it; all passages "
                "are, when you let an answer go through everything. The files themselves and the "
                "index stay on this machine."
            ).replace("{place}", place),
            self.tr("Send to {place}").replace("{place}", place),
        )
        if warning := server_words.open_line(address):
            self.body.addWidget(text_label(warning, "warning"))
        note = self.tr("You are asked once for each server.")
        self.body.addWidget(text_label(note, "hint"))
        self.body.addStretch(1)
        layout = self.layout()
        assert layout is not None
        self.ensurePolished()
        wide = max(460, layout.minimumSize().width())
        self.setMinimumWidth(wide)
        self.resize(wide, layout.totalHeightForWidth(wide))
