"""Documents as formatted text: what they look like, where passages stand, what is not loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument, QTextTable
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.core.paths import Profile
from app.core.types import DocumentView, Heading, PageText
from app.ui.documents import formatted
from app.ui.documents.formatted import BEGIN, END, Span
from app.ui.documents.rich_reader import RichReader
from tests.ui.frame_helpers import Frame, frame

LINE = "#000000"
EXTRACTED = (
    "The guide\n\nWho <b>we</b> are & why.\nSecond line\n\nOpening\n\n- one\n- two\ngoes on\n\n"
    "Day | From | Until\nMonday | 9 | 17\nSunday |  | \n\n  indented = code()\n  more\n\nThe end"
)
HEADINGS = {0: 1, EXTRACTED.index("Opening"): 2}


@pytest.fixture
def made(qtbot: QtBot, profile: Profile) -> Iterator[Frame]:
    with frame(profile) as shown:
        yield shown


def opened(
    made: Frame,
    qtbot: QtBot,
    text: str,
    span: tuple[int, int],
    kind: str = "markdown",
    headings: dict[int, int] | None = None,
) -> RichReader:
    """The reader with a document at a passage."""
    marks = tuple(Heading(*each) for each in (headings or {}).items())
    pages = (PageText(None, 0, len(text)),)
    made.library.views[7] = DocumentView(7, "/x/notes", "Notes", kind, text, pages, marks)
    reader = made.documents.reader
    reader.clear()
    with qtbot.waitSignal(reader.opened, timeout=30_000):
        made.context.navigator.open_document.emit(7, *span)
    rich = reader.rich
    assert rich is not None
    return rich


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def test_extracted_text_becomes_headings_lists_tables_and_code() -> None:
    html = formatted.html(EXTRACTED, HEADINGS, (), Span(0, 0), LINE)
    assert "<h1>The guide</h1>" in html
    assert "<p>Who &lt;b&gt;we&lt;/b&gt; are &amp; why.<br>Second line</p>" in html
    assert "<h2>Opening</h2>" in html
    assert "<li>one</li><li>two<br>goes on</li>" in html
    assert "<tr><td>Sunday</td><td></td><td></td></tr>" in html
    assert "<pre>  indented = code()\n  more</pre>" in html
    assert html.endswith("<p>The end</p>")
    slides = formatted.html("One\n\nTwo", {}, {0, 5}, Span(0, 0), LINE)
    assert slides == "<p>One</p><hr><p>Two</p>"


def test_any_passage_of_extracted_text_is_marked_from_its_first_word_to_its_last() -> None:
    for start in range(len(EXTRACTED)):
        for end in (start + 1, start + 9, start + 60, len(EXTRACTED)):
            passage = EXTRACTED[start:end]
            html = formatted.html(EXTRACTED, HEADINGS, (), Span(start, end), LINE)
            if not any(letter.isalnum() for letter in passage):
                assert BEGIN not in html
                continue
            inside = html[html.index(BEGIN) + 1 : html.index(END)]
            plain = re.sub(r"<[^>]*>", " ", inside).replace("&lt;", "<").replace("&amp;", "&")
            assert words(plain.replace("&gt;", ">")) == words(passage), (start, end)


MARKDOWN = """---
title: Facts
---
# The *great* guide

