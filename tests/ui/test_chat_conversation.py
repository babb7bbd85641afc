"""Long chats: few widgets, a reading place that stays, scrolling only for a reader at the end."""

from __future__ import annotations

import itertools
import time

import pytest
from pytestqt.qtbot import QtBot

from app.core.types import Message, Role, Status
from app.ui.chat.conversation import Conversation
from app.ui.chat.stretch import PAGE
from tests.ui.fakes import Chats


def message(number: int, chat_id: int = 1) -> Message:
    role = Role.USER if number % 2 else Role.ASSISTANT
    text = f"Message {number}. " + "Some words that fill a line or two of it. " * (number % 7)
    parent = number - 1 if number > 1 else None
    return Message(number, chat_id, parent, role, text, Status.COMPLETE, 0.0)


class Thread:
    """A chat of `count` messages in memory, fetched as the service would."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.fetched: list[int | None] = []

    def __call__(self, before: int | None) -> list[Message]:
        self.fetched.append(before)
        end = self.count + 1 if before is None else before
        return [message(n) for n in range(max(1, end - PAGE), end)]


@pytest.fixture
def talk(chats: Chats, qtbot: QtBot) -> Conversation:
    made = Conversation(chats.page.view.painter)
    qtbot.addWidget(made)
    made.resize(800, 500)
    made.show()
    return made


def settled(talk: Conversation, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not talk._fill_timer.isActive())


def test_it_opens_at_the_end_with_few_widgets(talk: Conversation, qtbot: QtBot) -> None:
    thread = Thread(10_000)
    talk.open(thread)
    settled(talk, qtbot)
    bar = talk.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    assert talk.views[-1].message.id == 10_000
    assert len(talk.views) <= 40
    assert len(thread.fetched) <= 2


def test_scrolling_up_loads_what_was_before_and_drops_what_is_far(
    talk: Conversation, qtbot: QtBot
) -> None:
    talk.open(Thread(300))
    settled(talk, qtbot)
    bar = talk.verticalScrollBar()
    for _ in range(200):
        if talk.views[0].message.id == 1 and bar.value() == 0:
            break
        bar.setValue(max(0, bar.value() - 400))
        settled(talk, qtbot)
        ids = [view.message.id for view in talk.views]
        assert ids == list(range(ids[0], ids[-1] + 1)), "no gap, nothing twice"
        assert len(ids) < 90
    assert talk.views[0].message.id == 1
    assert talk.views[-1].message.id < 300, "the end was dropped"
    talk.to_end()
    settled(talk, qtbot)
    assert talk.views[-1].message.id == 300
    assert bar.value() == bar.maximum()


def test_the_reading_place_stays_while_earlier_messages_come(
    talk: Conversation, qtbot: QtBot
) -> None:
    talk.open(Thread(200))
    settled(talk, qtbot)
    bar = talk.verticalScrollBar()
    bar.setValue(bar.maximum() - 900)
    for _ in range(6):
        anchor = talk._anchor()
        assert anchor is not None
        view, offset = anchor
        for _turn in range(30):
            talk._fill()
            assert view.y() - bar.value() == offset, "what is read moved"
        settled(talk, qtbot)
        bar.setValue(max(0, bar.value() - 300))


def test_streaming_follows_only_a_reader_at_the_end(talk: Conversation, qtbot: QtBot) -> None:
    talk.open(Thread(60))
    settled(talk, qtbot)
    answer = Message(61, 1, 60, Role.ASSISTANT, "", Status.STREAMING, 0.0)
    view = talk.append(answer)
    view.begin_stream("", ())
    bar = talk.verticalScrollBar()

    def more() -> None:
        view.append("A new paragraph of the answer.\n\n" * 4)
        view.draw()
        talk.settle()

    more()
    assert bar.value() == bar.maximum()
    bar.setValue(bar.maximum() - 300)
    kept = bar.value()
    more()
    assert bar.value() == kept
    assert talk._down.isVisible()
    talk._down.click()
    assert bar.value() == bar.maximum()
    more()
    assert bar.value() == bar.maximum()
    assert not talk._down.isVisible()


def test_an_append_costs_the_same_in_a_long_chat(talk: Conversation, qtbot: QtBot) -> None:
    def cost(count: int) -> float:
        talk.open(Thread(count))
        settled(talk, qtbot)
        spent = []
        for extra in range(20):
            began = time.thread_time()
            talk.append(message(count + 1 + extra))
            spent.append(time.thread_time() - began)
            settled(talk, qtbot)
        return sorted(spent)[len(spent) // 2]

    cost(100)  # what is slow only once
    found: list[tuple[float, float]] = []
    for _ in range(10):  # other work on the machine shows in both; one quiet moment will do
        found.append((cost(100), cost(10_000)))
        short, long = (min(each) for each in zip(*found, strict=True))
        if long <= 1.5 * short + 0.001:
            break
    assert long <= 1.5 * short + 0.001, f"{long:.4f} s in a long chat, {short:.4f} s in a short one"


def test_narrower_windows_wrap_anew_and_keep_the_place(talk: Conversation, qtbot: QtBot) -> None:
    talk.open(Thread(100))
    settled(talk, qtbot)
    bar = talk.verticalScrollBar()
    bar.setValue(bar.maximum() - 700)
    anchor = talk._anchor()
    assert anchor is not None
    view, _ = anchor
    before = talk._column.height()
    talk.resize(420, 500)
    settled(talk, qtbot)
    assert talk._column.height() > before
    now = talk._anchor()
    assert now is not None
    assert abs(now[0].message.id - view.message.id) <= 1
    for each in talk.views:
        for inner in each.items:
            assert inner.isHidden() or inner.width() == each.width()
    bottoms = [(each.y(), each.y() + each.height()) for each in talk.views]
    for (_, end), (start, _) in itertools.pairwise(bottoms):
        assert end <= start, "messages lie on each other"


def test_pointing_at_a_message_moves_nothing(talk: Conversation, qtbot: QtBot) -> None:
    talk.open(Thread(30))
    settled(talk, qtbot)
    view = talk.views[-4]
    places = [each.geometry() for each in talk.views]
    for shown in (True, False):
        view._actions.reveal(shown)
        qtbot.wait(20)
        talk.settle()
        assert [each.geometry() for each in talk.views] == places
