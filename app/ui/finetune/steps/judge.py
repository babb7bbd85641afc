"""Step 4, Judge: whether the adapter helps, on rows it has not learnt from, and what it forgot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QVBoxLayout

from app.core.errors import LoamError
from app.core.process import Cancel
from app.core.types import TrainingRow
from app.services.finetune_judge import Verdict
from app.services.finetune_judging import Report
from app.ui.context import Context
from app.ui.finetune.column import ScrollColumn
from app.ui.finetune.judge.compare_view import CompareView
from app.ui.finetune.judge.comparing import Comparing
from app.ui.finetune.judge.more_settings import MoreSettings
from app.ui.finetune.judge.verdict_view import VerdictView
from app.ui.finetune.labels import text_label
from app.ui.finetune.progress_row import ProgressRow
from app.ui.finetune.step import Step
from app.ui.finetune.wrap_row import WrapRow
from app.ui.latest import Latest
from app.ui.tasks import Task

if TYPE_CHECKING:
    from app.services.finetune_projects import TuneProject


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is about an adapter."""

    adapter: Path
    model: str
    rows: tuple[TrainingRow, ...]
    report: Report | None
    stale: bool


class JudgeStep(Step):
    """What is measured goes on while another project or page is in front."""

    key = "judge"
    title = "Judge"
    order = 40

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._judge = context.loam.judge
        self._looks = Latest(context.tasks)
        self._found: _Found | None = None
        self._tasks: dict[str, Task] = {}
        self.heading = text_label(
            self.tr("See whether the adapter helps, on rows it has not learnt from."), "title"
        )
        self.hint = text_label("", "quiet")
        self.start = QPushButton()
        self.start.clicked.connect(self.judge)
        self.use = QPushButton(self.tr("Go on to Use"))
        self.use.setAccessibleName(self.use.text())
        self.use.clicked.connect(lambda: self.go.emit("use"))
        self.progress = ProgressRow(self.tr("Judging the adapter"))
        self.verdict = VerdictView(context.theme)
        self.compare = CompareView()
        self.comparing = Comparing(context, self.compare)
        self.comparing.kept.connect(self._read)
        self.more = MoreSettings(context)
        self.more.changed.connect(self._draw)
        page = ScrollColumn()
        for widget in (self.heading, self.hint, self.progress):
            page.body.addWidget(widget)
        page.body.addLayout(WrapRow(self.use, self.start))
        page.body.addWidget(self.verdict)
        page.body.addWidget(self.compare)
        # The answers' room comes with the layout that follows, and changes the page's length.
        bar = page.verticalScrollBar()
        for grown in (self.compare.asking, bar.rangeChanged):
            grown.connect(lambda *_: self._bring_to_sight(page))
        page.body.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        self._draw()

    # --- what the page asks ---------------------------------------------------------------------

    def show_project(self, project: TuneProject) -> None:
        before = self.project
        super().show_project(project)
        if before is None or (before.id, before.adapter) != (project.id, project.adapter):
            self._found = None
            self.more.forget_rows()
            self._read()
        self._draw()

    def shown(self) -> None:
        self._read()

    def hidden(self) -> None:
        for task in self._tasks.values():
            self.context.tasks.show(task)

    def closing(self) -> None:
        self.comparing.stop()

    def why_not(self) -> str:
        if self.project is None or not self.project.adapter:
            return self.tr("Train an adapter first.")
        return ""

    def done(self) -> bool:
        return self._report is not None and not (self._found and self._found.stale)

    def state(self) -> str:
        if self._running is not None:
            return self.tr("Judging")
        if self._report is None:
            return ""
        return {
            Verdict.BETTER: self.tr("Better"),
            Verdict.WORSE: self.tr("Worse"),
            Verdict.NOISE: self.tr("No better than noise"),
        }[self._report.verdict]

    def _bring_to_sight(self, page: ScrollColumn) -> None:
        if self.compare.choices.isVisible():
            page.ensureWidgetVisible(self.compare.choices)

    # --- judging --------------------------------------------------------------------------------

    def judge(self) -> None:
        """Measure the adapter and keep what comes of it."""
        found = self._found
        if found is None or str(found.adapter) in self._tasks:
            return
        rows, control = self.more.rows or found.rows, self.more.control
        scale = self.more.scale.value()
        key = str(found.adapter)

        def work(cancel: Cancel) -> Iterator[object]:
            yield from self._judge.judge(found.adapter, found.model, rows, control, scale, cancel)

        def done() -> None:
            del self._tasks[key]
            self._read()
            self._draw()

        self._tasks[key] = self.context.tasks.run(
            work,
            title=self.tr("Judging {name}").replace("{name}", found.adapter.stem),
            on_done=done,
        )
        self._draw()

    @property
    def _report(self) -> Report | None:
        return self._found.report if self._found else None

    @property
    def _running(self) -> Task | None:
        return self._tasks.get(self.project.adapter) if self.project else None

    def _read(self) -> None:
        """Look at what there is about the project's adapter, off the GUI thread."""
        project = self.project
        if project is None or not project.adapter:
            self._draw()
            return
        adapter = Path(project.adapter)

        def look() -> _Found:
            run = self._judge.run_of(adapter)
            rows = self._rows_for(adapter, project.dataset_id)
            report = self._judge.report(adapter)
            stale = report is not None and self._judge.stale(adapter, report)
            return _Found(adapter, run.model if run else project.model, rows, report, stale)

        self._looks.call(look, self._take)

    def _rows_for(self, adapter: Path, dataset_id: int) -> tuple[TrainingRow, ...]:
        """What its run held out; what the project's dataset holds out for one without a run."""
        try:
            if self._judge.run_of(adapter) is not None or not dataset_id:
                return self._judge.held_out(adapter)
            return self.context.loam.datasets.training(dataset_id).validation
        except LoamError:
            return ()

    def _take(self, found: _Found) -> None:
        if self.project is not None and str(found.adapter) == self.project.adapter:
            self._found = found
            self._draw()

    # --- what is shown --------------------------------------------------------------------------

    def _draw(self) -> None:
        found, running = self._found, self._running
        report = self._report
        rows = (self.more.rows or found.rows) if found else ()
        if self.progress.task is not running:
            self.progress.follow(running)
        enough = len(rows) > 1
        self.hint.setText(self._hint(found, len(rows)))
        self.hint.setVisible(report is None or not enough)
        self.verdict.setVisible(report is not None)
        stale = bool(found and found.stale)
        if found is not None and report is not None:
            self.verdict.show_report(report, stale, rows)
        if found is not None:
            self.comparing.show(found.adapter, found.model, report, rows)
        self.compare.setVisible(report is not None and enough)
        judged = report is not None and not stale
        _set_kind(self.start, "" if judged else "primary")
        self.start.setText(self.tr("Judge again") if report else self.tr("Judge the adapter"))
        self.start.setAccessibleName(self.start.text())
        self.start.setVisible(running is None)
        self.start.setEnabled(found is not None and enough)
        _set_kind(self.use, "primary" if judged else "")
        self.use.setVisible(judged)
        self.state_changed.emit()

    def _hint(self, found: _Found | None, rows: int) -> str:
        if found is None:
            return ""
        if not found.adapter.is_file():
            return self.tr("The adapter's file is gone. Train again, or choose another under Use.")
        if rows < 2:
            return self.tr(
                "No rows were held out for this adapter, so nothing can be said about rows it has "
                "not seen. Split the data under Data and train again, or choose a file with other "
                "rows under More settings."
            )
        return self.tr(
            "Loam measures how well the model predicts {n} held-out rows, without and with the "
            "adapter, and a text that has nothing to do with them, to see what was forgotten."
        ).replace("{n}", str(rows))


def _set_kind(button: QPushButton, kind: str) -> None:
    if button.property("kind") != kind:
        button.setProperty("kind", kind)
        button.style().unpolish(button)
        button.style().polish(button)


STEP = JudgeStep
