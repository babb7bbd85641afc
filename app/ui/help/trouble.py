"""What a report of a fault needs, copied with one click: diagnostics and the last crash."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton

from app.core import crashes
from app.core.errors import Cancelled, LoamError
from app.services import diagnostics
from app.ui.context import Context
from app.ui.help.column import Column, text
from app.ui.notices import do_text, what_text
from app.ui.tasks import Task
from app.ui.theme import set_kind
from app.ui.tokens import S8


class TroubleSection(Column):
    """Copies, and shows what it copied."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._task: Task | None = None
        self.head(self.tr("If something went wrong"))
        self.column.addWidget(
            text(
                self.tr(
                    "Copy the diagnostics into your report of the problem. They hold versions, "
                    "devices, changed settings and the kinds of the last errors: no names of "
                    "files, no addresses, nothing that you wrote."
                ),
                "quiet",
            )
        )
        self.copy = QPushButton(self.tr("Copy diagnostics"))
        self.copy.setAccessibleName(self.copy.text())
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._collect)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setAccessibleName(self.tr("Stop collecting diagnostics"))
        self.stop.setAutoDefault(False)
        self.stop.hide()
        self.stop.clicked.connect(self.leave)
        self.state = text("", "hint")
        row = QHBoxLayout()
        row.setSpacing(S8)
        row.addWidget(self.copy)
        row.addWidget(self.stop)
        row.addWidget(self.state, 1)
        self.column.addLayout(row)

        kept = diagnostics.watch(context.loam.profile.logs).reports()
        self._report = kept[0] if kept else None
        if self._report is not None:
            self.column.addSpacing(S8)
            self.column.addWidget(text(self._ended(), "strong"))
            self.copy_crash = QPushButton(self.tr("Copy the crash report"))
            self.copy_crash.setAccessibleName(self.copy_crash.text())
            self.copy_crash.setAutoDefault(False)
            self.copy_crash.clicked.connect(self._copy_crash)
            crash = QHBoxLayout()
            crash.addWidget(self.copy_crash)
            crash.addStretch(1)
            self.column.addLayout(crash)

        self.shown = QPlainTextEdit()
        self.shown.setReadOnly(True)
        self.shown.setAccessibleName(self.tr("What was copied"))
        self.shown.setFont(context.theme.monospace(9))
        self.shown.hide()
        self.column.addWidget(self.shown, 1)
        self.column.addStretch(0)
        self._filler = self.column.count() - 1
        self.column.setStretch(self._filler, 1)

    def leave(self) -> None:
        """Collect no further."""
        if self._task is not None:
            self._task.cancel()

    def _ended(self) -> str:
        assert self._report is not None
        try:
            moment = QDateTime.fromSecsSinceEpoch(int(self._report.stat().st_mtime))
            when = QLocale().toString(moment, QLocale.FormatType.ShortFormat)
        except OSError:
            when = ""
        words = self.tr("Loam ended unexpectedly on {when}.")
        return words.replace("{when}", when)

    def _collect(self) -> None:
        if self._task is not None:
            return
        loam = self._context.loam
        self.copy.setEnabled(False)
        self.stop.show()
        self._say(self.tr("Asking for the devices..."))
        self._task = self._context.tasks.run(
            lambda cancel: diagnostics.collect(loam, cancel),
            on_event=self._take,
            on_error=self._fail,
            on_done=self._over,
        )

    def _take(self, event: object) -> None:
        if isinstance(event, diagnostics.Diagnostics):
            self._put(event.text, self.tr("Copied. Paste it into your report."))

    def _fail(self, error: LoamError) -> None:
        if isinstance(error, Cancelled):
            self._say("")
        else:
            self._say(f"{what_text(error)} {do_text(error)}", "danger-text")

    def _over(self) -> None:
        if self._task is not None and not self.shown.toPlainText():
            self._say(self.state.text() if self.state.property("kind") == "danger-text" else "")
        self._task = None
        self.copy.setEnabled(True)
        self.stop.hide()

    def _copy_crash(self) -> None:
        if self._report is not None:
            told = crashes.read(self._report)
            self._put(told, self.tr("Copied the crash report."))

    def _put(self, words: str, state: str) -> None:
        QGuiApplication.clipboard().setText(words)
        self.shown.setPlainText(words)
        self.shown.show()
        self.column.setStretch(self._filler, 0)
        self._say(state)

    def _say(self, words: str, kind: str = "hint") -> None:
        set_kind(self.state, kind)
        self.state.setText(words)
