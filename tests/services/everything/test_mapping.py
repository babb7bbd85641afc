"""What is taken from a model's reply: only items that stand in the text it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.messages.everything import FileTally
from app.core.types import ModelSpec, Passage
from app.services.everything import mapping, packing, wording
from app.services.everything.cache import Replies, key_of
from app.services.everything.listing import sentence_at
from app.services.everything.packing import Pack

FILE = FileTally(1, "/d/birds.md", "Birds", 2, 80)


def passage(number: int, start: int, text: str, heading: tuple[str, ...] = ()) -> Passage:
    return Passage(number, 1, FILE.path, "Birds", None, heading, start, start + len(text), text)


PACK = Pack(
    FILE,
    (
        passage(7, 0, "The grey\nheron fishes here. (Rare!) A kingfisher was seen."),
        passage(8, 100, "| Bird | Count |\n| Little owl | 3 |"),
    ),
    "",
)


def named(reply: str) -> list[tuple[str, int, int]]:
    found = (mapping.locate(options, PACK) for options in mapping.items(reply))
    return [(each.text, each.start, each.chunk_id) for each in found if each is not None]


@pytest.mark.parametrize(
    ("reply", "items"),
    [
        ("- Grey heron\n- kingfisher", [("grey heron", 4, 7), ("kingfisher", 38, 7)]),
        ("1. **Kingfisher**: a blue bird.", [("kingfisher", 38, 7)]),
        ("The birds are:\nlittle owl (3)", [("Little owl", 119, 8)]),
        (
            "heron, kingfisher, little owl",
            [("heron", 9, 7), ("kingfisher", 38, 7), ("Little owl", 119, 8)],
        ),
        ("none", []),
        ("There are no birds in this text.", []),
        ("- Pelican\n- king", []),
        ("", []),
        ("\x00\x1b[31m\n<script>alert(1)</script>\n" + "x" * 10_000, []),
        ("- .*\n- (?P<a>\n- [", []),
    ],
)
def test_only_what_stands_in_the_text_is_an_item(
    reply: str, items: list[tuple[str, int, int]]
) -> None:
    assert named(reply) == items


def test_an_endless_reply_gives_a_bounded_number_of_items() -> None:
    assert len(list(mapping.items("- kingfisher\n" * 50_000))) <= 100


def test_a_whole_sentence_is_no_item() -> None:
    prose = "The grey heron fishes here and nobody knows why it does that"
    assert all(len(option.split()) <= 9 for options in mapping.items(prose) for option in options)


def test_writings_of_one_item_are_the_same() -> None:
    assert mapping.same("The Grey  Heron") == mapping.same("grey heron.")


def test_passages_are_packed_in_order_and_none_is_lost() -> None:
    passages = [passage(n, n * 300, f"{n} " + "word " * 50, (f"H{n // 4}",)) for n in range(20)]
    packs = list(packing.packs(FILE, passages, 900))
    assert [p.chunk_id for pack in packs for p in pack.passages] == list(range(20))
    assert all(pack.characters <= 900 for pack in packs)
    assert len(packs) < 10
    assert packs[0].text.startswith("Birds > H0\n")


def test_a_stretch_fits_a_small_context() -> None:
    small, large = (packing.size(context, 160, "q", False) for context in (1024, 8192))
    assert 400 <= small < large <= 5_000


def test_the_sentence_around_a_value() -> None:
    first, second = PACK.passages
    assert sentence_at(first, 9, 14) == "The grey heron fishes here."
    assert sentence_at(second, 119, 129) == "| Little owl | 3 |"


def test_replies_outlive_their_file_being_closed_and_go_with_their_document(tmp_path: Path) -> None:
    spec, other = ModelSpec("/m/a.gguf"), ModelSpec("/m/b.gguf")
    key = key_of(spec, "prompt")
    assert key != key_of(other, "prompt")
    replies = Replies(tmp_path / "r.sqlite3")
    replies.put(key, "/d/birds.md", "heron")
    replies.put(key_of(spec, "more"), "/d/gone.md", "owl")
    replies.close()
    again = Replies(tmp_path / "r.sqlite3")
    assert again.get(key) == "heron"
    again.tidy(["/d/birds.md"])
    assert again.get(key) == "heron"
    assert again.get(key_of(spec, "more")) is None
    again.close()


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("in the way")
    replies = Replies(tmp_path / "r" / "replies.sqlite3")
    replies.put(b"k", "/d", "said")
    assert replies.get(b"k") is None
    replies.tidy([])
    replies.close()


def test_text_of_documents_is_shown_as_it_is_written() -> None:
    assert wording.plain("order_7.md") == "order_7.md"
    assert wording.plain("# Not a *heading* [1] <b>") == r"\# Not a \*heading\* \[1\] \<b>"
    assert wording.plain("two\nlines") == "two lines"
    assert wording.cell("a|b") == r"a\|b"
