"""The badge that says where text goes, and the dialog that asks for leave to send passages."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from app.core import servernames
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
        self._path = ""
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
        self._path = path
        warning = server_words.open_line(servernames.split(path)[0])
        words = f"{server_words.where(path)}. {warning}" if warning else server_words.where(path)
        self._text.setText(words)
        set_kind(self._text, "warning" if warning else "hint")
        self.setToolTip(server_words.explained(path))
        self.setAccessibleName(words)
        self._tint()
        self.show()

    def _tint(self) -> None:
        if not self._path:
            return
        tokens = self._theme.tokens
        opened = servernames.is_open(servernames.split(self._path)[0])
        color = tokens.warning if opened else tokens.quiet
        picture = server_words.picture(self._path)
        self._image.setPixmap(pixmap(picture, color, _ICON, self.devicePixelRatioF()))


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
                "that fit a question are sent there with it. The documents themselves and their "
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
