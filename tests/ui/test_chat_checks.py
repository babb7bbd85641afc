"""Sentences that no source says are marked in the answer, summed up below it, and can be hidden."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from app.core.messages import AnswerDone
from app.core.process import Cancel
from app.core.types import Status
from app.services import checking
from app.services.question import Question
from app.ui.chat.check_line import CheckLine
from app.ui.chat.message_view import MessageView
from app.ui.chat.text_view import TextView
from app.ui.render import doubts
from tests.ui.fakes import STATS, Chats, source

TEXT = """The library **opens at nine** [1]. It costs **20 euros** a year.

1. Dogs are *not allowed inside.*
2. The library opens at nine [1].

| Day | Hours |
|---|---|
| Sunday | closed at seven |
"""


def ask(chats: Chats, qtbot: QtBot, text: str = TEXT) -> MessageView:
    sources = (source(1),)

    def script(question: Question, cancel: Cancel) -> Iterator[object]:
        checks = checking.check(text, sources)
        yield AnswerDone(text, False, sources, Status.COMPLETE, STATS, checks=checks)

    chats.answering.script = script
    chats.say("What does it cost?")
    qtbot.waitUntil(lambda: chats.idle and len(chats.page.view.conversation.views) == 2)
    view = chats.page.view.conversation.views[-1]
    qtbot.waitUntil(lambda: bool(view.findChildren(CheckLine)))
    return view


def texts(view: MessageView) -> list[TextView]:
    """Those that are shown, from top to bottom."""
    shown = [each for each in view.findChildren(TextView) if not each.isHidden()]
    return sorted(shown, key=lambda each: each.y())


def underlined(view: MessageView) -> str:
    """The words with dots under them."""
    found = []
    for text in texts(view):
        for piece in text._fragments():
            style = piece.charFormat().underlineStyle()
            if style == QTextCharFormat.UnderlineStyle.DotLine:
                found.append(piece.text())
    return " ".join("".join(found).split())


def test_what_no_source_says_is_underlined_and_the_rest_is_not(chats: Chats, qtbot: QtBot) -> None:
    view = ask(chats, qtbot)
    marked = "It costs 20 euros a year.Dogs are not allowed inside.Sundayclosed at seven"
    assert underlined(view) == marked
    chats.page.view.painter.restyled.emit()
    assert underlined(view) == marked, "another theme leaves them there"
    plain = "\n".join(each.toPlainText() for each in texts(view))
    assert not doubts.OURS.search(plain)
    told = "\n".join(each.accessibleDescription() for each in texts(view))
    assert "No passage says this. “20 euros” is not in the passages. “It costs 20 euros" in told


def test_a_mark_says_why_when_it_is_chosen(
    chats: Chats, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _of: shown.append(text))
    text = next(each for each in texts(ask(chats, qtbot)) if "20 euros" in each.toPlainText())
    text.anchorClicked.emit(QUrl("check:0"))
    assert shown == [
        "<p>No passage says this. “20 euros” is not in the passages.</p>",
    ]


def test_the_line_below_sums_up_and_hides_the_marks_for_good(chats: Chats, qtbot: QtBot) -> None:
    view = ask(chats, qtbot)
    (line,) = view.findChildren(CheckLine)
    assert line.words.text() == (
        "Check: 2 of 5 sentences stand in the sources. A check, not a proof."
    )
    assert line.switch.text() == "Hide marks"
    line.switch.click()
    assert underlined(view) == ""
    assert line.switch.text() == "Show marks"
    chats.page.view.open(chats.loam.chats.get(view.message.chat_id))
    again = chats.page.view.conversation.views[-1]
    qtbot.waitUntil(lambda: bool(again.findChildren(CheckLine)))
    assert underlined(again) == ""
    again.findChildren(CheckLine)[0].switch.click()
    assert "20 euros" in underlined(again)


def test_where_all_stands_in_the_sources_nothing_is_marked(chats: Chats, qtbot: QtBot) -> None:
    view = ask(chats, qtbot, "The library opens at nine [1].")
    (line,) = view.findChildren(CheckLine)
    assert line.words.text().startswith("Check: 1 of 1 sentence stands")
    assert line.switch.isHidden()
    assert underlined(view) == ""


@pytest.mark.parametrize("hostile", ["\ue100\ue101 a. ", "\ue0d1"])
def test_private_letters_of_the_model_are_no_marks(hostile: str) -> None:
    assert doubts.marked(hostile + "It is so.", [(1, 4)]) == hostile + "It is so."


def test_marks_leave_markdown_and_links_as_they_are() -> None:
    text = "**All bold.** See https://example.org/a. `x` is 5."
    places = [(2, 13), (14, 40), (41, 50)]
    marked = doubts.marked(text, places)
    assert doubts.without(marked) == text
    assert marked.startswith("**\ue100All bold.\ue0d1**")
    made = doubts.linked('<p>\ue100a <a href="http://x\ue0d1">b\ue0d1</a> c</p>')
    assert made == '<p><a class="unsaid" href="check:0">a </a><a href="http://x">b</a> c</p>'
