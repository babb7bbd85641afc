"""How one download goes: progress, time left, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from app.core.errors import HubDenied, HubUnreachable
from app.ui import words
from app.ui.finetune.labels import text_label
from app.ui.finetune.wrap_row import WrapRow
from app.ui.footer import Estimate
from app.ui.models import facts
from app.ui.models.fetches import Fetch, Fetches
from app.ui.models.rows import named_button, say
from app.ui.notices import do_text, what_text
from app.ui.tokens import S8

_STEPS = 1000


class FetchStrip(QWidget):
    """Hidden while there is no download of the file that it was told of."""

    token_asked = Signal()

    def __init__(self, fetches: Fetches) -> None:
        super().__init__()
        self._fetches = fetches
        self._file = ("", "")
        self._estimate = Estimate()
        self._built = False
        self._pace = QTimer(self, interval=300)
        self._pace.timeout.connect(self._draw)
        fetches.changed.connect(self._draw)
        self.hide()

    def _build(self) -> None:
        """Not before there is something to tell: a list has many rows, and few downloads."""
        fetches = self._fetches
        self._built = True
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._state = text_label("", "hint")
        self._buttons = {
            "pause": named_button(self.tr("Pause"), "", ""),
            "resume": named_button(self.tr("Resume"), "", ""),
            "token": named_button(self.tr("Access token"), "", ""),
            "discard": named_button(self.tr("Stop"), "quiet", ""),
        }
        self._buttons["pause"].clicked.connect(lambda: self._act(fetches.pause))
        self._buttons["resume"].clicked.connect(lambda: self._act(fetches.resume))
        self._buttons["discard"].clicked.connect(lambda: self._act(fetches.discard))
        self._buttons["token"].clicked.connect(self.token_asked)
        self._buttons["discard"].setToolTip(self.tr("Throws away what has arrived."))
        kept = self.tr("What has arrived is kept, even after a restart.")
        self._buttons["pause"].setToolTip(kept)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S8)
        column.addWidget(self._bar)
        column.addWidget(self._state)
        column.addLayout(WrapRow(*self._buttons.values()))

    @property
    def fetch(self) -> Fetch | None:
        """The download that is told of."""
        return self._fetches.of(*self._file)

    def follow(self, repository: str, name: str) -> None:
        """Tell of the download of this file, now or when there is one."""
        self._file = (repository, name)
        self._draw()

    def _act(self, action: Callable[[str], None]) -> None:
        fetch = self.fetch
        if fetch is not None:
            action(fetch.id)

    def _draw(self) -> None:
        fetch = self.fetch
        self.setVisible(fetch is not None)
        if fetch is None:
            self._pace.stop()
            return
        if not self._built:
            self._build()
        runs = fetch.task is not None
        self._buttons["pause"].setVisible(runs)
        self._buttons["pause"].setEnabled(not fetch.stopping)
        self._buttons["resume"].setVisible(not runs)
        self._buttons["token"].setVisible(isinstance(fetch.error, HubDenied))
        again = fetch.error is not None and not fetch.done
        self._name("resume", self.tr("Try again") if again else self.tr("Resume"), fetch)
        self._name("discard", self.tr("Stop") if runs else self.tr("Discard"), fetch)
        self._name("pause", self.tr("Pause"), fetch)
        self._name("token", self.tr("Access token"), fetch)
        self._buttons["discard"].setEnabled(not fetch.stopping)
        self._bar.setVisible(runs or fetch.done > 0)
        self._bar.setAccessibleName(self.tr("Download of {name}").replace("{name}", fetch.id))
        if fetch.total:
            self._bar.setRange(0, _STEPS)
            self._bar.setValue(round(_STEPS * fetch.done / fetch.total))
        else:
            self._bar.setRange(0, 0)
        if runs and not self._pace.isActive():
            self._estimate = Estimate()
            self._pace.start()
        elif not runs:
            self._pace.stop()
        say(self._state, *self._words(fetch))

    def _words(self, fetch: Fetch) -> tuple[str, str]:
        """What is said of it, and in which look."""
        if fetch.error is not None:
            text = f"{what_text(fetch.error)} {do_text(fetch.error)}".strip()
            if isinstance(fetch.error, HubUnreachable) and fetch.done:
                text += " " + self.tr("What has arrived is kept.")
            return text, "danger-text"
        so_far = ""
        if fetch.total:
            so_far = self.tr("{done} of {total}").replace("{done}", words.size(fetch.done))
            so_far = so_far.replace("{total}", words.size(fetch.total))
        if fetch.task is None:
            return facts.joined([self.tr("Paused"), so_far]), "hint"
        if fetch.stopping:
            return self.tr("Stopping"), "hint"
        progress = fetch.task.progress
        if progress is None or not fetch.total:
            return self.tr("Asking the model hub"), "hint"
        if progress.done >= progress.total:
            return self.tr("Checking what arrived"), "hint"
        left = self._estimate.seconds_left(progress, time.monotonic())
        return facts.joined([so_far, words.time_left(left) if left is not None else ""]), "hint"

    def _name(self, key: str, text: str, fetch: Fetch) -> None:
        button = self._buttons[key]
        button.setText(text)
        button.setAccessibleName(f"{text}: {fetch.id}")
