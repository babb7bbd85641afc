"""How many rows are held out."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QFormLayout, QSpinBox, QWidget

from app.services.dataset.types import Dataset
from app.ui import words
from app.ui.finetune.data.dialog import StepDialog
from app.ui.finetune.labels import text_label
from app.ui.spin import inset

_USUAL = 10


class SplitDialog(StepDialog):
    """`fraction`, `seed` and `within` as DatasetService.split takes them."""

    def __init__(self, parent: QWidget, dataset: Dataset) -> None:
        super().__init__(parent)
        self.say(
            self.tr("Hold out some rows"),
            self.tr(
                "The model does not learn from these. They show later whether it learnt something "
                "or only remembers."
            ),
            self.tr("Hold out"),
        )
        self._usable = dataset.usable
        self.percent = QSpinBox()
        inset(self.percent)
        self.percent.setRange(1, 50)
        self.percent.setSuffix(" %")
        self.percent.setAccessibleName(self.tr("Part to hold out, in percent"))
        self.percent.setValue(round(100 * dataset.split_fraction) or _USUAL)
        self.seed_field = QSpinBox()
        inset(self.seed_field)
        self.seed_field.setRange(0, 999_999)
        self.seed_field.setValue(dataset.split_seed)
        self.seed_field.setAccessibleName(self.tr("Seed"))
        self.seed_field.setToolTip(
            self.tr("The same number gives the same parts again; another one gives other parts.")
        )
        self.parted = QCheckBox(self.tr("Rows of one document may be parted"))
        self.parted.setAccessibleName(self.parted.text())
        self.parted.setToolTip(
            self.tr("Only when all rows come from one document: the result looks better then.")
        )
        self._outcome = text_label("", "strong")
        form = QFormLayout()
        form.addRow(self.tr("Held out"), self.percent)
        form.addRow(self.tr("Seed"), self.seed_field)
        self.body.addLayout(form)
        self.body.addWidget(
            text_label(
                self.tr(
                    "Rows of the same document or conversation are kept whole, and duplicates "
                    "stay together, so that nothing leaks from one part into the other."
                ),
                "hint",
            )
        )
        self.body.addWidget(self.parted)
        self.body.addWidget(self._outcome)
        self.percent.valueChanged.connect(lambda _value: self._tell())
        self.setMinimumWidth(440)
        self._tell()

    @property
    def fraction(self) -> float:
        return self.percent.value() / 100

    @property
    def seed(self) -> int:
        return self.seed_field.value()

    @property
    def within(self) -> bool:
        return self.parted.isChecked()

    def _tell(self) -> None:
        held = max(1, round(self._usable * self.fraction))
        text = self.tr("About {n} to learn from, {m} held out")
        text = text.replace("{n}", words.number(max(0, self._usable - held)))
        self._outcome.setText(text.replace("{m}", words.number(held)))
