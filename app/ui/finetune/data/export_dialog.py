"""Which rows go into a file, and in which format."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QFormLayout, QWidget

from app.services.dataset import detection
from app.services.dataset.types import Dataset, Filter, Split
from app.ui.finetune.data.dialog import StepDialog


class ExportDialog(StepDialog):
    """`chosen` carries the path, the format's name and the Filter."""

    chosen = Signal(object, str, object)

    def __init__(self, parent: QWidget, dataset: Dataset) -> None:
        super().__init__(parent)
        self.say(
            self.tr("Export rows"),
            self.tr("Rejected rows, and those by a model that nobody accepted, are left out."),
            self.tr("Choose a file"),
        )
        self.setMinimumWidth(440)
        self._dataset = dataset
        self.formats = QComboBox()
        self.formats.setAccessibleName(self.tr("Format"))
        for known in detection.formats().values():
            self.formats.addItem(f"{known.title} ({known.suffixes[0]})", known.name)
        self.formats.setCurrentIndex(max(0, self.formats.findData("openai")))
        self.parts = QComboBox()
        self.parts.setAccessibleName(self.tr("Which rows"))
        self.parts.addItem(self.tr("All rows that are learnt from or held out"), None)
        if dataset.split_fraction:
            self.parts.addItem(self.tr("Only the rows to learn from"), Split.TRAIN.value)
            self.parts.addItem(self.tr("Only the held-out rows"), Split.VALIDATION.value)
        form = QFormLayout()
        form.addRow(self.tr("Format"), self.formats)
        form.addRow(self.tr("Rows"), self.parts)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.body.addLayout(form)
        self.accepted.connect(self._choose)

    @property
    def wanted(self) -> Filter:
        part = self.parts.currentData()
        return Filter(usable=True, split=Split(part) if part else None)

    def _choose(self) -> None:
        kind = detection.formats()[self.formats.currentData()]
        suffix = kind.suffixes[0]
        patterns = " ".join(f"*{each}" for each in kind.suffixes)
        path, _filter = QFileDialog.getSaveFileName(
            self.parentWidget(),
            self.tr("Export rows"),
            f"{self._dataset.name}{suffix}",
            f"{kind.title} ({patterns})",
        )
        if path:
            target = Path(path)
            target = target if target.suffix else target.with_suffix(suffix)
            self.chosen.emit(target, kind.name, self.wanted)
