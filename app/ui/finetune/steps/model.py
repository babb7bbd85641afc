"""Step 1, Model: which model learns, and whether it can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
)

from app.core.errors import Cancelled, LoamError
from app.core.messages import Inspected
from app.core.process import Cancel
from app.ui import model_words
from app.ui.context import Context
from app.ui.finetune.column import ScrollColumn
from app.ui.finetune.step import Step
from app.ui.tokens import READING_WIDTH, S8, S16, S24

if TYPE_CHECKING:
    from app.core.types import ModelInfo
    from app.services.finetune_projects import TuneProject
    from app.services.finetune_room import Readiness
    from app.ui.finetune.choice_card import ChoiceCard
    from app.ui.tasks import Task


class ModelStep(Step):
    """`cards` are the models to choose from, by their paths; `found` is what was said of the
    chosen one, None until it is known."""

    key = "model"
    title = "Model"
    order = 10

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.finetune.labels import text_label
        from app.ui.finetune.model.verdict import Verdict

        self._tuner, self._projects = context.loam.tuner, context.loam.projects
        self._infos: dict[str, ModelInfo] = {}
        self._known: dict[object, Readiness] = {}
        self._check: Task | None = None
        self._listing: Task | None = None
        self.found: Readiness | None = None
        self.cards: dict[str, ChoiceCard] = {}
        heading = text_label(self.tr("Choose the model that should learn."), "title")
        hint = text_label(
            self.tr("The model itself stays as it is; what it learns goes into a small file."),
            "quiet",
        )
        self._group = QButtonGroup(self)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(S8)
        self.served = text_label("", "hint")
        self.gone = text_label("", "warning")
        self.older = text_label("", "warning")
        self.verdict = Verdict(context.theme)
        self.verdict.again_asked.connect(self._look_again)
        self.next = QPushButton(self.tr("Next: Data"))
        self.next.setProperty("kind", "primary")
        self.next.setAccessibleName(self.next.text())
        self.next.clicked.connect(lambda: self.go.emit("data"))
        self.add = QPushButton(self.tr("Add a model"))
        self.add.setAccessibleName(self.tr("Add a model on the Models page"))
        self.add.clicked.connect(lambda: context.navigator.show_page.emit("models"))
        buttons = QHBoxLayout()
        buttons.setSpacing(S8)
        buttons.addWidget(self.next)
        buttons.addWidget(self.add)
        buttons.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(S16)
        column.addWidget(heading)
        column.addWidget(hint)
        column.addLayout(self._rows)
        for widget in (self.served, self.gone, self.verdict, self.older):
            column.addWidget(widget)
            widget.hide()
        column.addLayout(buttons)
        page = ScrollColumn(READING_WIDTH + 2 * S24)
        page.body.addLayout(column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)

    def show_project(self, project: TuneProject) -> None:
        super().show_project(project)
        self._draw()
        if self.isVisible():
            self._look()

    def state(self) -> str:
        if self.project is None or not self.project.model:
            return ""
        info = self._infos.get(self.project.model)
        return info.name if info and info.name else model_words.from_path(self.project.model)

    def done(self) -> bool:
        return bool(self.project and self.project.model) and not self._missing()

    def shown(self) -> None:
        if self._listing is None:
            found: dict[str, ModelInfo] = {}

            def take(event: object) -> None:
                if isinstance(event, Inspected) and event.info.writes:
                    found[event.info.path] = event.info

            def done() -> None:
                self._listing = None
                self._infos = found
                self._fill()

            self._listing = self.context.tasks.run(
                lambda cancel: self.context.loam.models.list(cancel), on_event=take, on_done=done
            )
        self._draw()
        self._look()

    def hidden(self) -> None:
        if self._check is not None:
            self._check.cancel()

    def choose(self, path: str) -> None:
        """The project learns with this model from now on."""
        if self.project is None or self.project.model == path:
            return
        try:
            changed = self._projects.change(self.project.id, model=path)
        except LoamError as error:
            self.context.notices.show(error)
            return
        self.show_project(changed)
        self.changed.emit(changed)

    # --- the list ---------------------------------------------------------------------------------

    def _fill(self) -> None:
        from app.ui.finetune.choice_card import ChoiceCard
        from app.ui.models import facts

        for card in self.cards.values():
            self._group.removeButton(card)
            self._rows.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = {}
        for path, info in self._infos.items():
            card = ChoiceCard(
                self.context.theme, info.name or model_words.from_path(path), facts.line(info)
            )
            card.about.setToolTip(facts.explained())
            card.setToolTip(path)
            card.say("")
            card.clicked.connect(lambda _on, path=path: self.choose(path))
            self._group.addButton(card)
            self._rows.addWidget(card)
            self.cards[path] = card
        self._say_served()
        self._draw()
        self.state_changed.emit()

    def _say_served(self) -> None:
        """That models on servers can't learn, where there are any."""
        names = self.context.loam.models.servers.names()
        self.served.setVisible(bool(names))
        if names:
            from app.ui import server_words

            text = self.tr("On a server, and so not to be trained here: {names}.")
            shown = ", ".join(dict.fromkeys(map(server_words.model_name, names)))
            self.served.setText(text.replace("{names}", shown))

    def _draw(self) -> None:
        if self.project is None:
            return
        path = self.project.model
        self._group.setExclusive(False)
        for key, card in self.cards.items():
            card.setChecked(key == path)
        self._group.setExclusive(True)
        text = ""
        if self._missing():
            text = self.tr("{path} is no longer there. Choose another model.")
            text = text.replace("{path}", path)
        elif not path and not self.cards and self._listing is None:
            text = self.tr("There is no model yet that chats. Add one first.")
        self.gone.setText(text)
        self.gone.setVisible(bool(text))
        older = self._older()
        self.older.setText(older)
        self.older.setVisible(bool(older))
        self._enable()

    def _older(self) -> str:
        """That the adapter made so far belongs to another model."""
        from app.ui.finetune.model.older import other_base

        project = self.project
        base = other_base(project, self._tuner.run_of(project)) if project is not None else ""
        if not base:
            return ""
        text = self.tr(
            "The adapter made so far belongs to {base}. It is kept; training again makes one for "
            "this model."
        )
        return text.replace("{base}", base)

    # --- whether it can learn ---------------------------------------------------------------------

    def _look(self) -> None:
        """Ask the trainer about the chosen model, unless that is known."""
        project = self.project
        if project is None or not project.model or self._missing():
            self.found = None
            self.verdict.hide()
            self._enable()
            return
        self.verdict.show()
        loaded = self.context.loam.models.loaded()
        key = (
            project.model,
            project.dataset_id,
            project.hyper.context,
            project.hyper.rank,
            project.hyper.targets,
            loaded.info.path if loaded else "",
        )
        if self._check is not None:
            self._check.cancel()
            self._check = None
        self.found = self._known.get(key)
        if self.found is not None:
            self._say()
            return
        self.verdict.show_waiting()
        self._enable()

        def work(cancel: Cancel) -> Iterator[object]:
            yield self._tuner.readiness(project, cancel)

        def take(found: object) -> None:
            from app.services.finetune_room import Readiness

            if isinstance(found, Readiness) and self._check is task:
                self._known[key] = self.found = found
                self._say()

        def failed(error: LoamError) -> None:
            if self._check is task and not isinstance(error, Cancelled):
                self.verdict.show_error(error)

        def done() -> None:
            if self._check is task:
                self._check = None
                self._enable()

        title = self.tr("Looking at the model")
        task = self._check = self.context.tasks.run(
            work, title=title, on_event=take, on_error=failed, on_done=done
        )

    def _look_again(self) -> None:
        self._known.clear()
        self._look()

    def _say(self) -> None:
        if self.found is not None:
            self.verdict.show_found(self.found, self.state())
        self._enable()

    def _enable(self) -> None:
        refused = self.found is not None and not self.found.finding.trainable
        usable = bool(self.project and self.project.model) and not self._missing()
        self.next.setEnabled(usable and not refused)

    def _missing(self) -> bool:
        model = self.project.model if self.project else ""
        return bool(model) and not Path(model).is_file()


STEP = ModelStep
