"""Lists and counts that documents give themselves, with the real index and processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.messages import AnswerDone, Generate, WentThrough
from app.core.process import Cancel
from app.core.types import Over, Sampling
from app.services.assemble import Loam
from app.services.everything import service
from app.services.question import Question

COURSES = """# Courses and workshops in 2026

All courses take place in the hall.

## Bread baking

Led by Ida Holm. Bring a bowl, for which the deposit is 5 euros. The course itself costs 30
euros.

## Sourdough for beginners

It costs 45 euros.

## Open kitchen

Everyone is welcome on Fridays.

## How to sign up

Write to us. A late cancellation costs 10 euros.

# Rules of the house

- Aprons: to be worn by all
- Shoes must be closed
- No pets

# Ovens

The ovens are the deck oven, the stone oven
and a small electric oven. We have 12 ovens in all.
"""
STOCK = "Number,Mixer,Price in euros,Room\n1,Alba,120,A\n2,Brio,,B\n3,Alba,120,C\n"


@pytest.fixture(scope="module")
def bakery(loam: Loam, tmp_path_factory: pytest.TempPathFactory) -> int:
    folder = tmp_path_factory.mktemp("bakery")
    (folder / "courses.md").write_text(COURSES)
    (folder / "stock.csv").write_text(STOCK)
    (folder / "talk.txt").write_text("Our courses were praised by the guests of the spring fair.")
    collection = loam.library.create("Bakery")
    for _ in loam.library.add(collection.id, [str(folder)]):
        pass
    return collection.id


def answered(loam: Loam, collection: int, text: str, over: Over = Over.AUTO) -> list[object]:
    spec = loam.models.spec_for()
    sober = Sampling(temperature=0.0, max_tokens=32)
    question = Question(text, spec, sober, collections=(collection,), over=over)
    return list(loam.everything.answer(question, Cancel()))


def outcome(events: list[object]) -> tuple[list[str], AnswerDone]:
    (went,) = [each for each in events if isinstance(each, WentThrough)]
    done = events[-1]
    assert isinstance(done, AnswerDone)
    assert not went.by_model
    assert done.over == "everything"
    return [item.text for item in went.items], done


@pytest.fixture
def no_model(loam: Loam, monkeypatch: pytest.MonkeyPatch) -> None:
    real = loam.engine.stream

    def refusing(request: object, cancel: Cancel | None = None) -> Iterator[object]:
        assert not isinstance(request, Generate), "the model was asked"
        return real(request, cancel)

    monkeypatch.setattr(loam.engine, "stream", refusing)


@pytest.mark.usefixtures("no_model")
def test_sections_below_a_heading_are_its_things(
    loam: Loam, bakery: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_LONG_S", 0.0)
    spec = loam.models.spec_for()
    question = Question("List all workshops", spec, Sampling(), collections=(bakery,))
    assert loam.everything.offer(question, Cancel()) is None
    items, done = outcome(answered(loam, bakery, "List all workshops"))
    assert items == ["Bread baking", "Sourdough for beginners", "Open kitchen"]
    assert "the sections under “Courses and workshops in 2026” of courses.md" in done.note
    assert "documents without such a list were not read for this" in done.note
    sources = {source.number: source.hit.passage for source in done.sources}
    assert "Bread baking [1]" in done.text
    assert "Ida Holm" in sources[1].text


@pytest.mark.usefixtures("no_model")
def test_what_was_asked_beside_comes_from_the_section_of_each(loam: Loam, bakery: int) -> None:
    items, _ = outcome(answered(loam, bakery, "List all courses and what each costs"))
    assert items == [
        "Bread baking (price: 30 euros)",
        "Sourdough for beginners (price: 45 euros)",
        "Open kitchen (price: not stated)",
    ]
    items, done = outcome(answered(loam, bakery, "List all mixers and their prices"))
    assert items == ["Alba (Price in euros: 120)", "Brio (Price in euros: not stated)"]
    assert "column “Mixer” of stock.csv" in done.note


@pytest.mark.usefixtures("no_model")
def test_points_and_enumerations_are_read_and_stand_where_they_are_said_to(
    loam: Loam, bakery: int
) -> None:
    items, done = outcome(answered(loam, bakery, "What are all the rules?"))
    assert items == ["Aprons", "Shoes must be closed", "No pets"]
    assert "the points under “Rules of the house”" in done.note
    events = answered(loam, bakery, "How many ovens are there?")
    items, done = outcome(events)
    assert items == ["deck oven", "stone oven", "small electric oven"]
    assert "what a sentence of courses.md names" in done.note
    # What a document itself says of their number is told beside, not hidden.
    assert "“We have 12 ovens in all.”" in done.text
    (went,) = [each for each in events if isinstance(each, WentThrough)]
    for item in went.items:
        ((_, start, end),) = item.places
        assert COURSES[start:end] == item.text


def test_a_count_that_no_document_lists_goes_to_the_best_passages(loam: Loam, bakery: int) -> None:
    done = answered(loam, bakery, "How many guests are there?")[-1]
    assert isinstance(done, AnswerDone)
    assert done.over == "best"


@pytest.mark.usefixtures("no_model")
def test_what_listed_things_cost_is_added_up(loam: Loam, bakery: int) -> None:
    _, done = outcome(answered(loam, bakery, "What do all the courses cost together?"))
    assert "**75 EUR**: 2 amounts from 1 document" in done.text
    assert "courses.md: no amount is stated (Open kitchen)" in done.text.split("Not added")[1]
    items, done = outcome(answered(loam, bakery, "What do all mixers cost in total?"))
    assert items == ["stock.csv: 120", "stock.csv: 120"]
    assert "**240 EUR**" in done.text
    assert "no Price in euros is stated (Brio)" in done.text.split("Not added")[1]
    assert "things that documents list" in done.note
