"""An answer tells which other machines helped to compute it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.core.messages import AnswerDone
from app.core.process import Cancel
from app.core.types import Status
from app.services.question import Question
from tests.ui.fakes import STATS, Chats

HELPED = "Computed with help of 192.0.2.5:50052, box:50052"


def _said(chats: Chats) -> list[str]:
    labels = chats.page.view.conversation.views[-1].findChildren(QLabel)
    return [each.text() for each in labels if not each.isHidden()]


def _ask(chats: Chats, qtbot: QtBot, helpers: tuple[str, ...], count: int) -> None:
    def script(question: Question, cancel: Cancel) -> Iterator[object]:
        stats = replace(STATS, helpers=helpers)
        yield AnswerDone("At nine.", False, (), Status.COMPLETE, stats)

    chats.answering.script = script
    chats.say("When?")
    qtbot.waitUntil(lambda: chats.idle and len(chats.page.view.conversation.views) == count)


def test_machines_that_helped_are_named_below_the_answer(chats: Chats, qtbot: QtBot) -> None:
    _ask(chats, qtbot, ("192.0.2.5:50052", "box:50052"), 2)
    qtbot.waitUntil(lambda: HELPED in _said(chats))
    _ask(chats, qtbot, (), 4)
    assert not [text for text in _said(chats) if "help of" in text]
