"""A model that searches by itself: real index, real children, and a model that is made to call."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

import pytest

from app.core.messages import AnswerDone, SourcesFound, Token
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import Chat, Cut, Sampling
from app.services.assemble import Loam, build
from app.services.tool_answering import _ROUNDS
from tests.services import calling

GARDEN = "The botanical garden opens at nine in the morning. Entry to the garden costs 4 euros.\n"


@pytest.fixture(scope="module")
def loam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loam]:
    folder = tmp_path_factory.mktemp("tools")
    (folder / "garden.md").write_text(f"# The garden\n\n{GARDEN}")
    with contextlib.closing(build(Profile(folder / "profile").create())) as made:
        made.engine._entry = "tests.services.calling:Worker"
        made.settings.change(threads=1)
        collection = made.library.create("Papers")
        for _ in made.library.add(collection.id, [str(folder / "garden.md")]):
            pass
        yield made


def chat(loam: Loam, only_documents: bool = True) -> Chat:
    made = loam.chats.create(collections=[each.id for each in loam.library.collections()])
    settings = dataclasses.replace(
        made.settings,
        tools=True,
        only_documents=only_documents,
        sampling=Sampling(temperature=0, max_tokens=24),
        context_length=1024,
    )
    loam.chats.set_settings(made.id, settings)
    return made


def asked(loam: Loam, made: Chat, text: str) -> tuple[AnswerDone, list[object]]:
    events = list(loam.chats.reply(made.id, text, Cancel()))
    assert isinstance(events[-1], AnswerDone)
    return events[-1], events


def test_a_search_of_the_model_is_answered_cited_and_kept(loam: Loam) -> None:
    question = "What does entry to the garden cost?"
    done, events = asked(loam, chat(loam), question)
    (step,) = done.steps
    assert (step.name, step.asked, step.problem) == ("search_documents", question, "")
    assert len(step.found) == 1
    assert "[1]" in done.text
    assert [source.number for source in done.sources] == [1]
    assert any(isinstance(event, SourcesFound) for event in events)
    shown = "".join(event.text for event in events if isinstance(event, Token))
    assert "tool_call" not in shown
    kept = loam.chats.message(done.message_id)
    assert kept.steps == done.steps
    assert kept.explained
    (made,) = loam.autopsies.why(done.message_id).searches
    assert made.query == question
    given = [each.hit.passage.chunk_id for each in made.found if each.cut is Cut.READ]
    assert given == [source.hit.passage.chunk_id for source in done.sources]
    assert made.found[0].hit.meaning_rank > 0


def test_nothing_near_is_declined_with_what_was_looked_for(loam: Loam) -> None:
    done, _ = asked(loam, chat(loam), "Who won the chess tournament of 1972?")
    assert done.declined
    assert [(step.found, bool(step.problem)) for step in done.steps] == [((), True)]


def test_only_documents_means_that_they_are_searched(loam: Loam) -> None:
    done, events = asked(loam, chat(loam), calling.NEVER)
    assert done.steps == ()
    assert done.declined  # it was searched as for other models, and nothing was near
    assert not any(isinstance(event, Token) for event in events)
    free, events = asked(loam, chat(loam, only_documents=False), calling.NEVER)
    assert not free.declined
    assert free.text
    assert any(isinstance(event, Token) for event in events)


def test_the_loop_ends(loam: Loam) -> None:
    done, _ = asked(loam, chat(loam, only_documents=False), calling.ALWAYS)
    assert len(done.steps) == _ROUNDS
    assert "tool_call" not in done.text
