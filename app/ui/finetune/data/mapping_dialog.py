"""Which column of a table is what, with the first rows to see it by."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.services.dataset.formats.table import Preview
from app.ui.finetune.data.dialog import StepDialog
from app.ui.tokens import S8, S12

_CELL = 300


class MappingDialog(StepDialog):
    """`mapping` is what was chosen: parts by the name of their column. Opens with what the names
    of the columns tell."""

    def __init__(self, parent: QWidget, path: Path, preview: Preview) -> None:
        super().__init__(parent)
        self.say(self.tr("Which column is what?"), path.name, self.tr("Import"))
        self.resize(700, 480)
        self._header = [cell.strip() for cell in preview.header]
        self.boxes: dict[str, QComboBox] = {}
        form = QGridLayout()
        form.setHorizontalSpacing(S12)
        form.setVerticalSpacing(S8)
        for part, text in (
            ("question", self.tr("Question")),
            ("answer", self.tr("Answer")),
            ("context", self.tr("Put under the question")),
            ("system", self.tr("Instructions")),
            ("text", self.tr("Text")),
            ("label", self.tr("Label")),
            ("group", self.tr("Kept together by")),
        ):
            box = QComboBox()
            box.setAccessibleName(text)
            box.addItem(self.tr("No column"), "")
            for name in self._header:
                box.addItem(name or self.tr("(no name)"), name)
            box.setCurrentIndex(max(0, box.findData(preview.guessed.get(part, ""))))
            box.currentIndexChanged.connect(self._judge)
            self.boxes[part] = box
            y, x = divmod(len(self.boxes) - 1, 2)
            form.addWidget(QLabel(text), y, 2 * x)
            form.addWidget(box, y, 2 * x + 1)
            form.setColumnStretch(2 * x + 1, 1)
        self.boxes["group"].setToolTip(
            self.tr("Rows with the same value, such as a document, are held out together.")
        )
        self._hint = QLabel()
        self._hint.setProperty("kind", "warning")
        self._hint.setWordWrap(True)
        self.table = QTableWidget(len(preview.rows), len(self._header))
        self.table.setAccessibleName(self.tr("First rows of the file"))
        self.table.setHorizontalHeaderLabels(self._header)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for y, row in enumerate(preview.rows):
            for x, cell in enumerate(row[: len(self._header)]):
                self.table.setItem(y, x, QTableWidgetItem(" ".join(cell[:_CELL].split())))
        self.body.addLayout(form)
        self.body.addWidget(self._hint)
        self.body.addWidget(self.table, 1)
        self._judge()

    @property
    def mapping(self) -> dict[str, str]:
        """Parts that have a column."""
        return {part: box.currentData() for part, box in self.boxes.items() if box.currentData()}

    def _judge(self) -> None:
        chosen = self.mapping
        talk, text = {"question", "answer"} <= chosen.keys(), "text" in chosen
        hint = ""
        if not talk and not text:
            hint = self.tr("Choose the columns of question and answer, or the one of the text.")
        elif len(set(chosen.values())) < len(chosen):
            hint = self.tr("A column is chosen twice.")
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.ok_button.setEnabled(talk or text)
