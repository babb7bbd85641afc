"""Formats: round trips of any content, faults with their lines, detection, encodings."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import BadInput
from app.core.messages import Turn
from app.services.dataset import detection
from app.services.dataset.formats import table
from app.services.dataset.formats._array import elements
from app.services.dataset.types import Draft, Rejected, Span
from tests.services.dataset.conftest import talk, text

_CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_SAID = st.text(_CHARACTERS, min_size=1).filter(lambda said: bool(said.strip()))
_MARK = st.one_of(st.just(""), _SAID.map(str.strip))
_SYSTEM = st.one_of(st.just(()), _SAID.map(lambda said: (Turn("system", said),)))
_EXCHANGE = st.tuples(_SAID, _SAID).map(
    lambda pair: (Turn("user", pair[0]), Turn("assistant", pair[1]))
)


def _talks(most: int) -> st.SearchStrategy[Draft]:
    exchanges = st.lists(_EXCHANGE, min_size=1, max_size=most)
    turns = st.builds(lambda s, e: (*s, *(t for pair in e for t in pair)), _SYSTEM, exchanges)
    return st.builds(Draft, turns, _MARK, st.just(()), _MARK)


@st.composite
def _texts(draw: st.DrawFn) -> Draft:
    content = draw(_SAID)
    start = draw(st.integers(0, len(content) - 1))
    end = draw(st.integers(start + 1, len(content)))
    spans = draw(st.sampled_from([(), (Span(start, end, "place"),)]))
    return Draft((Turn("text", content),), draw(_MARK), spans, draw(_MARK))


def _plain_texts() -> st.SearchStrategy[Draft]:
    return st.builds(Draft, _SAID.map(lambda t: (Turn("text", t),)), _MARK, st.just(()), _MARK)


_ROWS = {
    "openai": _talks(3),
    "sharegpt": _talks(3),
    "alpaca": _talks(3),
    "completion": _talks(1),
    "labelled": _texts(),
    "table": st.one_of(_talks(1), _plain_texts()),
}


def _read(name: str, path: Path, **mapping: str) -> list[Draft | Rejected]:
    return list(detection.named(name).read(path, mapping))


def _write(name: str, drafts: list[Draft], path: Path) -> list[str]:
    with path.open("w", encoding="utf-8", newline="") as file:
        return list(detection.named(name).write(drafts, file, path.suffix))


def _contents(found: list[Draft | Rejected]) -> list[Draft]:
    assert all(isinstance(item, Draft) for item in found), found
    return [Draft(i.turns, i.label, i.spans, i.group) for i in found if isinstance(i, Draft)]


@pytest.mark.parametrize(
    ("name", "suffix"),
    [(n, s) for n in _ROWS for s in ((".csv", ".tsv") if n == "table" else (".jsonl", ".json"))],
)
def test_what_is_written_is_read_again_to_the_letter(name: str, suffix: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(_ROWS[name], min_size=1, max_size=4))
    def round_trip(drafts: list[Draft]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"rows{suffix}"
            assert _write(name, drafts, path) == [""] * len(drafts)
            assert _contents(_read(name, path)) == drafts
            assert detection.detect(path).name == name

    round_trip()


_LINE = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=300)
_DOCUMENTS = st.lists(
    st.lists(st.lists(_LINE, min_size=1, max_size=40), min_size=1, max_size=6),
    min_size=1,
    max_size=3,
)


@settings(max_examples=40, deadline=None)
@given(_DOCUMENTS)
def test_plain_text_keeps_its_rows_and_documents(documents: list[list[list[str]]]) -> None:
    whole = "\f".join("\n\n".join("\n".join(p) for p in d) + "\n" for d in documents)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text(whole, encoding="utf-8")
        rows = _contents(_read("text", path))
        assert _write("text", rows, path) == [""] * len(rows)
        assert _contents(_read("text", path)) == rows
    said = "\n".join(row.turns[0].content for row in rows)
    assert said.split() == whole.split()
    assert all(len(row.turns[0].content) <= 4000 for row in rows)


def test_faulty_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps({"messages": [{"role": "user", "content": "q"}, {"role": "assistant",
                       "content": "a"}]})  # fmt: skip
    faults = {
        2: '{"messages": [',
        4: "[1, 2]",
        6: '{"prompt": "q"}',
        7: '{"messages": [{"role": "user", "content": "q"}]}',
        8: '{"messages": [{"role": "assistant", "content": "a"}]}',
        9: '{"messages": [{"role": "user", "content": "\\ud800"},'
        ' {"role": "assistant", "content": "a"}]}',
        10: '{"messages": [{"role": "user", "content": "q"},'
        ' {"role": "assistant", "content": null, "tool_calls": [{}]}]}',
        11: '{"messages": [{"role": "user", "content": [{"type": "image_url"}]},'
        ' {"role": "assistant", "content": "a"}]}',
        12: "[" * 100_000,
        13: '{"messages": "no"}',
        14: '{"messages": [{"role": "user", "content": "q\\u0000"},'
        ' {"role": "assistant", "content": "a"}]}',
    }
    lines = [good, faults[2], good, faults[4], "", *(faults[n] for n in range(6, 15)), good]
    path.write_bytes("\n".join(lines).encode() + b'\n{"messages": "\xff"}\n')
    found = _read("openai", path)
    drafts = [item for item in found if isinstance(item, Draft)]
    rejected = {item.line: item.reason for item in found if isinstance(item, Rejected)}
    assert [draft.line for draft in drafts] == [1, 3, 15]
    assert rejected.keys() == {*faults, 16}
    assert "valid JSON" in rejected[2]
    assert rejected[4] == "it is not a JSON object"
    assert rejected[6] == "it has no 'messages'"
    assert rejected[7] == "it has no answer"
    assert "begins with an answer" in rejected[8]
    assert "half a character" in rejected[9]
    assert "tool" in rejected[10]
    assert "picture" in rejected[11]
    assert rejected[16] == "it is not text in UTF-8"


def test_an_array_is_read_element_by_element_past_a_faulty_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    record = '{"instruction": "say \\"]}\\\\", "input": "", "output": "b"}'
    path.write_text(f'\n[\n {record},\n\n {{"instruction": oops}},\n {record}\n,5]\n')
    found = _read("alpaca", path)
    assert [item.line for item in found] == [3, 5, 6, 7]
    assert [isinstance(item, Draft) for item in found] == [True, False, True, False]
    assert isinstance(found[0], Draft)
    assert found[0].turns[0].content == 'say "]}\\'


def test_a_cut_array_gives_what_is_whole_and_says_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    records = ",\n".join(['{"prompt": "p", "completion": "c"}'] * 5000)
    path.write_text(f"[\n{records},\n" + '{"prompt": "p", "compl')
    found = _read("completion", path)
    assert sum(isinstance(item, Draft) for item in found) == 5000
    assert found[-1] == Rejected(5002, "the list has no end here; the file may be cut off")
    path.write_text("[1] [2]")
    assert [item.line for item in _read("completion", path)] == [1, 1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.recursive(
            st.one_of(st.none(), st.integers(), _SAID),
            lambda inner: st.one_of(st.lists(inner), st.dictionaries(_SAID, inner)),
        ),
        max_size=6,
    ),
    st.sampled_from([None, 2]),
)
def test_elements_of_any_array_are_found(values: list[object], indent: int | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text(json.dumps(values, indent=indent), encoding="utf-8")
        with path.open(encoding="utf-8") as file:
            assert [json.loads(piece) for _, piece in elements(file, 1000_000)] == values


def test_records_across_the_borders_of_reads_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    values = [{"prompt": "\\" * n + '"' * (n % 7), "completion": "x" * n} for n in range(1, 700)]
    path.write_text(json.dumps(values))
    read = _contents(_read("completion", path))
    assert [d.turns[0].content for d in read] == [v["prompt"] for v in values]


def test_reading_is_lazy(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    record = '{"text": "one"}\n'
    path.write_text(record * 10)
    found = detection.named("labelled").read(path, {})
    assert isinstance(next(found), Draft)
    with path.open("a") as file:
        file.write(record)
    assert sum(1 for _ in found) == 10


@pytest.mark.parametrize(
    ("record", "name", "turns"),
    [
        (
            {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
             "id": "QWJhYvA_3"},
            "sharegpt",
            [("user", "q"), ("assistant", "a")],
        ),
        (
            {"instruction": "Add.", "input": "1 2", "output": "3"},
            "alpaca",
            [("user", "Add.\n\n1 2"), ("assistant", "3")],
        ),
        (
            {"prompt": [{"role": "user", "content": "q"}],
             "completion": [{"role": "assistant", "content": "a"}]},
            "completion",
            [("user", "q"), ("assistant", "a")],
        ),
        (
            {"messages": [{"role": "developer", "content": "s"},
                          {"role": "user", "content": [{"type": "text", "text": "q"}]},
                          {"role": "assistant", "content": "a"}]},
            "openai",
            [("system", "s"), ("user", "q"), ("assistant", "a")],
        ),
        ({"text": "Rome", "label": [[0, 4, "place"]]}, "labelled", [("text", "Rome")]),
    ],
)  # fmt: skip
def test_the_layouts_of_others_are_known(
    tmp_path: Path, record: dict[str, object], name: str, turns: list[tuple[str, str]]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record))
    assert detection.detect(path).name == name
    (draft,) = _read(name, path)
    assert isinstance(draft, Draft)
    assert [(turn.role, turn.content) for turn in draft.turns] == turns
    assert draft.group == ("QWJhYvA" if name == "sharegpt" else "")
    assert draft.spans == ((Span(0, 4, "place"),) if name == "labelled" else ())


def test_tables_are_mapped_by_name_by_number_or_by_custom(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        'Frage;Antwort;Thema\r\n"Wie, \r\nso?";Schön;a\r\nnur eins\r\n'.encode("cp1252")
    )
    assert table.columns(path) == ("Frage", "Antwort", "Thema")
    with pytest.raises(BadInput, match="Frage, Antwort, Thema"):
        _read("table", path)
    with pytest.raises(BadInput, match="no column Nope"):
        _read("table", path, question="Nope")
    with pytest.raises(BadInput, match="no part 'what'"):
        _read("table", path, what="Frage")
    found = _read("table", path, question="Frage", answer="Antwort", label="Thema")
    assert _contents(found[:1]) == [talk("Wie, \r\nso?", "Schön", label="a")]
    assert found[1] == Rejected(4, "it has 1 columns, the first line has 3")
    path.write_text("so good\tjoy\nso bad\tanger\n")
    plain = path.rename(path.with_suffix(".tsv"))
    rows = _contents(_read("table", plain, text="1", label="2"))
    assert rows == [text("so good", "joy"), text("so bad", "anger")]
    plain.write_text("Sentence\tLabel\nfine\tjoy\n")
    assert _contents(_read("table", plain)) == [text("fine", "joy")]
    plain.write_text('text\tlabel\nok\ta\n"open\tb\nc\td\n')
    assert _read("table", plain)[1:] == [Rejected(3, "a quotation mark is opened and never closed")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("array", [True, False])
def test_byte_order_marks_are_understood(tmp_path: Path, encoding: str, array: bool) -> None:
    path = tmp_path / "a.json"
    record = json.dumps({"text": "Füße ☂"}, ensure_ascii=False)
    path.write_text(f"[{record}]" if array else f"{record}\n{record}\n", encoding=encoding)
    assert detection.detect(path).name == "labelled"
    assert _contents(_read("labelled", path)) == [text("Füße ☂")] * (1 if array else 2)


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    two = Draft((*talk("a", "b").turns, *talk("c", "d").turns))
    entity = Draft((Turn("text", "Rome"),), spans=(Span(0, 4, "place"),))
    drafts = [two, text("plain"), talk("q", "a"), entity]
    path = tmp_path / "a.jsonl"
    assert [bool(p) for p in _write("completion", drafts, path)] == [True, True, False, True]
    assert _contents(_read("completion", path)) == [talk("q", "a")]
    path = tmp_path / "a.csv"
    assert [bool(p) for p in _write("table", drafts, path)] == [True, False, False, True]


def test_files_of_no_known_layout_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"foo": 1, "bar": 2}\n')
    with pytest.raises(BadInput, match="bar, foo"):
        detection.detect(path)
    path.write_text("not json\n")
    with pytest.raises(BadInput, match="no JSON objects"):
        detection.detect(path)
    with pytest.raises(BadInput, match="choose from alpaca"):
        detection.named("xml")
    other = tmp_path / "notes.txt"
    other.write_text("Just text.")
    assert detection.detect(other).name == "text"
