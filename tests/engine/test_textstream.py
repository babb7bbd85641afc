"""Bytes to text: whole characters only, and never a part of a stop string."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.engine.textstream import TextStream


@given(st.text(), st.integers(1, 5))
def test_any_text_survives_any_cutting(text: str, step: int) -> None:
    raw = text.encode()
    stream = TextStream()
    pieces = [stream.feed(raw[at : at + step]) for at in range(0, len(raw), step)]
    assert "".join(pieces) + stream.finish() == text


def test_a_character_comes_when_it_is_whole() -> None:
    stream = TextStream()
    assert [stream.feed(bytes([byte])) for byte in "🦉語".encode()] == [
        "", "", "", "🦉", "", "", "語",
    ]  # fmt: skip


def test_half_a_character_at_the_end_is_left_out() -> None:
    stream = TextStream()
    assert stream.feed("ab🦉".encode()[:-1]) == "ab"
    assert stream.finish() == ""


def test_bytes_that_are_no_text_are_left_out() -> None:
    stream = TextStream()
    assert stream.feed(b"a\xff\xfeb") == "ab"


def test_a_stop_string_is_never_partly_shown() -> None:
    stream = TextStream(["<end>"])
    assert [stream.feed(piece) for piece in (b"Yes <", b"en", b"d", b"> more")] == [
        "Yes ", "", "", "",
    ]  # fmt: skip
    assert stream.stopped
    assert stream.finish() == ""


def test_what_only_looked_like_a_stop_string_comes() -> None:
    stream = TextStream(["<end>"])
    assert stream.feed(b"<en") == ""
    assert stream.feed(b"ter>") == "<enter>"
    assert stream.feed(b" <e") == " "
    assert stream.finish() == "<e"
    assert not stream.stopped


@given(st.text("ab", max_size=30), st.lists(st.text("ab", min_size=1, max_size=3), min_size=1))
def test_the_earliest_stop_wins_however_text_arrives(text: str, stops: list[str]) -> None:
    stream = TextStream(stops)
    shown = ""
    for letter in text:
        shown += stream.feed(letter.encode())
        if stream.stopped:
            break
    shown += stream.finish()
    ends = [at + len(stop) for stop in stops if (at := text.find(stop)) >= 0]
    if not ends:
        assert shown == text
    else:
        assert text.startswith(shown)
        assert not any(stop in shown for stop in stops)
        assert len(shown) < min(ends)
