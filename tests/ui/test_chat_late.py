"""A window that is late: answers get ahead of what it was told, and sources come when they come."""

from __future__ import annotations

import threading
import time

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.core.messages import MessageStarted
from app.core.types import Message, Role, Status
from app.ui.chat.answer_body import AnswerBody
from app.ui.chat.runs import Run
from app.ui.chat.text_view import TextView
from tests import patience
from tests.ui.fakes import Chats, says, source

MARKED = "It opens at nine [1]."


def pieces(body: QWidget | None) -> list[TextView]:
    """What shows text in an answer now; Qt keeps for a moment what was taken out."""
    assert isinstance(body, AnswerBody)
    return [each for each in body.items if isinstance(each, TextView)]


def texts(chats: Chats) -> str:
    """What stands in the last answer as text: a chip is no text."""
    views = chats.page.view.conversation.views
    if not views or views[-1].message.role is not Role.ASSISTANT:
        return ""
    return "\n".join(each.toPlainText() for each in pieces(views[-1]._body))


def copied(chats: Chats) -> str:
    """The last answer as it is copied: a chip is [n]."""
    found = pieces(chats.page.view.conversation.views[-1]._body)
    for each in found:
        each.selectAll()
    return "\n".join(each.selected_text() for each in found)


def stored(chats: Chats) -> Message | None:
    assert chats.page.chat is not None
    messages = chats.loam.chats.thread(chats.page.chat.id)
    return messages[-1] if messages else None


def attach(chats: Chats) -> None:
    assert chats.page.chat is not None
    chats.loam.chats.set_collections(chats.page.chat.id, (1,))


def done(chats: Chats, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not chats.page.view.running and chats.idle)


def test_an_answer_that_was_stored_before_the_window_heard_of_it_is_drawn_as_it_came(
    chats: Chats, qtbot: QtBot
) -> None:
    attach(chats)
    chats.answering.script = says("It opens at nine.", [source(1)], final=MARKED)
    seen: list[tuple[str, str]] = []

    def look(_run: Run, event: object) -> None:
        seen.append((type(event).__name__, texts(chats)))

    chats.page.runs.happened.connect(look)
    chats.say("When does it open?")
    # Nothing is delivered while the window does not come back to its event loop.
    deadline = time.monotonic() + patience.SECONDS
    while (last := stored(chats)) is None or last.status is not Status.COMPLETE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    done(chats, qtbot)
    assert [name for name, _text in seen].count("Token") == 4
    assert [text for _name, text in seen if "[1]" in text] == [], "a marker stood there as text"
    assert [text for _name, text in seen if text.count("nine") > 1] == [], "it stood there twice"
    assert copied(chats) == MARKED


def test_text_that_was_drawn_before_its_sources_were_known_gets_its_chips(
    chats: Chats, qtbot: QtBot
) -> None:
    body = AnswerBody(chats.page.view.painter, lambda _number: "")
    qtbot.addWidget(body)
    body.begin_stream("First [1].\n\n```\ncode [1]\n```\n\nThen [2]", ())

    def said() -> str:
        return "|".join(each.toPlainText() for each in pieces(body))

    while not body.draw():
        pass
    assert said() == "First [1].|Then [2]"
    body.set_cites((1,))
    assert "First [1]" not in said()
    assert "Then [2]" in said()
    body.show_text(body.text, (1, 2))
    qtbot.waitUntil(lambda: not body._pending)
    assert "[" not in said()


def test_an_answer_that_goes_on_keeps_the_chips_that_it_had(chats: Chats, qtbot: QtBot) -> None:
    attach(chats)
    chats.answering.script = says(
        "It opens at nine.", [source(1)], status=Status.LENGTH, final=MARKED
    )
    chats.say("When does it open?")
    done(chats, qtbot)
    go_on = threading.Event()
    chats.answering.script = says("And closes late.", [source(1)], go_on=go_on)
    started: list[str] = []
    chats.page.runs.happened.connect(
        lambda _run, event: (
            started.append(copied(chats)) if isinstance(event, MessageStarted) else 0
        )
    )
    view = chats.page.view.conversation.views[-1]
    view.resume.emit(view.message.id)
    qtbot.waitUntil(lambda: bool(started))
    assert started == [MARKED]
    assert "[1]" not in texts(chats)
    assert view.message.sources == (source(1),), "a click on a chip finds its passage"
    go_on.set()
    done(chats, qtbot)
