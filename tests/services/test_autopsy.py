"""Why an answer is as it is: records, verdicts and test cases over the real model and index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import BadInput, NotFound
from app.core.messages import FindText, Progress, Turn
from app.core.paths import Profile, bundled_models
from app.core.process import Cancel
from app.core.types import (
    CaseScores,
    Cut,
    Expected,
    Finding,
    Message,
    Reading,
    Sampling,
    SearchFilter,
    Source,
    Verdict,
)
from app.services import examining, material, verdict_words
from app.services.assemble import Loam, build
from app.services.children import EMBEDDER
from app.services.question import Question
from tests.retrieval import small_cross_encoder

FEE = "How much is the membership fee?"
LOCKERS = 30


@pytest.fixture(scope="module")
def loam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loam]:
    """Samples in collection 1; many files alike and files that can't be read in 2; one file in 3
    that nobody asks."""
    made = build(Profile(tmp_path_factory.mktemp("profile")).create())
    made.settings.change(max_tokens=64, temperature=0.0)
    folder = tmp_path_factory.mktemp("papers")
    for member in range(LOCKERS):
        # The less is said of lockers, the farther down.
        text = (
            "The locker code of the member. " * ((LOCKERS - member) // 3)
            + f"Number {4000 + member}."
        )
        (folder / f"{member}.txt").write_text(text)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nonsense")
    (folder / "nothing.txt").write_bytes(b"")  # can't be what holds the answer
    (folder / "left-out.txt").write_text("The code of the boiler room is 9911.")
    other = tmp_path_factory.mktemp("other") / "other.md"
    other.write_text("# Roof\n\nThe ladder to the roof is kept behind the blue door.\n")
    for name, paths in (
        ("Samples", made.library.samples()),
        ("Lockers", [str(folder)]),
        ("Other", [str(other)]),
    ):
        for _ in made.library.add(made.library.create(name).id, paths):
            pass
    files = {file.name: file.id for file in made.library.files(2)}
    made.library.exclude(2, [files["left-out.txt"]])
    yield made
    made.close()


@pytest.fixture(scope="module")
def fee(loam: Loam) -> Message:
    return ask(loam, FEE, 1)


@pytest.fixture(scope="module")
def lockers(loam: Loam) -> Message:
    return ask(loam, "What is the locker code of the member?", 2)


def ask(loam: Loam, text: str, *collections: int) -> Message:
    chat = loam.chats.create(collections=collections)
    for _ in loam.chats.reply(chat.id, text, Cancel()):
        pass
    return loam.chats.thread(chat.id)[-1]


def verdict(loam: Loam, message: Message, words: str = "", **more: object) -> Verdict:
    found = loam.autopsies.verdict(message.id, Expected(words=words, **more))  # type: ignore[arg-type]
    title, text, do = verdict_words.words(found, loam.autopsies.why(message.id)).said()
    assert title
    assert text
    assert do
    assert "{" not in text + do
    return found


def test_an_answer_keeps_how_it_came_about(loam: Loam, fee: Message) -> None:
    assert fee.explained
    assert loam.autopsies.last(fee.chat_id) == fee.id
    why = loam.autopsies.why(fee.id)
    assert (why.question, why.query, why.names) == (FEE, FEE, ("Samples",))
    hits = [each.hit for each in why.found]
    assert len(hits) == 20
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].passage.chunk_id == fee.sources[0].hit.passage.chunk_id
    assert sorted(hit.keyword_rank for hit in hits if hit.keyword_rank)[0] == 1
    assert max(hits, key=lambda hit: hit.cosine).meaning_rank == 1
    # A model this small reads one passage, and the prompt has that one.
    (read,) = [each for each in why.found if each.cut is Cut.READ]
    assert {each.cut for each in why.found[:4]} == {Cut.READ, Cut.SMALL}
    assert why.reading is Reading.PASSAGES
    assert read.hit.passage.text.strip() in why.prompt[-1].text
    assert why.prompt[-1].text.endswith(FEE)
    assert why.model == fee.model
    assert not why.declined


def test_verdicts_tell_read_from_found_from_answered(loam: Loam, fee: Message) -> None:
    why = loam.autopsies.why(fee.id)
    assert "35 euros" in fee.content
    assert verdict(loam, fee, "35  EUROS").finding is Finding.ANSWERED
    ignored = verdict(loam, fee, "closed in the last week of December")
    assert ignored.finding is Finding.IGNORED
    assert why.found[ignored.then - 1].cut is Cut.READ
    cut = verdict(loam, fee, "Ingrid Vasquez")
    assert (cut.finding, cut.cut) == (Finding.CUT, Cut.SMALL)
    assert "Ingrid Vasquez" in why.found[cut.then - 1].hit.passage.text
    passage = why.found[cut.then - 1].hit.passage
    chosen = verdict(
        loam, fee, path=passage.path, start=passage.start, end=passage.end, text=passage.text
    )
    assert (chosen.finding, chosen.then) == (Finding.CUT, cut.then)
    assert chosen.place is not None
    assert chosen.place.sha256
    assert verdict(loam, fee, "Ulan Bator").finding is Finding.ABSENT
    elsewhere = verdict(loam, fee, "behind the blue door")
    assert elsewhere.finding is Finding.ELSEWHERE
    with pytest.raises(BadInput):
        loam.autopsies.verdict(fee.id, Expected(words=" ,. "))


def test_what_stands_deeper_has_its_rank(loam: Loam, lockers: Message) -> None:
    found = loam.autopsies.why(lockers.id).found
    listed = " ".join(each.hit.passage.text for each in found)
    number = next(n for n in range(4000, 4000 + LOCKERS) if f"Number {n}." not in listed)
    missed = verdict(loam, lockers, f"Number {number}")
    assert missed.finding is Finding.MISSED
    assert len(found) < missed.rank <= missed.looked == LOCKERS
    assert missed.keyword_rank
    assert missed.meaning_rank


def test_what_was_not_read_is_told(loam: Loam, lockers: Message) -> None:
    nowhere = verdict(loam, lockers, "the colour of the gate")
    assert nowhere.finding is Finding.UNREAD
    assert [file.name for file in nowhere.unread] == ["broken.pdf"]
    title, *_ = verdict_words.words(nowhere, loam.autopsies.why(lockers.id)).said()
    assert title == "In no document that was read"
    left_out = verdict(loam, lockers, "boiler room is 9911")
    assert left_out.finding is Finding.UNREAD
    assert left_out.place is not None
    assert left_out.place.file.name == "left-out.txt"
    broken = next(f for f in loam.library.files(2) if f.name == "broken.pdf")
    known = verdict(loam, lockers, path=broken.path, text="anything at all")
    assert known.finding is Finding.UNREAD
    assert known.place is not None
    assert known.place.file.id == broken.id


def test_a_declined_question_is_answered_anyway(loam: Loam) -> None:
    declined = ask(loam, "What is the capital of Mongolia?", 1)
    why = loam.autopsies.why(declined.id)
    assert why.declined
    assert why.prompt == ()
    assert {each.cut for each in why.found} == {Cut.BELOW}
    nearest = " ".join(why.found[0].hit.passage.text.split()[:4])
    assert verdict(loam, declined, nearest).cut is Cut.BELOW

    for _ in loam.chats.answer_anyway(declined.id, True, Cancel()):
        pass
    forced = loam.chats.thread(declined.chat_id)[-1]
    assert (forced.branch, forced.branches, forced.declined) == (2, 2, False)
    assert forced.stats is not None
    why = loam.autopsies.why(forced.id)
    assert why.forced
    assert any(each.cut is Cut.READ for each in why.found)

    for _ in loam.chats.answer_anyway(declined.id, False, Cancel()):
        pass
    free = loam.chats.thread(declined.chat_id)[-1]
    assert (free.branch, free.sources, free.explained) == (3, (), False)
    with pytest.raises(BadInput):
        list(loam.chats.answer_anyway(forced.id, True, Cancel()))


def test_what_is_read_besides_and_what_has_no_room_is_kept(loam: Loam) -> None:
    query = "Who teaches bicycle repair?"
    question = Question(query, loam.models.spec_for(), Sampling(), collections=(1,))
    found = loam.library.search(query, (1,), 4)
    sources = tuple(Source(number, hit) for number, hit in enumerate(found.hits, 1))
    wide = material.gather(loam.library, sources, (1,), SearchFilter(), 6_000)
    record = examining.searched(question, query, found, {1: "Samples"})
    assert {each.cut for each in record.found} == {Cut.BELOW}
    turns = (Turn("system", "s" * 50_000), Turn("user", "u" * 50_000))
    why = examining.prompted(record, turns, wide.read, wide.reading, {})
    assert why.reading is Reading.NEIGHBOURS
    assert [each.cut for each in why.found] == [Cut.READ] * 4
    assert why.also_count == len(why.also_read) == len(wide.read) - 4 > 0
    assert [(part.role, len(part.text)) for part in why.prompt] == [
        ("system", 10_000),
        ("user", 50_000),
    ]
    assert why.prompt_cut == 40_000
    fewer = examining.prompted(record, turns, wide.read[:1], wide.reading, {})
    assert {each.cut for each in fewer.found} <= {Cut.READ, Cut.COUNT}


def test_records_go_with_their_messages(loam: Loam, fee: Message) -> None:
    gone = ask(loam, "Who founded Rome?", 1)
    store = loam.chats._store
    with store.database.write() as w:
        w.execute("DELETE FROM chats WHERE id = ?", (gone.chat_id,))
    with pytest.raises(NotFound):
        loam.autopsies.why(gone.id)
    assert loam.autopsies.why(fee.id)
    # A record that can't be read is as none.
    with sqlite3.connect(store.database.path) as other:
        other.execute(
            "INSERT INTO autopsies SELECT id, x'0102' FROM messages WHERE role = 'user' LIMIT 1"
        )
        (bad,) = other.execute("SELECT min(message_id) FROM autopsies").fetchone()
    with pytest.raises(NotFound):
        loam.autopsies.why(bad)


def scored(loam: Loam) -> CaseScores:
    events = list(loam.cases.score(Cancel()))
    assert isinstance(events[0], Progress)
    last = events[-1]
    assert isinstance(last, CaseScores)
    return last


def test_cases_survive_reading_anew_and_are_scored(loam: Loam, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        next(iter(loam.cases.score(Cancel())))
    folder = tmp_path / "garden"
    folder.mkdir()
    (folder / "gate.md").write_text("# Garden\n\nThe garden gate opens with the code 4711.\n")
    collection = loam.library.create("Garden").id
    list(loam.library.add(collection, [str(folder)]))
    words = loam.cases.add(FEE, Expected(words="35 euros"), (1,))
    asked = Expected(path=str(folder / "gate.md"), text="gate opens with the code 4711")
    place = loam.library.whereabouts(FindText(asked, (collection,))).places[0]
    assert place.text == asked.text
    expected = Expected("", asked.path, place.sha256, place.start, place.end, place.text)
    gate = loam.cases.add("How do I open the gate?", expected, (collection,))
    assert loam.cases.add("How do I open the gate?", expected, (collection,)).id > gate.id
    cases = loam.cases.cases()
    assert [case.question for case in cases] == [FEE, "How do I open the gate?"]

    first = scored(loam)
    assert first.scored == 2
    assert [case.ranks[-1] > 0 for case in first.cases] == [True, True]
    ways = {(each.share, each.neighbours): each for each in first.settings}
    assert set(ways) >= {(0.0, False), (0.6, False), (0.6, True), (1.0, False)}
    assert ways[0.6, False].current
    for each in first.settings:
        assert 0 <= each.hit_1 <= each.hit_5 <= each.hit_10 <= 1
    assert ways[0.6, True].hit_1 >= ways[0.6, False].hit_1
    answered = [level.answered for level in first.relevances]
    assert answered == sorted(answered, reverse=True)
    # What the search itself gives is what was scored.
    hits = loam.library.search(FEE, (1,), 20).hits
    rank = next(n for n, hit in enumerate(hits, 1) if "35 euros" in hit.passage.text)
    shares = sorted({each.share for each in first.settings})
    assert first.cases[0].ranks[shares.index(0.6)] == rank

    # Another name, more text before it, and read anew: the passage is known again.
    (folder / "gate.md").unlink()
    moved = folder / "gate.md"
    moved.write_text(
        "# House\n\nThe house is blue.\n\nThe garden gate opens with the  code 4711.\n"
    )
    list(loam.library.add(collection, [str(folder)]))
    assert scored(loam).scored == 2

    loam.library.remove(collection, [f.id for f in loam.library.files(collection)])
    lost = scored(loam).cases[1]
    assert lost.lost is Finding.ABSENT
    loam.cases.remove(words.id)
    assert words.id not in [case.id for case in loam.cases.cases()]
    loam.cases.restore(words.id)
    assert words.id in [case.id for case in loam.cases.cases()]


def test_the_reranking_model_in_use_is_a_way_of_its_own(
    loam: Loam, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loam.cases.add(FEE, Expected(words="35 euros"), (1,))
    before = scored(loam)
    assert not any(each.reranked for each in before.settings)
    model = small_cross_encoder.make(tmp_path / "model", bundled_models() / EMBEDDER)
    loam.reranking.use(str(model))
    try:
        after = scored(loam)
        hits = loam.library.search(FEE, (1,), 30).hits
        loam.settings.change(reranker=str(tmp_path / "gone"))
        gone = scored(loam)
    finally:
        loam.reranking.off()
    # The place is that of the search itself, in which chance has ordered the passages anew.
    assert {hit.rerank_rank for hit in hits} == set(range(1, len(hits) + 1))
    place = next(n for n, hit in enumerate(hits, 1) if "35 euros" in hit.passage.text)
    (fee,) = [each for each in after.cases if each.case.question == FEE]
    assert fee.reranked == place == after.place(fee)
    assert [(each.share, each.reranked) for each in after.settings if each.current] == [(0.6, True)]
    assert after.used.hit_1 == sum(each.reranked == 1 for each in after.cases) / after.scored
    assert after.not_reranked == (0, "")
    plain = [each for each in after.settings if not each.reranked]
    assert [each.hit_5 for each in plain] == [each.hit_5 for each in before.settings]
    # A model that can't be used leaves all as it is, and that is said.
    count, why = gone.not_reranked
    assert count == gone.scored
    assert "no longer there" in why
    (fee,) = [each for each in gone.cases if each.case.question == FEE]
    assert gone.place(fee) == before.place(fee)


def test_scoring_stops_when_told(loam: Loam) -> None:
    if not loam.cases.cases():
        loam.cases.add(FEE, Expected(words="35 euros"), (1,))
    cancel = Cancel()
    for event in loam.cases.score(cancel):
        cancel.set()
        last = event
    assert isinstance(last, CaseScores)
    assert len(last.cases) <= 1


def test_the_weight_of_meaning_changes_the_search(loam: Loam) -> None:
    query = "Who teaches bicycle repair?"
    words = loam.library.search(query, (1,), 20, share=0.0).hits
    meaning = loam.library.search(query, (1,), 20, share=1.0).hits
    assert [hit.keyword_rank for hit in words] == list(range(1, len(words) + 1))
    assert [hit.meaning_rank for hit in meaning] == list(range(1, len(meaning) + 1))
