"""The numbers below the curve: a value and what it is, side by side as far as there is room."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.ui import words
from app.ui.finetune.train.plot import loss_text
from app.ui.finetune.train.watch import Figures
from app.ui.tokens import S8, S12

_CELL_WIDTH = 116
_CELL_LETTERS = 17


class FiguresRow(QWidget):
    """Shows Figures. `texts` is what a person reads, by the name of the figure."""

    def __init__(self) -> None:
        super().__init__()
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(S12)
        self._grid.setVerticalSpacing(S8)
        self._cells = {
            "step": _Cell(self.tr("Update"), self.tr("One step of learning, of all in the run.")),
            "left": _Cell(self.tr("Time left"), self.tr("By the pace of the last updates.")),
            "loss": _Cell(
                self.tr("Loss now"),
                self.tr(
                    "How surprised the model is by the right words; lower is better. In long "
                    "runs the line is the mean, and the pale band behind it shows every update."
                ),
            ),
            "best": _Cell(
                self.tr("Best validation"),
                self.tr("The lowest loss on rows that are held back and never learnt."),
            ),
            "rate": _Cell(self.tr("Speed"), self.tr("A token is about three quarters of a word.")),
            "memory": _Cell(self.tr("Memory"), self.tr("What the training process holds.")),
        }
        self._place(3)

    @property
    def texts(self) -> dict[str, str]:
        """The values as they stand there."""
        return {name: cell.value.text() for name, cell in self._cells.items()}

    def show_figures(self, figures: Figures, live: bool) -> None:
        """live: it is being trained, so that a time left may be told."""
        step = words.number(figures.step)
        if figures.steps:
            step = self.tr("{n} of {m}").replace("{n}", step)
            step = step.replace("{m}", words.number(figures.steps))
        left = "–"
        if live:
            left = self.tr("told soon") if figures.left is None else words.time_left(figures.left)
        best = "–"
        if figures.best is not None:
            best = self.tr("{loss} at {n}").replace("{loss}", loss_text(figures.best[1]))
            best = best.replace("{n}", words.number(int(figures.best[0])))
        rate = "–"
        if figures.rate is not None:
            rate = self.tr("{n} tokens/s").replace("{n}", words.number(round(figures.rate)))
        texts = {
            "step": step,
            "left": left,
            "loss": "–" if figures.loss is None else loss_text(figures.loss),
            "best": best,
            "rate": rate,
            "memory": words.size(figures.memory) if figures.memory else "–",
        }
        for name, text in texts.items():
            self._cells[name].say(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        letters = _CELL_LETTERS * self.fontMetrics().averageCharWidth()
        fitting = self.width() // (max(_CELL_WIDTH, letters) + S12)
        self._place(next((columns for columns in (6, 3) if columns <= fitting), 2))

    def _place(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for index, cell in enumerate(self._cells.values()):
            self._grid.addWidget(cell, index // columns, index % columns)
        for column in range(len(self._cells)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)


class _Cell(QWidget):
    def __init__(self, caption: str, tip: str) -> None:
        super().__init__()
        self._caption = caption
        self.setToolTip(tip)
        self.setMinimumWidth(_CELL_WIDTH - 20)
        self.value = QLabel()
        self.value.setProperty("kind", "strong")
        name = QLabel(caption)
        name.setProperty("kind", "hint")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.value, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(name, 0, Qt.AlignmentFlag.AlignLeft)

    def say(self, text: str) -> None:
        if self.value.text() != text:
            self.value.setText(text)
            self.setAccessibleName(f"{self._caption}: {text}")
