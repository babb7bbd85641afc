"""Runs a merge for its panel."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.messages import Merged
from app.ui import model_words
from app.ui.context import Context
from app.ui.finetune.use.merge_panel import MergePanel
from app.ui.tasks import Task


class Merging(QObject):
    """One panel and the adapter that it shows; a merge goes on when another one is shown.
    `changed`: it began or ended."""

    changed = Signal()

    def __init__(self, context: Context, panel: MergePanel) -> None:
        super().__init__(panel)
        self._context = context
        self._panel = panel
        self._adapter = self._model = ""
        self.task: Task | None = None
        panel.asked.connect(self.start)
        panel.measured.connect(self.measure)
        panel.models_wanted.connect(lambda: context.navigator.show_page.emit("models"))

    def show(self, adapter: str, name: str, model: str) -> None:
        """Another adapter, by path and name, and the model it acts on."""
        if (adapter, model) != (self._adapter, self._model):
            self._panel.say_done("")
            self._adapter, self._model = adapter, model
        self._panel.suggest(f"{model_words.from_path(model)} {name}")
        self.measure()

    def measure(self) -> None:
        """Say what room the merge needs."""
        model, type_name = self._model, self._panel.type_name
        if model:
            merging = self._context.loam.merging
            self._context.tasks.call(
                lambda: merging.room(model, type_name),
                self._panel.show_room,
                on_error=lambda _error: self._panel.show_room(None),
            )

    def start(self) -> None:
        """Write a new model with the adapter worked in."""
        if self.task is not None or not self._adapter:
            return
        model = self._model
        use, name, type_name = self._panel.wish(self._adapter)
        merging = self._context.loam.merging
        self._panel.say_done("")
        self.task = self._context.tasks.run(
            lambda cancel: merging.merge(model, use, name, type_name, cancel),
            title=self.tr("Merging {name}").replace("{name}", name),
            on_event=self._take,
            on_done=self._end,
        )
        self._panel.progress.follow(self.task)
        self._panel.refresh()
        self.changed.emit()

    def _take(self, event: object) -> None:
        if isinstance(event, Merged):
            name = Path(event.path).stem
            self._panel.say_done(name)
            said = self.tr("{name} is among your models now").replace("{name}", name)
            self._context.notices.toast(said)

    def _end(self) -> None:
        self.task = None
        self._panel.progress.follow(None)
        self._panel.refresh()
        self.measure()
        self.changed.emit()
