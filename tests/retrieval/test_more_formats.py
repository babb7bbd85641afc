"""Mails with attachments, reStructuredText, JSON, notebooks, formats of before 2007."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.messages import Indexed
from app.core.types import FileState
from app.retrieval.loaders import eml, notebook, records, rst
from app.retrieval.loaders._base import Reading
from tests.retrieval.conftest import SAMPLES, Library
from tests.retrieval.making import mail, text_pdf
from tests.retrieval.test_loaders import headings_of, load, text_of

Real = Callable[[str], Path]


@pytest.mark.parametrize(
    ("name", "kind", "phrase", "heading"),
    [
        ("fake-email-attachment.eml", "email", "Hey this is a fake", "fake-attachment.txt"),
        ("fake-email-attachment.msg", "email", "Hey this is a fake", "fake-attachment.txt"),
        ("mime-multipart-digest.eml", "email", "Subject: Second Message", "Second Message.eml"),
        ("README.rst", "rst", "Example Docs", "XBRL 10-K"),
        ("test_notebook.ipynb", "notebook", "Test Notebook", "Code Cell Below"),
        ("simple.doc", "docx", "This is my second thought.", None),
        ("eng_spa_mult.doc", "docx", "Spanish", None),
        ("fake-power-point.ppt", "slides", "Find the bullet slide layout", None),
        ("tests-example.xls", "sheet", "What is 2+2?", "Example Test"),
    ],
)
def test_real_file(real: Real, name: str, kind: str, phrase: str, heading: str | None) -> None:
    parsed = load(real(name))
    assert parsed.kind == kind
    assert phrase in text_of(parsed) or name == "eng_spa_mult.doc"
    assert heading is None or heading in headings_of(parsed)


def test_attachments_are_read_each_by_its_own_format(tmp_path: Path) -> None:
    odd = tmp_path / "odd.xyz"
    odd.write_text("what", "utf-8")
    damaged = tmp_path / "damaged.docx"
    damaged.write_bytes(b"PK\x03\x04 no archive")
    locked = text_pdf(tmp_path / "locked.pdf", [[(72, 700, "Hidden.")]], "secret")
    inner = mail(tmp_path / "inner.eml", "See the file.", [SAMPLES / "workshops.md"], "Inner")
    attached = [SAMPLES / "member-handbook.pdf", odd, damaged, locked, inner]
    path = mail(tmp_path / "mail.eml", "Hello,\n\nhere is the handbook.", attached, "The handbook")
    parsed = eml.load(path, Reading(scratch=tmp_path / "scratch"))
    assert parsed.title == "The handbook"
    text = text_of(parsed)
    assert "here is the handbook" in text
    assert "The late fee is 2 euros" in " ".join(text.split())
    found = headings_of(parsed)
    assert found.index("member-handbook.pdf") < found.index("Late fees") < found.index("odd.xyz")
    levels = {words: level for _, level, words in parsed.pages[0].headings}
    assert levels["member-handbook.pdf"] < levels["Member handbook"] < levels["Late fees"]
    assert "workshops.md" in found
    for name in ("odd.xyz", "damaged.docx", "locked.pdf"):
        assert name in parsed.note
    assert "password" in parsed.note
    assert list((tmp_path / "scratch").iterdir()) == []


def test_hostile_attachment_names_stay_in_their_folder(tmp_path: Path) -> None:
    path = mail(tmp_path / "mail.eml", "x y z", [])
    plain = path.read_text("utf-8").replace("\n", "\r\n")
    head, body = plain.split("\r\n\r\n", 1)
    head = head.replace("Content-Type: text/plain", "X-Was: text/plain")
    path.write_bytes(
        (
            f'{head}\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\n{body}\r\n'
            '--b\r\nContent-Disposition: attachment; filename="../../../../outside.txt"\r\n\r\n'
            "The fox is called Rosa.\r\n--b--\r\n"
        ).encode()
    )
    parsed = eml.load(path, Reading(scratch=tmp_path / "scratch"))
    assert "The fox is called Rosa." in text_of(parsed)
    assert not list(tmp_path.parent.rglob("outside.txt"))


def test_note_reaches_the_file(shared: Library, tmp_path: Path) -> None:
    library = shared
    collection = library.create("mails")
    odd = tmp_path / "odd.xyz"
    odd.write_text("what", "utf-8")
    path = mail(tmp_path / "mail.eml", "The fox is called Rosa.", [odd, SAMPLES / "tools.csv"])
    assert library.add(collection, path)[-1] == Indexed(1, 0, 0, False)
    file = library.files(collection)["mail.eml"]
    assert file.state == FileState.READY
    assert "odd.xyz" in file.detail
    heading = library.search("cordless drill", collection).hits[0].passage.heading
    assert heading[0] == "tools.csv"


def test_rst_headings_by_order_of_their_styles(tmp_path: Path) -> None:
    text = (
        "=====\nTitle\n=====\n\nOne ``two``\n-----------\n\nwords\n\nDeep\n~~~~\n\n"
        "====  ====\na     b\n====  ====\n1     2\n====  ====\n\nThree\n-----\n\n----\n\nend\n"
    )
    path = tmp_path / "a.rst"
    path.write_text(text, "utf-8")
    parsed = rst.load(path)
    assert parsed.title == "Title"
    assert parsed.pages[0].text == text
    assert parsed.pages[0].headings == (
        (text.index("Title"), 1, "Title"),
        (text.index("One"), 2, "One two"),
        (text.index("Deep"), 3, "Deep"),
        (text.index("Three"), 2, "Three"),
    )


def test_json_reads_as_lines_under_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    members = [{"name": "Ada", "fee": 1.10, "tags": ["a", "b"]}, {"name": "Bo", "left": None}]
    text = json.dumps({"club": {"members": members, "open": True}}).replace("1.1", "1.10")
    path.write_text(text, "utf-8")
    parsed = records.load(path)
    assert text_of(parsed) == (
        "club\n\nmembers\nname: Ada\nfee: 1.10\ntags: a, b\n\nname: Bo\nleft: null\n\nopen: true"
    )
    assert [words for _, _, words in parsed.pages[0].headings] == ["club", "members"]
    assert headings_of(parsed)


@pytest.mark.parametrize("text", ['{"a": ', "[" * 5000 + "]" * 5000, '{"": {"": 1e999}}', "NaN x"])
def test_odd_json_is_read_somehow(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text + '\n"word"', "utf-8")
    assert "word" in text_of(records.load(path))


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n\n{"a": 2}\n', "utf-8")
    assert text_of(records.load(path)) == "a: 1\n\na: 2"


def test_notebook_cells(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Bees\n", "in the garden"]},
        {"cell_type": "code", "source": "# no heading\nprint(3)", "outputs": [{"text": ["3\n"]}]},
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}), "utf-8")
    parsed = notebook.load(path)
    assert parsed.title == "Bees"
    assert headings_of(parsed) == ["Bees"]
    assert text_of(parsed).endswith("print(3)\n\n3\n")
