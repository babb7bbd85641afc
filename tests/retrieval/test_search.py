"""Searching the sample documents through the child, and the arithmetic of fusing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.messages import Attribute, Attributed, Health, HealthReport, OpenDocument, Opened
from app.retrieval.search import Candidates, fuse, leaders, mixed
from tests.retrieval.conftest import SAMPLES, Library


def test_sample_questions_find_their_passage(samples: Library, questions: dict[str, Any]) -> None:
    for asked in questions["questions"]:
        hits = samples.search(asked["question"], 1, top=3).hits
        found = [
            (hit.passage.path.rsplit("/", 1)[-1], hit.passage.page)
            for hit in hits
            if asked["phrase"] in " ".join(hit.passage.text.split())
        ]
        assert (asked["file"], asked["page"]) in found, asked["question"]


def test_relevance_tells_questions_from_others(samples: Library, questions: dict[str, Any]) -> None:
    on = [samples.judge(one["question"]).relevance for one in questions["questions"]]
    off = [samples.judge(one).relevance for one in questions["off_topic"]]
    assert min(on) > 0.4 > max(off)


@pytest.mark.parametrize("query", ["How much is the deposit?", "deposit", "Where is the key?"])
def test_one_subject_of_a_passage_is_enough(samples: Library, query: str) -> None:
    # The passages say it among other things, so that as wholes they are far from the question.
    found = samples.judge(query)
    assert max(hit.cosine for hit in found.hits) < 0.35
    assert found.relevance > 0.5
    assert samples.search(query).relevance < found.relevance


def test_hits_are_ordered_and_true_to_the_text(samples: Library) -> None:
    found = samples.search("How much is the late fee?", top=20)
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert 0 < found.relevance <= samples.judge("How much is the late fee?").relevance <= 1
    for hit in found.hits:
        opened: Opened = samples.ask(OpenDocument(hit.passage.file_id))
        document = opened.document
        assert document.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert document.path == hit.passage.path
        if hit.passage.page is not None:
            page = next(p for p in document.pages if p.number == hit.passage.page)
            assert page.start <= hit.passage.start
            assert hit.passage.end <= page.end
    assert samples.search("How much is the late fee?", top=20) == found


def test_text_of_plain_files_is_the_file(samples: Library) -> None:
    for name in ("workshops.md", "tools.csv", "spring-newsletter.txt"):
        file = samples.files(1)[name]
        opened: Opened = samples.ask(OpenDocument(file.id))
        assert opened.document.text == (SAMPLES / name).read_text("utf-8")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        '"',
        "'; DROP TABLE files; --",
        "NEAR(a b, 2)",
        "* OR AND NOT",
        "body:fee",
        "^fee -late +tool",
        "{}[]()",
        "🔨🪚",
        "工具 借用",
        "\x00\x01\n\t",
        "the of and",
        "fee " * 2500,
        "a" * 10_000,
    ],
)
def test_any_text_is_a_query(samples: Library, query: str) -> None:
    found = samples.search(query, top=5)
    assert len(found.hits) == (5 if query.strip() else 0)
    assert -1 <= found.relevance <= 1
    assert -1 <= samples.judge(query).relevance <= 1


def test_unknown_and_empty_collections(samples: Library) -> None:
    assert samples.search("fee", 999).hits == ()
    empty = samples.create("empty")
    assert samples.search("fee", empty).hits == ()
    assert samples.search("fee", empty, 1).hits == samples.search("fee", 1).hits


def test_attribution_prefers_the_right_passage(samples: Library) -> None:
    passages = ("The fee is 35 euros a year.", "The summer party is in August.")
    answer: Attributed = samples.ask(
        Attribute(("Members pay 35 euros every year.", "There is a party in summer."), passages)
    )
    (fee, party) = answer.cosines
    assert fee[0] > 0.5 > fee[1]
    assert party[1] > 0.5 > party[0]
    nothing: Attributed = samples.ask(Attribute((), passages))
    assert nothing.cosines == ()


def test_health(samples: Library) -> None:
    report: HealthReport = samples.ask(Health())
    assert report.dense_index in ("starting", "ready")
    assert report.passages == sum(file.passages for file in samples.files(1).values())
    assert report.embedder.startswith("all-MiniLM-L6-v2@")


numbers = st.floats(-1, 1)


@given(st.dictionaries(st.integers(), numbers, min_size=1), st.data())
def test_fused_scores_are_bounded_and_keep_agreed_order(
    cosines: dict[int, float], data: st.DataObject
) -> None:
    some = data.draw(st.sets(st.sampled_from(sorted(cosines))))
    keyword = {one: data.draw(st.floats(0, 50)) for one in some}
    scores = fuse(cosines, keyword)
    assert scores.keys() == cosines.keys()
    assert all(0 <= score <= 1 for score in scores.values())
    for a in cosines:
        for b in cosines:
            if cosines[a] >= cosines[b] and keyword.get(a, 0) >= keyword.get(b, 0):
                assert scores[a] >= scores[b]


def test_a_second_round_leans_to_the_best_passages() -> None:
    rows = np.eye(4, dtype=np.float32)
    rows[2] = (0.6, 0.0, 0.8, 0.0)  # says much of what the best one says
    cosines = {7: 0.8, 8: 0.5, 9: 0.49, 10: 0.1}
    seen = Candidates(cosines, {7: 3.0, 10: 1.0}, dict(cosines), rows)
    alone, leaning = fuse(cosines, seen.keyword), mixed(seen, 0.6)
    assert alone[8] > alone[9]
    assert leaning[9] > leaning[8]
    assert max(leaning, key=lambda one: leaning[one]) == 7
    assert all(0 <= score <= 1 for score in leaning.values())
    # Words alone and meaning alone are what they say.
    assert mixed(seen, 0.0) == fuse(cosines, seen.keyword, 0.0)
    assert mixed(seen, 1.0) == fuse(cosines, seen.keyword, 1.0)


def test_leaders_count_by_what_they_lead_the_next_by() -> None:
    parts = leaders({1: 0.9, 2: 0.6, 3: 0.5, 4: 0.5, 5: 0.2})
    assert parts == pytest.approx({1: 0.8, 2: 0.2, 3: 0.0})
    # Where there are no others, what is not there has found nothing.
    assert leaders({1: 0.9, 2: 0.3}) == pytest.approx({1: 0.75, 2: 0.25})
    # Of many alike none is preferred, and nothing leads nothing.
    assert leaders(dict.fromkeys(range(9), 0.7)) == {}
    assert leaders({}) == {}


@given(st.dictionaries(st.integers(), st.floats(0, 1), max_size=9))
def test_leaders_are_the_best_and_add_up_to_one(scores: dict[int, float]) -> None:
    parts = leaders(scores)
    assert len(parts) <= 3
    assert all(part >= 0 for part in parts.values())
    assert not parts or sum(parts.values()) == pytest.approx(1)
    others = [score for one, score in scores.items() if one not in parts]
    assert not parts or min(scores[one] for one in parts) >= max(others, default=0.0)


def test_a_passage_that_stands_out_is_leaned_on_more_than_the_next() -> None:
    rows = np.eye(6, dtype=np.float32)
    rows[3] = (0.6, 0.0, 0.0, 0.8, 0.0, 0.0)  # near the one that stands out
    rows[4] = (0.0, 0.6, 0.0, 0.0, 0.8, 0.0)  # as near to the one behind it
    cosines = {1: 0.9, 2: 0.5, 3: 0.48, 4: 0.3, 5: 0.3, 6: 0.1}
    seen = Candidates(cosines, {1: 2.0, 6: 0.5}, dict(cosines), rows)
    scores = mixed(seen, 0.6)
    assert scores[4] > scores[5]
    # Meaning weighs more against words in the second round.
    only_words = Candidates({1: 0.5, 2: 0.4}, {1: 1.0, 2: 2.0}, {}, np.eye(2, dtype=np.float32))
    first = fuse(only_words.cosines, only_words.keyword, 0.6)
    assert mixed(only_words, 0.6)[1] > first[1] + 0.01
