"""Which Loam this is, and whether there is a newer one: asked when the person asks here."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from app.core.errors import Cancelled, LoamError
from app.services import about, updates
from app.ui.context import Context
from app.ui.help.column import Column, text
from app.ui.icons import pixmap
from app.ui.notices import do_text, what_text
from app.ui.tasks import Task
from app.ui.theme import set_kind
from app.ui.tokens import S8, S12

_PICTURE = 48


class AboutSection(Column):
    """Name, version, licence, news."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._task: Task | None = None
        picture = QLabel()
        ratio = self.devicePixelRatioF()
        picture.setPixmap(pixmap("sprout", context.theme.tokens.accent, _PICTURE, ratio))
        name = text(f"Loam {about.version()}", "title")
        sentence = text(self.tr("A home for language models on your own machine."), "subtitle")
        head = QHBoxLayout()
        head.setSpacing(S12)
        head.addWidget(picture)
        head.addWidget(name, 1)
        self.column.addLayout(head)
        self.column.addWidget(sentence)
        self.column.addWidget(
            text(
                self.tr(
                    "Loam is free software under the Apache License 2.0. The models and libraries "
                    "that it uses have licences of their own, which the section Licences shows."
                ),
                "quiet",
            )
        )
        self.column.addSpacing(S8)
        self.column.addWidget(text(self.tr("New versions"), "strong"))
        automatic = context.loam.settings.current.look_for_updates
        self.column.addWidget(
            text(
                self.tr("Loam looks for a new version once a day. Settings can switch that off.")
                if automatic
                else self.tr(
                    "Loam does not look for new versions by itself. Settings can switch that on."
                ),
                "quiet",
            )
        )
        self.look = QPushButton(self.tr("Look for a new version"))
        self.look.setAccessibleName(self.look.text())
        self.look.setAutoDefault(False)
        self.look.setToolTip(
            self.tr("Asks the project's page. Nothing about you or this machine is sent.")
        )
        self.look.clicked.connect(self._look)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setAccessibleName(self.tr("Stop looking for a new version"))
        self.stop.setAutoDefault(False)
        self.stop.hide()
        self.stop.clicked.connect(self.leave)
        row = QHBoxLayout()
        row.setSpacing(S8)
        row.addWidget(self.look)
        row.addWidget(self.stop)
        row.addStretch(1)
        self.column.addLayout(row)
        self.state = text("")
        self.column.addWidget(self.state)
        self.column.addStretch(1)

    def leave(self) -> None:
        """Wait for no answer."""
        if self._task is not None:
            self._task.cancel()
            self._over()
            self._say("")

    def _look(self) -> None:
        service = updates.service(self._context.loam)
        self.look.setEnabled(False)
        self.stop.show()
        self._say(self.tr("Looking..."), "hint")
        task = self._context.tasks.run(
            lambda cancel: service.look(cancel),
            on_event=lambda event: self._take(task, event),
            on_error=lambda error: self._fail(task, error),
            on_done=lambda: self._over(task),
        )
        self._task = task

    def _take(self, task: Task, event: object) -> None:
        if task is not self._task or not isinstance(event, updates.Release):
            return
        if event.newer:
            words = self.tr("Loam {version} is there. {page}")
            told = words.replace("{version}", event.version).replace("{page}", event.page)
            self._say(told.strip(), "strong")
        else:
            self._say(self.tr("This is the newest version."))

    def _fail(self, task: Task, error: LoamError) -> None:
        if task is self._task and not isinstance(error, Cancelled):
            self._say(f"{what_text(error)} {do_text(error)}", "danger-text")

    def _over(self, task: Task | None = None) -> None:
        if task is None or task is self._task:
            self._task = None
            self.look.setEnabled(True)
            self.stop.hide()

    def _say(self, words: str, kind: str = "") -> None:
        set_kind(self.state, kind)
        self.state.setText(words)
