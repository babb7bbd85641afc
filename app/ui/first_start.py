"""The first start: from nothing to a cited answer on the sample documents in three clicks.

Try it here, click an example question in the chat that opens, click a citation in the answer.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.core import messages, paths, types
from app.core.errors import LoamError
from app.core.messages import Progress
from app.core.process import Cancel
from app.ui.context import Context
from app.ui.footer import progress_text
from app.ui.icons import pixmap
from app.ui.tasks import Task
from app.ui.tokens import S4, S8, S12, S16, S24, S32

_log = logging.getLogger(__name__)
_WIDTH = 620
_MOST_QUESTIONS = 3


class FirstStart(QWidget):
    """The welcome. `left` comes when the person goes on, with or without the samples."""

    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setProperty("kind", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

        title = QLabel(self.tr("Ask your own documents"))
        title.setProperty("kind", "display")
        sentence = QLabel(
            self.tr("Loam answers from your files and shows where each answer stands.")
        )
        sentence.setProperty("kind", "subtitle")
        sentence.setWordWrap(True)
        column = QVBoxLayout()
        column.setSpacing(S8)
        column.addWidget(title)
        column.addWidget(sentence)
        column.addSpacing(S24)
        for picture, words in (
            ("lock", self.tr("Everything stays on this machine: no account, no cloud.")),
            ("files", self.tr("PDF, Word, slides, sheets, web pages, books, notes and code.")),
            ("quote", self.tr("Click a number in an answer to see the passage it rests on.")),
        ):
            column.addWidget(self._fact(picture, words))
        column.addSpacing(S24)

        self._try = QPushButton(self.tr("Try it on the sample documents"))
        self._try.setProperty("kind", "primary")
        self._try.setAccessibleName(self._try.text())
        self._try.clicked.connect(context.navigator.prepare_samples)
        self._skip = QPushButton(self.tr("Start with an empty chat"))
        self._skip.setProperty("kind", "quiet")
        self._skip.setAccessibleName(self._skip.text())
        self._skip.clicked.connect(self.left)
        buttons = QHBoxLayout()
        buttons.setSpacing(S12)
        self._stop = QPushButton(self.tr("Stop"))
        self._stop.setAccessibleName(self.tr("Stop reading the sample documents"))
        self._stop.hide()
        buttons.addWidget(self._try)
        buttons.addWidget(self._stop)
        buttons.addWidget(self._skip)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addSpacing(S16)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Reading the sample documents"))
        self._state = QLabel()
        self._state.setProperty("kind", "hint")
        for widget in (self._bar, self._state):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
            widget.hide()
            column.addWidget(widget)

        inside = QWidget()
        inside.setMaximumWidth(max(_WIDTH, round(context.theme.scaled(_WIDTH))))
        inside.setLayout(column)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(inside, 100)
        across.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S32, S32, S32, S32)
        layout.addStretch(2)
        layout.addLayout(across)
        layout.addStretch(3)

    def begin(self) -> None:
        """Put the focus on what to do first."""
        self._try.setFocus()

    def follow(self, task: Task) -> None:
        """Show how far reading the samples is."""
        self._try.hide()
        self._stop.show()
        self._stop.clicked.connect(task.cancel)
        self._bar.setRange(0, 0)
        self._state.setText(self.tr("Starting"))
        self._bar.show()
        self._state.show()
        task.delivered.connect(self._progress)
        task.finished.connect(self._over)

    def _progress(self, event: object) -> None:
        if isinstance(event, Progress) and event.total > 0:
            self._bar.setRange(0, round(event.total * 100))
            self._bar.setValue(round(event.done * 100))
            self._state.setText(
                self.tr("Reading the sample documents: {n}").replace("{n}", progress_text(event))
            )

    def _over(self) -> None:
        self._try.show()
        self._stop.hide()
        self._bar.hide()
        self._state.hide()

    def _fact(self, picture: str, words: str) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, S4, 0, S4)
        layout.setSpacing(S12)
        image = QLabel()
        accent = self._context.theme.tokens.accent
        image.setPixmap(pixmap(picture, accent, 20, self.devicePixelRatioF()))
        text = QLabel(words)
        text.setWordWrap(True)
        layout.addWidget(image)
        layout.addWidget(text, 1)
        return row


class Samples:
    """Indexes the sample documents into a collection of their own and opens a chat with it."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name
        self._running: Task | None = None
        self._collection: types.Collection | None = None

    @property
    def running(self) -> Task | None:
        """The run that is under way."""
        return self._running

    def prepare(self, title: str, shown: bool) -> Task:
        """Begin, or give the run that is under way. shown: at the foot of the window."""
        if self._running is None:
            self._running = self._context.tasks.run(
                self._work, title=title, shown=shown, on_event=self._take, on_done=self._over
            )
        return self._running

    def _work(self, cancel: Cancel) -> Iterator[object]:
        library = self._context.loam.library
        known = {each.name: each for each in library.collections()}
        collection = known.get(self._name) or library.create(self._name)
        yield collection
        yield from library.add(collection.id, library.samples(), cancel)

    def _take(self, event: object) -> None:
        if isinstance(event, types.Collection):
            self._collection = event
        elif isinstance(event, messages.FileChanged):
            self._context.navigator.file_changed.emit(event)
        elif (
            isinstance(event, messages.Indexed)
            and not event.stopped
            and self._collection is not None
        ):
            navigator = self._context.navigator
            navigator.library_changed.emit()
            navigator.new_chat.emit((self._collection.id,))
            navigator.suggest_questions.emit(example_questions())

    def _over(self) -> None:
        self._running = None
        self._context.navigator.library_changed.emit()


def example_questions() -> tuple[str, ...]:
    """A few questions that the sample documents answer, from sample_questions.json."""
    try:
        path = paths.resources() / "sample_questions.json"
        raw = json.loads(path.read_text(encoding="utf-8"))
        return tuple(str(each["question"]) for each in raw["questions"][:_MOST_QUESTIONS])
    except (OSError, ValueError, TypeError, KeyError):
        _log.warning("The example questions could not be read", exc_info=True)
        return ()


def mark_welcomed(context: Context) -> None:
    """Never welcome this person again; a disk that refuses is told as any error."""
    if not context.loam.settings.current.welcomed:
        try:
            context.loam.settings.change(welcomed=True)
        except LoamError as error:
            context.notices.show(error)
