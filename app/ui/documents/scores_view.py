"""How each way to search does on the person's test cases, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.types import CaseScores, RelevanceScore, SettingScore
from app.ui.finetune.labels import text_label
from app.ui.tokens import S4, S8, S12
from app.ui.why import say

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ScoresView(QWidget):
    """`share_wanted`: searches shall weigh meaning so; `relevance_wanted`: so much be needed."""

    share_wanted = Signal(float)
    relevance_wanted = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.about = text_label(kind="quiet")
        self.ways = QGridLayout()
        self.levels = QGridLayout()
        for grid in (self.ways, self.levels):
            grid.setHorizontalSpacing(S12)
            grid.setVerticalSpacing(S4)
            grid.setColumnStretch(0, 1)
        self._level_title = text_label(self.tr("Relevance needed"), "heading")
        self._level_hint = text_label(
            self.tr(
                "How many of these questions would be answered. A lower value also lets through "
                "more questions that your documents don't cover."
            ),
            "quiet",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S8)
        column.addWidget(text_label(self.tr("Ways to search"), "heading"))
        column.addWidget(self.about)
        column.addLayout(self.ways)
        self.unordered = text_label(kind="quiet")
        column.addWidget(self.unordered)
        column.addSpacing(S8)
        column.addWidget(self._level_title)
        column.addWidget(self._level_hint)
        column.addLayout(self.levels)
        self.hide()

    def show_scores(self, scores: CaseScores) -> None:
        """Draw what came of a scoring."""
        text = self.tr(
            "Of your test cases ({n}): the share whose passage is the first, or among the first."
        )
        self.about.setText(text.replace("{n}", str(scores.scored)))
        self._show_ways(scores.settings)
        count, why = scores.not_reranked
        text = self.tr("For {n} of them your reranking model did not order the passages: {why}")
        self.unordered.setText(text.replace("{n}", str(count)).replace("{why}", why))
        self.unordered.setVisible(bool(count))
        self._show_levels(scores.relevances, scores.scored)
        self.show()

    def _show_ways(self, settings: Sequence[SettingScore]) -> None:
        _clear(self.ways)
        heads = (
            (self.tr("First"), ""),
            (self.tr("In 5"), self.tr("Among the first five passages")),
            (self.tr("In 10"), self.tr("Among the first ten passages")),
            (
                self.tr("Mean"),
                self.tr("Mean place of those that were found at all; lower is better"),
            ),
        )
        for at, (head, tip) in enumerate(heads):
            label = QLabel(head)
            label.setProperty("kind", "hint")
            label.setToolTip(tip)
            self.ways.addWidget(label, 0, at + 1, _RIGHT)
        used = next(each.share for each in settings if each.current)
        for row, each in enumerate(settings, 1):
            self.ways.setRowMinimumHeight(row, self.fontMetrics().height() + S12)
            name = text_label(say.way(each), "strong" if each.current else "")
            self.ways.addWidget(name, row, 0)
            mean = say.number(each.mean_rank, 1) if each.found else "–"
            shares = (each.hit_1, each.hit_5, each.hit_10)
            texts = [*(f"{round(100 * share)} %" for share in shares), mean]
            for at, words in enumerate(texts):
                self.ways.addWidget(QLabel(words), row, at + 1, _RIGHT)
            name.setAccessibleName(f"{say.way(each)}: {', '.join(texts)}")
            if not each.neighbours and (each.current or each.share != used):
                wanted = self._use(each.current, say.way(each))
                if isinstance(wanted, QPushButton):
                    wanted.clicked.connect(lambda _on, s=each.share: self.share_wanted.emit(s))
                self.ways.addWidget(wanted, row, 5)

    def _show_levels(self, levels: Sequence[RelevanceScore], scored: int) -> None:
        _clear(self.levels)
        for row, each in enumerate(levels):
            self.levels.setRowMinimumHeight(row, self.fontMetrics().height() + S12)
            words = say.number(each.relevance)
            self.levels.addWidget(text_label(words, "strong" if each.current else ""), row, 0)
            text = self.tr("{n} of {m} answered").replace("{n}", str(each.answered))
            self.levels.addWidget(QLabel(text.replace("{m}", str(scored))), row, 1, _RIGHT)
            wanted = self._use(each.current, words)
            if isinstance(wanted, QPushButton):
                wanted.clicked.connect(lambda _on, r=each.relevance: self.relevance_wanted.emit(r))
            self.levels.addWidget(wanted, row, 2)

    def _use(self, current: bool, what: str) -> QPushButton | QLabel:
        if current:
            label = QLabel(self.tr("In use"))
            label.setProperty("kind", "hint")
            # As far from the edge as the links above and below it.
            label.setContentsMargins(S4 + 2, 0, 0, 0)
            return label
        button = QPushButton(self.tr("Use this"))
        button.setProperty("kind", "link")
        button.setAccessibleName(f"{button.text()}: {what}")
        return button


def _clear(grid: QGridLayout) -> None:
    while (item := grid.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
