"""About which documents a model writes rows, and how many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QFormLayout, QSpinBox, QWidget

from app.core.types import Collection
from app.ui import words
from app.ui.finetune.data.dialog import StepDialog
from app.ui.spin import inset

_USUAL, _MOST = 20, 2_000


class DocumentsDialog(StepDialog):
    """`collection_id` (0: there is none yet, the person wants the Documents page) and `count`."""

    def __init__(self, parent: QWidget, collections: Sequence[Collection]) -> None:
        super().__init__(parent)
        self.setMinimumWidth(460)
        known = [each for each in collections if each.ready]
        self.collections = QComboBox()
        self.collections.setAccessibleName(self.tr("Collection"))
        for each in known:
            self.collections.addItem(f"{each.name}  ·  {words.files(each.ready)}", each.id)
        self.rows = QSpinBox()
        inset(self.rows)
        self.rows.setRange(1, _MOST)
        self.rows.setValue(_USUAL)
        self.rows.setAccessibleName(self.tr("How many rows"))
        if not known:
            self.say(
                self.tr("Write from documents"),
                self.tr("There are no documents yet. Add some first; then come back."),
                self.tr("Open Documents"),
            )
            return
        self.say(
            self.tr("Write from documents"),
            self.tr(
                "The model that chats use reads passages and writes a question and an answer about "
                "each. Small models write much that is wrong, so nothing is learnt from until you "
                "accept it."
            ),
            self.tr("Write"),
        )
        form = QFormLayout()
        form.addRow(self.tr("About"), self.collections)
        form.addRow(self.tr("Rows"), self.rows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.body.addLayout(form)

    @property
    def collection_id(self) -> int:
        return int(self.collections.currentData() or 0)

    @property
    def count(self) -> int:
        return self.rows.value()
