"""Rendered text: it loads nothing but Loam's own pictures and opens nothing unasked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QImage, QTextDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.chat import links
from app.ui.chat.answer_body import AnswerBody
from app.ui.chat.code_block import CodeBlock
from app.ui.chat.text_view import TextView
from app.ui.chat.thinking_view import ThinkingView
from tests.ui.fakes import Chats

IMAGE = QTextDocument.ResourceType.ImageResource.value


def body(chats: Chats, qtbot: QtBot, text: str, cites: tuple[int, ...] = ()) -> AnswerBody:
    made = AnswerBody(chats.page.view.painter, lambda number: f"passage {number}")
    qtbot.addWidget(made)
    made.resize(700, 100)
    made.show_text(text, cites)
    made.resize(700, made.settle())
    made.show()
    return made


def test_files_are_never_read(chats: Chats, qtbot: QtBot, tmp_path: Path) -> None:
    picture = QImage(40, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    assert picture.save(str(tmp_path / "secret.png"))
    view = TextView(chats.page.view.painter)
    qtbot.addWidget(view)
    address = QUrl.fromLocalFile(str(tmp_path / "secret.png"))
    for each in (address, QUrl("//host/share/x.png"), QUrl("http://x.org/a.png"), QUrl("chip:x")):
        loaded = view.loadResource(IMAGE, each)
        assert isinstance(loaded, QImage)
        assert (loaded.width(), loaded.height()) == (1, 1)
    # Even HTML that asks for the file outright draws nothing of it.
    view.resize(200, 100)
    view.setHtml(f'<img src="{address.toString()}"><img src="{tmp_path / "secret.png"}">')
    view.show()
    shot = view.grab().toImage()
    colors = {shot.pixelColor(x, y).name() for x in range(0, 200, 4) for y in range(0, 100, 4)}
    assert "#ff0000" not in colors


def test_a_link_asks_first_and_shows_the_whole_address(
    chats: Chats, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    address = "https://example.org/" + "a" * 300 + "?x=1&y"
    view = TextView(chats.page.view.painter)
    qtbot.addWidget(view)
    view.show()
    box = links.ask_and_open(view, address)
    assert box is not None
    assert box.shown.toPlainText() == address
    assert opened == []
    assert box.cancel_button.isDefault(), "Enter must not open it"
    assert not box.open_button.autoDefault()
    box.open_button.click()
    assert opened == [address]


@pytest.mark.parametrize(
    "address", ["mailto:a@b.c", "file:///etc/passwd", "javascript:x", "//host/x", "ftp://a.b/c"]
)
def test_other_links_are_refused(
    chats: Chats, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    view = TextView(chats.page.view.painter)
    qtbot.addWidget(view)
    view.anchorClicked.emit(QUrl(address))
    assert view.window().findChildren(links.LinkDialog) == []
    assert opened == []


def test_a_chip_tells_its_number(chats: Chats, qtbot: QtBot) -> None:
    made = body(chats, qtbot, "It opens at nine [2].", (2,))
    (view,) = made.findChildren(TextView)
    at = next(QPoint(x, 12) for x in range(0, 400, 2) if view.anchorAt(QPoint(x, 12)) == "cite:2")
    with qtbot.waitSignal(made.cited) as told:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert told.args == [2]


def test_copied_text_names_citations_and_formulas(chats: Chats, qtbot: QtBot) -> None:
    made = body(chats, qtbot, "At nine [1], since $x^2$ holds.", (1,))
    qtbot.waitUntil(lambda: "$x^2$" not in made.findChildren(TextView)[0].toPlainText())
    (view,) = made.findChildren(TextView)
    view.selectAll()
    assert view.createMimeDataFromSelection().text() == "At nine [1], since $x^2$ holds."


@pytest.mark.parametrize(
    "view", ["app.ui.chat.text_view.TextView", "app.ui.documents.rich_reader.RichField"]
)
def test_the_program_ends_well_with_a_copied_text_on_the_clipboard(view: str) -> None:
    module, _, name = view.rpartition(".")
    code = (
        "from types import SimpleNamespace\n"
        "from PySide6.QtWidgets import QApplication\n"
        f"from {module} import {name}\n"
        "application = QApplication([])\n"
        f"view = {name}(SimpleNamespace(css='', math=None))\n"
        "view.setHtml('<b>one</b>&nbsp;two')\n"
        "view.selectAll()\n"
        "view.copy()\n"
        "board = QApplication.clipboard()\n"
        "print(board.text(), board.mimeData().formats())\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "one two ['text/plain']\n"), run.stderr


def test_links_are_reached_by_keyboard_and_plain_text_is_not_a_stop(
    chats: Chats, qtbot: QtBot
) -> None:
    linked = body(chats, qtbot, "See https://example.org")
    assert linked.findChildren(TextView)[0].focusPolicy() is Qt.FocusPolicy.StrongFocus
    bare = body(chats, qtbot, "Just words")
    assert bare.findChildren(TextView)[0].focusPolicy() is Qt.FocusPolicy.ClickFocus


def test_an_address_that_looks_like_another_is_shown_as_it_is(chats: Chats, qtbot: QtBot) -> None:
    lookalike = "https://\u0435xample.org/%D0%B0"
    made = body(chats, qtbot, f"See [this]({lookalike})")
    (view,) = made.findChildren(TextView)
    view.anchorClicked.emit(QUrl(lookalike))
    (dialog,) = view.window().findChildren(links.LinkDialog)
    assert dialog.shown.toPlainText() == "https://xn--xample-2of.org/%D0%B0"
    dialog.reject()


def test_streaming_gives_what_showing_at_once_gives(chats: Chats, qtbot: QtBot) -> None:
    text = (
        "# Head\n\nWords *here*.\n\n- a\n- b\n\n```py\nx = 1\n```\n\n| a |\n|---|\n| 1 |\n\nEnd"
        * 20
    )
    streamed = body(chats, qtbot, "")
    streamed.begin_stream("", ())
    for start in range(0, len(text), 17):
        streamed.append(text[start : start + 17])
        streamed.draw()
    streamed.show_text(text, ())
    whole = body(chats, qtbot, text)
    qtbot.waitUntil(lambda: not whole._pending)

    def shown(made: AnswerBody) -> list[str]:
        said = []
        for widget in made.items:
            if isinstance(widget, TextView):
                said.append(widget.toHtml())
            elif isinstance(widget, CodeBlock):
                said.append(widget.code)
        return said

    assert shown(streamed) == shown(whole)
    assert streamed.heightForWidth(700) == whole.heightForWidth(700)


def test_a_selection_survives_what_comes_after_it(chats: Chats, qtbot: QtBot) -> None:
    made = body(chats, qtbot, "")
    made.begin_stream("Some words to select", ())
    (view,) = made.findChildren(TextView)
    cursor = view.textCursor()
    cursor.setPosition(5)
    cursor.setPosition(10, cursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    made.append(" and more")
    made.draw()
    assert view.selected_text() == "words"


def test_long_code_is_copied_whole(chats: Chats, qtbot: QtBot) -> None:
    code = "\n".join(f"line_{n} = {n}" for n in range(400))
    made = body(chats, qtbot, f"```python\n{code}\n```")
    qtbot.waitUntil(lambda: not made._pending)
    parts = [widget for widget in made.items if isinstance(widget, CodeBlock)]
    assert len(parts) > 2
    assert [part.continued for part in parts] == [False] + [True] * (len(parts) - 1)
    parts[0].copy_wanted.emit()
    assert QGuiApplication.clipboard().text() == code


def test_thoughts_are_closed_until_asked_for(chats: Chats, qtbot: QtBot) -> None:
    made = body(chats, qtbot, "")
    made.begin_stream("<think>\nfirst", ())
    (thinking,) = made.findChildren(ThinkingView)
    assert thinking._button.text() == "Thinking"
    made.append(" then\n</think>\nAnswer")
    made.draw()
    assert re.fullmatch(r"Thought for \d+ s", thinking._button.text())
    closed = made.settle()
    assert not thinking._text.isVisible()
    thinking._button.click()
    assert made.settle() > closed
    assert thinking._text.toPlainText() == "first then"
