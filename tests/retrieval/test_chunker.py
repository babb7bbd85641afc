"""Passages are slices of the text, within the embedder's limit, and lose no words."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from app.core.messages import Parsed, ParsedPage
from app.retrieval.chunker import Chunker, Document
from app.retrieval.embedders.minilm import MiniLM
from app.retrieval.loaders import markdown, pdf
from tests.retrieval.conftest import EMBEDDER, SAMPLES


@cache
def tokenizer() -> Tokenizer:
    return MiniLM(EMBEDDER).tokenizer()


@cache
def chunker() -> Chunker:
    return Chunker(tokenizer())


def check(parsed: Parsed) -> Document:
    """The promises of every document."""
    document = chunker().document(parsed)
    covered = 0
    for chunk in document.chunks:
        assert covered <= chunk.start < chunk.end <= len(document.text)
        # Only a heading may be left out, and the passage's prefix has it.
        left_out = re.findall(r"[^\W_]+", document.text[covered : chunk.start])
        prefix = chunker().prefix(document.title, chunk)
        if left_out:
            # The same heading may stand there twice.
            heading = re.findall(r"[^\W_]+", chunk.heading[-1])
            assert left_out == heading * (len(left_out) // len(heading))
        assert not left_out or chunk.heading[-1] in prefix
        page = next(p for p in document.pages if p.start <= chunk.start < p.end)
        assert chunk.end <= page.end
        assert chunk.page == page.number
        tokens = tokenizer().encode(chunker().embedded(document, chunk))
        assert len(tokens.ids) <= MiniLM.limit
        covered = chunk.end
    assert not re.search(r"[^\W_]", document.text[covered:])
    return document


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=600)
pieces = st.one_of(words, st.sampled_from(["# Heading\n\n", "word " * 300, "x" * 2000, "\n\n"]))


@pytest.mark.usefixtures("weights")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    pages=st.lists(st.lists(pieces, max_size=6).map("".join), min_size=1, max_size=3),
    kind=st.sampled_from(["text", "markdown", "pdf"]),
    title=st.text(max_size=400),
)
def test_any_document(pages: list[str], kind: str, title: str) -> None:
    parsed = Parsed(
        kind,
        title,
        tuple(
            ParsedPage(number, text, markdown.headings(text) if kind != "text" else ())
            for number, text in enumerate(pages, 1)
        ),
    )
    check(parsed)


@pytest.mark.usefixtures("weights")
def test_words_that_are_those_of_the_next_heading_stay() -> None:
    text = "Fees\n\n# Fees\n\n" + "word " * 300
    document = check(Parsed("markdown", "", (ParsedPage(None, text, markdown.headings(text)),)))
    assert document.chunks[0].start == 0


@pytest.mark.usefixtures("weights")
def test_passages_know_their_headings_and_pages() -> None:
    document = check(pdf.load(SAMPLES / "member-handbook.pdf"))
    chunk = next(c for c in document.chunks if "late fee is 2 euros" in _text(document, c))
    assert chunk.page == 3
    assert chunk.heading == ("Member handbook", "Late fees")
    assert chunker().embedded(document, chunk).startswith("Member handbook > Late fees\n")


@pytest.mark.usefixtures("weights")
def test_heading_path_follows_levels(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "# A\n\n"
        + "one " * 150
        + "\n\n## B\n\n"
        + "two " * 150
        + "\n\n### C\n\n"
        + "three " * 150
        + "\n\n## D\n\n"
        + "four " * 150,
        "utf-8",
    )
    document = check(markdown.load(path))
    found = {_text(document, chunk).split()[-1]: chunk.heading for chunk in document.chunks}
    assert found == {
        "one": ("A",),
        "two": ("A", "B"),
        "three": ("A", "B", "C"),
        "four": ("A", "D"),
    }


@pytest.mark.usefixtures("weights")
def test_long_titles_leave_room_for_the_passage() -> None:
    document = check(Parsed("text", "extraordinary " * 100, (ParsedPage(None, "word " * 400),)))
    assert len(document.chunks) == 2


def _text(document: Document, chunk: object) -> str:
    start, end = chunk.start, chunk.end  # type: ignore[attr-defined]
    return document.text[start:end]
