"""What the Judge step measures on: folded away, for most people change neither."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import BadInput
from app.core.types import TrainingRow
from app.services.finetune_judging import CONTROL_NAME
from app.ui.context import Context
from app.ui.finetune.judge import say
from app.ui.finetune.wrap_row import WrapRow
from app.ui.spin import inset


class MoreSettings(QWidget):
    """control: the text to see on what was forgotten, None for the one that comes with Loam;
    rows: of a file, empty for those that the training held out; scale: how strongly the adapter
    acts. `changed` after the first two."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.control: Path | None = None
        self.rows: tuple[TrainingRow, ...] = ()
        self.fold = QPushButton(self.tr("More settings"))
        self.fold.setProperty("kind", "link")
        self.fold.setAccessibleName(self.fold.text())
        self._inside = QWidget()
        inside = QVBoxLayout(self._inside)
        inside.setContentsMargins(0, 0, 0, 0)
        self._control_label, self._rows_label = QLabel(), QLabel()
        for label, words, act in (
            (self._control_label, self.tr("Choose another control text…"), self._ask_control),
            (self._rows_label, self.tr("Choose a file with rows…"), self._ask_rows),
        ):
            button = QPushButton(words)
            button.setAccessibleName(words.removesuffix("…"))
            button.clicked.connect(act)
            inside.addLayout(WrapRow(label, button))
        self.scale = QDoubleSpinBox()
        self.scale.setRange(0.05, 2.0)
        self.scale.setSingleStep(0.05)
        self.scale.setValue(1.0)
        inset(self.scale)
        strength = QLabel(self.tr("Strength of the adapter"))
        strength.setBuddy(self.scale)
        tip = self.tr("1 is as it was trained. A weaker one changes less and forgets less.")
        strength.setToolTip(tip)
        self.scale.setToolTip(tip)
        self.scale.setAccessibleName(strength.text())
        inside.addLayout(WrapRow(strength, self.scale))
        self._inside.hide()
        self.fold.clicked.connect(lambda: self._inside.setVisible(self._inside.isHidden()))
        top = QHBoxLayout()
        top.addWidget(self.fold)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self._inside)
        self.use_control(None)
        self.forget_rows()

    def use_control(self, path: Path | None) -> None:
        """Measure what was forgotten on this text."""
        self.control = path
        name = say.control(path.name if path else CONTROL_NAME)
        self._control_label.setText(self.tr("Control text: {name}").replace("{name}", name))
        self.changed.emit()

    def use_rows(self, path: Path) -> None:
        """Judge on the rows of a file."""
        from app.services.finetune_data import read_data

        def read() -> Sequence[TrainingRow]:
            try:
                return read_data(path).rows
            except OSError as error:
                raise BadInput(repr(error), problem=f"{path} can't be read.") from error

        def take(rows: Sequence[TrainingRow]) -> None:
            self.rows = tuple(rows)
            words = self.tr("Rows: {n} of {name}").replace("{n}", str(len(rows)))
            self._rows_label.setText(words.replace("{name}", path.name))
            self.changed.emit()

        self._context.tasks.call(read, take)

    def forget_rows(self) -> None:
        """Judge on the rows that the training held out, at the strength of the training."""
        self.scale.setValue(1.0)
        self.rows = ()
        self._rows_label.setText(self.tr("Rows: those that the training held out"))

    def _ask_control(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(
            self, self.tr("Choose a control text"), "", self.tr("Text (*.txt *.md)")
        )
        if path:
            self.use_control(Path(path))

    def _ask_rows(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self, self.tr("Choose a file with rows"))
        if path:
            self.use_rows(Path(path))
