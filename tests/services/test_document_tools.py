"""What reads pictures and shows pages beside Loam, and what is lost without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.retrieval.loaders import _ocr
from app.services.document_tools import document_tools


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    yield
    _ocr.installed.cache_clear()


def test_what_is_missing_is_told_with_the_line_that_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    pictures, office = document_tools()
    assert (pictures.name, pictures.found, pictures.languages) == ("tesseract", "", ())
    assert "not read" in pictures.lost
    assert pictures.install == "sudo apt-get install tesseract-ocr"
    assert (office.name, office.found) == ("LibreOffice", "")
    assert "as text" in office.lost
    assert "libreoffice-writer" in office.install


def test_what_is_there_is_told_with_its_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, said in (("tesseract", "List of languages (2):\\ndeu\\neng"), ("soffice", "")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nprintf '{said}'\n", "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    pictures, office = document_tools()
    assert pictures.languages == ("deu", "eng")
    assert (pictures.lost, pictures.install) == ("", "")
    assert office.found == str(tmp_path / "soffice")
    assert office.lost == ""
