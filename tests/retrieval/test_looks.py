"""Documents as they look: pictures with boxes around their words, office files as pages."""

from __future__ import annotations

import contextlib
import http.server
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.core.errors import Cancelled, DocumentError, NoLook
from app.core.messages import PagesShown, RemoveFiles, ShowPages
from app.core.paths import resources
from app.core.process import Cancel
from app.core.types import FileState
from app.retrieval import wordsearch
from app.retrieval.loaders import _ocr, _pages
from tests import patience
from tests.retrieval.conftest import Library
from tests.retrieval.test_following import until
from tests.retrieval.test_locked_office import lock

GUIDE = resources() / "samples" / "volunteer-guide.docx"
needs_tesseract = pytest.mark.skipif(not _ocr.installed(), reason="there is no tesseract here")
needs_office = pytest.mark.skipif(not _pages.program(), reason="there is no LibreOffice here")


def picture(size: tuple[int, int] = (1200, 500)) -> Image.Image:
    """Two lines of print on white paper."""
    made = Image.new("RGB", size, "white")
    font = ImageFont.load_default(40)
    draw = ImageDraw.Draw(made)
    draw.text((100, 100), "The lighthouse keeper is called Ada.", "black", font)
    draw.text((100, 300), "The harbour gate code is 9900.", "black", font)
    return made


def shown(library: Library, collection: int, name: str, words: str) -> PagesShown:
    """The pages of a file, with these words found."""
    hits = library.search(words, collection).hits
    passage = next(hit.passage for hit in hits if Path(hit.passage.path).name == name)
    at = passage.start + passage.text.index(words)
    answer: PagesShown = library.ask(ShowPages(passage.file_id, at, at + len(words)))
    return answer


