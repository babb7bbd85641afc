"""Step 5, Use: the adapter in chats, as a file, as part of a new model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
)

from app.core.errors import LoamError
from app.core.types import AdapterInfo, AdapterUse
from app.services.adapters import Added, Fit, is_adapter
from app.services.finetune_judging import Report
from app.ui.context import Context
from app.ui.empty_state import EmptyState
from app.ui.finetune.column import ScrollColumn
from app.ui.finetune.labels import text_label
from app.ui.finetune.progress_row import ProgressRow
from app.ui.finetune.step import Step
from app.ui.finetune.use.card_view import CardView
from app.ui.finetune.use.merge_panel import MergePanel
from app.ui.finetune.use.merging import Merging
from app.ui.finetune.wrap_row import WrapRow
from app.ui.latest import Latest

if TYPE_CHECKING:
    from app.services.finetune_projects import TuneProject


@dataclass(frozen=True, slots=True)
class _Found:
    """The project's adapter and the others; model: the one that the adapter was trained on."""

    adapter: AdapterInfo
    model: str
    report: Report | None
    others: tuple[AdapterInfo, ...]


class UseStep(Step):
    """An adapter can be used without Judge, and one from a file without Train."""

    key = "use"
    title = "Use"
    order = 50

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._adapters = context.loam.adapters
        self._looks = Latest(context.tasks)
        self._found: _Found | None = None
        self._why_not: str | None = None
        self.heading = text_label(self.tr("Use the adapter in your chats, or pass it on."), "title")
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Adapter of this project"))
        self.choice.activated.connect(self._choose)
        self.refusal = text_label("", "warning")
        self.chat = self._button(self.tr("Chat with it"), self.open_chat, "primary")
        self.export = self._button(self.tr("Export…"), self._ask_export)
        self.merging = self._button(self.tr("Merge into a model…"), self._toggle_merge)
        self.remove = self._button(self.tr("Delete"), self.delete)
        self.adding = self._button(self.tr("Add from a file…"), self._ask_file, "link")
        self.progress = ProgressRow(self.tr("Checking the model"))
        self.merge = MergePanel()
        self.merges = Merging(context, self.merge)
        self.merges.changed.connect(self.state_changed)
        self.card = CardView(context.theme)
        page = ScrollColumn()
        page.body.addWidget(self.heading)
        page.body.addWidget(self.refusal)
        page.body.addLayout(WrapRow(self.chat, self.export, self.merging, self.remove))
        for widget in (self.progress, self.merge, self.card):
            page.body.addWidget(widget)
        page.body.addLayout(WrapRow(self.choice, self.adding))
        self._empty = EmptyState(
            context.theme,
            "puzzle",
            self.tr("No adapter yet. Train one, or add one from a file."),
        )
        self._empty.add_button(self.tr("Go to Train"), lambda: self.go.emit("train"))
        self._empty.add_button(self.tr("Add an adapter…"), self._ask_file)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.merge.hide()
        context.navigator.adapters_changed.connect(self._read)

    # --- what the page asks ---------------------------------------------------------------------

    def show_project(self, project: TuneProject) -> None:
        before = self.project
        super().show_project(project)
        if before is None or (before.id, before.adapter) != (project.id, project.adapter):
            self._found = None
            self._read()
        self._draw()

    def shown(self) -> None:
        self._read()

    def hidden(self) -> None:
        if self.merges.task is not None:
            self.context.tasks.show(self.merges.task)

    def state(self) -> str:
        if self.merges.task is not None:
            return self.tr("Merging")
        return self.tr("Ready") if self._found else ""

    def accept_paths(self, paths: Sequence[str]) -> bool:
        chosen = [path for path in paths if is_adapter(path)]
        for path in chosen:
            self.add(path)
        return bool(chosen)

    def drop_hint(self, paths: Sequence[str]) -> str:
        return self.tr("Add the adapter") if any(map(is_adapter, paths)) else ""

    # --- what the person does -------------------------------------------------------------------

    def open_chat(self) -> None:
        """A new chat with the model and the adapter on it."""
        if self._found is not None:
            use = AdapterUse(self._found.adapter.path, 1.0)
            self.context.navigator.try_adapter.emit(self._found.model, use)

    def add(self, path: str) -> None:
        """Copy an adapter into the profile, for this project; one for another model is refused."""
        project = self.project
        if project is None:
            return
        self.progress.follow(
            self.context.tasks.run(
                lambda cancel: self._adapters.add_for(Path(path), project.model, cancel),
                title=self.tr("Adding an adapter"),
                on_event=lambda event: self._added(project.id, event),
            )
        )

    def export_to(self, target: Path) -> None:
        """Copy the adapter to where the person wants it."""
        if self._found is None:
            return
        path = Path(self._found.adapter.path)
        said = self.tr("Exported to {path}").replace("{path}", str(target))
        self.context.tasks.call(
            lambda: self._adapters.export(path, target),
            lambda _none: self.context.notices.toast(said),
        )

    def delete(self) -> None:
        """Delete the adapter; a toast brings it back."""
        if self._found is None or self.project is None:
            return
        path, name = Path(self._found.adapter.path), self._found.adapter.name
        project_id = self.project.id
        try:
            self._adapters.delete(path)
        except LoamError as error:
            self.context.notices.show(error)
            return
        self._keep(project_id, "")

        def undo() -> None:
            self._adapters.restore(path)
            self._keep(project_id, str(path))

        said = self.tr("Deleted adapter {name}").replace("{name}", name)
        self.context.notices.toast(said, undo)

    # --- inside ---------------------------------------------------------------------------------

    def _read(self) -> None:
        """Look at the adapters, off the GUI thread."""
        project = self.project
        if project is None or not project.adapter:
            self._found = None
            self._draw()
            return

        def look() -> _Found | None:
            infos = self._adapters.all()
            own = next((info for info in infos if info.path == project.adapter), None)
            if own is None:
                return None
            path = Path(own.path)
            run = self.context.loam.judge.run_of(path)
            report = self.context.loam.judge.report(path)
            return _Found(own, run.model if run else project.model, report, tuple(infos))

        self._looks.call(look, lambda found: self._take(project, found))

    def _take(self, project: TuneProject, found: _Found | None) -> None:
        now = self.project
        if now is None or (now.id, now.adapter) != (project.id, project.adapter):
            return
        self._found = found
        self._why_not = None
        self._draw()
        if found is not None:
            self.card.show_adapter(found.adapter, found.report)
            self.merges.show(found.adapter.path, found.adapter.name, found.model)
            if not self.progress.task:
                self.progress.follow(
                    self.context.tasks.run(
                        lambda cancel: self._adapters.fits(found.model, [found.adapter], cancel),
                        title=self.tr("Checking the model"),
                        on_event=self._fits,
                    )
                )

    def _fits(self, event: object) -> None:
        if isinstance(event, Fit) and self._found and event.adapter == self._found.adapter:
            self._why_not = event.why_not
            self._draw()

    def _draw(self) -> None:
        found = self._found
        self._stack.setCurrentIndex(0 if found is None else 1)
        self.refusal.setVisible(bool(self._why_not))
        if self._why_not:
            said = self.tr("It can't be used with the model of this project: {reason}.")
            self.refusal.setText(said.replace("{reason}", self._why_not))
        for button in (self.chat, self.merging):
            button.setEnabled(not self._why_not)
        self.choice.clear()
        for info in found.others if found else ():
            self.choice.addItem(info.name, info.path)
        if found is not None:
            self.choice.setCurrentIndex(self.choice.findData(found.adapter.path))
        self.choice.setVisible(self.choice.count() > 1)
        self.state_changed.emit()

    def _choose(self, index: int) -> None:
        path = str(self.choice.itemData(index))
        if self.project is not None and path != self.project.adapter:
            self._keep(self.project.id, path)

    def _keep(self, project_id: str, adapter: str) -> None:
        try:
            changed = self.context.loam.projects.change(project_id, adapter=adapter)
        except LoamError as error:
            self.context.notices.show(error)
            return
        self.changed.emit(changed)
        self.context.navigator.adapters_changed.emit()

    def _added(self, project_id: str, event: object) -> None:
        if isinstance(event, Added):
            self._keep(project_id, event.adapter.path)

    def _ask_file(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(
            self, self.tr("Add an adapter"), "", self.tr("Adapters (*.gguf)")
        )
        if path:
            self.add(path)

    def _ask_export(self) -> None:
        if self._found is None:
            return
        path, _kind = QFileDialog.getSaveFileName(
            self,
            self.tr("Export the adapter"),
            Path(self._found.adapter.path).name,
            self.tr("Adapters (*.gguf)"),
        )
        if path:
            self.export_to(Path(path))

    def _toggle_merge(self) -> None:
        self.merge.setVisible(self.merge.isHidden())
        if not self.merge.isHidden():
            self.merge.name.setFocus()

    def _button(self, words: str, act: object, kind: str = "") -> QPushButton:
        button = QPushButton(words)
        button.setProperty("kind", kind)
        button.setAccessibleName(words.removesuffix("…"))
        button.clicked.connect(act)
        return button


STEP = UseStep
