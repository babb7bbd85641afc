"""Has answers written for the comparison, and keeps what the person chose."""

from __future__ import annotations

import dataclasses
import random
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.errors import LoamError
from app.core.process import Cancel
from app.core.types import TrainingRow
from app.services.finetune_judge import Pair
from app.services.finetune_judging import Asked, Report
from app.ui.context import Context
from app.ui.finetune.judge import say
from app.ui.finetune.judge.compare_view import CompareView
from app.ui.tasks import Task

QUESTIONS = 10


class Comparing(QObject):
    """One view and the adapter that it shows. `kept`: the adapter's report is another one now."""

    kept = Signal()

    def __init__(self, context: Context, view: CompareView) -> None:
        super().__init__(view)
        self._context = context
        self._view = view
        self._adapter: Path | None = None
        self._model = ""
        self._scale = 1.0
        self._rows: Sequence[TrainingRow] = ()
        self._asked: list[Asked] = []
        self._task: Task | None = None
        view.begin.connect(self.begin)
        view.chosen.connect(self._choose)

    def show(
        self, adapter: Path, model: str, report: Report | None, rows: Sequence[TrainingRow]
    ) -> None:
        """Another adapter, or the same one after a change."""
        if adapter != self._adapter:
            self.stop()
        self._adapter, self._model = adapter, model
        self._scale = report.scale if report else 1.0
        self._rows = [r for r in rows if len(r.turns) > 1 and r.turns[-1][0] == "assistant"]
        self._view.setVisible(report is not None and bool(self._rows))
        if self._task is None:
            self._asked = list(report.asked) if report else []
            self._view.show_asked(self._asked, say.pairs(report) if report else "")

    def stop(self) -> None:
        """Write no more answers."""
        if self._task is not None:
            self._task.cancel()

    def begin(self) -> None:
        """Write answers to questions drawn from the held-out rows."""
        adapter = self._adapter
        if adapter is None or self._task is not None:
            return
        spec = dataclasses.replace(
            self._context.loam.models.spec_for(), path=self._model, adapters=()
        )
        count = min(QUESTIONS, len(self._rows))
        # Which questions, and which answer stands left, must not be guessed from the last time.
        seed = secrets.randbits(32)
        rows = random.Random(seed).sample(list(self._rows), count)  # noqa: S311 - a draw
        scale = self._scale
        self._asked = []
        self._view.show_asked((), "")

        def work(cancel: Cancel) -> Iterator[object]:
            yield from self._context.loam.judge.ask(adapter, spec, rows, cancel, seed, scale)

        task = self._context.tasks.run(
            work,
            title=self.tr("Writing answers to compare"),
            on_event=lambda event: self._take(adapter, event),
            on_done=lambda: self._end(count),
        )
        self._task = task
        self._view.follow(task, count)

    def _take(self, adapter: Path, event: object) -> None:
        self._context.navigator.model_event.emit(event)
        if isinstance(event, Pair) and adapter == self._adapter:
            self._asked.append(Asked(event))
            self._keep()

    def _end(self, count: int) -> None:
        self._task = None
        self._view.follow(None, len(self._asked))

    def _choose(self, at: int, choice: str) -> None:
        if at < len(self._asked):
            before = self._asked[at]
            self._asked[at] = Asked(before.pair, choice)
            if not self._keep():
                self._asked[at] = before

    def _keep(self) -> bool:
        assert self._adapter is not None
        try:
            report = self._context.loam.judge.keep_pairs(self._adapter, self._asked)
        except LoamError as error:
            self._context.notices.show(error)
            return False
        self._view.show_asked(self._asked, say.pairs(report))
        self.kept.emit()
        return True
