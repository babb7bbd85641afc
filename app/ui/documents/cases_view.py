"""The person's test cases of the search: list, delete with undo, score."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.core.types import CaseRank, CaseScores, TestCase
from app.ui.back_bar import BackBar
from app.ui.context import Context
from app.ui.documents.scores_view import ScoresView
from app.ui.elided import ElidedLabel
from app.ui.finetune.column import ScrollColumn
from app.ui.finetune.labels import text_label
from app.ui.finetune.progress_row import ProgressRow
from app.ui.icons import icon
from app.ui.tokens import S4, S8, S12
from app.ui.why import say


class CasesView(QWidget):
    """`closed` asks to go back to the files."""

    closed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._cases = context.loam.cases
        self._ranks: dict[int, CaseRank] = {}
        self._scores: CaseScores | None = None
        bar = BackBar(self.tr("Back to the files"), self.tr("Test cases"))
        bar.asked.connect(self.closed)
        self._back = bar.button
        self._about = text_label(kind="quiet")
        self.score = QPushButton(self.tr("Score the search"))
        self.score.setProperty("kind", "primary")
        self.score.setAccessibleName(self.score.text())
        self.score.clicked.connect(self._score)
        self.progress = ProgressRow(self.tr("Scoring your test cases"))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(S8)
        self.scores = ScoresView()
        column = ScrollColumn()
        column.body.addWidget(self._about)
        # What came of it stands above the list, which may be long.
        column.body.addWidget(self.score, 0, Qt.AlignmentFlag.AlignLeft)
        column.body.addWidget(self.progress)
        column.body.addWidget(self.scores)
        column.body.addLayout(self._rows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(column, 1)
        self.scores.share_wanted.connect(lambda share: self._use(meaning_share=share))
        self.scores.relevance_wanted.connect(lambda level: self._use(relevance=level))
        context.theme.changed.connect(self._tint)
        context.navigator.cases_changed.connect(self.refresh)
        self._tint()

    @property
    def count(self) -> int:
        """How many test cases are listed."""
        return self._rows.count()

    def refresh(self) -> None:
        """Read the cases again."""
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        cases = self._cases.cases()
        for case in cases:
            self._rows.addWidget(self._row(case))
        if cases:
            text = self.tr(
                "Questions of yours, each with the passage that a search must find. Scoring tells "
                "which settings find them best."
            )
        else:
            text = self.tr(
                "There are no test cases. When an answer misses something, choose 'Why this "
                "answer?' under it and say what it should have found."
            )
        self._about.setText(text)
        self.score.setVisible(bool(cases))
        if not cases:
            self.scores.hide()

    def _row(self, case: TestCase) -> QWidget:
        row = QFrame()
        row.setProperty("kind", "card")
        delete = QToolButton()
        delete.setProperty("kind", "icon")
        delete.setIcon(icon("trash-2", self._context.theme.tokens.quiet))
        words = self.tr("Delete the test case")
        delete.setToolTip(words)
        delete.setAccessibleName(f"{words}: {case.question}")
        delete.clicked.connect(lambda: self._delete(case))
        texts = QVBoxLayout()
        texts.setSpacing(S4)
        texts.addWidget(ElidedLabel(case.question, kind="strong"))
        texts.addWidget(ElidedLabel(say.expected(case), kind="hint"))
        ranked = self._ranks.get(case.id)
        if ranked is not None:
            texts.addWidget(text_label(self._found(ranked), "hint" if ranked.lost else "accent"))
        across = QHBoxLayout(row)
        across.setContentsMargins(S12, S8, S8, S8)
        across.addLayout(texts, 1)
        across.addWidget(delete, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _found(self, ranked: CaseRank) -> str:
        """Where the search has it with the settings in use."""
        if ranked.lost is not None:
            text = self.tr("Not scored: {why}")
            return text.replace("{why}", say.finding(ranked.lost))
        place = self._scores.place(ranked) if self._scores is not None else 0
        if not place:
            return self.tr("Not found with the settings in use")
        return self.tr("Found at place {n}").replace("{n}", say.rank(place))

    def _score(self) -> None:
        task = self._context.tasks.run(
            self._cases.score,
            title=self.tr("Scoring your test cases"),
            on_event=self._take,
            on_done=lambda: self.score.setEnabled(True),
        )
        self.score.setEnabled(False)
        self.progress.follow(task)

    def _take(self, event: object) -> None:
        if not isinstance(event, CaseScores):
            return
        self._ranks = {each.case.id: each for each in event.cases}
        self._scores = event
        self.refresh()
        self.scores.show_scores(event)

    def _delete(self, case: TestCase) -> None:
        try:
            self._cases.remove(case.id)
        except LoamError as error:
            self._context.notices.show(error)

        def undo() -> None:
            self._cases.restore(case.id)
            self._context.navigator.cases_changed.emit()

        self._context.navigator.cases_changed.emit()
        self._context.notices.toast(self.tr("Test case deleted"), undo)

    def _use(self, **values: object) -> None:
        settings = self._context.loam.settings.change(**values)
        self._context.navigator.settings_changed.emit(settings)
        self._score()

    def _tint(self) -> None:
        self._back.setIcon(icon("chevron-left", self._context.theme.tokens.text))
        self.refresh()
