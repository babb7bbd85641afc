"""A row written by hand."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from app.core.messages import Turn
from app.services.dataset.types import TEXT, Draft
from app.ui.finetune.data.dialog import StepDialog
from app.ui.finetune.data.turns import WordsField


class NewRowDialog(StepDialog):
    """`draft` is what was written: a question with its answer, or a text with its label."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.say(
            self.tr("Write a row"),
            self.tr(
                "A question and the answer that you would like. Without an answer it is a text."
            ),
            self.tr("Add the row"),
        )
        self.setMinimumWidth(520)
        self.question = WordsField(self.tr("Question"))
        self.answer = WordsField(self.tr("Answer"))
        self.label = QLineEdit()
        self.label.setAccessibleName(self.tr("Label"))
        self.label.setPlaceholderText(self.tr("Only for sorting tasks, such as “positive”"))
        form = QFormLayout()
        form.addRow(self.tr("Question or text"), self.question)
        form.addRow(self.tr("Answer"), self.answer)
        form.addRow(self.tr("Label"), self.label)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.body.addLayout(form)
        for field in (self.question, self.answer):
            field.textChanged.connect(self._judge)
            field.kept.connect(self._keep)
            field.left.connect(self.reject)
        self._judge()

    @property
    def draft(self) -> Draft:
        asked, answered = self.question.toPlainText(), self.answer.toPlainText()
        label = self.label.text().strip()
        if not answered.strip():
            return Draft((Turn(TEXT, asked),), label)
        return Draft((Turn("user", asked), Turn("assistant", answered)), label)

    def _judge(self) -> None:
        self.ok_button.setEnabled(bool(self.question.toPlainText().strip()))

    def _keep(self) -> None:
        if self.ok_button.isEnabled():
            self.accept()