@needs_tesseract
def test_a_picture_is_shown_with_boxes_around_its_words(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("pictures")
    path = tmp_path / "harbour.png"
    picture().save(path)
    shared.add(collection, path)
    found = shown(shared, collection, path.name, "The harbour gate code is 9900.")
    (page,) = found.located.pages
    assert page.page == 1
    (box,) = page.boxes
    # A point of the page for each of the picture.
    assert 80 < box.x < 120
    assert 290 < box.y < 350
    assert box.width > 400
    document = pypdfium2.PdfDocument(found.path)
    assert document.get_page_size(0) == (1200, 500)
    document.close()


@needs_tesseract
@pytest.mark.parametrize("suffix", [".jpg", ".heic"])
def test_a_photo_is_read_upright(shared: Library, tmp_path: Path, suffix: str) -> None:
    collection = shared.create(f"photos {suffix}")
    path = tmp_path / f"photo{suffix}"
    if suffix == ".heic":
        # Only a decoder is installed here, so this one was made elsewhere.
        path.write_bytes((Path(__file__).parent / "gate.heic").read_bytes())
    else:
        turned = picture().transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was held on its side
        turned.save(path, exif=exif)
    shared.add(collection, path)
    assert shared.files(collection)[path.name].state is FileState.READY
    found = shown(shared, collection, path.name, "9900")
    (box,) = found.located.pages[0].boxes
    document = pypdfium2.PdfDocument(found.path)
    width, height = document.get_page_size(0)
    document.close()
    assert width > height
    assert box.y > height / 2


@needs_tesseract
def test_what_was_made_goes_with_its_file(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("short-lived")
    path = tmp_path / "gone.png"
    picture((1210, 500)).save(path)
    shared.add(collection, path)
    file = shared.files(collection)[path.name]
    made: PagesShown = shared.ask(ShowPages(file.id))
    assert Path(made.path).is_file()
    assert shared.ask(ShowPages(file.id)) == made
    shared.ask(RemoveFiles(collection, (file.id,)))
    assert not Path(made.path).exists()


def test_files_without_pages_and_changed_ones_are_told(shared: Library, tmp_path: Path) -> None:
    collection = shared.create("no pages")
    path = tmp_path / "a.md"
    path.write_text("The fox is called Rosa.")
    shared.add(collection, path)
    with pytest.raises(NoLook):
        shared.ask(ShowPages(shared.files(collection)["a.md"].id))
    path.write_text("The fox is called Vera.")
    with pytest.raises(DocumentError, match="changed"):
        shared.ask(ShowPages(shared.files(collection)["a.md"].id))


def test_without_libreoffice_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoLook, match="LibreOffice is not installed"):
        _pages.write_pdf(GUIDE, tmp_path / "x.pdf", tmp_path)


def test_a_program_that_makes_nothing_is_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "soffice"
    program.write_text("#!/bin/sh\nexit 77\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    with pytest.raises(DocumentError, match="could not open it"):
        _pages.write_pdf(GUIDE, tmp_path / "x.pdf", tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bin"]


def test_a_file_behind_a_password_is_not_made_into_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexit 77\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    locked = lock(GUIDE, tmp_path / "guide.docx")
    with pytest.raises(NoLook, match="behind a password"):
        _pages.write_pdf(locked, tmp_path / "x.pdf", tmp_path)


@pytest.mark.skipif("setpriv" not in _pages._fenced(), reason="this system fences nothing")
def test_it_ends_with_the_parser(
    open_library: Callable[..., Library], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "soffice"
    sleep = f"{54321 + os.getpid()}.5"
    program.write_text(f"#!/bin/sh\nsleep {sleep} &\nwait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    library = open_library()
    collection = library.create()
    path = tmp_path / "guide.docx"
    path.write_bytes(GUIDE.read_bytes())
    library.add(collection, path)
    cancel = Cancel()
    wanted = ShowPages(library.files(collection)[path.name].id)

    def ask() -> None:
        with contextlib.suppress(Cancelled):
            list(library.worker.stream(wanted, cancel))

    def sleeping() -> bool:
        found = (each.info["cmdline"] or [] for each in psutil.process_iter(["cmdline"]))
        return any(each[-1:] == [sleep] for each in found)

    thread = threading.Thread(target=ask)
    thread.start()
    until(sleeping, "the program has begun")
    cancel.set()
    until(lambda: not sleeping(), "it has ended")
    thread.join(patience.SECONDS)
    assert not thread.is_alive()


@needs_office
def test_a_word_file_is_shown_as_pages_with_the_passage_marked(
    shared: Library, tmp_path: Path
) -> None:
    collection = shared.create("office")
    path = tmp_path / "guide.docx"
    path.write_bytes(GUIDE.read_bytes())
    shared.add(collection, path)
    hit = shared.search("What does a volunteer do?", collection).hits[0].passage
    answer: PagesShown = shared.ask(ShowPages(hit.file_id, hit.start, hit.end))
    assert answer.located.pages
    assert all(page.boxes for page in answer.located.pages)


@needs_office
def test_nothing_is_fetched_for_a_word_file(tmp_path: Path) -> None:
    asked: list[str] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = tmp_path / "spy.docx"
    address = f"http://127.0.0.1:{server.server_port}/spy.png"
    with zipfile.ZipFile(GUIDE) as source, zipfile.ZipFile(path, "w") as made:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                data = data.replace(b"<w:body>", b"<w:body>" + linked_picture())
            if name == "word/_rels/document.xml.rels":
                link = (
                    '<Relationship Id="spy" Type="http://schemas.openxmlformats.org/officeDocument/'
                    f'2006/relationships/image" Target="{address}" TargetMode="External"/>'
                )
                data = data.replace(b"</Relationships>", link.encode() + b"</Relationships>")
            made.writestr(name, data)
    _pages.write_pdf(path, tmp_path / "spy.pdf", tmp_path)
    server.shutdown()
    server.server_close()
    assert (tmp_path / "spy.pdf").is_file()
    assert asked == []


def linked_picture() -> bytes:
    """A paragraph with a picture that is elsewhere."""
    base = "http://schemas.openxmlformats.org/drawingml/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        "<w:p><w:r><w:drawing>"
        f'<wp:inline xmlns:wp="{base}/wordprocessingDrawing"><wp:extent cx="900000" cy="900000"/>'
        f'<wp:docPr id="99" name="spy"/><a:graphic xmlns:a="{base}/main">'
        f'<a:graphicData uri="{base}/picture"><pic:pic xmlns:pic="{base}/picture"><pic:nvPicPr>'
        '<pic:cNvPr id="99" name="spy"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        f'<a:blip xmlns:r="{office}" r:link="spy"/></pic:blipFill><pic:spPr><a:xfrm>'
        '<a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm>'
        '<a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
        "</w:drawing></w:r></w:p>"
    ).encode()


def test_words_are_found_on_pages_that_are_cut_elsewhere() -> None:
    first = "Rules of the house\nDogs are welcome on a lead. The kitchen is cleaned on Fri-"
    second = "Rules of the house 2\nday evenings by those who cooked. Smoking is not allowed."
    wanted = "The kitchen is cleaned on Friday evenings by those who cooked."
    found = wordsearch.find([first, second], wanted)
    assert [page for page, _, _ in found] == [1, 2]
    assert first[found[0][1] : found[0][2]] == "The kitchen is cleaned on"
    assert second[found[1][1] : found[1][2]].endswith("those who cooked")
    twice = "He sat at the desk for an hour. Then it was closed.\n\nOpening the desk\nCome early."
    ((_, start, end),) = wordsearch.find([twice], twice[: twice.index("\n")])
    assert twice[start:end] == "He sat at the desk for an hour. Then it was closed"
    assert wordsearch.find([first, second], "Something else that nobody wrote here") == []
    assert wordsearch.find(["a", "code 9900", "code 9900"], "9900", page=3) == [(3, 5, 9)]
    assert wordsearch.find([], "words") == wordsearch.find(["words"], "") == []
