"""The tools that a model called, as a person sees them above the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.core.messages import AnswerDone, Token
from app.core.process import Cancel
from app.core.types import Status, ToolStep
from app.services.question import Question
from app.ui.chat.steps_view import StepsView
from tests.ui.fakes import STATS, Chats

STEPS = (
    ToolStep("search_documents", "opening hours", ("Garden guide", "Notes", "Plan", "Letters")),
    ToolStep("search_documents", "entry in winter", (), "Nothing is near enough."),
)


def searching(question: Question, cancel: Cancel) -> Iterator[object]:
    yield Token("It opens at nine.")
    stats = replace(STATS, guessed=37)
    yield AnswerDone("It opens at nine.", False, (), Status.COMPLETE, stats, steps=STEPS)


def test_searches_of_the_model_are_one_line_that_opens(chats: Chats, qtbot: QtBot) -> None:
    chats.page.show()
    chats.answering.script = searching
    chats.say("When does it open?")
    qtbot.waitUntil(lambda: bool(chats.page.findChildren(StepsView)) and chats.idle)
    (view,) = chats.page.findChildren(StepsView)
    assert view.button.text() == "The model searched your documents 2 times"
    assert view.button.accessibleName() == view.button.text()
    assert not view.text.isVisible()
    closed = view.height()
    QTest.mouseClick(view.button, Qt.MouseButton.LeftButton)
    assert view.text.isVisible()
    assert "“opening hours”: found in Garden guide, Notes, Plan and 1 more" in view.text.text()
    assert "“entry in winter”: Nothing is near enough." in view.text.text()
    qtbot.waitUntil(lambda: view.height() > closed)
    tips = {each.toolTip() for each in chats.page.findChildren(QLabel)}
    told = "60 tokens written, 37 of them guessed ahead; 120 read, 40 of them remembered"
    assert told in tips
    # Opened again, the chat still says so.
    assert chats.page.chat is not None
    chats.page.open_chat(chats.page.chat.id)
    answer = chats.loam.chats.thread(chats.page.chat.id)[-1]
    assert answer.steps == STEPS
