"""In Settings: which embedding model searches the documents. One that is picked is tried first;
what the change takes is told, and nothing changes before the person agrees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.core.types import EmbedderState
from app.ui import words
from app.ui.context import Context
from app.ui.finetune.labels import text_label
from app.ui.models.rows import say
from app.ui.notices import do_text, what_text
from app.ui.setting_fields import SettingField, keep_wheel_for_scrolling
from app.ui.tokens import S4, S8


class EmbeddingField(SettingField):
    """The value is a folder or a file, '' for the default one."""

    wide = True
    resets = False

    def __init__(self, context: Context, label: str) -> None:
        holder = QWidget()
        super().__init__(holder, label)
        self._context = context
        self._label = label
        self._place = ""
        self._tried = ""
        self._ticket = 0
        self._known: Sequence[tuple[str, str]] = ()
        self.box = QComboBox()
        self.box.setAccessibleName(label)
        keep_wheel_for_scrolling(self.box)
        self.box.activated.connect(lambda row: self.try_it(str(self.box.itemData(row))))
        self.choose = QPushButton(self.tr("Choose…"))
        self.choose.setAccessibleName(self.tr("Choose another embedding model"))
        self.menu = QMenu(self.choose)
        self.menu.addAction(self.tr("A folder…"), self._choose_folder)
        self.menu.addAction(self.tr("A GGUF file…"), self._choose_file)
        self.choose.setMenu(self.menu)
        self.state = text_label("", "hint")
        self.use = self._button(self.tr("Use it"), self._take)
        self.use.setProperty("kind", "primary")
        self.leave = self._button(self.tr("Cancel"), self._leave)
        across = QHBoxLayout()
        across.setSpacing(S8)
        across.addWidget(self.box, 1)
        across.addWidget(self.choose)
        below = QHBoxLayout()
        below.setSpacing(S8)
        below.addWidget(self.state, 1)
        below.addWidget(self.leave)
        below.addWidget(self.use)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S4)
        column.addLayout(across)
        column.addLayout(below)
        self._settle("")
        self._fill()
        service, models = context.loam.embedding, context.loam.models
        context.tasks.call(
            lambda: service.known(models.paths()), self.found, on_error=lambda _error: None
        )

    def found(self, known: Sequence[tuple[str, str]]) -> None:
        """Offer the embedding models among the person's models: (name, path)."""
        self._known = known
        self._fill()

    def try_it(self, place: str) -> None:
        """See what a model is and how long the change takes."""
        if place == self._place:
            self._settle("")
            return
        self._ticket += 1
        ticket, self._tried = self._ticket, place
        self._fill()
        say(self.state, self.tr("Trying it on some passages"), "hint")
        self._show_buttons(True, False)
        service = self._context.loam.embedding

        def take(state: EmbedderState) -> None:
            if ticket == self._ticket:
                self._told(state)

        def fail(error: LoamError) -> None:
            if ticket == self._ticket:
                self._settle(f"{what_text(error)} {do_text(error)}".strip(), "danger-text")

        self._context.tasks.call(
            lambda: service.look(place, measured=True),
            take,
            title=self.tr("Trying an embedding model"),
            on_error=fail,
        )

    def _put(self, value: object) -> None:
        self._place = str(value)
        self._settle("")

    def _told(self, state: EmbedderState) -> None:
        if state.wanted is None:
            self._settle(state.problem, "danger-text")
            return
        left = state.passages - state.ready
        if not left or not state.is_due:
            text = self.tr("No passage needs to be prepared for it.")
        else:
            text = self.tr(
                "{n} will be prepared for {name}: {time}. Meanwhile searches use {old}."
            ).replace("{time}", words.about(state.seconds))
            text = text.replace("{n}", words.passages(left)).replace("{name}", state.wanted.name)
            text = text.replace("{old}", state.current.name)
        say(self.state, text, "hint")
        self._show_buttons(True, True)
        self.use.setFocus()

    def _take(self) -> None:
        place = self._tried
        self._place = place
        self._settle("")
        self._context.embedding.choose(place)
        self.changed.emit(place)

    def _leave(self) -> None:
        self._settle("")

    def _settle(self, text: str, kind: str = "hint") -> None:
        """Nothing is being tried; a text stays to be read."""
        self._ticket += 1
        self._tried = self._place
        self._fill()
        say(self.state, text, kind)
        self.state.setVisible(bool(text))
        self._show_buttons(False, False)

    def _show_buttons(self, leave: bool, use: bool) -> None:
        if leave:
            self.state.show()
        self.leave.setVisible(leave)
        self.use.setVisible(use)

    def _fill(self) -> None:
        """The models that there are, with the one that is tried in front."""
        offered = {"": self.tr("The default (all-MiniLM)")}
        offered.update({path: name for name, path in self._known})
        for place in (self._place, self._tried):
            offered.setdefault(place, Path(place).name)
        self.box.clear()
        for place, name in offered.items():
            self.box.addItem(name, place)
            self.box.setItemData(self.box.count() - 1, place, Qt.ItemDataRole.ToolTipRole)
        self.box.setCurrentIndex(self.box.findData(self._tried))

    def _choose_folder(self) -> None:
        place = QFileDialog.getExistingDirectory(self.widget, self._label)
        if place:
            self.try_it(place)

    def _choose_file(self) -> None:
        kind = self.tr("Embedding models (*.gguf)")
        place, _kind = QFileDialog.getOpenFileName(self.widget, self._label, "", kind)
        if place:
            self.try_it(place)

    def _button(self, text: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        button.clicked.connect(action)
        return button
