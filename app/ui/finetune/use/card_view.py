"""An adapter's card: what it was made from and how, its curve, and what was found of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from app.core.types import AdapterInfo
from app.services.finetune_judging import Report
from app.ui.finetune.labels import text_label
from app.ui.finetune.train.curve import Curve
from app.ui.finetune.train.plot import CurvePlot
from app.ui.finetune.use import facts
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S12, S16

_PLOT_HEIGHT = 220


class CardView(QFrame):
    """Nothing here can be changed."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.name = text_label(kind="heading")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(S16)
        self._grid.setVerticalSpacing(S4)
        self._grid.setColumnStretch(1, 1)
        self.plot = CurvePlot(theme)
        self.plot.setFixedHeight(_PLOT_HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(S16, S16, S16, S16)
        column.setSpacing(S12)
        column.addWidget(self.name)
        column.addLayout(self._grid)
        column.addWidget(self.plot)

    def show_adapter(self, info: AdapterInfo, report: Report | None) -> None:
        """Draw an adapter's card."""
        card = facts.card(info, report)
        self.name.setText(info.name)
        self.setAccessibleName(self.tr("Card of {name}").replace("{name}", info.name))
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for row, fact in enumerate(card.facts):
            name, value = QLabel(fact.name), text_label(fact.value)
            name.setProperty("kind", "quiet")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            for label in (name, value):
                label.setToolTip(fact.tip)
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1)
        curve = Curve.of_points(card.training, card.validation, card.steps)
        self.plot.setVisible(not curve.empty)
        self.plot.show_curve(curve)