Read [the rules](https://example.org/rules_and_more) first, `code_here` and $x^2 + y$ too.

1. First thing
2. Second **bold thing**

> quoted words

```python
def code():
    return "fence"
```

| Day | From |
| --- | ---- |
| Monday | nine |

<script>alert("no")</script> AT&amp;T <https://example.org> end
"""


def test_any_passage_of_markdown_is_marked_without_harm(made: Frame, qtbot: QtBot) -> None:
    rich = opened(made, qtbot, MARKDOWN, (0, 0))
    whole = rich.field.toPlainText()
    assert "# " not in whole
    assert 'alert("no")' in whole
    reader = made.documents.reader
    for start in range(0, len(MARKDOWN) - 1, 5):
        end = min(len(MARKDOWN), start + 33)
        if not rich.mark(start, end):
            continue
        assert rich.field.toPlainText() == whole, MARKDOWN[start:end]
        marked, said = words(rich.marked_text), words(MARKDOWN[start:end])
        left = iter(said)
        assert marked
        assert all(any(word == each for each in left) for word in marked), (marked, said)
    assert reader.rich is rich


def test_what_was_asked_for_comes_into_view(made: Frame, qtbot: QtBot) -> None:
    sections = [f"## Part {n}\n\n" + f"The words of part {n}. " * 30 for n in range(300)]
    text = "\n\n".join(sections)
    heads = {match.start(): 2 for match in re.finditer("^## ", text, re.MULTILINE)}
    at = text.index("words of part 200.")
    rich = opened(made, qtbot, text, (at, at + 18), headings=heads)
    assert rich.marked_text == "words of part 200"
    field = rich.field
    assert len(field.toPlainText()) <= formatted.PART
    qtbot.waitUntil(
        lambda: 0 <= field.cursorRect().top() <= field.viewport().height(), timeout=30_000
    )
    assert field.toPlainText().startswith("Part "), "cut at a heading"
    first = field.toPlainText().split("\n")[0]
    rich._later.click()
    assert field.toPlainText().split("\n")[0] != first
    assert rich.marked_text == ""
    rich._earlier.click()
    assert rich.marked_text == "words of part 200"


def test_parts_cover_all_and_hold_their_bound() -> None:
    for text in ("x" * 1000, "line\n" * 200, "a para\n\n" * 130, ""):
        cuts = formatted.parts(text, (), 100)
        assert cuts[0] == 0
        assert all(
            0 < b - a <= 100 for a, b in zip(cuts, (*cuts[1:], len(text)), strict=True) if text
        )


def test_a_passage_that_cannot_be_shown_so_is_marked_in_the_plain_text(
    made: Frame, qtbot: QtBot
) -> None:
    text = "See [here](https://example.org/a/very/long/address) now"
    at = text.index("a/very")
    made.library.views[7] = DocumentView(7, "/x", "N", "markdown", text, (PageText(None, 0, 9),))
    with qtbot.waitSignal(made.documents.reader.opened, timeout=30_000):
        made.context.navigator.open_document.emit(7, at, at + 6)
    assert made.documents.reader.rich is None
    assert made.documents.reader.marked_text == "a/very"


HOSTILE = (
    '<img src="file:///etc/passwd"><img src="http://127.0.0.1:9/x.png">'
    "![p](file:///etc/passwd) ![q](http://127.0.0.1:9/y.png) [run](file:///bin/sh)"
    " <a href='javascript:alert(1)'>x</a> [ok](https://example.org/)"
    " <style>@import url(http://127.0.0.1:9/z.css)</style> \ue000\ue001"
)


@pytest.mark.parametrize("kind", ["markdown", "html", "docx"])
def test_hostile_content_loads_and_opens_nothing(
    made: Frame, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "app.ui.documents.rich_reader.RichField.loadResource",
        lambda _self, _kind, name: asked.append(str(name)),
    )
    rich = opened(made, qtbot, HOSTILE, (0, 12), kind)
    rich.field.grab()
    assert asked == []
    assert "<style>" in rich.field.toPlainText()
    assert "\ue000" not in rich.field.toPlainText()
    rich.field.anchorClicked.emit(QUrl("file:///bin/sh"))
    rich.field.anchorClicked.emit(QUrl("javascript:alert(1)"))
    assert not [each for each in made.window.findChildren(QDialog) if each.isVisible()]


def test_only_drawn_formulas_are_pictures(made: Frame, qtbot: QtBot) -> None:
    rich = opened(made, qtbot, "# Title\n\ntext", (0, 0))
    for name in ("file:///etc/passwd", "http://127.0.0.1:9/x.png", "//host/share/x.png", "x.png"):
        for kind in QTextDocument.ResourceType:
            got = rich.field.loadResource(kind.value, QUrl(name))
            assert (got.width(), got.height()) == (1, 1)


def test_zoom_and_theme_keep_text_and_mark(made: Frame, qtbot: QtBot) -> None:
    at = MARKDOWN.index("Monday")
    rich = opened(made, qtbot, MARKDOWN, (at, at + 6))
    size = rich.field.document().size().height()
    made.documents.reader.bar.larger.click()
    assert rich.field.document().size().height() > size
    assert rich.marked_text == "Monday"
    made.context.theme.changed.emit()
    assert rich.marked_text == "Monday"
    tables = [
        each
        for each in rich.field.document().rootFrame().childFrames()
        if isinstance(each, QTextTable)
    ]
    assert any(table.rows() == 2 for table in tables)
