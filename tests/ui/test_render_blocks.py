"""Splitting Markdown: the same blocks however the text was cut, and those of a whole parse."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.ui.render.blocks import Block, BlockStream, Kind, split
from app.ui.render.lines import TextState
from app.ui.render.math_rules import add_math

PIECES = (
    "A paragraph with *words* and `code`.",
    "Two lines\nof one paragraph",
    "# Heading",
    "Setext\n===",
    "Lower\n---",
    "- one\n- two\n  - inner\n\n  more of two\n- three",
    "1. first\n2. second\n\n   still second\n3) other",
    "> quoted\n> text\nlazy",
    "```python\ndef f():\n\n    return 1\n```",
    "~~~\ncode with ``` inside\n~~~",
    "  ```js\n  let x\n  ```",
    "- item\n  ```sh\n  ls\n  ```\n- next",
    "| a | b |\n|---|:--|\n| 1 | 2 |\n| 3 | 4 |",
    "    indented code\n\n    goes on",
    "***",
    "[label]: https://example.org 'title'",
    "See [label] and [other].",
    "$$\na\n- b\n$$",
    "\\[\na\n+ b\n\\]",
    "<think>\nhm\n\n# not a heading\n</think>after",
    "<b>raw</b> <script>x</script>",
    "#hash 1. no list",
    "a | b without a table",
    "```\nnever closed",
)
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.text(alphabet="ab #`~-*>|[]$\\<1.\n\t\r", max_size=30),
    ),
    max_size=8,
).flatmap(
    lambda parts: st.lists(
        st.sampled_from(("\n", "\n\n", "\r\n", "\n\n\n")),
        min_size=len(parts),
        max_size=len(parts),
    ).map(lambda gaps: "".join(p + g for p, g in zip(parts, gaps, strict=True)))
)


@given(text=TEXTS, cuts=st.lists(st.integers(0, 400), max_size=12))
@settings(max_examples=400, deadline=None)
def test_cutting_changes_nothing(text: str, cuts: list[int]) -> None:
    stream = BlockStream()
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    seen: list[Block] = []
    for start, end in itertools.pairwise(places):
        stream.feed(text[start:end])
        stream.tail()
        assert stream.frozen[: len(seen)] == seen, "a frozen block changed"
        seen = list(stream.frozen)
    stream.finish()
    assert stream.frozen == split(text)
    assert stream.tail() == []


@given(size=st.integers(1, 7))
@settings(max_examples=7, deadline=None)
def test_long_stretches_are_cut_alike(size: int) -> None:
    text = (
        "word " * 2000
        + "\n\n| a | b |\n|--|--|\n"
        + "| 1 | 2 |\n" * 90
        + "\n```\n"
        + "x = 1\n" * 400
        + "```\n> "
        + "quote " * 900
    )
    stream = BlockStream()
    for start in range(0, len(text), size):
        stream.feed(text[start : start + size])
    stream.finish()
    whole = split(text)
    assert stream.frozen == whole
    assert max(len(block.source) for block in whole) < 7000
    tables = [block for block in whole if block.source.startswith("| a | b |\n|--|--|")]
    assert len(tables) == 5
    code = [block for block in whole if block.kind is Kind.CODE]
    assert "\n".join(block.source for block in code) == ("x = 1\n" * 400).rstrip("\n")
    assert [block.continued for block in code] == [False] + [True] * (len(code) - 1)


@pytest.mark.parametrize("first", [p for p in PIECES if "think" not in p and "closed" not in p])
@pytest.mark.parametrize(
    "second", [p for p in PIECES if "think" not in p and "[label]" not in p and "$" not in p]
)
def test_blocks_say_what_a_whole_parse_says(first: str, second: str) -> None:
    """Rendered one by one, blocks give the words, in the elements, of the text as a whole; only
    how lists are grouped and spaced differs."""
    md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    add_math(md)
    text = f"{first}\n\n{second}\n"
    pieces = []
    for block in split(text):
        if block.kind is Kind.CODE:
            pieces.append(md.render(f"~~~~~~ {block.language}\n{block.source}\n~~~~~~"))
        else:
            pieces.append(md.render(f"{block.definitions}\n\n{block.source}"))
    assert _plain("".join(pieces)) == _plain(md.render(text))


def _plain(html: str) -> str:
    """HTML less what a list's grouping and looseness change."""
    html = re.sub(r"</?(ul|ol|p)( start=\"\d+\")?>", "", html)
    return re.sub(r"\s+", "", html)


def test_fence_keeps_its_text() -> None:
    (block,) = split("```Python title=x\n  a\n\n\tb\n```\n")
    assert block == Block(Kind.CODE, "  a\n\n\tb", "python", closed=True)


def test_open_fence_is_shown_as_it_grows() -> None:
    stream = BlockStream()
    stream.feed("Text\n```py\nx = ")
    assert [b.kind for b in stream.frozen] == [Kind.TEXT]
    assert stream.tail() == [Block(Kind.CODE, "x = ", "py", closed=False)]


def test_thinking_is_taken_out() -> None:
    thinking, answer = split("<think>first\n\n```\nsecond</think>\n\nThe answer")
    assert thinking == Block(Kind.THINKING, "first\n\n```\nsecond", closed=True)
    assert answer.source == "The answer"


def test_beginning_of_a_mark_does_not_flash() -> None:
    for mark in ("``", "```", "<thi", "<think>"):
        stream = BlockStream()
        stream.feed("Words\n" + mark)
        shown = "".join(block.source for block in stream.tail())
        assert mark not in shown or mark == "``"


def test_definitions_reach_later_blocks() -> None:
    last = split("[a]: https://example.org\n\nText\n\nSee [a].")[-1]
    assert last.definitions == "[a]: https://example.org"


def test_work_per_feed_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that were decided are never looked at again."""
    looked = 0
    original = TextState.begins_block

    def counting(self: TextState, line: str) -> bool:
        nonlocal looked
        looked += 1
        return original(self, line)

    monkeypatch.setattr(TextState, "begins_block", counting)
    stream = BlockStream()
    for _ in range(500):
        stream.feed("A line of text\n\n")
    assert looked == 1000
    assert sum(len(block.source) for block in stream.tail()) < 100
