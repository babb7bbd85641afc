"""One message: what the person wrote, or an answer with its state and what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.core.types import Over, Role, Status
from app.ui.chat.answer_body import AnswerBody
from app.ui.chat.flow import Flow
from app.ui.chat.message_actions import MessageActions
from app.ui.chat.painter import Painter
from app.ui.chat.source_words import tooltip
from app.ui.chat.user_bubble import EditBox, UserBubble
from app.ui.tokens import S4

if TYPE_CHECKING:
    from app.core.types import Message, Source
    from app.ui.chat.check_line import CheckLine
    from app.ui.chat.nearest import Nearest
    from app.ui.chat.steps_view import StepsView


class MessageView(Flow):
    """Draws a Message. While its answer streams: `begin_stream`, `append`, `draw`, then
    `show_message` with what was stored at last."""

    regenerate = Signal(int)
    resume = Signal(int)
    edited = Signal(int, str)
    branch = Signal(int, int)
    over = Signal(int, object)
    why = Signal(int)
    anyway = Signal(int, bool)
    rated = Signal(int, int)
    rewritten = Signal(int, str)
    cited = Signal(int, int)
    chosen = Signal(int)
    grew = Signal()

    def __init__(self, painter: Painter, message: Message) -> None:
        super().__init__(S4)
        self._painter = painter
        self.message = message
        self.streaming = False
        self._pinned = False
        self._body: AnswerBody | None = None
        self._bubble: UserBubble | None = None
        self._edit_box: EditBox | None = None
        self._lasting = False
        self._nearest: Nearest | None = None
        self._steps: StepsView | None = None
        self._checked: CheckLine | None = None
        self._where: QLabel | None = None
        self._state = QLabel()
        self._state.setWordWrap(True)
        self._actions = MessageActions(painter)
        self._actions.copied.connect(self._copy)
        self._actions.regenerate.connect(lambda: self.regenerate.emit(self.message.id))
        self._actions.resume.connect(lambda: self.resume.emit(self.message.id))
        self._actions.edit.connect(self.begin_edit)
        self._actions.why.connect(lambda: self.why.emit(self.message.id))
        self._actions.rated.connect(lambda rating: self.rated.emit(self.message.id, rating))
        self._actions.branch.connect(lambda to: self.branch.emit(self.message.id, to))
        self._actions.over.connect(lambda which: self.over.emit(self.message.id, which))
        if message.role is Role.USER:
            self._bubble = UserBubble(painter, message.content, message.pictures)
            self._bubble.grew.connect(self._changed)
            self.add(self._bubble)
        else:
            self._body = AnswerBody(painter, self._passage, self._doubt)
            painter.marks_changed.connect(self._mark)
            self._body.cited.connect(lambda number: self.cited.emit(self.message.id, number))
            self._body.grew.connect(self._changed)
            self.add(self._body)
        self.add(self._state)
        self.add(self._actions)
        # One stop for the Tab key, which also reveals the actions.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(
            self.tr("Your message") if message.role is Role.USER else self.tr("Answer")
        )
        self.show_message(message)

    def show_message(self, message: Message) -> None:
        """Draw what is stored."""
        self.message = message
        self.streaming = False
        self._show_steps()
        self._show_answer()
        self._show_state(*self._state_words())
        if message.elsewhere and self._where is None:
            from app.ui.chat.where_badge import where_label

            self._where = where_label(message)
            self.insert(self.items.index(self._actions), self._where)
        self._offer_nearest()
        self._actions.show_message(message)
        self._actions.setVisible(message.status is not Status.STREAMING)
        self.touch()
        self.reveal_if_due()

    def _show_steps(self) -> None:
        """Above an answer, the tools that the model called for it."""
        if not self.message.steps:
            return
        if self._steps is None:
            from app.ui.chat.steps_view import StepsView

            self._steps = StepsView(self._painter)
            self._steps.toggled.connect(self._changed)
            self.insert(0, self._steps)
        self._steps.show_steps(self.message.steps)

    def _offer_nearest(self) -> None:
        """Under a question that was declined, what comes nearest, and an answer all the same."""
        if self.message.declined == (self._nearest is not None):
            return
        if self._nearest is not None:
            self.take(self._nearest)
            self._nearest = None
            return
        from app.ui.chat.nearest import Nearest

        self._nearest = Nearest(self.message.sources)
        self._nearest.opened.connect(lambda number: self.cited.emit(self.message.id, number))
        self._nearest.anyway.connect(lambda near: self.anyway.emit(self.message.id, near))
        self.insert(self.items.index(self._actions), self._nearest)

    def begin_stream(self, text: str, sources: tuple[Source, ...]) -> None:
        """The answer is being written; `text` is there already."""
        self.streaming = True
        self.message = replace(self.message, sources=sources)
        assert self._body is not None
        self._body.begin_stream(text, [each.number for each in sources])
        self._actions.hide()
        if self._checked is not None:
            self._checked.hide()
        self._show_state("", "")
        self.touch()

    def append(self, text: str) -> None:
        """More of the answer; `draw` shows it."""
        assert self._body is not None
        self._body.append(text)

    def draw(self) -> bool:
        """Show what was appended, as far as a frame allows; whether that was all. The line about
        the work goes now that words come."""
        assert self._body is not None
        whole = self._body.draw()
        if self._body.text and not self._lasting and not self._state.isHidden():
            self._show_state("", "")
        return whole

    def show_sources(self, sources: tuple[Source, ...]) -> None:
        """Passages were found for the answer under way."""
        assert self._body is not None
        self.message = replace(self.message, sources=sources)
        self._body.set_cites([each.number for each in sources])

    def show_work(self, words: str, lasting: bool = False) -> None:
        """Say what goes on while no words come; lasting: and also while they do."""
        self._lasting = lasting
        self._show_state(words, "quiet")

    def pin_actions(self, pinned: bool) -> None:
        """Show the actions without hover, as for the last answer."""
        self._pinned = pinned
        self.reveal_if_due()

    def reveal_if_due(self) -> None:
        """Show the actions while the message is pointed at or has the focus."""
        focus = QApplication.focusWidget()
        within = focus is not None and (focus is self or self.isAncestorOf(focus))
        self._actions.reveal(self._pinned or within or self.underMouse())

    def begin_edit(self) -> None:
        """Let the person write the message anew."""
        if self.streaming or self._edit_box is not None:
            return
        self._edit_box = EditBox(
            self.message.content, self._painter.keys, answer=self._body is not None
        )
        self._edit_box.accepted.connect(self._finish_edit)
        self._edit_box.given_up.connect(self.end_edit)
        self.insert(0, self._edit_box)
        self._said.hide()
        self._actions.hide()
        self._changed()
        self._edit_box.field.setFocus()

    def end_edit(self) -> None:
        """Give up writing anew."""
        if self._edit_box is not None:
            self.take(self._edit_box)
            self._edit_box = None
            self._said.show()
            self._actions.show()
            self._changed()
            # The focus was in the box; without this it would go to the first thing in the window.
            self.setFocus()

    @property
    def _said(self) -> QWidget:
        """What shows the text."""
        said = self._bubble if self._bubble is not None else self._body
        assert said is not None
        return said

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._actions.reveal(True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.reveal_if_due()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.reveal_if_due()
        self.chosen.emit(self.message.id)

    def _changed(self) -> None:
        self.touch()
        self.grew.emit()

    def _finish_edit(self, text: str) -> None:
        self.end_edit()
        said = self.edited if self._body is None else self.rewritten
        said.emit(self.message.id, text)

    def _copy(self) -> None:
        self._actions.copy_to_clipboard(self.message.content)

    def _passage(self, number: int) -> str:
        for source in self.message.sources:
            if source.number == number:
                return tooltip(source)
        return ""

    def _show_answer(self) -> None:
        """The text of an answer, with what its check found."""
        message = self.message
        if self._body is None:
            return
        wrong = [(each.start, each.end) for each in message.checks if not each.supported]
        if not self._painter.marks:
            wrong = []
        self._body.show_text(message.content, [each.number for each in message.sources], wrong)
        if message.checks:
            if self._checked is None:
                from app.ui.chat.check_line import CheckLine

                self._checked = CheckLine(self._painter)
                self.insert(1, self._checked)
            self._checked.show_checks(message.checks)
        if self._checked is not None:
            self._checked.setVisible(bool(message.checks))

    def _mark(self) -> None:
        if self.message.checks and not self.streaming:
            self._show_answer()
            self._changed()

    def _doubt(self, number: int) -> str:
        from app.ui.chat.check_line import doubt_words

        wrong = [each for each in self.message.checks if not each.supported]
        return doubt_words(wrong[number]) if number < len(wrong) else ""

    def _state_words(self) -> tuple[str, str]:
        message = self.message
        if message.declined:
            words = self.tr("Nothing in the attached documents is near enough to the question.")
            return f"{words} {message.note}".strip(), "hint"
        note = message.note
        if message.rewrites:
            return self.tr("You wrote this version"), "hint"
        if message.status is Status.STOPPED:
            how_far = message.over is Over.EVERYTHING and note
            return note[:1].upper() + note[1:] if how_far else self.tr("Stopped"), "hint"
        if message.status is Status.LENGTH:
            return "; ".join(filter(None, (self.tr("Cut at the length limit"), note))), "hint"
        if message.status is Status.FAILED:
            return note or self.tr("The answer could not be finished."), "danger-text"
        return note[:1].upper() + note[1:], "hint"

    def _show_state(self, words: str, kind: str) -> None:
        self._state.setText(words)
        if self._state.property("kind") != kind:
            self._state.setProperty("kind", kind)
            self._state.style().unpolish(self._state)
            self._state.style().polish(self._state)
        self._state.setVisible(bool(words))
        self.touch()
