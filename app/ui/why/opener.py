"""Opens 'Why this answer?' over a chat, asks for verdicts, and keeps test cases."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.core.errors import Cancelled, LoamError, NotFound
from app.core.process import Cancel
from app.core.types import Autopsy, Examined, Expected, Passage, TextPlace, Verdict
from app.ui import model_words
from app.ui.context import Context
from app.ui.three_pane import ThreePane
from app.ui.why.why_view import WhyView

_LONG_MS = 1000


class Opener(QObject):
    """body: where the view is shown in place of `back`; panes: whose side panel gives way."""

    def __init__(
        self, context: Context, body: QStackedWidget, back: QWidget, panes: ThreePane
    ) -> None:
        super().__init__(body)
        self._context = context
        self._body = body
        self._back = back
        self._panes = panes
        self._message = 0
        self._autopsy: Autopsy | None = None
        self._verdict: Verdict | None = None
        self._side_was_open = False
        self.view = WhyView(context.theme)
        body.addWidget(self.view)
        self.view.closed.connect(self.close)
        self.view.opened.connect(self._open_passage)
        self.view.place_opened.connect(self._open_path)
        self.view.expected.connect(self._expect_found)
        wrong = self.view.wrong
        wrong.words_given.connect(lambda words: self.judge(Expected(words=words)))
        wrong.passage_wanted.connect(self._pick)
        wrong.place_opened.connect(self._open_place)
        wrong.kept.connect(self._keep)
        wrong.cases_wanted.connect(self._show_cases)
        context.navigator.passage_picked.connect(self._picked)

    def open(self, message_id: int) -> None:
        """Explain an answer."""
        loam = self._context.loam
        try:
            autopsy = loam.autopsies.why(message_id)
        except LoamError as error:
            self._context.notices.show(error)
            return
        self._message, self._autopsy, self._verdict = message_id, autopsy, None
        if self._body.currentWidget() is not self.view:
            self._side_was_open = self._panes.side_visible
        self._body.setCurrentWidget(self.view)
        self._panes.show_side(False)
        name = model_words.from_path(autopsy.model) if autopsy.model else ""
        self.view.show_autopsy(autopsy, name)

    def close(self) -> None:
        """Back to the chat."""
        if self._body.currentWidget() is self.view:
            self._body.setCurrentWidget(self._back)
            self._panes.show_side(self._side_was_open)

    def judge(self, expected: Expected) -> None:
        """Find out what became of what was expected."""
        message = self._message
        if not expected.words:
            self.view.wrong.field.clear()
        self.view.wrong.wait(True)
        tasks, autopsies = self._context.tasks, self._context.loam.autopsies

        def work(cancel: Cancel) -> Iterator[object]:
            yield autopsies.verdict(message, expected, cancel)

        task = tasks.run(
            work,
            title=self.tr("Looking for the passage"),
            on_event=lambda verdict: self._judged(message, verdict),
            on_error=self._not_judged,
        )
        # In a large library it can take long: then it stands at the foot, with Stop.
        QTimer.singleShot(_LONG_MS, task, lambda: tasks.show(task))

    def _judged(self, message: int, verdict: object) -> None:
        if not isinstance(verdict, Verdict):
            return
        if message == self._message and self._autopsy is not None:
            self._verdict = verdict
            self.view.wrong.show_verdict(verdict, self._autopsy)
            self.view.show_wrong()

    def _not_judged(self, error: LoamError) -> None:
        self.view.wrong.wait(False)
        if not isinstance(error, Cancelled):
            self._context.notices.show(error)

    def _keep(self) -> None:
        autopsy, verdict = self._autopsy, self._verdict
        if autopsy is None or verdict is None:
            return
        cases = self._context.loam.cases
        try:
            cases.add(autopsy.question, cases.kept(verdict), autopsy.collections, autopsy.query)
        except LoamError as error:
            self._context.notices.show(error)
            return
        self.view.wrong.show_kept()
        self._context.navigator.cases_changed.emit()

    def _expect_found(self, examined: Examined) -> None:
        passage = examined.hit.passage
        self.judge(
            Expected(path=passage.path, start=passage.start, end=passage.end, text=passage.text)
        )

    def _open_passage(self, passage: Passage) -> None:
        self._context.navigator.open_document.emit(passage.file_id, passage.start, passage.end)

    def _open_path(self, path: str, start: int, end: int) -> None:
        """A document by its path, as the record has it."""
        library = self._context.loam.library
        collections = self._autopsy.collections if self._autopsy is not None else ()

        def find() -> int:
            files = (file for one in collections for file in library.files(one))
            return next((file.id for file in files if file.path == path), 0)

        def take(file_id: int) -> None:
            if file_id:
                self._context.navigator.open_document.emit(file_id, start, end)
            else:
                self._context.notices.show(NotFound(thing=path))

        self._context.tasks.call(find, take)

    def _open_place(self, place: TextPlace) -> None:
        self._context.navigator.open_document.emit(place.file.id, place.start, place.end)

    def _show_cases(self) -> None:
        self._context.navigator.show_page.emit("documents")
        self._context.navigator.show_cases.emit()

    def _pick(self) -> None:
        if self._autopsy is not None:
            # First the page, which hears of it only once it is there.
            self._context.navigator.show_page.emit("documents")
            self._context.navigator.pick_passage.emit(self._autopsy)

    def _picked(self, expected: Expected | None) -> None:
        if expected is not None and self._body.currentWidget() is self.view:
            self.judge(expected)
