"""Rows about documents: which passages, how many, what stays after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from app.core.errors import BadInput, Cancelled
from app.core.messages import Progress, Turn
from app.core.process import Cancel
from app.core.types import DocumentView, PageText
from app.services.dataset.generating import chosen
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Generated, Rejected


def document(number: int, paragraphs: int) -> DocumentView:
    """A document whose every paragraph is a passage of its own."""
    text = "\n\n".join(
        f"Garden {number} has bed {n}. " + "It is tended by many hands. " * 40
        for n in range(paragraphs)
    )
    pages = (PageText(None, 0, len(text)),)
    return DocumentView(number, f"/d/{number}.txt", f"Paper {number}", "text", text, pages)


def scripted(turns: tuple[Turn, ...]) -> str:
    """What a model would write: a question, then an answer that rests on the passage."""
    answering = "Based on the text" in turns[-1].content
    return "It is tended by many hands." if answering else "Who tended the garden beds?"


def test_passages_come_from_all_documents_in_turn() -> None:
    documents = [partial(document, number, 12) for number in range(4)]
    found = list(chosen(documents, 8))
    assert len({passage.place for passage in found}) == len(found) == 48
    assert {passage.path for passage in found[:16]} == {f"/d/{n}.txt" for n in range(4)}
    assert found == list(chosen(documents, 8))


def test_as_many_rows_as_asked_for_and_none_about_the_same_passage(
    service: DatasetService,
) -> None:
    key = service.create("Gardens").id
    documents = [partial(document, number, 3) for number in range(2)]
    events = list(service.generate(key, documents, scripted, "m", 4))
    assert events[-1] == Generated(key, 4, 0)
    assert [e.done for e in events if isinstance(e, Progress)] == [0, 1, 2, 3, 4]
    *_, second = service.generate(key, documents, scripted, "m", 4)
    assert second == Generated(key, 2, 0)
    places = {(row.source.path, row.source.start) for row in service.page(key)}
    assert len(places) == 6
    assert all(row.synthetic for row in service.page(key))
    assert service.next_steps(key) == ("Write questions and answers", "")
    service.undo(key)
    assert service.count(key) == 4
    assert service.next_steps(key)[1] == "Write questions and answers"


def test_what_was_written_before_a_stop_stays(service: DatasetService) -> None:
    key, cancel = service.create("Gardens").id, Cancel()
    documents = [partial(document, 1, 5)]

    def run() -> Iterator[object]:
        for event in service.generate(key, documents, scripted, "m", 5, cancel):
            if isinstance(event, int):
                cancel.set()
            yield event

    with pytest.raises(Cancelled):
        list(run())
    assert service.count(key) == 1


def test_what_is_of_no_use_is_counted_and_a_wrong_number_refused(service: DatasetService) -> None:
    key = service.create("Gardens").id
    events = list(service.generate(key, [partial(document, 1, 3)], lambda _: "No.", "m", 2))
    assert events[-1] == Generated(key, 0, 3)
    assert sum(isinstance(event, Rejected) for event in events) == 3
    with pytest.raises(BadInput):
        list(service.generate(key, [], scripted, "m", 0))
