"""The Documents page over a library in memory: lists, adding, removing, undo, reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.core import paths
from app.core.messages import FileChanged, Indexed, Located, PageBoxes
from app.core.paths import Profile
from app.core.types import DocumentFile, DocumentView, FileState, PageText, Rect
from app.ui.documents.file_model import STATE
from app.ui.documents.offsets import PART, part_around, position, shown
from app.ui.documents.pdf_layout import GAP, MARGIN, PdfLayout, fit_width
from app.ui.documents.pdf_view import PdfView
from tests.ui.frame_helpers import Frame, frame
from tests.ui.test_frame import button

PDF = paths.resources() / "samples" / "member-handbook.pdf"


@pytest.fixture
def made(qtbot: QtBot, profile: Profile) -> Iterator[Frame]:
    with frame(profile) as made:
        first = made.library.create("Papers")
        made.library.create("Recipes")
        list(made.library.add(first.id, ["/x/b.txt", "/x/a.txt", "/x/broken.pdf"]))
        made.window.show_page("documents")
        qtbot.waitUntil(lambda: made.documents.files.model.rowCount() == 3)
        yield made


def settle(made: Frame, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not made.context.tasks.running)


def names(made: Frame) -> list[str]:
    model = made.documents.files.model
    return [model.file(row).name for row in range(model.rowCount())]


def test_files_are_listed_with_their_state_in_words(made: Frame) -> None:
    model = made.documents.files.model
    rows = [[model.index(row, col).data() for col in range(5)] for row in range(3)]
    assert rows[0] == ["a.txt", "", "3", "100 bytes", "Ready"]
    assert rows[2][0] == "broken.pdf"
    assert rows[2][4] == "Failed: it is cut off"
    assert made.documents.list.names == ["Papers", "Recipes"]


def test_an_empty_library_offers_the_samples(qtbot: QtBot, profile: Profile) -> None:
    with frame(profile) as made:
        made.library.sample_paths = ["/samples/a.pdf"]
        made.window.show_page("documents")
        settle(made, qtbot)
        QTest.mouseClick(
            button(made.documents, "Try the sample documents"), Qt.MouseButton.LeftButton
        )
        qtbot.waitUntil(lambda: bool(made.chats.questions))
        assert [each.name for each in made.library.collections()] == ["Sample documents"]


def test_search_narrows_collections_and_files(made: Frame) -> None:
    made.documents.list.search.setText("rec")
    assert made.documents.list.names == ["Recipes"]
    table = made.documents.files.table
    made.documents.files.filter.setText("B.TX")
    assert table.model().rowCount() == 1
    assert table.model().index(0, 0).data() == "b.txt"


def test_a_new_collection_is_named_in_place(made: Frame, qtbot: QtBot) -> None:
    made.documents.list.create_asked.emit()
    qtbot.waitUntil(lambda: "New collection" in made.documents.list.names)
    settle(made, qtbot)
    made.documents.list.edit_current()
    editors = made.documents.list.findChildren(QLineEdit)
    editor = next(each for each in editors if each is not made.documents.list.search)
    editor.setText("Letters")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: (
            {each.name for each in made.library.collections()}
            == {
                "Letters",
                "Papers",
                "Recipes",
            }
        )
    )


def test_a_name_that_is_taken_is_refused_and_put_back(made: Frame, qtbot: QtBot) -> None:
    made.documents.list.rename_asked.emit(1, "Recipes")
    qtbot.waitUntil(lambda: bool(made.window.banners.texts))
    assert "already" in made.window.banners.texts[0]
    settle(made, qtbot)
    assert made.documents.list.names == ["Papers", "Recipes"]


def test_deleting_a_collection_can_be_undone(made: Frame, qtbot: QtBot) -> None:
    made.documents.list.delete_asked.emit(1)
    qtbot.waitUntil(lambda: made.documents.list.names == ["Recipes"])
    assert 1 in made.library.stored
    QTest.mouseClick(
        button(made.window, f"Undo: {made.notices.toasts[-1]}"), Qt.MouseButton.LeftButton
    )
    qtbot.waitUntil(lambda: made.documents.list.names == ["Papers", "Recipes"])
    qtbot.waitUntil(lambda: len(names(made)) == 3)


def test_a_deletion_not_undone_is_made_when_the_window_closes(made: Frame) -> None:
    made.documents.list.delete_asked.emit(1)
    assert 1 in made.library.stored
    made.window.close()
    assert 1 not in made.library.stored


def test_removed_files_come_back_with_undo_and_go_without(made: Frame, qtbot: QtBot) -> None:
    table = made.documents.files.table
    table.setFocus()
    table.selectRow(0)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(made) == ["b.txt", "broken.pdf"])
    assert made.library.removed == []
    QTest.mouseClick(
        button(made.window, f"Undo: {made.notices.toasts[-1]}"), Qt.MouseButton.LeftButton
    )
    qtbot.waitUntil(lambda: len(names(made)) == 3)
    table.setFocus()
    table.selectRow(0)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    made.window.close()
    assert len(made.library.removed) == 1
    assert [each.name for each in made.library.kept[1]] == ["b.txt", "broken.pdf"]


def test_reading_again_keeps_the_file(made: Frame, qtbot: QtBot) -> None:
    before = made.documents.files.model.file(0)
    table = made.documents.files.table
    table.setFocus()
    table.selectRow(0)
    QTest.keyClick(table, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: made.library.read == [before.id])
    settle(made, qtbot)
    assert made.library.removed == []
    assert [each.id for each in table.selected()] == [before.id]


def test_files_that_fail_are_told(made: Frame, qtbot: QtBot) -> None:
    assert made.documents.accept_paths(["/x/broken2.txt", "/x/good.txt"])
    qtbot.waitUntil(lambda: bool(made.notices.toasts))
    assert made.notices.toasts[-1] == "1 file could not be read. The list says why."
    qtbot.waitUntil(lambda: len(names(made)) == 5)


def test_a_folder_without_anything_to_read_is_told(
    made: Frame, qtbot: QtBot, tmp_path: Path
) -> None:
    made.library.add = lambda *_given: iter([Indexed(0, 0, 0, False)])  # type: ignore[method-assign]
    assert made.documents.accept_paths([str(tmp_path)])
    qtbot.waitUntil(lambda: bool(made.notices.toasts))
    (toast,) = made.notices.toasts
    assert toast == f"Nothing that Loam can read was found in the folder “{tmp_path.name}”."


def test_a_row_says_how_far_its_file_is_whoever_reads_it(made: Frame) -> None:
    model = made.documents.files.model
    told = made.context.navigator.file_changed.emit

    def state() -> str:
        return str(model.index(0, STATE).data())

    reading = replace(model.file(0), state=FileState.READING)
    told(FileChanged(reading))
    assert state() == "Reading"
    told(FileChanged(reading, 0.4))
    assert state() == "Reading 40 %"
    told(FileChanged(reading, 0.999))
    assert state() == "Reading 99 %"
    model.show_files([reading])
    assert state() == "Reading 99 %", "the list came anew while the file was read"
    told(FileChanged(replace(reading, state=FileState.READY)))
    assert state() == "Ready"
    told(FileChanged(replace(reading, collection_id=999, name="other"), 0.5))
    assert state() == "Ready"


def test_row_actions_follow_the_pointer(made: Frame, qtbot: QtBot) -> None:
    table = made.documents.files.table
    row = table.visualRect(table.model().index(1, 0))
    QTest.mouseMove(table.viewport(), QPoint(5, 5))
    QTest.mouseMove(table.viewport(), row.center())
    asked: list[tuple[str, list[DocumentFile]]] = []
    table.asked.connect(lambda key, files: asked.append((key, files)))
    qtbot.waitUntil(lambda: table.row_actions.isVisible())
    QTest.mouseClick(table.row_actions.remove, Qt.MouseButton.LeftButton)
    assert asked[0][0] == "remove"
    assert [file.name for file in asked[0][1]] == ["b.txt"]


# --- reading text -------------------------------------------------------------------------


def text_view(text: str, file_id: int = 50, kind: str = "text") -> DocumentView:
    return DocumentView(
        file_id, "/x/notes.md", "Notes", kind, text, (PageText(None, 0, len(text)),)
    )


def open_at(made: Frame, qtbot: QtBot, view: DocumentView, start: int, end: int) -> None:
    made.library.views[view.file_id] = view
    with qtbot.waitSignal(made.documents.reader.opened):
        made.context.navigator.open_document.emit(view.file_id, start, end)


@pytest.mark.parametrize(
    "before",
    ["plain ", "emoji \U0001f600 \U0001f680 ", "lines\r\nof\r\ntwo\rkinds\n\n", "\u2028x "],
)
def test_the_passage_is_marked_exactly(made: Frame, qtbot: QtBot, before: str) -> None:
    text = before + "the passage \U0001f4a1 itself" + " and after"
    start = len(before)
    end = start + len("the passage \U0001f4a1 itself")
    open_at(made, qtbot, text_view(text), start, end)
    assert made.documents.reader.text.marked_text == "the passage \U0001f4a1 itself"


def test_a_second_passage_of_the_same_document_moves_the_mark(made: Frame, qtbot: QtBot) -> None:
    view = text_view("one two three")
    open_at(made, qtbot, view, 0, 3)
    open_at(made, qtbot, view, 4, 7)
    assert made.documents.reader.text.marked_text == "two"


def test_a_large_text_opens_at_its_passage_at_once(made: Frame, qtbot: QtBot) -> None:
    lines = [f"Line {number} of a long protocol\n" for number in range(200_000)]
    text = "".join(lines)
    assert len(text) > 5_000_000
    start = text.index("Line 150000 ")
    view = text_view(text)
    made.library.views[50] = view
    reader = made.documents.reader
    reader.text.show_text(text, start, start + 11)
    assert reader.text.marked_text == "Line 150000"
    assert len(reader.text.field.toPlainText()) <= PART
    open_at(made, qtbot, view, start, start + 11)
    later = button(reader, "Show what follows")
    QTest.mouseClick(later, Qt.MouseButton.LeftButton)
    assert "Line 150000 " not in reader.text.field.toPlainText()[:1000]
    QTest.mouseClick(button(reader, "Show what comes before"), Qt.MouseButton.LeftButton)
    assert reader.text.field.toPlainText()


def test_parts_hold_their_place_and_their_bound() -> None:
    text = "word " * 100_000
    for place in (0, 1, 250_000, 499_999, 500_000):
        part = part_around(text, place, most=10_000)
        assert part.start <= place <= part.end
        assert part.end - part.start <= 10_000
        assert 0 <= position(text, part, place) <= len(shown(text[part.start : part.end]))
    assert part_around("short", 3) == part_around("short", 0)


def test_a_document_that_is_gone_is_told_and_the_files_come_back(made: Frame, qtbot: QtBot) -> None:
    made.context.navigator.open_document.emit(999, 0, 5)
    qtbot.waitUntil(lambda: bool(made.window.banners.texts))
    assert "no longer there" in made.window.banners.texts[0]
    assert made.window.page is made.chats


def test_back_leads_to_where_the_person_was(made: Frame, qtbot: QtBot) -> None:
    open_at(made, qtbot, text_view("text"), 0, 2)
    QTest.mouseClick(button(made.window, "Back to the chat"), Qt.MouseButton.LeftButton)
    assert made.window.page is made.chats
    file = made.documents.files.model.file(0)
    made.library.views[file.id] = text_view("text", file.id)
    with qtbot.waitSignal(made.documents.reader.opened):
        made.documents.files.table.asked.emit("open", [file])
    QTest.mouseClick(button(made.window, "Back to the files"), Qt.MouseButton.LeftButton)
    assert made.documents.files.isVisible()


# --- reading PDF --------------------------------------------------------------------------


def pdf_view(path: Path) -> DocumentView:
    text = "first page second page third page "
    pages = (PageText(1, 0, 11), PageText(2, 11, 23), PageText(3, 23, 34))
    return DocumentView(60, str(path), "Handbook", "pdf", text, pages)


def grab(view: PdfView) -> QImage:
    return view.viewport().grab().toImage()


def test_a_pdf_opens_at_the_page_with_the_passage_marked(made: Frame, qtbot: QtBot) -> None:
    box = Rect(100, 300, 200, 40)
    made.library.places[60] = Located((PageBoxes(2, (box,)),))
    open_at(made, qtbot, pdf_view(PDF), 12, 20)
    pdf = made.documents.reader.pdf
    assert pdf is not None
    assert pdf.page == 2
    assert pdf.marked_pages == (2,)
    qtbot.waitUntil(lambda: pdf.rendered(2))
    page = pdf.page_rect(2)
    scale = page.width() / 595
    inside = QPoint(
        round(page.left() + (box.x + 1) * scale), round(page.top() + (box.y + 1) * scale)
    )
    assert pdf.viewport().rect().contains(inside)
    tokens = made.context.theme.tokens
    seen = grab(pdf).pixelColor(inside)
    # A marker darkens the paper and never brightens the ink.
    mark = QColor(tokens.paper_mark)
    assert seen.red() <= mark.red()
    assert seen.green() <= mark.green()
    outside = inside - QPoint(20, 0)
    assert grab(pdf).pixelColor(outside) == QColor(tokens.paper)


def test_pages_are_drawn_sharp_and_ink_shows(made: Frame, qtbot: QtBot) -> None:
    open_at(made, qtbot, pdf_view(PDF), 0, 0)
    pdf = made.documents.reader.pdf
    assert pdf is not None
    qtbot.waitUntil(lambda: pdf.rendered(1))
    image = grab(pdf)
    shades = {
        image.pixelColor(x, y).lightness()
        for x in range(0, image.width(), 3)
        for y in range(0, image.height(), 3)
    }
    assert min(shades) < 100
    before = pdf.page_rect(1).width()
    QTest.keyClick(made.documents.reader, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert pdf.page_rect(1).width() == pytest.approx(before * 1.2, rel=0.01)


def test_zoom_keeps_the_place(made: Frame, qtbot: QtBot) -> None:
    open_at(made, qtbot, pdf_view(PDF), 0, 0)
    pdf = made.documents.reader.pdf
    assert pdf is not None
    pdf.go_to_page(2)
    assert pdf.page == 2
    for zoom in (3.0, 0.5, 1.0):
        pdf.set_zoom(zoom)
        assert pdf.page == 2


def test_a_pdf_that_is_gone_shows_its_text(made: Frame, qtbot: QtBot, tmp_path: Path) -> None:
    open_at(made, qtbot, pdf_view(tmp_path / "gone.pdf"), 11, 17)
    reader = made.documents.reader
    assert reader.pdf is None
    assert reader.text.marked_text == "second"


def test_a_passage_that_cannot_be_located_still_opens_its_page(made: Frame, qtbot: QtBot) -> None:
    open_at(made, qtbot, pdf_view(PDF), 24, 30)
    pdf = made.documents.reader.pdf
    assert pdf is not None
    assert pdf.page == 3
    assert pdf.marked_pages == ()


def test_the_layout_knows_its_pages() -> None:
    layout = PdfLayout([(100, 200), (50, 100), (0, 0)], 2.0, 400)
    assert layout.spot(0).top == MARGIN
    assert layout.spot(0).left == (1190 + 2 * MARGIN - 200) // 2
    assert layout.spot(1).top == MARGIN + 400 + GAP
    assert layout.page_at(0) == 0
    assert layout.page_at(layout.spot(1).top + 1) == 1
    assert layout.page_at(layout.spot(1).top - 1) == 1
    assert layout.page_at(10**6) == 2
    assert list(layout.visible(0, 10)) == []
    assert list(layout.visible(0, 10**6)) == [0, 1, 2]
    assert PdfLayout((), 1.0, 100).height == 0
    assert fit_width([(100, 10)], 200 + 2 * MARGIN) == pytest.approx(2.0)
