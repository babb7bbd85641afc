"""Parts of Discover: downloads that wait, and what can be done without a connection."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.errors import LoamError
from app.ui.finetune.labels import text_label
from app.ui.finetune.wrap_row import WrapRow
from app.ui.models.fetch_strip import FetchStrip
from app.ui.models.fetches import Fetch, Fetches
from app.ui.models.rows import Row, named_button, refill
from app.ui.notices import what_text
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S12, S16


class OfflineCard(QFrame):
    """Hidden until the hub could not be reached."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self._what = text_label("", "strong")
        still = text_label(
            self.tr(
                "Chats, documents and the models on this machine work without a connection. A "
                "model can be brought on a disk as a GGUF file and added here. Downloads keep "
                "what has arrived and go on later."
            )
        )
        self.again = named_button(self.tr("Try again"), "", self.tr("the model hub"))
        self.add = QPushButton(self.tr("Add a model file"))
        self.add.setAccessibleName(self.add.text())
        column = QVBoxLayout(self)
        column.setContentsMargins(S16, S12, S16, S12)
        column.setSpacing(S8)
        column.addWidget(self._what)
        column.addWidget(still)
        column.addLayout(WrapRow(self.again, self.add))
        self.hide()

    def tell(self, error: LoamError) -> None:
        """Say what could not be reached, and what can be done."""
        self._what.setText(what_text(error))
        self.show()


class WaitingList(QWidget):
    """Downloads that were begun from a list that is not in front."""

    token_asked = Signal()

    def __init__(self, theme: ThemeKeeper, fetches: Fetches) -> None:
        super().__init__()
        self._theme, self._fetches = theme, fetches
        self._ids: list[str] = []
        self._rows = QVBoxLayout()
        self._rows.setSpacing(S8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S8)
        column.addWidget(heading(self.tr("Downloads")))
        column.addLayout(self._rows)
        self.hide()

    def show_fetches(self, fetches: Sequence[Fetch]) -> None:
        """One row each; hidden when there is none."""
        ids = [each.id for each in fetches]
        if ids != self._ids:
            self._ids = ids
            rows: list[QWidget] = []
            for each in fetches:
                row = Row(self._theme, "download", "quiet", each.id, each.repository)
                strip = FetchStrip(self._fetches)
                strip.token_asked.connect(self.token_asked)
                row.column.addWidget(strip)
                strip.follow(each.repository, each.name)
                rows.append(row)
            refill(self._rows, rows)
        self.setVisible(bool(ids))


def heading(text: str) -> QLabel:
    """The title of a part of the page."""
    label = text_label(text, "heading")
    label.setContentsMargins(0, S12, 0, 0)
    return label
