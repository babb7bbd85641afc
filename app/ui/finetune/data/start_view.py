"""All ways to get rows, each with a line about it: what an empty dataset shows, and 'Add rows'."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.services.dataset.types import Dataset
from app.ui.finetune.data import say
from app.ui.finetune.data.way_card import WayCard
from app.ui.finetune.labels import text_label
from app.ui.theme import ThemeKeeper
from app.ui.tokens import READING_WIDTH, S8, S12, S24

_NAME_LETTERS = 16


class StartView(QWidget):
    """Asks; the step does."""

    files_asked = Signal()
    chats_asked = Signal()
    documents_asked = Signal()
    row_asked = Signal()
    example_asked = Signal()
    dataset_chosen = Signal(int)
    back_asked = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._heading = text_label(self.tr("Give the model examples to learn from"), "title")
        self._about = text_label(
            self.tr(
                "An example is a question and the answer you would like. A hundred good ones do "
                "more than a thousand careless ones."
            ),
            "quiet",
        )
        self.back_button = QPushButton(self.tr("Back to the rows"))
        self.back_button.setProperty("kind", "quiet")
        self.back_button.setAccessibleName(self.back_button.text())
        self.back_button.clicked.connect(self.back_asked)
        self.cards = {
            "files": WayCard(
                theme,
                "file-plus",
                self.tr("Choose files"),
                self.tr(
                    "Or drop them here: tables (CSV, TSV), JSON and JSONL of chats, or plain text."
                ),
            ),
            "chats": WayCard(
                theme,
                "messages-square",
                self.tr("Collect from chats"),
                self.tr("Answers that you gave a thumbs up or wrote better yourself."),
            ),
            "documents": WayCard(
                theme,
                "library",
                self.tr("Write from documents"),
                self.tr(
                    "The model writes questions and answers about your documents; you check them."
                ),
            ),
            "row": WayCard(
                theme,
                "pencil",
                self.tr("Write a row by hand"),
                self.tr("A question and the answer, in your own words."),
            ),
            "example": WayCard(
                theme,
                "sprout",
                self.tr("Try the small example set"),
                self.tr("24 official sentences, each put into plain words, to see how it works."),
            ),
        }
        asks = {
            "files": self.files_asked,
            "chats": self.chats_asked,
            "documents": self.documents_asked,
            "row": self.row_asked,
            "example": self.example_asked,
        }
        for key, card in self.cards.items():
            card.clicked.connect(asks[key])
        self._own = QWidget()
        self.datasets = QComboBox()
        self.datasets.setAccessibleName(self.tr("Datasets that you have"))
        self.use_button = QPushButton(self.tr("Use it"))
        self.use_button.setAccessibleName(self.tr("Use this dataset"))
        self.use_button.clicked.connect(self._use)
        # A long name must not make the page wider than the window.
        self.datasets.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.datasets.setMinimumContentsLength(_NAME_LETTERS)
        own = QVBoxLayout(self._own)
        own.setContentsMargins(0, S12, 0, 0)
        own.setSpacing(S8)
        own.addWidget(text_label(self.tr("Or use rows that you have:")))
        choice = QHBoxLayout()
        choice.setSpacing(S8)
        choice.addWidget(self.datasets, 1)
        choice.addWidget(self.use_button)
        own.addLayout(choice)
        self._lay_out()

    def show_choices(self, datasets: Sequence[Dataset], adding: bool) -> None:
        """datasets: those that could be used instead; adding: there are rows already."""
        self._heading.setText(
            self.tr("Add more rows") if adding else self.tr("Give the model examples to learn from")
        )
        self.back_button.setVisible(adding)
        self.cards["example"].setVisible(not adding)
        chosen = self.datasets.currentData()
        self.datasets.clear()
        for each in datasets:
            self.datasets.addItem(f"{each.name}  ·  {say.rows(each.rows)}", each.id)
        self.datasets.setCurrentIndex(max(0, self.datasets.findData(chosen)))
        self._own.setVisible(bool(datasets) and not adding)

    def _use(self) -> None:
        chosen = self.datasets.currentData()
        if chosen:
            self.dataset_chosen.emit(chosen)

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setMaximumWidth(READING_WIDTH)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, S24, 0, S24)
        column.setSpacing(S12)
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self.back_button)
        column.addLayout(head)
        column.addWidget(self._about)
        for card in self.cards.values():
            column.addWidget(card)
        column.addWidget(self._own)
        column.addStretch(1)
        across = QWidget()
        row = QHBoxLayout(across)
        row.setContentsMargins(S24, 0, S24, 0)
        row.addStretch(1)
        row.addWidget(inside, 100)
        row.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(across)
        across.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
