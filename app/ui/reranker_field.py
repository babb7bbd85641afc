"""In Settings: which model puts passages in order. One that is picked is tried first; what it costs
is told, and it is used only when it works."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from app.core.errors import LoamError
from app.core.messages.reranking import RerankerTried
from app.ui.context import Context
from app.ui.finetune.labels import text_label
from app.ui.models.rows import say
from app.ui.notices import do_text, what_text
from app.ui.setting_fields import SettingField
from app.ui.tokens import S4, S8


class RerankerField(SettingField):
    """The value is a folder or a file, '' for none."""

    wide = True

    def __init__(self, context: Context, label: str) -> None:
        holder = QWidget()
        super().__init__(holder, label)
        self._context = context
        self._label = label
        self._ticket = 0
        self.where = text_label("")
        self.choose = QPushButton(self.tr("Choose…"))
        self.choose.setAccessibleName(self.tr("Choose a reranking model"))
        self.choose.setAutoDefault(False)
        self.menu = QMenu(self.choose)
        self.menu.addAction(self.tr("A folder…"), self._choose_folder)
        self.menu.addAction(self.tr("A GGUF file…"), self._choose_file)
        self.choose.setMenu(self.menu)
        self.state = text_label("", "hint")
        across = QHBoxLayout()
        across.setSpacing(S8)
        across.addWidget(self.where, 1)
        across.addWidget(self.choose)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S4)
        column.addLayout(across)
        column.addWidget(self.state)
        self._tell("")

    def try_it(self, path: str) -> None:
        """Use a model if it works."""
        self._ticket += 1
        ticket = self._ticket
        self._tell(self.tr("Trying it on some passages"))
        self.choose.setEnabled(False)
        service = self._context.loam.reranking

        def take(tried: RerankerTried) -> None:
            self.choose.setEnabled(True)
            if ticket == self._ticket:
                self._took(tried)

        def fail(error: LoamError) -> None:
            self.choose.setEnabled(True)
            if ticket == self._ticket:
                self._tell(f"{what_text(error)} {do_text(error)}".strip(), "danger-text")

        self._context.tasks.call(
            lambda: service.look(path), take, title=self.tr("Trying a model"), on_error=fail
        )

    def _put(self, value: object) -> None:
        self._ticket += 1
        path = str(value)
        text = Path(path).name if path else self.tr("None")
        self.where.setText(text)
        self.where.setToolTip(path)
        self.where.setAccessibleName(f"{self._label}: {text}")
        self._tell("")

    def _took(self, tried: RerankerTried) -> None:
        # Taken, the row shows the value anew, without words beside it.
        self.changed.emit(tried.path)
        text = self.tr("It works. A search takes about {n} s longer with it on this machine.")
        self._tell(text.replace("{n}", f"{max(tried.seconds, 0.1):.1f}"))

    def _tell(self, text: str, kind: str = "hint") -> None:
        say(self.state, text, kind)
        self.state.setVisible(bool(text))

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self.widget, self._label)
        if path:
            self.try_it(path)

    def _choose_file(self) -> None:
        kind = self.tr("Reranking models (*.gguf)")
        path, _kind = QFileDialog.getOpenFileName(self.widget, self._label, "", kind)
        if path:
            self.try_it(path)
