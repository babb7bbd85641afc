"""Between offsets in a text and positions in a Qt field, both ways."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from app.ui.app import make_application
from app.ui.documents.offsets import Part, offset, position, shown
from app.ui.documents.text_reader import TextReader
from app.ui.theme import ThemeKeeper


@given(st.text(st.sampled_from("ab é😀\r\n"), max_size=40), st.integers(0, 40))
def test_an_offset_comes_back_from_its_position(text: str, at: int) -> None:
    at = min(at, len(text))
    if 0 < at < len(text) and text[at - 1 : at + 1] == "\r\n":
        at += 1  # for Qt there is nothing between the two
    part = Part(0, len(text))
    assert offset(text, part, position(text, part, at)) == at


def test_a_selection_is_the_text_that_it_shows(qtbot: QtBot) -> None:
    text = "One 😀.\r\nTwo\rthree.\r\n\r\nThe last."
    field = QPlainTextEdit()
    qtbot.addWidget(field)
    field.setPlainText(shown(text))
    start = field.toPlainText().encode("utf-16-le").index("three".encode("utf-16-le")) // 2
    part = Part(0, len(text))
    assert text[offset(text, part, start) :].startswith("three.\r\n\r\nThe last.")


def test_a_run_without_spaces_is_broken_between_letters(qtbot: QtBot) -> None:
    """Looking for words in 200,000 letters without one held the window up for seconds."""
    keeper = ThemeKeeper(make_application())
    reader = TextReader(keeper)
    qtbot.addWidget(reader)
    wrap = QTextOption.WrapMode
    reader.show_text("words " * 1000, 0, 5)
    assert reader.field.wordWrapMode() == wrap.WrapAtWordBoundaryOrAnywhere
    reader.show_text("a line\n" + "x" * 150_000 + " end", 0, 6)
    assert reader.field.wordWrapMode() == wrap.WrapAnywhere
    assert reader.marked_text == "a line"
