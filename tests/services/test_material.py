"""What larger models read: whole documents when they fit, else passages with their neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.messages import AnswerDone, SourcesFound
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import Reading, Sampling, SearchFilter, Source
from app.services import answering, material
from app.services.assemble import Loam, build
from app.services.question import Question


@pytest.fixture(scope="module")
def loam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loam]:
    made = build(Profile(tmp_path_factory.mktemp("profile")).create())
    for _ in made.library.add(made.library.create("Samples").id, made.library.samples()):
        pass
    yield made
    made.close()


def test_room_leaves_place_for_the_answer() -> None:
    assert material.room(4096, 0, 0) == material.room(0, 1024, 0) == int(2.5 * (4096 - 1324))
    assert material.room(4096, 100, 0) > material.room(4096, 1000, 0)
    assert material.room(4096, 100, 50) == material.room(4096, 100, 0) - 50
    assert material.room(512, 1024, 0) == 0


def test_the_most_that_fits_is_read(loam: Loam) -> None:
    library = loam.library
    files = {file.name: file for file in library.files(1)}
    only = SearchFilter(files=(files["workshops.md"].id,))
    hits = library.search("Who teaches bicycle repair?", (1,), 2, only=only).hits
    found = tuple(Source(number, hit) for number, hit in enumerate(hits, 1))

    whole = material.gather(library, found, (1,), only, 100_000)
    assert whole.sources[:2] == found
    assert len(whole.sources) == files["workshops.md"].passages
    assert [source.number for source in whole.sources] == list(range(1, len(whole.sources) + 1))
    text = "\n".join(whole.blocks)
    assert text.index("Yusuf Demir") < text.index("Elena Rossi") < text.index("How to sign up")

    # To another machine whole documents don't go.
    assert whole.reading is Reading.WHOLE
    bounded = material.gather(library, found, (1,), only, 100_000, all_of_it=False)
    assert bounded.reading is Reading.NEIGHBOURS

    wide = library.neighbours([hit.passage.chunk_id for hit in hits])
    around = sum(len(passage.text) for passage in wide)
    part = material.gather(library, found, (1,), SearchFilter(), around)
    assert {source.hit.passage for source in part.sources} == set(wide)
    alone = material.gather(library, found, (1,), SearchFilter(), around - 1)
    assert alone.sources == found
    assert len(alone.blocks) == 2


def test_an_answer_from_a_whole_document(loam: Loam, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "_TINY", 0)
    files = {file.name: file for file in loam.library.files(1)}
    question = Question(
        "When is the summer party?",
        loam.models.spec_for(),
        Sampling(temperature=0.0, max_tokens=48),
        collections=(1,),
        only=SearchFilter(files=(files["spring-newsletter.txt"].id,)),
    )
    events = list(loam.answering.answer(question, Cancel()))
    (shown,) = [event.sources for event in events if isinstance(event, SourcesFound)]
    done = events[-1]
    assert isinstance(done, AnswerDone)
    assert done.sources[: len(shown)] == shown
    assert all(source.hit.passage.path.endswith("newsletter.txt") for source in done.sources)
    assert "23 August 2025" in done.text
    assert f"[{next(s.number for s in done.sources if '23 August' in s.hit.passage.text)}]" in (
        done.text
    )
