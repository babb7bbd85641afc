"""The real window over the real services: real model, real index, real processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QTextEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.core.types import Message, Role
from app.services import assemble
from app.training import tinymodel
from app.ui.app import make_application, make_context, make_window
from app.ui.chat.message_view import MessageView
from app.ui.notices import Notices
from app.ui.pages.chats import ChatsPage
from app.ui.pages.documents import DocumentsPage
from tests import patience

PATIENCE_MS = patience.MS
ENDLESS = "Write a long story about a lighthouse keeper and the sea."


# Makes a tiny model one that converses; without one it gets a page to write on.
TEMPLATE = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights that converses."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tinymodel.write(path, seed=3, template=TEMPLATE)
    return path


class Person:
    """Somebody in front of the window: what they do and what they see."""

    def __init__(self, profile: Profile, qtbot: QtBot, welcomed: bool = True) -> None:
        self.qtbot = qtbot
        application = make_application()
        self.loam = assemble.build(profile)
        for child in (self.loam.engine, self.loam.retrieval):
            child._grace = patience.SECONDS
        self.loam.settings.change(welcomed=welcomed, max_tokens=192)
        self.notices = Notices()
        self.context = make_context(self.loam, self.notices, application)
        self.window = make_window(self.context)
        self.window.resize(1280, 800)
        self.window.show()

    @property
    def chats(self) -> ChatsPage:
        page = self.window.show_page("chats")
        assert isinstance(page, ChatsPage)
        return page

    @property
    def reading(self) -> bool:
        """Whether the Documents page is in front."""
        return isinstance(self.window.page, DocumentsPage)

    @property
    def documents(self) -> DocumentsPage:
        page = self.window.page
        assert isinstance(page, DocumentsPage)
        return page

    def type(self, text: str) -> None:
        """Type into the composer and press Enter."""
        field = self.chats.view.composer.field
        field.setFocus()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def begin_endless(self) -> None:
        """Ask for what the model then writes for minutes: without a penalty it tells the same
        again and again. An answer of ordinary length can end before a test gets to act on it."""
        settings = self.chats.side.settings
        settings.temperature.setValue(0.0)
        settings.repeat_penalty.setValue(1.0)
        settings.max_tokens.setValue(0)
        settings.context_length.setValue(8192)
        settings.flush()
        self.type(ENDLESS)

    def limit(self, tokens: int) -> None:
        """From now on answers in this chat are so long at most."""
        self.chats.side.settings.max_tokens.setValue(tokens)
        self.chats.side.settings.flush()

    def wait_for_answer(self) -> Message:
        """Wait until nothing is being written; the last message."""
        self.qtbot.waitUntil(lambda: not self.chats.view.running, timeout=PATIENCE_MS)
        return self.messages()[-1]

    def ask(self, text: str) -> Message:
        self.type(text)
        self.qtbot.waitUntil(lambda: self.chats.view.running, timeout=PATIENCE_MS)
        return self.wait_for_answer()

    def wait_for_words(self, count: int = 1) -> None:
        """Wait until so much of the answer stands in the window."""

        def written() -> bool:
            views = self.views()
            answering = bool(views) and views[-1].message.role is Role.ASSISTANT
            return answering and len(drawn(views[-1]).split()) >= count

        self.qtbot.waitUntil(written, timeout=PATIENCE_MS)

    def messages(self) -> list[Message]:
        """What the store has for the chat in front."""
        chat = self.chats.chat
        assert chat is not None
        return self.loam.chats.thread(chat.id, limit=1000)

    def views(self) -> list[MessageView]:
        """The messages drawn, in order."""
        views = self.chats.view.conversation.findChildren(MessageView)
        return sorted((v for v in views if v.isVisible()), key=lambda v: v.message.id)

    def press(self, name: str, within: QWidget | None = None) -> None:
        """Click the visible button with this accessible name."""
        parent = within or self.window
        found = [
            b
            for kind in (QPushButton, QToolButton)
            for b in parent.findChildren(kind)
            if (b.accessibleName() or b.text()).startswith(name) and b.isVisible()
        ]
        assert len(found) == 1, f"{len(found)} buttons called {name}"
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def hover(self, view: MessageView) -> None:
        """Move the pointer over a message, so that its actions show."""
        QApplication.sendEvent(view, QEvent(QEvent.Type.Enter))
        view.setFocus()

    def drop(self, *paths: Path) -> None:
        """Drag files over the window and let them go, as the windowing system tells it."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        at = QPoint(self.window.width() // 2, self.window.height() // 2)
        how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
        keys = Qt.KeyboardModifier.NoModifier
        handle = self.window.windowHandle()
        enter = QDragEnterEvent(at, *how, keys)
        QApplication.sendEvent(handle, enter)
        assert enter.isAccepted()
        let_go = QDropEvent(QPointF(at), *how, keys)
        QApplication.sendEvent(handle, let_go)
        assert let_go.isAccepted()

    def wait_for_reading(self) -> None:
        """Wait until the documents of the chat's collections are all read."""

        def read() -> bool:
            return not self.context.tasks.shown and not self.context.tasks.running

        self.qtbot.waitUntil(lambda: self.chats.chat is not None, timeout=PATIENCE_MS)
        self.qtbot.waitUntil(
            lambda: bool(self.chats.chat and self.chats.chat.collections), timeout=PATIENCE_MS
        )
        self.qtbot.waitUntil(read, timeout=PATIENCE_MS)

    def errors(self) -> list[str]:
        """What the window told of trouble so far."""
        return [str(error) for error in self.notices.recent]

    def close(self) -> None:
        self.window.close()
        self.loam.close()
        self.window.deleteLater()


@pytest.fixture
def person(qtbot: QtBot, profile: Profile) -> Iterator[Person]:
    """A person in front of a fresh window."""
    with somebody(profile, qtbot) as made:
        yield made


@contextmanager
def somebody(profile: Profile, qtbot: QtBot, welcomed: bool = True) -> Iterator[Person]:
    """A window for as long as the context lasts."""
    made = Person(profile, qtbot, welcomed)
    try:
        yield made
    finally:
        made.close()


def drawn(view: MessageView) -> str:
    """The words of a message as they stand in the window."""
    parts = view.findChildren(QTextEdit)
    return "\n".join(p.toPlainText() for p in sorted(parts, key=lambda p: p.y()) if p.isVisible())


def letters(text: str) -> str:
    """Without what is drawn otherwise than it is written: spaces, list marks, odd characters."""
    return "".join(filter(str.isalpha, text))


def kill(pid: int | None) -> None:
    """End a child as the system does when memory runs out."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def children(pid: int) -> list[psutil.Process]:
    """All processes that a process started, and those that they started."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
