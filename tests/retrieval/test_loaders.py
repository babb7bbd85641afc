"""Each format on a real file, and on files made to be hard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import DocumentError, NoText, PasswordNeeded
from app.core.messages import Parsed
from app.retrieval import formats

Real = Callable[[str], Path]


def load(path: Path) -> Parsed:
    loader = formats.loader_for(path)
    assert loader is not None
    return loader.load(path)


def text_of(parsed: Parsed) -> str:
    return "\n".join(page.text for page in parsed.pages)


def headings_of(parsed: Parsed) -> list[str]:
    found = []
    for page in parsed.pages:
        for at, level, words in page.headings:
            assert level >= 1
            assert " ".join(page.text[at:].lstrip("# ").split()).startswith(words[:20])
            found.append(words)
    return found


@pytest.mark.parametrize(
    ("name", "kind", "phrase", "heading"),
    [
        ("multicolumn.pdf", "pdf", "consectetuer adipiscing elit", "Abstract"),
        ("test.docx", "docx", "build LLM applications via multiple agents", "Introduction"),
        ("sample-presentation.pptx", "slides", "A2 | B2 | C2", "This is kinda backwards, huh?"),
        ("stanley-cups.xlsx", "sheet", "Maple Leafs | TOR | 13", "Stanley Cups Since 67"),
        ("test_wikipedia.html", "html", "Microsoft", "History"),
        ("test.epub", "epub", "This is a blockquote for testing.", "Chapter 2: More Content"),
        ("fake.odt", "odt", "Leader | Sarah | Mark | Ryan", None),
        ("fake-doc.rtf", "rtf", "My first paragraph.", "My First Heading"),
        ("fake-email.eml", "email", "Subject: Test Email", None),
        ("stanley-cups.csv", "table", "Maple Leafs,TOR,13", None),
        ("stanley-cups.tsv", "table", "Maple Leafs\tTOR\t13", None),
        ("norwich-city.txt", "text", "Norwich", None),
        ("README.rst", "rst", "Example Docs", None),
    ],
)
def test_real_file(real: Real, name: str, kind: str, phrase: str, heading: str | None) -> None:
    parsed = load(real(name))
    assert parsed.kind == kind
    assert parsed.title
    assert phrase in text_of(parsed)
    assert heading is None or heading in headings_of(parsed)


def test_slides_and_pdf_pages_are_numbered(real: Real) -> None:
    assert [page.number for page in load(real("sample-presentation.pptx")).pages] == [1, 2, 3, 4]
    pages = load(real("GeoTopo-komprimiert.pdf")).pages
    assert [page.number for page in pages] == list(range(1, 118))


def test_pdf_joins_lines_and_mends_words(real: Real) -> None:
    text = text_of(load(real("multicolumn.pdf")))
    assert "\x02" not in text
    assert "Pellentesque habitant morbi tristique senectus et netus" in text


@pytest.mark.parametrize("name", ["password.pdf", "libreoffice-writer-password.pdf"])
def test_encrypted_pdf_asks_for_its_password(real: Real, name: str) -> None:
    with pytest.raises(PasswordNeeded):
        load(real(name))


def test_encrypted_workbook_asks_for_its_password(real: Real) -> None:
    with pytest.raises(PasswordNeeded):
        load(real("password_protected.xlsx"))


@pytest.mark.parametrize("name", ["loremipsum-flat.pdf", "empty.xlsx", "empty.txt"])
def test_file_without_text(real: Real, name: str) -> None:
    with pytest.raises(NoText):
        load(real(name))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße – a\r\nb\rc\n".encode(), "Grüße – a\nb\nc\n"),
        ("Grüße".encode("utf-8-sig"), "Grüße"),
        ("Grüße\r\n".encode("utf-16"), "Grüße\n"),
        ("Grüße".encode("utf-16-be"), "Grüße"),
        ("Grüße".encode("utf-32"), "Grüße"),
        ("Café Müller, 5 €".encode("cp1252"), "Café Müller, 5 €"),
        ("naïve\x81".encode("latin-1"), "naïve\x81"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert text_of(load(path)) == text


def test_long_latin_1_text(tmp_path: Path) -> None:
    text = "Die Mitglieder können Werkzeuge ausleihen und müssen sie zurückgeben. " * 9
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("latin-1"))
    assert text_of(load(path)) == text


@pytest.mark.parametrize("name", ["umlauts-non-utf8.md", "fake-text-utf-16-be.txt"])
def test_real_encodings(real: Real, name: str) -> None:
    text = text_of(load(real(name)))
    assert "können" in text or "This is a test document" in text


def test_text_is_the_file_as_python_reads_it(real: Real) -> None:
    for name in ("norwich-city.txt", "stanley-cups.csv", "codeblock.md"):
        path = real(name)
        assert text_of(load(path)) == path.read_text("utf-8")


@pytest.mark.parametrize("suffix", [".txt", ".py", ".csv", ".md"])
def test_binary_data_is_not_text(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(DocumentError):
        load(path)


def test_markdown_headings(tmp_path: Path) -> None:
    text = "# One *two*\n\na\n\n```\n# no\n```\n\nThree\n-----\n\n- [x]\n---\n\n## [Four](x) ##\n"
    path = tmp_path / "a.md"
    path.write_text(text, "utf-8")
    parsed = load(path)
    assert parsed.title == "One two"
    assert parsed.pages[0].headings == (
        (0, 1, "One two"),
        (text.index("Three"), 2, "Three"),
        (text.index("## ["), 2, "Four"),
    )


def test_code_knows_its_functions(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("import x\n\nclass Tree:\n    def grow(self):\n        pass\n", "utf-8")
    assert [words for _, _, words in load(path).pages[0].headings] == ["Tree", "grow"]


def test_names_of_columns_are_known_and_numbers_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name;Age\nAnn;3\n", "utf-8")
    (table,) = load(path).pages[0].tables
    assert (table.rows, table.header) == ((0, 9), (0, 8))
    path.write_text("1,2\n3,4\n", "utf-8")
    (table,) = load(path).pages[0].tables
    assert (table.rows, table.header) == ((0, 4), (0, 0))


def test_walk_takes_documents_and_leaves_the_rest(tmp_path: Path) -> None:
    for name in ("a.txt", "b/c.md", "b/.hidden.txt", ".git/d.txt", "e.xyz", "~$f.docx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("words", "utf-8")
    found = [path.relative_to(tmp_path).as_posix() for path in formats.walk(tmp_path)]
    assert found == ["a.txt", "b/c.md"]
    assert list(formats.walk(tmp_path / "e.xyz")) == [tmp_path / "e.xyz"]
