"""Files are read by what they hold, whatever they are called; what is no document is told."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from app.core.errors import DocumentError, EmptyFile, TooBig, UnknownFormat
from app.core.messages import Indexed
from app.core.types import FileState
from app.retrieval import contents
from app.retrieval.loaders import ods
from tests.retrieval.conftest import SAMPLES, Library
from tests.retrieval.making import mail
from tests.retrieval.sheets import workbook

_PDF = next(SAMPLES.glob("*.pdf"))
_DOCX = next(SAMPLES.glob("*.docx"))


@pytest.mark.parametrize(
    ("name", "source", "kind"),
    [
        ("a.txt", _PDF, "pdf"),
        ("a.docx", _PDF, "pdf"),
        ("a.pdf", _DOCX, "docx"),
        ("a.doc", b"<html><body><h1>Prices</h1></body></html>", "html"),
        ("a.xls", b"{\\rtf1 Hello}", "rtf"),
        ("a.docx", b"Only words that somebody typed.\n", "text"),
        ("README", b"Only words that somebody typed.\n", "text"),
        ("a.unknown", _PDF, "pdf"),
    ],
)
def test_what_it_holds_counts(name: str, source: Path | bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(source if isinstance(source, bytes) else source.read_bytes())
    loader, note = contents.loader_of(path)
    assert loader.kind == kind
    assert path.suffix in note
    assert bool(note) == bool(path.suffix)


def test_what_is_no_document_is_told(tmp_path: Path) -> None:
    plain = tmp_path / "a.docx"
    with zipfile.ZipFile(plain, "w") as made:
        made.writestr("notes.txt", "words")
    with pytest.raises(DocumentError, match="it is a ZIP archive; unpack it first"):
        contents.loader_of(plain)
    packed = tmp_path / "a.txt"
    packed.write_bytes(gzip.compress(b"words"))
    with pytest.raises(DocumentError, match="it is a gzip archive"):
        contents.loader_of(packed)
    noise = tmp_path / "a.pdf"
    noise.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(DocumentError, match="it is not a PDF"):
        contents.loader_of(noise)
    nothing = tmp_path / "b.md"
    nothing.write_bytes(b"")
    with pytest.raises(EmptyFile):
        contents.loader_of(nothing)
    strange = tmp_path / "a.xyz"
    strange.write_bytes(b"words")
    with pytest.raises(UnknownFormat):
        contents.loader_of(strange)


def test_a_package_that_would_fill_the_memory_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_MOST_UNPACKED", 40 << 20)
    path = tmp_path / "bomb.docx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        block = bytes(1 << 24)
        for _ in range(3):
            part.write(block)
    with pytest.raises(TooBig):
        contents.loader_of(path)


def test_every_strange_file_is_read_or_told_in_the_library(shared: Library, tmp_path: Path) -> None:
    folder = tmp_path / "strange"
    folder.mkdir()
    (folder / "report.txt").write_bytes(_PDF.read_bytes())
    (folder / "empty.csv").write_bytes(b"")
    (folder / "wide.txt").write_bytes("Grüße aus Århus, wide letters".encode("utf-16"))
    rows = [{"name": f"item {n}", "sizes": list(range(9))} for n in range(60)]
    (folder / "line.json").write_text(json.dumps(rows), "utf-8")
    (folder / "fake.xlsx").write_bytes(b"PK\3\4" + bytes(300))
    inner = workbook(tmp_path / "prices.xlsx", {"Prices": [["Item", "Price"], ["Bolt", 4]]})
    archive = tmp_path / "more.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.write(inner, "prices.xlsx")
    letter = mail(tmp_path / "inner.eml", "See the archive.", [inner, archive])
    mail(folder / "outer.eml", "Forwarded.", [letter])
    collection = shared.create("strange")
    *_, last = shared.add(collection, folder)
    assert isinstance(last, Indexed)
    files = shared.files(collection)
    told = {name: (file.state, file.detail) for name, file in files.items()}
    assert files["report.txt"].kind == "pdf"
    assert "it is a PDF" in told["report.txt"][1]
    assert told["report.txt"][0] is told["wide.txt"][0] is told["line.json"][0] is FileState.READY
    assert told["empty.csv"][0] is FileState.EMPTY
    assert "is empty" in told["empty.csv"][1]
    assert told["fake.xlsx"][0] is FileState.FAILED
    assert told["outer.eml"][0] is FileState.READY
    assert "more.zip" in told["outer.eml"][1]
    assert "ZIP archive" in told["outer.eml"][1]
    found = shared.search("price of a bolt", collection, top=3)
    assert any("Bolt | 4" in hit.passage.text for hit in found.hits)


def test_opendocument_sheets_are_as_people_see_them(tmp_path: Path) -> None:
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    cell = "<t:table-cell{}><x:p>{}</x:p></t:table-cell>"
    row = "<t:table-row>{}</t:table-row>"
    body = row.format(cell.format("", "Item") + cell.format("", "Price"))
    body += row.format(
        cell.format("", "Bolt") + cell.format(' o:value="4.5" o:value-type="float"', "4,50 €")
    )
    body += '<t:table-row t:number-rows-repeated="1048000"><t:table-cell/></t:table-row>'
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr(
            "content.xml",
            f'<o:d xmlns:o="{office}office:1.0" xmlns:t="{office}table:1.0" '
            f'xmlns:x="{office}text:1.0"><t:table t:name="Prices">{body}</t:table></o:d>',
        )
    assert contents.loader_of(path)[0].kind == "sheet"
    assert ods.load(path).pages[0].text == "Prices\n\nItem | Price\nBolt | 4,50 €"
