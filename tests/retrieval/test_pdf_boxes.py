"""Boxes of passages: the words under them are the passage's words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from app.core.types import Rect
from app.retrieval.loaders import pdf
from tests.retrieval.conftest import SAMPLES


def words_under(path: Path, page_number: int, box: Rect) -> str:
    """What pdfium itself finds in a box of an unturned page."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[page_number - 1]
        height = page.get_height()
        text = page.get_textpage()
        words: str = text.get_text_bounded(
            box.x - 1, height - box.y - box.height - 1, box.x + box.width + 1, height - box.y + 1
        )
        text.close()
        page.close()
    return " ".join(words.split())


def test_boxes_cover_the_passage_line_by_line() -> None:
    path = SAMPLES / "member-handbook.pdf"
    text = pdf.load(path).pages[1].text
    phrase = "If you return"
    assert phrase not in text
    phrase = text[text.index("You can borrow") : text.index("Large machines")].strip()
    start = text.index(phrase)
    (found,) = pdf.locate(path, ((2, start, start + len(phrase)),))
    assert found.page == 2
    assert len(found.boxes) >= 3
    assert " ".join(words_under(path, 2, box) for box in found.boxes) == phrase
    tops = [box.y for box in found.boxes]
    assert tops == sorted(tops)


def test_boxes_of_one_word_are_narrow() -> None:
    path = SAMPLES / "member-handbook.pdf"
    text = pdf.load(path).pages[0].text
    start = text.index("carpenter")
    (found,) = pdf.locate(path, ((1, start, start + len("carpenter")),))
    (box,) = found.boxes
    assert words_under(path, 1, box).strip(".") == "carpenter"
    assert 40 < box.width < 60


def test_boxes_in_a_second_column(real: Callable[[str], Path]) -> None:
    path = real("multicolumn.pdf")
    text = pdf.load(path).pages[0].text
    start = text.rindex("Nulla")
    (found,) = pdf.locate(path, ((1, start, start + 5),))
    (box,) = found.boxes
    assert words_under(path, 1, box) == "Nulla"


def test_boxes_follow_a_turned_page(real: Callable[[str], Path]) -> None:
    path = real("rotated-page-90.pdf")
    text = pdf.load(path).pages[0].text
    start = text.index("Hello World")
    (found,) = pdf.locate(path, ((1, start, start + len("Hello World")),))
    with pypdfium2.PdfDocument(path) as document:
        width, height = document.get_page_size(0)
        bitmap = document[0].render(scale=1, grayscale=True)
        picture = bitmap.to_numpy().reshape(bitmap.height, -1).copy()
    assert (width, height) == pytest.approx((841.9, 595.3), abs=0.1)
    (box,) = found.boxes
    x, y, right, bottom = (
        int(box.x),
        int(box.y),
        int(box.x + box.width) + 1,
        int(box.y + box.height) + 1,
    )
    assert 0 <= x < right <= width
    assert 0 <= y < bottom <= height
    assert (picture[y:bottom, x:right] < 128).any()


def test_page_that_is_gone() -> None:
    with pytest.raises(Exception, match="no page 9"):
        pdf.locate(SAMPLES / "member-handbook.pdf", ((9, 0, 5),))
