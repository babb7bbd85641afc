"""Pictures of text: scanned and mixed PDFs, pictures, and what is said where they can't be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import NoText, Scanned
from app.core.messages import (
    AddPaths,
    FileChanged,
    Indexed,
    Locate,
    Located,
    OpenDocument,
    Opened,
    ReadAgain,
)
from app.core.types import FileState
from app.retrieval.loaders import _ocr, image, pdf
from app.retrieval.loaders._base import Reading
from tests.retrieval.conftest import SAMPLES, Library
from tests.retrieval.making import picture, scanned_pdf, text_pdf

HANDBOOK = SAMPLES / "member-handbook.pdf"
ENGLISH = Reading(languages=("eng",))

needs_tesseract = pytest.mark.skipif(
    "eng" not in _ocr.installed(), reason="the program tesseract is not installed"
)


def words_of(text: str) -> set[str]:
    return {word.strip(".,:;()").lower() for word in text.split()}


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook, its third page a scan."""
    return scanned_pdf(tmp_path_factory.mktemp("scans") / "mixed.pdf", HANDBOOK, [2])


@needs_tesseract
def test_mixed_pdf_is_read_page_by_page(mixed: Path) -> None:
    told: list[tuple[int, int]] = []
    parsed = pdf.load(mixed, Reading(languages=("eng",), progress=lambda *far: told.append(far)))
    real = pdf.load(HANDBOOK)
    assert [page.recognised for page in parsed.pages] == [page.number == 3 for page in parsed.pages]
    assert parsed.pages[0] == real.pages[0]
    expected, found = words_of(real.pages[2].text), words_of(parsed.pages[2].text)
    assert len(expected & found) > 0.9 * len(expected)
    assert told == [(2, len(real.pages))]
    assert parsed.note == "Page 3 of 4 was read from a picture, so letters may be wrong."


def test_unread_pages_are_told_of(mixed: Path) -> None:
    parsed = pdf.load(mixed)
    assert parsed.note.startswith(f"1 of {len(parsed.pages)} pages are pictures")
    assert parsed.pages[2].text == ""
    assert "switched off" in parsed.note


def test_scan_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    scan = scanned_pdf(tmp_path / "scan.pdf", HANDBOOK, range(len(pdf.load(HANDBOOK).pages)))
    with pytest.raises(Scanned, match="Settings"):
        pdf.load(scan)
    with pytest.raises(Scanned, match=r"tesseract(-ocr-xyz| lacks| is not installed)"):
        pdf.load(scan, Reading(languages=("xyz",)))


def test_empty_pages_are_no_scans(tmp_path: Path) -> None:
    with pytest.raises(NoText) as caught:
        pdf.load(text_pdf(tmp_path / "blank.pdf", [[], []]), ENGLISH)
    assert not isinstance(caught.value, Scanned)


@needs_tesseract
def test_picture_of_text(tmp_path: Path) -> None:
    parsed = image.load(picture(tmp_path / "page.png", HANDBOOK, 2), ENGLISH)
    assert parsed.kind == "image"
    assert parsed.pages[0].recognised
    assert "late fee" in parsed.pages[0].text.lower()


@needs_tesseract
def test_a_page_that_lies_on_its_side_is_read_and_found(tmp_path: Path) -> None:
    scan = scanned_pdf(tmp_path / "turned.pdf", HANDBOOK, [2], turn=90)
    page = pdf.load(scan, ENGLISH).pages[2]
    at = page.text.lower().index("late fee")
    (found,) = pdf.locate(scan, ((3, at, at + 8),), ENGLISH)
    (upright,) = pdf.locate(HANDBOOK, ((3, *_place(HANDBOOK)),))
    there, box = upright.boxes[0], found.boxes[0]
    # Where the words stand on the page as it lies, to within a few points.
    expected = (842 - there.y - there.height, there.x, there.height, there.width)
    seen = (box.x, box.y, box.width, box.height)
    assert all(abs(a - b) < 8 for a, b in zip(seen, expected, strict=True)), (seen, expected)


def _place(path: Path) -> tuple[int, int]:
    at = pdf.load(path).pages[2].text.lower().index("late fee")
    return at, at + 8


@needs_tesseract
def test_a_picture_that_lies_on_its_side_is_read(tmp_path: Path) -> None:
    from PIL import Image

    upright = picture(tmp_path / "page.png", HANDBOOK, 2)
    lying = tmp_path / "lying.png"
    with Image.open(upright) as seen:
        seen.rotate(90, expand=True).save(lying)
    text = image.load(lying, ENGLISH).pages[0].text
    at = text.lower().index("late fee")
    (found,) = image.locate(lying, ((1, at, at + 8),), ENGLISH)
    # Words on their side are taller than wide.
    assert found.boxes[0].height > 2 * found.boxes[0].width


@needs_tesseract
def test_pictures_without_text_are_told_of(tmp_path: Path) -> None:
    import pypdfium2

    path = tmp_path / "album.pdf"
    with pypdfium2.PdfDocument(text_pdf(tmp_path / "a.pdf", [[(72, 700, "My album")], []])) as made:
        grey = pypdfium2.PdfBitmap.new_native(60, 60, pypdfium2.raw.FPDFBitmap_Gray)
        grey.fill_rect((120, 120, 120, 255), 0, 0, 60, 60)
        shown = pypdfium2.PdfImage.new(made)
        shown.set_bitmap(grey)
        shown.set_matrix(pypdfium2.PdfMatrix().scale(595, 842))
        page = made[1]
        page.insert_obj(shown)
        page.gen_content()
        made.save(path)
    parsed = pdf.load(path, ENGLISH)
    assert parsed.note == "Page 2 of 2 is a picture in which no text was found."


@needs_tesseract
def test_scan_in_the_library(shared: Library, mixed: Path) -> None:
    library = shared
    collection = library.create("scans")
    events = list(library.worker.stream(AddPaths(collection, (str(mixed),), ())))
    assert events[-1] == Indexed(1, 0, 0, False)
    file = library.files(collection)["mixed.pdf"]
    assert file.state == FileState.READY
    assert "1 of" in file.detail

    events = list(library.worker.stream(ReadAgain(collection, (file.id,), languages=("eng",))))
    assert events[-1] == Indexed(1, 0, 0, False)
    parts = [event.part for event in events if isinstance(event, FileChanged)]
    assert any(0 < part < 1 for part in parts)
    assert library.files(collection)["mixed.pdf"].detail.startswith("Page 3 of 4 was read from")
    opened: Opened = library.ask(OpenDocument(file.id))
    assert [p.number for p in opened.document.pages if p.recognised] == [3]
    hit = next(
        hit
        for hit in library.search("late fee for a power tool", collection).hits
        if hit.passage.page == 3
    )
    located: Located = library.ask(Locate(file.id, hit.passage.start, hit.passage.end))
    (page,) = located.pages
    assert len(page.boxes) > 2
    assert all(0 < box.x < 595 and 0 < box.y < 842 and box.height < 40 for box in page.boxes)
