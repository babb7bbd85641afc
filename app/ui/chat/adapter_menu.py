"""The part of the menu of models that is about adapters: which act on the chat's model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QLabel, QMenu, QWidgetAction

from app.core.errors import LoamError
from app.core.messages import Progress
from app.services.adapters import Fit
from app.ui.chat.adapter_row import AdapterRow
from app.ui.context import Context
from app.ui.tasks import Task
from app.ui.tokens import S4, S12

if TYPE_CHECKING:
    from app.core.types import AdapterInfo, AdapterUse

_LONG_MS = 1000


class AdapterMenu(QObject):
    """`chosen` carries the AdapterUses that the person wants now. Whether an adapter fits a model
    that was never read whole is found out in a task; its row says so meanwhile."""

    chosen = Signal(object)

    def __init__(self, context: Context, menu: QMenu) -> None:
        super().__init__(menu)
        self._context = context
        self._menu = menu
        self._on: dict[str, AdapterUse] = {}
        self._task: Task | None = None
        self.rows: list[AdapterRow] = []
        menu.aboutToHide.connect(self.flush)

    def fill(self, model: str, on: Sequence[AdapterUse]) -> None:
        """Add a row for each adapter there is. model: path of the chat's model, empty when there
        is no chat; on: what the chat keeps."""
        self._on = {use.path: use for use in on}
        self.rows = []
        infos = self._context.loam.adapters.all()
        self._head(self.tr("Adapters"))
        known = {info.path for info in infos}
        for use in on:
            if use.path not in known:
                self._add_lost(use)
        for info in infos:
            self._add(info)
        if not self.rows:
            more = self._menu.addAction(self.tr("Train one on the Fine-tune page…"))
            more.triggered.connect(lambda: self._context.navigator.show_page.emit("finetune"))
        elif not model:
            for row in self.rows:
                row.show_refusal(self.tr("Open a chat first."))
        else:
            self._check(model, infos)

    def row(self, path: str) -> AdapterRow | None:
        """The row of an adapter, while the menu shows it."""
        return next((row for row in self.rows if row.path == path), None)

    def flush(self) -> None:
        """Tell what is still waiting."""
        for row in self.rows:
            row.flush()

    def _head(self, words: str) -> None:
        label = QLabel(words)
        label.setProperty("kind", "hint")
        label.setContentsMargins(S12, S4, S12, 0)
        action = QWidgetAction(self._menu)
        action.setDefaultWidget(label)
        action.setEnabled(False)
        self._menu.addAction(action)

    def _add(self, info: AdapterInfo) -> AdapterRow:
        return self._row(info.path, info.name)

    def _add_lost(self, use: AdapterUse) -> None:
        row = self._row(use.path, Path(use.path).stem)
        reason = self.tr("Its file is gone: {path}").replace("{path}", use.path)
        if Path(use.path).exists():
            reason = self.tr("Its file can't be read: {path}").replace("{path}", use.path)
        row.show_refusal(reason, self.tr("file is gone; turn it off"))

    def _row(self, path: str, name: str) -> AdapterRow:
        row = AdapterRow(self._context.theme, path, name)
        row.show_use(self._on.get(path))
        row.changed.connect(self._changed)
        action = QWidgetAction(self._menu)
        action.setDefaultWidget(row)
        action.setText(name)
        self._menu.addAction(action)
        self.rows.append(row)
        return row

    def _check(self, model: str, infos: Sequence[AdapterInfo]) -> None:
        adapters = self._context.loam.adapters
        try:
            fits = adapters.fits_now(model, infos)
        except (LoamError, OSError):
            return  # the model itself is the trouble, which is said where it is loaded
        for fit in fits:
            self._take(fit)
        waiting = [fit.adapter for fit in fits if fit.why_not is None]
        if waiting:
            task = self._context.tasks.run(
                lambda cancel: adapters.fits(model, waiting, cancel),
                title=self.tr("Checking the model"),
                on_event=self._take,
                on_error=lambda error: self._give_up(waiting, error),
            )
            QTimer.singleShot(_LONG_MS, task, lambda: self._context.tasks.show(task))

    def _take(self, event: object) -> None:
        if isinstance(event, Progress):
            words = self.tr("checking, {n} %").replace("{n}", str(round(100 * event.fraction)))
            for row in self.rows:
                if row.property("waits"):
                    row.show_refusal(self._wait(), words)
        elif isinstance(event, Fit):
            found = self.row(event.adapter.path)
            if found is None:
                return
            found.setProperty("waits", event.why_not is None)
            if event.why_not is None:
                found.show_refusal(self._wait(), self.tr("checking"))
            else:
                found.show_refusal(self._words(event.why_not))

    def _give_up(self, waiting: Sequence[AdapterInfo], error: LoamError) -> None:
        for info in waiting:
            if (row := self.row(info.path)) is not None:
                row.show_refusal(str(error))

    def _changed(self) -> None:
        self._on = {row.path: use for row in self.rows if (use := row.use) is not None}
        self.chosen.emit(tuple(self._on.values()))

    def _wait(self) -> str:
        return self.tr("Loam reads the model's file to see whether the adapter belongs to it.")

    @staticmethod
    def _words(reason: str) -> str:
        return reason[:1].upper() + reason[1:]
