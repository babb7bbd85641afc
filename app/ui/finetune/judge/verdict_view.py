"""The verdict, large; under it the figures it stands on, and the rows that changed most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.core.messages import Evaluated
from app.core.types import TrainingRow
from app.services.finetune_judge import Verdict
from app.services.finetune_judging import Report
from app.ui.finetune.judge import say
from app.ui.finetune.labels import text_label
from app.ui.icons import pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12, S16, S24

_SHOWN = 3
_ICON = 32
_ROOM_LETTERS = 60
"""So many letters wide, names and figures stand in one line."""


class VerdictView(QWidget):
    """`show_report` draws; nothing here can be changed."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._report: Report | None = None
        self._narrow = False
        self._picture = QLabel()
        self._picture.setFixedSize(_ICON, _ICON)
        self.verdict = text_label(kind="display")
        self.meaning = text_label()
        self.strength = text_label(kind="hint")
        self.stale = text_label(kind="warning")
        card = QFrame()
        card.setProperty("kind", "card")
        head = QGridLayout(card)
        head.setContentsMargins(S16, S16, S16, S16)
        head.setHorizontalSpacing(S12)
        head.setVerticalSpacing(S8)
        head.addWidget(self._picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.verdict, 0, 1)
        head.addWidget(self.meaning, 1, 1)
        head.addWidget(self.strength, 2, 1)
        head.addWidget(self.stale, 3, 1)
        head.setColumnStretch(1, 1)
        self._figures = QGridLayout()
        self._figures.setHorizontalSpacing(S24)
        self._figures.setVerticalSpacing(S4)
        self.interval = text_label(kind="hint")
        self.interval.setToolTip(
            self.tr(
                "The rows are drawn again by chance 2,000 times. If zero lies between the two "
                "numbers, the difference could be chance."
            )
        )
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(S16)
        self._rows.setVerticalSpacing(S4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S16)
        column.addWidget(card)
        column.addLayout(self._figures)
        column.addWidget(self.interval)
        column.addLayout(self._rows)
        theme.changed.connect(self._tint)

    def show_report(self, report: Report, stale: bool, rows: Sequence[TrainingRow]) -> None:
        """Draw a report. rows: the held-out rows, to show what the best and worst ask."""
        self._report = report
        judgement = report.judgement
        self.verdict.setText(say.verdict(judgement))
        self.verdict.setAccessibleName(self.verdict.text())
        self.meaning.setText(say.meaning(judgement))
        self.strength.setVisible(report.scale != 1)
        words = self.tr("Judged at strength {n}; as trained is 1.")
        self.strength.setText(words.replace("{n}", say.number(report.scale, 2)))
        self.stale.setVisible(stale)
        self.stale.setText(self.tr("The adapter is not the one that was judged. Judge it again."))
        self._show_figures(report)
        self.interval.setText(say.interval(judgement))
        self._show_rows(report, {row.name: row for row in rows})
        self._tint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < _ROOM_LETTERS * self.fontMetrics().averageCharWidth()
        if narrow != self._narrow:
            self._narrow = narrow
            if self._report is not None:
                self._show_figures(self._report)

    def _show_figures(self, report: Report) -> None:
        judgement = report.judgement
        _clear(self._figures)
        heads = (
            (self.tr("Loss"), self.tr("Cross-entropy in nats per token; lower is better.")),
            (
                self.tr("Perplexity"),
                self.tr("Among how many words the model hesitates, so to speak; lower is better."),
            ),
            (
                self.tr("Bits per byte"),
                self.tr("Comparable between models that cut text differently; lower is better."),
            ),
        )
        for at, (head, tip) in enumerate(heads):
            label = QLabel(head)
            label.setProperty("kind", "hint")
            label.setToolTip(tip)
            self._figures.addWidget(label, 0, at + 1, Qt.AlignmentFlag.AlignRight)
        held_out = self.tr("{n} held-out rows").replace("{n}", str(len(judgement.off.rows)))
        self._line(1, held_out, judgement.off, judgement.on)
        if judgement.control_off and judgement.control_on:
            name = self.tr("Control text ({name})").replace("{name}", say.control(report.control))
            self._line(2, name, judgement.control_off, judgement.control_on)
        self._figures.setColumnStretch(0, 1)
        self._figures.setHorizontalSpacing(S12 if self._narrow else S24)

    def _line(self, row: int, name: str, off: Evaluated, on: Evaluated) -> None:
        # In a narrow window a name stands above its figures.
        self._figures.addWidget(
            text_label(name, "strong"), 2 * row - 1, 0, 1, 4 if self._narrow else 1
        )
        for at, (key, digits) in enumerate((("loss", 3), ("perplexity", 2), ("bits_per_byte", 3))):
            before, after = getattr(off, key), getattr(on, key)
            label = QLabel(f"{say.number(before, digits)} → {say.number(after, digits)}")
            line = 2 * row if self._narrow else 2 * row - 1
            self._figures.addWidget(label, line, at + 1, Qt.AlignmentFlag.AlignRight)

    def _show_rows(self, report: Report, rows: Mapping[str, TrainingRow]) -> None:
        _clear(self._rows)
        order = report.worst_first()
        worst = [row for row in order[:_SHOWN] if row[2] > row[1]]
        best = [row for row in reversed(order[-_SHOWN:]) if row[2] < row[1]]
        line = 0
        for title, chosen in (
            (self.tr("Rows that gained most"), best),
            (self.tr("Rows that lost most"), worst),
        ):
            if not chosen:
                continue
            self._rows.addWidget(text_label(title, "strong"), line, 0, 1, 2)
            line += 1
            for name, off, on in chosen:
                asks = text_label(_first_words(name, rows.get(name)))
                asks.setToolTip(name)
                figures = QLabel(f"{say.number(off)} → {say.number(on)}")
                self._rows.addWidget(asks, line, 0)
                self._rows.addWidget(figures, line, 1, Qt.AlignmentFlag.AlignRight)
                line += 1
        self._rows.setColumnStretch(0, 1)

    def _tint(self) -> None:
        if self._report is None:
            return
        tokens = self._theme.tokens
        forgot = self._report.judgement.forgot
        picture, color = {
            Verdict.BETTER: ("circle-check", tokens.accent),
            Verdict.NOISE: ("circle-alert", tokens.warning),
            Verdict.WORSE: ("triangle-alert", tokens.danger),
        }[self._report.verdict]
        if forgot and self._report.verdict is Verdict.BETTER:
            picture, color = "circle-alert", tokens.warning
        self._picture.setPixmap(pixmap(picture, color, _ICON, self.devicePixelRatioF()))


def _first_words(name: str, row: TrainingRow | None) -> str:
    """What a row asks, in one line."""
    said = ""
    if row is not None:
        asked = [content for role, content in row.turns if role == "user"]
        said = asked[-1] if asked else row.text
    said = " ".join(said.split())
    return (said if len(said) <= 90 else f"{said[:89]}…") or name


def _clear(grid: QGridLayout) -> None:
    while (item := grid.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
