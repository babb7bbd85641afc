"""The keyword side of a search: exact where it scores, bounded in what it scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.types import PageText
from app.retrieval import keywords
from app.retrieval.chunker import Chunk, Document
from app.retrieval.entries import Entry, Fingerprint
from app.retrieval.keywords import Keywords, any_of, words_of
from app.retrieval.store import Store

PASSAGES = 900
VECTOR = np.zeros(4, np.float16).tobytes()


def put(store: Store, collection: int, name: str, texts: list[str]) -> int:
    """A file with a passage for each text; gives its id."""
    whole = "\n".join(texts)
    chunks, start = [], 0
    for text in texts:
        chunks.append(Chunk(start, start + len(text), None, ()))
        start += len(text) + 1
    document = Document("text", name, whole, (PageText(None, 0, len(whole)),), tuple(chunks))
    file_id = store.register(collection, [(f"/{name}", "text", len(whole))])[0]
    keys = tuple(f"{name} {number}".encode() for number in range(len(texts)))
    count = len(texts)
    store.put(
        [Entry(file_id, Fingerprint(1, 1, name), document, ("",) * count, keys, (VECTOR,) * count)]
    )
    return file_id


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """900 passages: 'every' is in all, 'often' in a third, 'word0' in few, 'word39' in many."""
    opened = Store(tmp_path_factory.mktemp("words") / "library.sqlite3")
    opened.create_collection("all")
    chance = np.random.default_rng(3)
    for first in range(0, PASSAGES, 100):
        texts = []
        for number in range(first, first + 100):
            words = [
                f"word{int(39 * chance.random() ** 0.4)}" for _ in range(chance.integers(5, 40))
            ]
            texts.append(" ".join(["every", *words, *["often"] * (number % 3 == 0)]))
        put(opened, 1, f"{first}.txt", texts)
    yield opened
    opened.close()


def every(store: Store, words: list[str]) -> dict[int, float]:
    """BM25 of all passages with any of the words."""
    rows = store.database.read(
        "SELECT rowid, -rank FROM words WHERE words MATCH ?", (any_of(words),)
    )
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize(
    "words", [["word3"], ["word2", "often"], ["word5", "word30", "word38", "every"], ["often"]]
)
def test_what_is_scored_has_the_score_of_the_whole_query(
    store: Store, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keywords, "_ENOUGH", 150)
    monkeypatch.setattr(keywords, "_FEW", 20)
    found = Keywords(store.database).find(words, [1], 30)
    wanted = every(store, words)
    assert 20 < len(found) <= 30
    assert [hit[1] for hit in found] == sorted((hit[1] for hit in found), reverse=True)
    for passage, score in found:
        # Without the word that all have, whose weight is a millionth, the sum has other last bits.
        assert score == pytest.approx(wanted[passage], rel=1e-4)


def test_the_rarest_words_choose(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keywords, "_ENOUGH", 150)
    monkeypatch.setattr(keywords, "_FEW", 1)
    rare = every(store, ["word3"])
    assert 0 < len(rare) < 100
    found = Keywords(store.database).find(["often", "word3"], [1], PASSAGES)
    assert {passage for passage, _ in found} == rare.keys()
    monkeypatch.setattr(keywords, "_FEW", 1 + len(rare))
    found = Keywords(store.database).find(["often", "word3"], [1], PASSAGES)
    assert {passage for passage, _ in found} == every(store, ["often", "word3"]).keys()


def test_a_word_that_all_have_counts_only_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keywords, "_ENOUGH", 150)
    found = Keywords(store.database)
    assert len(found.find(["every"], [1], PASSAGES)) == PASSAGES
    assert len(found.find(["every", "absent"], [1], PASSAGES)) == PASSAGES
    assert found.find(["absent"], [1], PASSAGES) == []
    some = found.find(["every", "word3"], [1], PASSAGES)
    assert len(some) == len(every(store, ["word3"]))


def test_small_libraries_are_scored_whole(store: Store) -> None:
    found = Keywords(store.database).find(["often", "word3", "every"], [1], PASSAGES)
    assert dict(found) == every(store, ["often", "word3", "every"])


def test_what_comes_and_goes_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keywords, "_ENOUGH", 2)
    with_store = Store(tmp_path / "library.sqlite3")
    with_store.create_collection("one")
    with_store.create_collection("two")
    first = put(with_store, 1, "a.txt", ["the fee is due", "the late fee", "a saw", *["tool"] * 5])
    found = Keywords(with_store.database)
    assert found.find(["zorbulax"], [1, 2], 9) == []
    second = put(with_store, 2, "b.txt", ["zorbulax and a fee"])
    assert len(found.find(["zorbulax"], [1, 2], 9)) == 1
    assert len(found.find(["fee", "saw"], [1, 2], 9)) == 4
    assert len(found.find(["fee"], [2], 9)) == 1
    assert len(found.find(["fee"], [1, 2], 9, [first])) == 2
    with_store.exclude(2, [second], True)
    assert found.find(["zorbulax"], [1, 2], 9) == []
    assert len(found.find(["fee", "saw"], [1, 2], 9)) == 3
    with_store.close()


@given(st.text())
def test_an_expression_holds_only_quoted_words(text: str) -> None:
    words = words_of(text)
    assert words == list(dict.fromkeys(words))
    built = any_of(words)
    for part in built.split(" OR ") if built else []:
        assert part.startswith('"')
        assert part.endswith('"')
        assert '"' not in part[1:-1]
        assert any(c.isalnum() for c in part)


def test_common_words_go_unless_alone() -> None:
    assert words_of("What is the fee?") == ["fee"]
    assert words_of("to be or not to be") == ["to", "be", "or", "not"]
