"""Questions over everything with the real model, index and processes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ChildDied
from app.core.messages import (
    AnswerDone,
    Explained,
    Generate,
    Offered,
    Progress,
    Token,
    WentThrough,
)
from app.core.process import Cancel
from app.core.types import Over, Sampling, SearchFilter, Status
from app.services.assemble import Loam
from app.services.everything import service, telling
from app.services.question import Question
from tests.retrieval.sheets import Cell, workbook

SOBER = Sampling(temperature=0.0, max_tokens=64)
LINES = {
    "north.md": "# North gate\n\nThe north gate is kept by Ada Brook. It opened on 3 May 2019. The "
    "toll is 4 euros.\n",
    "south.md": "# South gate\n\nThe south gate is kept by Ben Carver. It opened on 12 June 2020. "
    "The toll is 6 euros. A heron nests on the south gate.\n",
    "west.txt": "The west gate is kept by Cleo Dunn. It opened on 3 May 2019. The toll is 5 euros. "
    "Write to west@gates.example about the HERON.\n",
}


@pytest.fixture(scope="module")
def gates(loam: Loam, tmp_path_factory: pytest.TempPathFactory) -> int:
    folder = tmp_path_factory.mktemp("gates")
    for name, text in LINES.items():
        (folder / name).write_text(text)
    # Long enough for many passages, so that words also fall where one ends.
    steps = "".join(
        f"Step {n}: look for the marsh hen in the reeds by post {n}. " for n in range(80)
    )
    (folder / "walk.txt").write_text(steps)
    collection = loam.library.create("Gates")
    for _ in loam.library.add(collection.id, [str(folder)]):
        pass
    return collection.id


def asked(loam: Loam, collection: int, text: str, **more: object) -> Question:
    spec = loam.models.spec_for()
    question = Question(text, spec, SOBER, collections=(collection,))
    for name, value in more.items():
        object.__setattr__(question, name, value)
    return question


def through(loam: Loam, question: Question, cancel: Cancel | None = None) -> list[object]:
    return list(loam.everything.answer(question, cancel or Cancel()))


def outcome(events: list[object]) -> tuple[WentThrough, AnswerDone]:
    (went,) = [each for each in events if isinstance(each, WentThrough)]
    done = events[-1]
    assert isinstance(done, AnswerDone)
    assert done.over == "everything"
    return went, done


def test_words_are_counted_to_the_letter_in_every_document(loam: Loam, gates: int) -> None:
    went, done = outcome(through(loam, asked(loam, gates, "How often is the marsh hen mentioned?")))
    assert [(item.text, item.count) for item in went.items] == [("walk.txt", 80)]
    assert "80 times" in done.text
    assert done.status is Status.COMPLETE
    assert not went.by_model
    assert done.stats is None
    assert "read literally, not understood" in done.note
    went, done = outcome(through(loam, asked(loam, gates, "Which documents mention the heron?")))
    assert sorted(item.text for item in went.items) == ["south.md", "west.txt"]
    assert done.text.startswith("2 of 4 documents have “heron”")


def test_each_item_is_cited_by_the_passage_that_holds_it(loam: Loam, gates: int) -> None:
    _, done = outcome(through(loam, asked(loam, gates, "List all dates in the documents")))
    rows = re.findall(r"^- ([^\[\n]+?)(?:: \d+ times)? (\[.*)$", done.text, re.MULTILINE)
    assert sorted(text for text, _ in rows) == ["12 June 2020", "3 May 2019"]
    sources = {source.number: source.hit.passage for source in done.sources}
    for text, marks in rows:
        cited = [int(number) for number in re.findall(r"\[(\d+)\]", marks)]
        assert cited
        assert all(text in sources[number].text for number in cited)


def test_a_filter_and_what_is_left_out_count(loam: Loam, gates: int) -> None:
    files = {file.name: file.id for file in loam.library.files(gates)}
    only = SearchFilter(files=(files["south.md"],))
    question = asked(loam, gates, "Which documents mention the heron?", only=only)
    went, _ = outcome(through(loam, question))
    assert [item.text for item in went.items] == ["south.md"]
    loam.library.exclude(gates, [files["south.md"]])
    went, _ = outcome(through(loam, asked(loam, gates, "Which documents mention the heron?")))
    assert [item.text for item in went.items] == ["west.txt"]
    loam.library.exclude(gates, [files["south.md"]], excluded=False)


def test_a_document_is_read_through_as_its_passages_are(loam: Loam, gates: int) -> None:
    for file in loam.library.files(gates):
        only = SearchFilter(files=(file.id,))
        whole = loam.library.whole([gates], only, 10**9)
        assert len(whole) == file.passages > 0
        assert loam.library.read_through(file.id) == whole
    assert loam.library.read_through(10**6) == []


def test_nothing_found_is_said(loam: Loam, gates: int) -> None:
    went, done = outcome(through(loam, asked(loam, gates, "Which files contain “flamingo”?")))
    assert went.items == ()
    assert done.text == "No document has “flamingo” in these very words."


def test_things_of_a_kind_are_picked_by_their_sentences(loam: Loam, gates: int) -> None:
    went, _ = outcome(through(loam, asked(loam, gates, "List all people who keep a gate")))
    assert {"Ada Brook", "Ben Carver", "Cleo Dunn"} <= {item.text for item in went.items}


def test_a_column_that_is_called_so_is_counted_exactly(
    loam: Loam, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["1,Norden,hammer", "2,Brisk,saw", '3,"Norden",drill', "4,brisk,plane", "5,,file", ""]
    (tmp_path / "tools.csv").write_text("\n".join(["Number,Maker,Tool", *rows]))
    (tmp_path / "notes.txt").write_text("The maker of the lathe is unknown.")
    collection = loam.library.create("Tools")
    for _ in loam.library.add(collection.id, [str(tmp_path)]):
        pass
    monkeypatch.setattr(service, "_LONG_S", 0.0)
    question = asked(loam, collection.id, "How many different makers are there?")
    assert loam.everything.offer(question, Cancel()) is None, "a model would be asked"
    went, done = outcome(through(loam, question))
    assert [(item.text, item.count) for item in went.items] == [("Norden", 2), ("Brisk", 2)]
    assert not went.by_model
    assert done.text.startswith("Found 2 for “makers”")
    assert "column “Maker” of tools.csv" in done.note
    text = (tmp_path / "tools.csv").read_text()
    for item in went.items:
        ((_, start, end),) = item.places
        assert text[start:end] == item.text


def test_a_column_of_a_workbook_is_counted_over_all_its_sheets(loam: Loam, tmp_path: Path) -> None:
    cars: list[list[Cell]] = [
        [f"Car {n}", "Bolton" if n % 3 else "Acme", n * 100] for n in range(60)
    ]
    sheets: dict[str, Sequence[Sequence[Cell]]] = {
        "2023": [["Fleet of 2023"], ["Car", "Supplier", "Price"], *cars[:50]],
        "2024": [["Price", "Supplier", "Car"], [], *(row[::-1] for row in cars[50:]), [1, "Zed"]],
    }
    path = workbook(tmp_path / "cars.xlsx", sheets)
    collection = loam.library.create("Cars")
    list(loam.library.add(collection.id, [str(path)]))
    question = asked(loam, collection.id, "How many different suppliers are there?")
    went, done = outcome(through(loam, question))
    assert not went.by_model
    assert done.text.startswith("Found 3 for “suppliers”")
    assert "column “Supplier” of cars.xlsx" in done.note
    assert {item.text: item.count for item in went.items} == {"Acme": 20, "Bolton": 40, "Zed": 1}
    text = loam.library.open(loam.library.files(collection.id)[0].id).text
    for item in went.items:
        assert {text[start:end] for _, start, end in item.places} == {item.text}


def test_documents_are_compared_in_a_table(loam: Loam, gates: int) -> None:
    _, done = outcome(through(loam, asked(loam, gates, "Compare all documents by toll and date")))
    rows = {row.split("|")[1].strip(): row for row in done.text.splitlines()[2:]}
    assert "4 euros" not in rows["south.md"]
    assert "12 June 2020" in rows["south.md"]
    assert "not found" in rows["walk.txt"]
    assert not any("12 June" in row for name, row in rows.items() if name != "south.md")


def test_what_a_model_read_is_not_read_twice_and_a_stop_keeps_what_there_is(
    loam: Loam, gates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {file.name: file.id for file in loam.library.files(gates)}
    some = SearchFilter(files=tuple(files[name] for name in LINES))
    question = asked(loam, gates, "Summarise the documents", only=some)
    cancel, events = Cancel(), []
    for event in loam.everything.answer(question, cancel):
        events.append(event)
        if isinstance(event, Token):
            cancel.set()
    went, done = outcome(events)
    assert done.status is Status.STOPPED
    assert 0 < went.passages < went.of_passages
    assert done.note.startswith(f"stopped after {went.passages} of {went.of_passages} passages")
    assert "[1]" in done.text
    whole, finished = outcome(through(loam, question))
    assert finished.status is Status.COMPLETE
    assert whole.passages == whole.of_passages
    assert finished.text.startswith(done.text.splitlines()[0])

    def refuse(*_: object, **__: object) -> Iterator[object]:
        raise AssertionError("the model was asked again")

    monkeypatch.setattr(loam.engine, "stream", refuse)
    _, again = outcome(through(loam, question))
    assert again.text == finished.text


def test_every_line_of_a_summary_is_cited(loam: Loam, gates: int) -> None:
    files = {file.name: file.id for file in loam.library.files(gates)}
    some = SearchFilter(files=tuple(files[name] for name in LINES))
    events = through(loam, asked(loam, gates, "Summarise the documents", only=some))
    _, done = outcome(events)
    (explained,) = [event.autopsy for event in events if isinstance(event, Explained)]
    record = explained.through
    assert record is not None
    assert {Path(each.path).name for each in record.files} == set(LINES)
    assert record.by_model
    for name, text in LINES.items():
        (read,) = [each for each in record.stretches if Path(each.path).name == name]
        # What the model was asked about is what stands there, and the prompt is kept.
        assert text.strip().endswith(text[read.start : read.end].strip()[-20:])
        assert read.said
        assert any(text[read.start : read.end][:40] in part.text for part in explained.prompt)
    lines = [line for line in done.text.splitlines() if line.startswith("- ")]
    assert len(lines) >= 3
    assert all(re.search(r"\[\d+\]", line) for line in lines)
    told = [event for event in events if isinstance(event, Progress)]
    assert {event.unit for event in told} == {"passages"}
    assert told[-1].done == told[-1].total


def test_a_long_run_is_offered_first_and_only_where_it_is_long(
    loam: Loam, gates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_LONG_S", 0.001)
    offer = loam.everything.offer(asked(loam, gates, "Summarise the documents"), Cancel())
    assert offer is not None
    assert (offer.files, offer.why) == (4, "this asks for a summary of documents")
    assert offer.seconds > 0
    quick = ("How often is the heron mentioned?", "Who keeps the north gate?")
    for text in quick:
        assert loam.everything.offer(asked(loam, gates, text), Cancel()) is None
    best = asked(loam, gates, "Summarise the documents", over=Over.BEST)
    assert loam.everything.offer(best, Cancel()) is None
    chosen = asked(loam, gates, "Who keeps the north gate?", over=Over.EVERYTHING)
    assert loam.everything.offer(chosen, Cancel()) is not None


def test_an_offer_stores_nothing_and_the_choice_is_kept_with_the_answer(
    loam: Loam, gates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = loam.chats.create(collections=(gates,))
    monkeypatch.setattr(service, "_LONG_S", 0.001)
    events = list(loam.chats.reply(chat.id, "Summarise the documents", Cancel()))
    assert [type(event) for event in events] == [Offered]
    assert loam.chats.thread(chat.id) == []
    list(loam.chats.reply(chat.id, "Who keeps the north gate?", Cancel()))
    answer = loam.chats.thread(chat.id)[-1]
    assert answer.over is Over.BEST
    list(loam.chats.reply(chat.id, "Which documents mention the heron?", Cancel()))
    answer = loam.chats.thread(chat.id)[-1]
    assert answer.over is Over.EVERYTHING
    list(loam.chats.regenerate(answer.id, Cancel(), Over.BEST))
    other = loam.chats.thread(chat.id)[-1]
    assert (other.over, other.branches) == (Over.BEST, 2)


def test_an_answer_that_a_death_cut_short_goes_on_over_everything(
    loam: Loam, gates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {file.name: file.id for file in loam.library.files(gates)}
    chat = loam.chats.create(collections=(gates,))
    only = SearchFilter(files=tuple(files[name] for name in LINES))
    loam.chats.set_settings(chat.id, replace(chat.settings, only=only))
    # Another prompt than in the tests before, whose replies are kept.
    monkeypatch.setattr(telling, "_TINY_SUM_UP", "Text: {text}\n\nSummarize it in one sentence.")
    real, calls = loam.engine.stream, []

    def dying(request: object, cancel: Cancel | None = None) -> Iterator[object]:
        calls.append(request)
        if isinstance(request, Generate) and len(calls) > 2:
            raise ChildDied(name="The model", reason="it was killed")
        return real(request, cancel)

    monkeypatch.setattr(loam.engine, "stream", dying)
    question = "Give me a summary of all documents"
    with pytest.raises(ChildDied):
        list(loam.chats.reply(chat.id, question, Cancel(), Over.EVERYTHING))
    monkeypatch.setattr(loam.engine, "stream", real)
    broken = loam.chats.thread(chat.id)[-1]
    assert (broken.status, broken.over) == (Status.FAILED, Over.EVERYTHING)
    list(loam.chats.resume(broken.id, Cancel()))
    whole = loam.chats.thread(chat.id)[-1]
    assert (whole.id, whole.status) == (broken.id, Status.COMPLETE)
    assert all(name in whole.content for name in LINES)
