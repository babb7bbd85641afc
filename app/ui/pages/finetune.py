"""The Fine-tune page: projects at the left; Model, Data, Train, Judge, Use beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.core.errors import LoamError
from app.core.servernames import is_remote
from app.ui.context import Context
from app.ui.page import Page

if TYPE_CHECKING:
    from app.services.finetune_projects import TuneProject
    from app.ui.finetune.step import Step


class FinetunePage(Page):
    """Knows steps only as `Step`. What a step runs goes on while another one, another project or
    another page is in front."""

    key = "finetune"
    title = "Fine-tune"
    icon = "sprout"
    order = 40

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.core import plugins
        from app.ui.empty_state import EmptyState
        from app.ui.finetune.step_bar import StepBar
        from app.ui.named_list import NamedList
        from app.ui.three_pane import ThreePane

        for problem in context.loam.datasets.problems:
            context.notices.show(problem)
        self._projects = context.loam.projects
        self._current: TuneProject | None = None
        self._first = True
        kinds = plugins.find("app.ui.finetune.steps", "STEP")
        self.steps: dict[str, Step] = {
            kind.key: kind(context) for kind in sorted(kinds, key=lambda kind: kind.order)
        }
        self.list = NamedList(
            context.theme,
            "sprout",
            heading=self.tr("Fine-tune"),
            search=self.tr("Search projects"),
            create=self.tr("New project"),
        )
        self.bar = StepBar(context.theme, list(self.steps.values()))
        self._stack = QStackedWidget()
        for step in self.steps.values():
            self._stack.addWidget(step)
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        self._empty = EmptyState(
            context.theme,
            "sprout",
            self.tr("Teach a model your way of answering, from examples, on this machine."),
        )
        self._empty.add_button(self.tr("New project"), self.new_project)
        self._body = QStackedWidget()
        self._body.addWidget(self._empty)
        self._body.addWidget(work)
        self.panes = ThreePane(context.memory, "finetune", self.list, self._body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panes)
        self._connect()
        context.keys.govern(self.list.shortcuts)

    @property
    def project(self) -> TuneProject | None:
        """The project in front."""
        return self._current

    @property
    def step(self) -> Step:
        """The step in front."""
        return next(step for step in self.steps.values() if step is self._stack.currentWidget())

    def shown(self) -> None:
        if self._first:
            self._first = False
            self._begin_with_waiting()
        self.refresh()
        if self._current is not None:
            self.step.shown()

    def hidden(self) -> None:
        if self._current is not None:
            self.step.hidden()

    def closing(self) -> None:
        for step in self.steps.values():
            step.closing()

    def search(self) -> None:
        self.list.search.setFocus()
        self.list.search.selectAll()

    def accept_paths(self, paths: Sequence[str]) -> bool:
        if self._current is not None and self.step.accept_paths(paths):
            return True
        data = self.steps.get("data")
        if data is None or not data.drop_hint(paths):
            return False
        if self._current is None:
            self.new_project()
        if self._current is None or data.why_not():
            return False
        self.open_step("data")
        return data.accept_paths(paths)

    def accept_adapters(self, paths: Sequence[str]) -> bool:
        return self._current is not None and self.step.accept_paths(paths)

    def drop_hint(self, paths: Sequence[str]) -> str:
        data = self.steps.get("data")
        hint = self.step.drop_hint(paths) if self._current is not None else ""
        return hint or (data.drop_hint(paths) if data else "")

    def refresh(self) -> None:
        """Read the projects again."""
        from app.ui.named_list import Entry

        projects = self._projects.all()
        ids = [each.id for each in projects]
        if self._current is None or self._current.id not in ids:
            last = self.context.memory.text("finetune.project")
            self._current = next((p for p in projects if p.id == last), None)
            self._current = self._current or (projects[0] if projects else None)
        self.list.blockSignals(True)
        current = self._current.id if self._current else None
        self.list.show_entries([Entry(p.id, p.name) for p in projects], current)
        self.list.blockSignals(False)
        self._show(self._current)

    def new_project(self) -> None:
        """A new project with the model that chats use."""
        try:
            model = self.context.loam.models.spec_for().path
        except LoamError:
            model = ""
        if is_remote(model):
            model = ""  # the step Model says why such a model can't learn here
        taken = {each.name for each in self._projects.all()}
        name, number = self.tr("New project"), 1
        while name in taken:
            number += 1
            name = f"{self.tr('New project')} {number}"
        try:
            self._current = self._projects.create(name, model)
        except LoamError as error:
            self.context.notices.show(error)
            return
        self.refresh()

    def open_step(self, key: str) -> None:
        """Bring a step of the current project to the front."""
        step = self.steps[key]
        before = self._stack.currentWidget()
        if step is not before:
            self.step.hidden()
            self._stack.setCurrentWidget(step)
        self.bar.select(key)
        step.shown()
        if self._current is not None and self._current.step != key:
            self._keep(step=key)

    def _begin_with_waiting(self) -> None:
        """A run that was broken off, by the end of Loam or worse, is what the page opens with."""
        for project, _run in self.context.loam.tuner.waiting()[:1]:
            with contextlib.suppress(LoamError):
                self._current = self._projects.change(project.id, step="train")

    def _connect(self) -> None:
        self.list.chosen.connect(self._choose)
        self.list.create_asked.connect(self.new_project)
        self.list.rename_asked.connect(self._rename)
        self.list.delete_asked.connect(self._delete)
        self.bar.chosen.connect(self.open_step)
        for step in self.steps.values():
            step.changed.connect(self._take)
            step.go.connect(self.open_step)

    def _choose(self, project_id: str) -> None:
        try:
            self._show(self._projects.get(project_id))
        except LoamError as error:
            self.context.notices.show(error)

    def _show(self, project: TuneProject | None) -> None:
        another = project is not None and project != self._current
        self._current = project
        self._body.setCurrentIndex(0 if project is None else 1)
        if project is None or not self.steps:
            return
        self.context.memory.put("finetune.project", project.id)
        for step in self.steps.values():
            if another or step.project != project:
                step.show_project(project)
        key = project.step if project.step in self.steps else next(iter(self.steps))
        if self.steps[key].why_not():
            key = next(iter(self.steps))
        self.open_step(key)

    def _take(self, project: TuneProject) -> None:
        """A step changed its project. It may have done so for one that is no longer in front."""
        if self._current is None or project.id != self._current.id:
            return
        self._current = project
        for step in self.steps.values():
            step.show_project(project)
        self.bar.refresh()

    def _keep(self, **values: object) -> None:
        assert self._current is not None
        try:
            self._take(self._projects.change(self._current.id, **values))
        except LoamError as error:
            self.context.notices.show(error)

    def _rename(self, project_id: str, name: str) -> None:
        try:
            changed = self._projects.change(project_id, name=name)
        except LoamError as error:
            self.context.notices.show(error)
        else:
            self._take(changed)
        self.refresh()

    def _delete(self, project_id: str) -> None:
        try:
            name = self._projects.get(project_id).name
            self._projects.delete(project_id)
        except LoamError as error:
            self.context.notices.show(error)
            return

        def undo() -> None:
            self._projects.restore(project_id)
            self.refresh()

        text = self.tr("Deleted “{name}”. Its data and adapters stay.")
        self.context.notices.toast(text.replace("{name}", name), undo)
        self.refresh()


PAGE = FinetunePage
