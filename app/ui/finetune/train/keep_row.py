"""Which of a finished run's values its adapter has: the best on the held-out rows, or the last."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from app.core.types import BEST, LAST
from app.services.finetune_runs import TuneRun
from app.ui import words
from app.ui.finetune.train.plot import loss_text
from app.ui.finetune.train.watch import Watch
from app.ui.tokens import S8


class KeepRow(QWidget):
    """Hidden where there is no choice. `asked`: 'best' or 'last' is wanted."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        label = QLabel(self.tr("Keep"))
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Which state of the adapter to keep"))
        self.choice.setToolTip(
            self.tr(
                "A model that learns for long may get worse on rows it has not seen. Both states "
                "stay, so you can change your mind."
            )
        )
        for which in (BEST, LAST):
            self.choice.addItem("", which)
        label.setBuddy(self.choice)
        self.choice.activated.connect(lambda _at: self.asked.emit(self.choice.currentData()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S8)
        row.addWidget(label)
        row.addWidget(self.choice)
        row.addStretch(1)
        self.hide()

    def show_run(self, run: TuneRun | None, watch: Watch) -> None:
        """run: as it is on disk; watch: with its curve."""
        open_to_choose = run is not None and not watch.live and run.has_choice
        self.setVisible(open_to_choose)
        if run is None or not open_to_choose or run.best_loss is None:
            return
        measured = watch.curve.validation.values
        best = self.tr("Best on held-out rows: update {n}, loss {loss}")
        best = best.replace("{loss}", loss_text(run.best_loss))
        last = self.tr("Last: update {n}, loss {loss}") if measured else self.tr("Last: update {n}")
        last = last.replace("{loss}", loss_text(measured[-1]) if measured else "")
        with QSignalBlocker(self.choice):
            self.choice.setItemText(0, best.replace("{n}", words.number(run.best_step)))
            self.choice.setItemText(1, last.replace("{n}", words.number(run.step)))
            self.choice.setCurrentIndex(0 if run.kept == BEST else 1)
