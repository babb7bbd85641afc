"""Answers from documents with the real model, index and embedder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.messages import AnswerDone, FileChanged, SourcesFound, Token, Turn
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import FileState, ModelSpec, Sampling
from app.services.answering import DECLINED
from app.services.assemble import Loam, build
from app.services.question import Question, search_text, turns

SOBER = Sampling(temperature=0.0, max_tokens=96)


@pytest.fixture(scope="module")
def loam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loam]:
    made = build(Profile(tmp_path_factory.mktemp("profile")).create())
    yield made
    made.close()


@pytest.fixture(scope="module")
def samples(loam: Loam) -> int:
    collection = loam.library.create("Samples")
    for _ in loam.library.add(collection.id, loam.library.samples()):
        pass
    return collection.id


def answer(loam: Loam, text: str, *collections: int, **more: object) -> AnswerDone:
    question = Question(text, loam.models.spec_for(), SOBER, collections=collections)
    for name, value in more.items():
        object.__setattr__(question, name, value)
    events = list(loam.answering.answer(question, Cancel()))
    done = events[-1]
    assert isinstance(done, AnswerDone)
    assert any(isinstance(e, SourcesFound) for e in events) == bool(collections)
    return done


@pytest.mark.parametrize(
    ("question", "said", "file"),
    [
        ("How much is the membership fee?", "35 euros", "member-handbook.pdf"),
        ("Who teaches bicycle repair?", "Yusuf Demir", "workshops.md"),
        ("When was the library founded?", "2011", "member-handbook.pdf"),
    ],
)
def test_the_answer_holds_the_fact_and_cites_its_file(
    loam: Loam, samples: int, question: str, said: str, file: str
) -> None:
    done = answer(loam, question, samples)
    assert said in done.text
    cited = [s for s in done.sources if f"[{s.number}]" in done.text]
    assert any(said in s.hit.passage.text and s.hit.passage.path.endswith(file) for s in cited)


def test_every_sentence_of_a_tiny_model_is_cited(loam: Loam, samples: int) -> None:
    done = answer(loam, "How long can I keep a large machine?", samples)
    for sentence in done.text.replace("From the documents: ", "").splitlines():
        assert not sentence.strip() or "[" in sentence, done.text


def test_off_topic_is_declined_without_asking_the_model(loam: Loam, samples: int) -> None:
    done = answer(loam, "What is the capital of Mongolia?", samples)
    assert (done.text, done.declined, done.stats) == (DECLINED, True, None)
    assert done.sources, "the nearest passages are offered"


def test_off_topic_may_be_answered_without_documents(loam: Loam, samples: int) -> None:
    done = answer(loam, "What is the capital of France?", samples, only_documents=False)
    assert not done.declined
    assert done.stats is not None
    assert done.sources == ()


def test_a_decline_says_that_documents_are_still_being_read(loam: Loam, tmp_path: Path) -> None:
    collection, number = loam.library.create("Unread"), 200
    for member in range(number):
        (tmp_path / f"{member}.txt").write_text(f"The locker code of member {member} is 4711.")
    cancel = Cancel()
    for event in loam.library.add(collection.id, [str(tmp_path)], cancel):
        if isinstance(event, FileChanged):
            cancel.set()
    files = loam.library.files(collection.id)
    left = sum(file.state is FileState.WAITING for file in files)
    assert left > 0
    done = answer(loam, "What is the capital of Mongolia?", collection.id)
    assert done.declined
    assert done.note.startswith(f"{left} of {number} documents are not read yet")


def test_stopping_keeps_what_was_said(loam: Loam) -> None:
    # Without a penalty the model tells the same again and again, for minutes.
    endless = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=0)
    story = "Write a long story about a lighthouse keeper and the sea."
    cancel = Cancel()
    said: list[str] = []
    event: object = None
    for event in loam.answering.answer(Question(story, loam.models.spec_for(), endless), cancel):
        if isinstance(event, Token):
            said.append(event.text)
            if len(said) == 5:
                cancel.set()
    assert isinstance(event, AnswerDone)
    assert event.status == "stopped"
    assert event.text == "".join(said).strip()


def test_a_question_that_leans_on_the_last_is_searched_with_it() -> None:
    before = (Turn("user", "Who founded the library?"), Turn("assistant", "Marta."))
    spec = ModelSpec("m.gguf")
    leaning = Question("And when was that?", spec, SOBER, before=before)
    assert search_text(leaning) == "Who founded the library? And when was that?"
    alone = Question("What is the late fee for a power tool?", spec, SOBER, before=before)
    assert search_text(alone) == "What is the late fee for a power tool?"


def test_the_system_prompt_comes_first_and_history_before_the_question() -> None:
    before = (Turn("user", "Hi"), Turn("assistant", "Hello"))
    question = Question("Why?", ModelSpec("m.gguf"), SOBER, "Be brief.", before)
    made = turns(question, ())
    assert [t.role for t in made] == ["system", "user", "assistant", "user"]
    assert made[0].content == "Be brief."
    assert made[-1].content == "Why?"
